"""What structlog is configured with, as far as spans must know."""

from __future__ import annotations

from typing import Any, Final

import structlog

from structlog_enrich.trace.context import TraceContext
from structlog_enrich.trace.ids import OWN, IdSource

__all__ = ["current_trace", "ids_in_use", "library_logger"]

_NAME: Final = "structlog_enrich"

# Each is replaced whole. A list of processors may be edited in place, as `structlog.testing.capture_logs` does; the
# logger has the list itself, and what is read from it is compared with what it was read from.
_ids: tuple[Any, IdSource] = ((), OWN)
_logger: tuple[Any, Any, Any, Any] = (None, None, None, None)


def current_trace() -> TraceContext | None:
    """Return the active trace of this thread or task, or None outside any span.

    With `preset(ids="otel")` it is that of the active OpenTelemetry span.
    """
    return ids_in_use().current()


def ids_in_use() -> IdSource:
    """Return where the configured chain takes its ids from: `preset(ids=…)`, else our own."""
    global _ids  # noqa: PLW0603 (a memo)
    processors = structlog.get_config()["processors"]
    made_of, ids = _ids
    if made_of != processors:
        ids = next((each.ids for each in processors if _has_ids(each)), OWN)
        # A tuple stays as it is; of a list, which may be edited, a copy is kept to see that.
        _ids = (processors if type(processors) is tuple else list(processors), ids)
    return ids


def _has_ids(processor: Any) -> bool:
    # An `Envelope`, which this room can't import; a team's own class may have an attribute of that name.
    return hasattr(type(processor), "ids") and isinstance(processor.ids, IdSource)


def library_logger() -> Any:
    """Return a bound logger of the configured chain, for lines that the library writes by itself."""
    global _logger  # noqa: PLW0603 (a memo)
    config = structlog.get_config()
    if not config["cache_logger_on_first_use"]:
        return _made(config)
    processors, wrapper_class, logger_factory, logger = _logger
    if (
        processors is not config["processors"]
        or wrapper_class is not config["wrapper_class"]
        or logger_factory is not config["logger_factory"]
    ):
        logger = _made(config)
        _logger = (config["processors"], config["wrapper_class"], config["logger_factory"], logger)
    return logger


def _made(config: dict[str, Any]) -> Any:
    # Only the standard library's loggers have names; other factories may take no argument.
    names = (_NAME,) if isinstance(config["logger_factory"], structlog.stdlib.LoggerFactory) else ()
    return structlog.get_logger(*names).bind()
