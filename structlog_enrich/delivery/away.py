"""Leave out of the time that is waited how long the process was stopped."""

from __future__ import annotations

from time import monotonic_ns
from typing import Final

__all__ = ["time_away"]

_SECOND: Final = 1_000_000_000
_LATE: Final = _SECOND // 4


def time_away(since: int, seconds: float) -> int:
    """Return for how long the process was stopped, in nanoseconds, where who waits wanted to wait *seconds* at most.

    As after `SIGSTOP`, or in a virtual machine that was frozen: nobody could do what is waited for meanwhile. To be
    late by up to 250 ms is what happens to a thread on a busy machine.
    """
    late = monotonic_ns() - since - int(seconds * _SECOND)
    return late if late > _LATE else 0
