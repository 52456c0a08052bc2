"""What the garbage collector must not do by itself: end a span.

It may run at any allocation: while a context variable is being set, which CPython doesn't survive when a finaliser sets
one too, or while this thread holds the lock of a sink. So a span whose generator or coroutine it closes is only noted
here, and ended after the next line that ends a span, or at the exit of the process.
"""

from __future__ import annotations

import atexit
import gc
from collections import deque
from threading import get_ident
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LATE", "catch_up", "is_collecting", "is_watched", "watch"]

LATE: Final[deque[Callable[[], None]]] = deque()
"""What ends the spans that were put off, none of which may raise."""

is_watched = False
"""Whether the collector is watched, as it is from the first span on."""

_collector: int | None = None


def watch() -> None:
    """Notice from now on when the collector is at work; a second call does nothing."""
    global is_watched  # noqa: PLW0603 (there is but one collector)
    if not is_watched:
        is_watched = True
        gc.callbacks.append(_note)
        atexit.register(catch_up)


def is_collecting() -> bool:
    """Return whether the garbage collector is at work in this thread."""
    return _collector == get_ident()


def catch_up() -> None:
    """End the spans that were put off."""
    # All at once, since each of these lines comes by here too.
    for end in [LATE.popleft() for _ in range(len(LATE))]:
        end()


def _note(phase: str, _info: dict[str, Any]) -> None:
    global _collector  # noqa: PLW0603 (there is but one)
    _collector = get_ident() if phase == "start" else None
