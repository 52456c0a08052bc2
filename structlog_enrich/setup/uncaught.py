"""Log what nobody caught, before the interpreter says it in its own way."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

__all__ = ["log_uncaught"]

# What ends a program because someone wants it.
_NO_FAILURES: Final = (KeyboardInterrupt, SystemExit)


def log_uncaught(log: Callable[..., None]) -> Callable[[], None]:
    """Log at `critical` each exception that ends the process or a thread, or that a finaliser raised.

    The hook that was there before runs afterwards, so nothing that was printed or reported before is lost. An
    interruption from the keyboard and an exit are none of these.

    Args:
        log: Writes a line: message, exception, payload.

    Returns:
        What puts the earlier hooks back.

    Source: `sys.excepthook`, `threading.excepthook`, `sys.unraisablehook`.
    """
    process, thread, finaliser = sys.excepthook, threading.excepthook, sys.unraisablehook
    is_live = True

    def of_process(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        if is_live and not issubclass(kind, _NO_FAILURES):
            log("uncaught exception", (kind, error, traceback), {})
        process(kind, error, traceback)

    def of_thread(given: threading.ExceptHookArgs) -> None:
        if is_live and given.exc_value is not None and not issubclass(given.exc_type, _NO_FAILURES):
            name = None if given.thread is None else given.thread.name
            log("uncaught exception in a thread", given.exc_value, {"thread": name})
        thread(given)

    def of_finaliser(given: Any) -> None:
        if is_live and given.exc_value is not None and not issubclass(given.exc_type, _NO_FAILURES):
            log("unraisable exception", given.exc_value, {"raised_in": _name_of(given.object)})
        finaliser(given)

    sys.excepthook, threading.excepthook, sys.unraisablehook = of_process, of_thread, of_finaliser

    def undo() -> None:
        nonlocal is_live
        # Whoever has put another in its place meanwhile keeps it, and ours does nothing in it.
        is_live = False
        if sys.excepthook is of_process:
            sys.excepthook = process
        if threading.excepthook is of_thread:
            threading.excepthook = thread
        if sys.unraisablehook is of_finaliser:
            sys.unraisablehook = finaliser

    return undo


def _name_of(place: Any) -> str:
    try:
        name = getattr(place, "__qualname__", None)
    except Exception:  # noqa: BLE001 (someone else's object, half taken down)
        name = None
    return name if isinstance(name, str) else type(place).__qualname__
