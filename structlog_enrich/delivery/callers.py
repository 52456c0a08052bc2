"""Wait for those who are just handing a line over."""

from __future__ import annotations

import sys
from time import monotonic_ns
from typing import TYPE_CHECKING, Final

from structlog_enrich.delivery.system import get_thread_ident, pause

if TYPE_CHECKING:
    from types import CodeType, FrameType

__all__ = ["await_callers"]

_BETWEEN_LOOKS: Final = 0.0005


def await_callers(code: CodeType, deadline: int) -> bool:
    """Wait until every other thread has left the calls of *code* that it is in now; return whether they have.

    Who hands a line over takes no lock, so whether one is about to can only be seen from its stack.

    Args:
        code: What hands over.
        deadline: When to stop waiting, in nanoseconds.
    """
    left = _calls_of(code)
    while left and monotonic_ns() < deadline:
        pause(_BETWEEN_LOOKS)
        # Calls that came later know already.
        left &= _calls_of(code)
    return not left


def _calls_of(code: CodeType) -> set[FrameType]:
    found = set()
    for ident, top in sys._current_frames().items():  # noqa: SLF001 (there is no other way to see another thread)
        frame: FrameType | None = top if ident != get_thread_ident() else None
        while frame is not None:
            if frame.f_code is code:
                found.add(frame)
            frame = frame.f_back
    return found
