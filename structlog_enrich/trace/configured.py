"""What structlog is configured with, as far as spans must know."""

from __future__ import annotations

from typing import Any, Final

import structlog
from structlog.stdlib import AsyncBoundLogger

from structlog_enrich.trace.context import TraceContext
from structlog_enrich.trace.ids import OWN, IdSource

__all__ = ["current_trace", "ids_in_use", "ids_of", "library_logger", "synchronous"]

_NAME: Final = "structlog_enrich"
_MOST_KNOWN: Final = 64

_Unassembled: Final = type(structlog.get_logger())
"""What `structlog.get_logger()` returns: it becomes a logger at its first use, and again at each unless cached."""

# What chains take their ids from, and what each was made of when that was read: a list may be edited in place, as
# `structlog.testing.capture_logs` does.
_UNKNOWN: Final = ((), None)
_known: Final[dict[int, tuple[Any, IdSource | None]]] = {}
# Replaced whole.
_logger: tuple[Any, Any, Any, Any] = (None, None, None, None)


def current_trace() -> TraceContext | None:
    """Return the active trace of this thread or task, or None outside any span.

    With `preset(ids="otel")` it is that of the active OpenTelemetry span.
    """
    return ids_in_use().current()


def ids_in_use() -> IdSource:
    """Return where the configured chain takes its ids from: `preset(ids=…)`, else our own."""
    return _ids_in(structlog.get_config()["processors"]) or OWN


def ids_of(logger: Any) -> IdSource:
    """Return where the chain of *logger* takes its ids from; where that can't be seen, the configured chain's source.

    Args:
        logger: A structlog logger, such as a span is given; None is one of the configured chain.
    """
    try:
        try:
            processors = logger._processors  # noqa: SLF001 (structlog gives it no other name)
        except AttributeError:
            processors = synchronous(logger)._processors  # noqa: SLF001
        return (processors and _ids_in(processors)) or ids_in_use()
    except Exception:  # noqa: BLE001 (someone's own logger)
        return ids_in_use()


def _ids_in(processors: Any) -> IdSource | None:
    made_of, ids = _known.get(id(processors), _UNKNOWN)
    if made_of == processors:
        return ids
    ids = next((each.ids for each in processors if _has_ids(each)), None)
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    # A tuple stays as it is; of a list, a copy shows what became of it. Another list at the same address differs, too.
    _known[id(processors)] = (processors if type(processors) is tuple else list(processors), ids)
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
    # An asynchronous logger can't be made without a loop, nor used by who can't wait; its synchronous half can.
    wrapper_class = getattr(config["wrapper_class"], "_bound_logger_factory", None)
    return structlog.wrap_logger(None, wrapper_class=wrapper_class, logger_factory_args=names).bind()


def synchronous(logger: Any) -> Any:
    """Return *logger* itself, or its synchronous half when it is structlog's asynchronous one."""
    if type(logger) is _Unassembled:
        logger = logger.bind()
    return logger.sync_bl if isinstance(logger, AsyncBoundLogger) else logger
