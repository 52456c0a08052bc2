"""Log what nobody caught, before the interpreter says it in its own way."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

__all__ = ["log_uncaught"]


def log_uncaught(log: Any) -> Callable[[], None]:
    """Log at `critical` each exception that ends the process or a thread, or that a finaliser raised.

    The hook that was there before runs afterwards, so nothing that was printed or reported before is lost. An
    interruption from the keyboard and an exit are none of these.

    Args:
        log: A structlog logger.

    Returns:
        What puts the earlier hooks back.

    Source: `sys.excepthook`, `threading.excepthook`, `sys.unraisablehook`.
    """
    process, thread, finaliser = sys.excepthook, threading.excepthook, sys.unraisablehook

    def of_process(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        if issubclass(kind, Exception):
            log.critical("uncaught exception", exc_info=(kind, error, traceback))
        process(kind, error, traceback)

    def of_thread(given: threading.ExceptHookArgs) -> None:
        if issubclass(given.exc_type, Exception) and given.exc_value is not None:
            name = None if given.thread is None else given.thread.name
            log.critical("uncaught exception in a thread", thread=name, exc_info=given.exc_value)
        thread(given)

    def of_finaliser(given: Any) -> None:
        if given.exc_value is not None and issubclass(given.exc_type, Exception):
            where = getattr(given.object, "__qualname__", type(given.object).__qualname__)
            log.critical("unraisable exception", raised_in=where, exc_info=given.exc_value)
        finaliser(given)

    sys.excepthook, threading.excepthook, sys.unraisablehook = of_process, of_thread, of_finaliser

    def undo() -> None:
        # Whoever put another in its place meanwhile keeps it.
        if sys.excepthook is of_process:
            sys.excepthook = process
        if threading.excepthook is of_thread:
            threading.excepthook = thread
        if sys.unraisablehook is of_finaliser:
            sys.unraisablehook = finaliser

    return undo
