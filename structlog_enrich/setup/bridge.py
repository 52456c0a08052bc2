"""Take over the standard library's `logging`, whoever configures it and when."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from structlog_enrich.setup.consoles import is_console
from structlog_enrich.setup.extras import DONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog_enrich.setup.records import RecordHandler

__all__ = ["take_over"]


def take_over(handler: RecordHandler) -> Callable[[], None]:
    """Give every record that a logger lets pass to *handler*, once, in place of the handlers that write to the console.

    Other handlers, of files, of an error tracker or of a test, get it as ever. It is done where a logger calls its
    handlers and not by a handler of the root logger, which would have to be there: uvicorn and gunicorn add handlers to
    loggers that don't propagate, Celery and `dictConfig` take the root logger's away, each before us or after.

    Args:
        handler: What writes the line.

    Returns:
        What undoes it; the root logger's level is then what it was.
    """
    root, is_live = logging.getLogger(), True
    level, wanted = root.level, handler.level
    call_handlers, handle = logging.Logger.callHandlers, logging.Handler.handle

    def callHandlers(self: logging.Logger, record: logging.LogRecord) -> None:  # noqa: N802 (the standard library's)
        if is_live:
            handler.emit_now(record)
        call_handlers(self, record)

    def handle_elsewhere(self: logging.Handler, record: logging.LogRecord) -> bool:
        is_written = DONE in record.__dict__
        if not (is_live or is_written) or not is_console(self):
            return handle(self, record)
        # What was written above is not written again; what came by a queue from elsewhere is.
        return is_written or (bool(self.filter(record)) and handler.handle(record))

    # In this order no other thread's record is written by both at this moment.
    logging.Handler.handle = handle_elsewhere  # type: ignore[method-assign]
    logging.Logger.callHandlers = callHandlers  # type: ignore[method-assign]
    root.setLevel(wanted)

    def undo() -> None:
        nonlocal is_live
        # Whoever has put another around ours meanwhile keeps it, and ours does nothing in it.
        is_live = False
        if logging.Logger.callHandlers is callHandlers:
            logging.Logger.callHandlers = call_handlers  # type: ignore[method-assign]
        if logging.Handler.handle is handle_elsewhere:
            logging.Handler.handle = handle  # type: ignore[method-assign]
        if root.level == wanted:
            root.setLevel(level)

    return undo
