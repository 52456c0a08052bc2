"""Write the lines that the library itself has to say."""

from __future__ import annotations

from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Final

from structlog.exceptions import DropEvent

from structlog_enrich.said import SAID, Facts, Said
from structlog_enrich.trace.abandoned import LATE, catch_up
from structlog_enrich.trace.configured import ids_of, library_logger, synchronous
from structlog_enrich.trace.context import CURRENT
from structlog_enrich.trace.noting import bind_noted

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog_enrich.trace.context import TraceContext
    from structlog_enrich.trace.ids import IdSource
    from structlog_enrich.trace.operation import Operation

    Writer = tuple[Callable[..., Any], IdSource]

__all__ = ["write_error", "write_line", "writer_of"]

_LEVELS: Final = {"info": 20, "warning": 30, "error": 40}


def writer_of(logger: Any, level: str) -> Writer | None:
    """Return what logs at *level*, and where its chain takes ids from; None when that would write nothing.

    Args:
        logger: A structlog logger; None is one of the configured chain.
        level: `info`, `warning` or `error`.
    """
    try:
        log = library_logger() if logger is None else synchronous(logger)
        method: Callable[..., Any] = getattr(log, level)
    except Exception:  # noqa: BLE001 (whatever someone's logger or its factory does, the work goes on)
        return None
    try:
        # Its class is asked: an instance of some of structlog's own makes a logging method of any name.
        if not type(log).is_enabled_for(log, _LEVELS[level]):
            return None
    except Exception:  # noqa: BLE001, S110 (it can't tell, as structlog's for the standard library can't of another logger)
        pass
    return method, ids_of(log)


def write_line(
    writer: Writer,
    message: str,
    facts: Facts,
    trace: TraceContext,
    error: BaseException | None = None,
    operation: Operation | None = None,
) -> None:
    """Log *message* with what the library says besides, and never raise.

    It happens in a copy of the context, so that nothing of it is left: there *trace* is the active one for the chain
    that writes the line, which needn't be the one of when the span began.

    Args:
        writer: A structlog logger's method and the ids of its chain, as `writer_of` returns them.
        message: The line's message.
        facts: What only the library may say.
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
        copy_context().run(_write, writer, message, faults, facts, trace, error, operation)
        if LATE:
            catch_up()
    except (Exception, DropEvent):  # noqa: BLE001
        # A chain or a sink that fails must not fail the work that the line is about; the hole in `seq` tells of it.
        return


def write_error(logger: Any, message: str, error: BaseException | None, data: dict[str, Any]) -> None:
    """Log *message* as an error beside the lines of spans, and never raise.

    Args:
        logger: A structlog logger; None is one of the configured chain.
        message: The line's message.
        error: The exception to describe, or None.
        data: What else to say.
    """
    try:
        log = library_logger() if logger is None else synchronous(logger)
        log.error(message, **data, **({} if error is None else {"exc_info": error}))
    except (Exception, DropEvent):  # noqa: BLE001
        # A chain or a sink that fails must not hide the error that the line is about.
        return


def _write(
    writer: Writer,
    message: str,
    faults: tuple[str, ...],
    facts: Facts,
    trace: TraceContext,
    error: BaseException | None,
    operation: Operation | None,
) -> None:
    log, ids = writer
    current = CURRENT.get()
    ids.activate(trace)
    # A line of a span within has what is bound where it stands: tasks that run beside it have values of their own.
    if operation is not None:
        facts.is_last = True
        is_home = current is not None and current._operation is operation  # noqa: SLF001 (kept there for the whole room)
        bind_noted(operation, is_home=is_home)
    SAID.set(Said(faults, facts))
    if error is None:
        log(message)
    else:
        log(message, exc_info=error)
