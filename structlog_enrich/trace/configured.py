"""What structlog is configured with, as far as spans must know."""

from __future__ import annotations

from typing import Any, Final

import structlog

from structlog_enrich.trace.context import TraceContext
from structlog_enrich.trace.ids import OWN, IdSource

__all__ = ["current_trace", "ids_in_use", "library_logger"]

_NAME: Final = "structlog_enrich"

# Each is replaced whole, and compared by identity, so a new configuration is seen at once.
_ids: tuple[Any, IdSource] = (None, OWN)
_logger: tuple[tuple[Any, ...], Any] = ((), None)


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
    if made_of is not processors:
        ids = next((each.ids for each in processors if hasattr(type(each), "ids")), OWN)
        _ids = (processors, ids)
    return ids


def library_logger() -> Any:
    """Return a bound logger of the configured chain, for lines that the library writes by itself."""
    global _logger  # noqa: PLW0603 (a memo)
    config = structlog.get_config()
    if not config["cache_logger_on_first_use"]:
        return _made(config)
    made_of, logger = _logger
    found = (config["processors"], config["wrapper_class"], config["logger_factory"])
    if len(made_of) != len(found) or any(one is not other for one, other in zip(made_of, found, strict=True)):
        logger = _made(config)
        _logger = (found, logger)
    return logger


def _made(config: dict[str, Any]) -> Any:
    # Only the standard library's loggers have names; other factories may take no argument.
    names = (_NAME,) if type(config["logger_factory"]).__module__ == "structlog.stdlib" else ()
    return structlog.get_logger(*names).bind()
