"""A set of whole numbers that mostly follow each other."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Runs"]


class Runs:
    """Hold numbers as runs, each by its first and its last.

    >>> runs = Runs()
    >>> [runs.add(number) for number in (1, 2, 5, 3, 2)]
    [True, True, True, True, False]
    >>> list(runs)
    [(1, 3), (5, 5)]
    """

    __slots__ = ("_first", "_last")

    def __init__(self) -> None:
        # Of the same length, ascending; no run touches the next.
        self._first: list[int] = []
        self._last: list[int] = []

    def __repr__(self) -> str:
        return f"<Runs({list(self)})>"

    def __len__(self) -> int:
        """Return how many runs there are."""
        return len(self._first)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self._first, self._last, strict=True)

    def __contains__(self, number: int) -> bool:
        at = bisect_right(self._first, number)
        return at > 0 and number <= self._last[at - 1]

    @property
    def last(self) -> int:
        """Return the highest number; -1 where there is none."""
        return self._last[-1] if self._last else -1

    def begins_another(self, number: int) -> bool:
        """Tell whether *number* would make one run more."""
        return number not in self and number - 1 not in self and number + 1 not in self

    def add(self, number: int) -> bool:
        """Add *number*; return whether it wasn't there."""
        first, last = self._first, self._last
        at = bisect_right(first, number)
        if at and number <= last[at - 1]:
            return False
        follows, leads = at > 0 and last[at - 1] == number - 1, at < len(first) and first[at] == number + 1
        if follows and leads:
            last[at - 1] = last.pop(at)
            del first[at]
        elif follows:
            last[at - 1] = number
        elif leads:
            first[at] = number
        else:
            first.insert(at, number)
            last.insert(at, number)
        return True

    def add_run(self, first: int, last: int) -> None:
        """Add every number from *first* to *last*, however many these are."""
        begin, end = bisect_left(self._last, first - 1), bisect_right(self._first, last + 1)
        if begin < end:
            first, last = min(first, self._first[begin]), max(last, self._last[end - 1])
        self._first[begin:end] = [first]
        self._last[begin:end] = [last]

    def missing(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Return the runs of numbers from *first* to *last* that aren't there."""
        for begin, end in self:
            if end < first:
                continue
            if begin > last:
                break
            if begin > first:
                yield first, begin - 1
            first = end + 1
        if first <= last:
            yield first, last
