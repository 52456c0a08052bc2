"""Write the lines that the library itself has to say."""

from __future__ import annotations

from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Final

from structlog.exceptions import DropEvent

from structlog_enrich.said import SAID, Facts, Said
from structlog_enrich.trace.binding import bind_noted, note_here
from structlog_enrich.trace.configured import library_logger
from structlog_enrich.trace.context import CURRENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog_enrich.trace.context import TraceContext
    from structlog_enrich.trace.ids import IdSource
    from structlog_enrich.trace.operation import Operation

__all__ = ["method_of", "write_line"]

_LEVELS: Final = {"info": 20, "warning": 30, "error": 40}


def method_of(logger: Any, level: str) -> Callable[..., Any] | None:
    """Return what logs at *level*, or None when that would write nothing.

    Args:
        logger: A structlog logger; None is one of the configured chain.
        level: `info`, `warning` or `error`.
    """
    try:
        log = library_logger() if logger is None else logger
        method: Callable[..., Any] = getattr(log, level)
    except Exception:  # noqa: BLE001 (whatever someone's logger or its factory does, the work goes on)
        return None
    try:
        # Its class is asked: an instance of some of structlog's own makes a logging method of any name.
        return method if type(log).is_enabled_for(log, _LEVELS[level]) else None
    except Exception:  # noqa: BLE001 (it can't tell, as structlog's for the standard library can't of another logger)
        return method


def write_line(
    log: Callable[..., Any],
    message: str,
    facts: Facts,
    ids: IdSource,
    trace: TraceContext,
    error: BaseException | None = None,
    operation: Operation | None = None,
) -> None:
    """Log *message* with what the library says besides, and never raise.

    It happens in a copy of the context, so that nothing of it is left: there *trace* is the active one.

    Args:
        log: A structlog logger's method, as `method_of` returns it.
        message: The line's message.
        facts: What only the library may say.
        ids: Where the chain takes its ids from.
        trace: Whose line it is.
        error: The exception to describe, or None.
        operation: For the line that ends an entry: what was bound for it, wherever that happened, is bound.
    """
    try:
        said = SAID.get()
        faults: tuple[str, ...] = ()
        if said is not None and said.facts is None:
            # What failed while the span started or ended is said of its own line.
            faults = said.faults
            SAID.set(None)
        # An object of its own, by which the line is known: another of the same text is another line.
        message = facts.message = f"{message} "[:-1]
        copy_context().run(_write, log, message, Said(faults, facts), ids, trace, error, operation)
    except (Exception, DropEvent):  # noqa: BLE001
        # A chain or a sink that fails must not fail the work that the line is about; the hole in `seq` tells of it.
        return


def _write(
    log: Callable[..., Any],
    message: str,
    said: Said,
    ids: IdSource,
    trace: TraceContext,
    error: BaseException | None,
    operation: Operation | None,
) -> None:
    current = CURRENT.get()
    ids.activate(trace)
    # A line of a span within has what is bound where it stands: tasks that run beside it have values of their own.
    if operation is not None:
        if current is not None and current._operation is operation:  # noqa: SLF001 (kept there for the whole room)
            # It ends where it is active: what is bound here is bound for it.
            note_here(operation)
        bind_noted(operation)
    SAID.set(said)
    if error is None:
        log(message)
    else:
        log(message, exc_info=error)
