"""Lines that wait, from the oldest to the newest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from structlog_enrich.delivery.records import LEVELS, OVERHEAD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from structlog_enrich.delivery.records import Record

__all__ = ["Lines"]

_LEVELS: Final = tuple(range(len(LEVELS)))
_AS_BYTES: Final = tuple(bytes([level]) for level in _LEVELS)


class Lines:
    """Hold lines beside each other, rather than each in an object of its own: so many are moved in a few steps.

    What changes it calls nothing amid the change: no signal's handler comes between, and raises. Several threads need a
    lock; `count` and `size` may be read without.

    Attributes:
        lines: The lines, from `first` on.
        levels: The level of each.
        handed: When each was handed over, in nanoseconds.
        first: Where the oldest is; before it are places that aren't used any more.
        count: How many lines there are.
        size: What they take of a budget, in bytes.

    >>> lines = Lines()
    >>> lines.append((b"paid", 1, 17))
    >>> lines.count, lines.pop(), lines.size
    (1, (b'paid', 1, 17), 0)
    """

    __slots__ = ("count", "first", "handed", "levels", "lines", "size")

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.levels = bytearray()
        self.handed: list[int] = []
        self.first = self.count = self.size = 0

    def __repr__(self) -> str:
        return f"<Lines({self.count}, {self.size} bytes)>"

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Record]:
        begin = self.first
        return zip(self.lines[begin:], self.levels[begin:], self.handed[begin:], strict=True)

    def size_of(self, count: int) -> int:
        """Return what the oldest *count* take of a budget."""
        return count * OVERHEAD + sum(map(len, self.lines[self.first : self.first + count]))

    def levels_of(self, count: int) -> list[int]:
        """Return how many of the oldest *count* are of each level."""
        levels = self.levels[self.first : self.first + count]
        return [levels.count(level) for level in _LEVELS]

    def append(self, record: Record) -> None:
        """Take in one line more."""
        line, level, handed = record
        size, levels = len(line) + OVERHEAD, _AS_BYTES[level]
        self.lines += (line,)
        self.levels += levels
        self.handed += (handed,)
        self.count += 1
        self.size += size

    def pop(self) -> Record:
        """Give away the oldest; there must be one."""
        begin = self.first
        line, level, handed = self.lines[begin], self.levels[begin], self.handed[begin]
        size = len(line) + OVERHEAD
        self.lines[begin] = b""
        self.first = begin + 1
        self.count -= 1
        self.size -= size
        self._shrink()
        return line, level, handed

    def move(self, count: int, size: int, to: Lines) -> None:
        """Move the oldest *count*, which take *size* of a budget, to the end of another."""
        begin, end = self.first, self.first + count
        lines, levels, handed = self.lines[begin:end], self.levels[begin:end], self.handed[begin:end]
        nothing = [b""] * count
        to.lines += lines
        to.levels += levels
        to.handed += handed
        to.count += count
        to.size += size
        self.lines[begin:end] = nothing
        self.first = end
        self.count -= count
        self.size -= size
        self._shrink()

    def clear(self) -> None:
        """Hold none."""
        del self.lines[:]
        del self.levels[:]
        del self.handed[:]
        self.first = self.count = self.size = 0

    def _shrink(self) -> None:
        """Give back what isn't used any more, once that is as much as what is."""
        first = self.first
        if first >= self.count:
            del self.lines[:first]
            del self.levels[:first]
            del self.handed[:first]
            self.first = 0
