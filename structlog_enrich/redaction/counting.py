"""Counters that many threads write without a lock."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Counters"]


class Counters:
    """Count by name. No lock is held, so neither a fork nor a signal can leave one behind.

    >>> counters = Counters()
    >>> counters.add("password")
    >>> counters.add("password")
    >>> counters.read()
    {'password': 2}
    """

    __slots__ = ("_counters",)

    def __init__(self) -> None:
        self._counters: Final[dict[str, tuple[Callable[[], int], Callable[[], int]]]] = {}

    def add(self, name: str) -> None:
        """Add one."""
        pair = self._counters.get(name)
        if pair is None:
            pair = self._counters.setdefault(name, (count().__next__, count().__next__))
        pair[0]()

    def read(self) -> dict[str, int]:
        """Return how often each name was counted, sorted by name. Of two readers at once, one may be ahead by one."""
        # A counter is only read by counting on, so what was read is counted too.
        counters = sorted(self._counters.copy().items())
        return {name: counted() - reads() for name, (counted, reads) in counters}
