"""Take over the standard library's `logging`, whoever configures it and when."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog_enrich.setup.records import RecordHandler

__all__ = ["take_over"]

_CONSOLES: Final = ("stdout", "stderr", "__stdout__", "__stderr__")
_DESCRIPTORS: Final = (1, 2)


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
    call_handlers, had_handle = logging.Logger.callHandlers, "handle" in vars(logging.StreamHandler)
    handle = logging.StreamHandler.handle

    def callHandlers(self: logging.Logger, record: logging.LogRecord) -> None:  # noqa: N802 (the standard library's)
        if is_live:
            handler.emit_now(record)
        call_handlers(self, record)

    def handle_elsewhere(self: logging.Handler, record: logging.LogRecord) -> bool:
        if not is_live or not _is_console(self):
            return handle(self, record)
        # A record that was written above is not written again; one that came by a queue from elsewhere is.
        return bool(self.filter(record)) and handler.handle(record)

    logging.Logger.callHandlers = callHandlers  # type: ignore[method-assign]
    logging.StreamHandler.handle = handle_elsewhere  # type: ignore[method-assign]
    root.setLevel(wanted)

    def undo() -> None:
        nonlocal is_live
        # Whoever has put another around ours meanwhile keeps it, and ours does nothing in it.
        is_live = False
        if logging.Logger.callHandlers is callHandlers:
            logging.Logger.callHandlers = call_handlers  # type: ignore[method-assign]
        if vars(logging.StreamHandler).get("handle") is handle_elsewhere:
            if had_handle:
                logging.StreamHandler.handle = handle  # type: ignore[method-assign]
            else:
                del logging.StreamHandler.handle
        if root.level == wanted:
            root.setLevel(level)

    return undo


def _is_console(handler: logging.Handler) -> bool:
    # A file's handler is a stream's, too, and never one of these.
    stream: Any = getattr(handler, "stream", None)
    if stream is None or isinstance(handler, logging.FileHandler):
        return False
    if any(stream is getattr(sys, name) for name in _CONSOLES):
        return True
    try:
        # The same terminal or pipe by another object, as after a redirection.
        return stream.fileno() in _DESCRIPTORS
    except Exception:  # noqa: BLE001 (someone else's stream)
        return False
