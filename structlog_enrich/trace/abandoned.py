"""What the garbage collector must not do by itself: end a span.

It may run at any allocation: while a context variable is being set, which CPython doesn't survive when a finaliser sets
one too, or while this thread holds the lock of a sink. So a span whose generator or coroutine it closes is only noted
here, and ended after the next line that ends a span, or at the exit of the process.
"""

from __future__ import annotations

import atexit
import gc
from collections import deque
from threading import get_ident, local
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LATE", "catch_up", "is_collecting", "is_watched", "watch"]

LATE: Final[deque[Callable[[], None]]] = deque()
"""What ends the spans that were put off, none of which may raise."""

is_watched = False
"""Whether the collector is watched, as it is from the first span on."""

# The thread in which it is at work, in an object made for that one time.
_collector: tuple[int] | None = None


class _CatchingUp(local):
    """Say whether this thread is about it."""

    now = False


_catching_up: Final = _CatchingUp()


def watch() -> None:
    """Notice from now on when the collector is at work; a second call does nothing."""
    global is_watched  # noqa: PLW0603 (there is but one collector)
    if not is_watched:
        is_watched = True
        gc.callbacks.append(_note)
        atexit.register(catch_up)


def is_collecting() -> bool:
    """Return whether the garbage collector is at work in this thread."""
    collector = _collector
    if collector is None or collector[0] != get_ident():
        return False
    # Its end may have been kept from us, by a callback that took callbacks away. Asked to begin, it calls them again,
    # unless it is at work: then it does nothing.
    if _note not in gc.callbacks:
        gc.callbacks.append(_note)
    gc.collect(0)
    return _collector is collector


def catch_up() -> None:
    """End the spans that were put off, unless the collector is at work still."""
    # Each of these lines comes by here too, and several threads may at once.
    if _catching_up.now or is_collecting():
        return
    _catching_up.now = True
    try:
        while True:
            try:
                end = LATE.popleft()
            except IndexError:
                return
            end()
    finally:
        _catching_up.now = False


def _note(phase: str, _info: dict[str, Any]) -> None:
    global _collector  # noqa: PLW0603 (there is but one)
    _collector = (get_ident(),) if phase == "start" else None
