"""How long lines are on their way."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BOUNDS", "Latency"]

BOUNDS: Final = (
    0.0001,
    0.00025,
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1,
    2.5,
    5,
    10,
    30,
    60,
)
"""The upper bounds of the classes, in seconds; what takes longer is in one more."""

_NANOSECONDS: Final = tuple(round(bound * 1_000_000_000) for bound in BOUNDS)


class Latency:
    """Count lines by how long they took from the hand-off to the sink. One thread adds; any may read."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.total = 0

    def add(self, handed: Sequence[int], now: int) -> None:
        """Count lines, written *now*, by when each was handed over, in nanoseconds of the same clock."""
        longest = bisect_left(_NANOSECONDS, now - handed[0])
        shortest = bisect_left(_NANOSECONDS, now - handed[-1])
        self.total += now * len(handed) - sum(handed)
        if longest == shortest:
            # Handed over one after the other, all between are of the same class.
            self.counts[longest] += len(handed)
            return
        for each in handed:
            self.counts[bisect_left(_NANOSECONDS, now - each)] += 1

    def cumulative(self) -> tuple[tuple[float, int], ...]:
        """Return each bound in seconds with how many lines took at most that long; the last bound is infinite."""
        return tuple(zip((*BOUNDS, float("inf")), accumulate(self.counts), strict=True))
