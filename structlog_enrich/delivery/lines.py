"""Lines that wait, from the oldest to the newest."""

from __future__ import annotations

from contextlib import suppress
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

    A change is made whole or not at all: amid it nothing is called, so that no signal's handler comes between and
    raises, and where memory ends nothing has changed. Several threads need a lock; `count` and `size` may be read
    without.

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
        begin, end = self.first, self.first + self.count
        return zip(self.lines[begin:end], self.levels[begin:end], self.handed[begin:end], strict=True)

    def size_of(self, count: int) -> int:
        """Return what the oldest *count* take of a budget."""
        return count * OVERHEAD + sum(map(len, self.lines[self.first : self.first + count]))

    def fitting(self, most: int, room: int) -> tuple[int, int]:
        """Return how many of the oldest, at most *most*, fit into *room* bytes of a budget, and what they take of it.

        It is one at least, whether it fits or not; there must be one. There may be more that fit: each line is looked
        at about once, by what they take on average.
        """
        few = max(1, min(most, self.count, room * self.count // self.size))
        size = self.size if few == self.count else self.size_of(few)
        while size > room and few > 1:
            few = max(1, min(few - 1, room * few // size))
            size = self.size_of(few)
        return few, size

    def levels_of(self, count: int) -> list[int]:
        """Return how many of the oldest *count* are of each level."""
        levels = self.levels[self.first : self.first + count]
        return [levels.count(level) for level in _LEVELS]

    def append(self, record: Record) -> None:
        """Take in one line more."""
        line, level, handed = record
        end, count, size = self.first + self.count, self.count + 1, self.size + len(line) + OVERHEAD
        # As in `move`.
        self.levels[end:] = _AS_BYTES[level]
        self.handed[end:] = (handed,)
        self.lines[end:] = (line,)
        self.count, self.size = count, size

    def oldest(self) -> Record:
        """Return the oldest; there must be one."""
        begin = self.first
        return self.lines[begin], self.levels[begin], self.handed[begin]

    def pop(self) -> Record:
        """Give away the oldest; there must be one."""
        self.shrink()
        record = self.oldest()
        begin, count, size = self.first, self.count - 1, self.size - len(record[0]) - OVERHEAD
        first = begin + 1
        self.lines[begin] = b""
        self.first, self.count, self.size = first, count, size
        return record

    def move(self, count: int, size: int, to: Lines) -> None:
        """Move the oldest *count*, which take *size* of a budget, to the end of another."""
        self.shrink()
        begin, end, behind = self.first, self.first + count, to.first + to.count
        lines, levels, handed = self.lines[begin:end], self.levels[begin:end], self.handed[begin:end]
        nothing = [b""] * count
        counts, sizes = (self.count - count, to.count + count), (self.size - size, to.size + size)
        # Where memory ends amid this nothing was moved: what stands behind the last is written over.
        to.levels[behind:] = levels
        to.handed[behind:] = handed
        to.lines[behind:] = lines
        # From here to the last of them nothing takes memory; whoever looks meanwhile sees some twice, but none nowhere.
        to.count, to.size = counts[1], sizes[1]
        self.first, self.count, self.size = end, counts[0], sizes[0]
        self.lines[begin:end] = nothing

    def discard(self, count: int, size: int) -> None:
        """Forget the oldest *count*, which take *size* of a budget."""
        count, size = self.count - count, self.size - size
        begin = self.first + self.count - count
        lines, levels, handed = self.lines[begin:], self.levels[begin:], self.handed[begin:]
        self.lines, self.levels, self.handed, self.first = lines, levels, handed, 0
        self.count, self.size = count, size

    def clear(self) -> None:
        """Hold none."""
        self.discard(self.count, self.size)

    def shrink(self) -> None:
        """Give back the places that aren't used any more, once they are as many as those that are."""
        if self.first and self.first >= self.count:
            # Where there is no memory for that, the next one does it.
            with suppress(MemoryError):
                self.discard(0, 0)
