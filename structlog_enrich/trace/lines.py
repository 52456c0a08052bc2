"""Write the lines that the library itself has to say."""

from __future__ import annotations

from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from structlog.contextvars import bind_contextvars
from structlog.exceptions import DropEvent

from structlog_enrich.said import SAID, Facts, Said
from structlog_enrich.trace.configured import library_logger

if TYPE_CHECKING:
    from structlog_enrich.trace.context import TraceContext
    from structlog_enrich.trace.ids import IdSource

__all__ = ["write_line"]


def write_line(
    logger: Any,
    level: str,
    message: str,
    facts: Facts,
    ids: IdSource,
    trace: TraceContext,
    error: BaseException | None = None,
) -> None:
    """Log *message* with what the library says besides, and never raise.

    It happens in a copy of the context, so that nothing of it is left: there *trace* is the active one, and bound is
    what was bound for the entry, wherever that happened.

    Args:
        logger: A structlog logger; None is one of the configured chain.
        level: `info`, `warning` or `error`.
        message: The line's message.
        facts: What only the library may say.
        ids: Where the chain takes its ids from.
        trace: Whose line it is.
        error: The exception to describe, or None.
    """
    try:
        log = library_logger() if logger is None else logger
        copy_context().run(_write, getattr(log, level), message, facts, ids, trace, error)
    except (Exception, DropEvent):  # noqa: BLE001
        # A chain or a sink that fails must not fail the work that the line is about; the hole in `seq` tells of it.
        return


def _write(
    log: Any, message: str, facts: Facts, ids: IdSource, trace: TraceContext, error: BaseException | None
) -> None:
    ids.activate(trace)
    shared = trace._operation  # noqa: SLF001 (kept there for the whole room)
    if shared is not None and shared.noted:
        bind_contextvars(**shared.noted)
    SAID.set(Said(facts=facts))
    if error is None:
        log(message)
    else:
        log(message, exc_info=error)
