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
    root = logging.getLogger()
    before, level = logging.Logger.callHandlers, root.level
    call_handlers = _calling(handler)
    logging.Logger.callHandlers = call_handlers  # type: ignore[assignment, method-assign]
    root.setLevel(handler.level)

    def undo() -> None:
        # Whoever put another in its place meanwhile keeps it.
        if logging.Logger.callHandlers is call_handlers:
            logging.Logger.callHandlers = before  # type: ignore[method-assign]
        if root.level == handler.level:
            root.setLevel(level)

    return undo


def _calling(ours: RecordHandler) -> Callable[[logging.Logger, logging.LogRecord], None]:
    def callHandlers(self: logging.Logger, record: logging.LogRecord) -> None:  # noqa: N802 (the standard library's name)
        ours.handle(record)
        current: logging.Logger | None = self
        while current is not None:
            for handler in current.handlers:
                if record.levelno >= handler.level and handler is not ours and not _is_console(handler):
                    handler.handle(record)
            current = current.parent if current.propagate else None

    return callHandlers


def _is_console(handler: logging.Handler) -> bool:
    # A file's handler is a stream's, too; its stream is none of these.
    stream: Any = getattr(handler, "stream", None)
    return stream is not None and any(stream is getattr(sys, name) for name in _CONSOLES)
