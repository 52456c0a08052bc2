"""What callers gave up, since they couldn't wait any longer."""

from __future__ import annotations

from collections import deque
from typing import Final, TypeAlias

__all__ = ["Refused"]

Places: TypeAlias = "deque[tuple[str, int, bytes]] | bytearray"

_MOST: Final = 1_000
_LONGEST: Final = 4_096


class Refused:
    """Hold lines that their callers couldn't hand over, until somebody counts them.

    As long as nobody does they must stay small: beyond so many, and of a long line, only the level is kept, which takes
    a byte. Any thread adds, one takes, and none locks.

    >>> refused = Refused()
    >>> refused.add("overrun", 1, b"paid")
    >>> reason, level, line, places = refused.first()
    >>> reason, level, line, len(refused)
    ('overrun', 1, b'paid', 1)
    >>> del places[0]
    >>> len(refused)
    0
    """

    __slots__ = ("_levels", "_lines")

    def __init__(self) -> None:
        self._lines: deque[tuple[str, int, bytes]] = deque()
        self._levels: dict[str, bytearray] = {}

    def __repr__(self) -> str:
        return f"<Refused({len(self)})>"

    def __len__(self) -> int:
        # Neither a map nor an array changes amid this, which is C as a whole.
        return len(self._lines) + sum(map(len, self._levels.values()))

    def add(self, reason: str, level: int, line: bytes) -> None:
        """Take in a line."""
        if len(self._lines) < _MOST and len(line) <= _LONGEST:
            self._lines.append((reason, level, line))
        else:
            self._levels.setdefault(reason, bytearray()).append(level)

    def first(self) -> tuple[str, int, bytes | None, Places]:
        """Return one, reason, level, and the line where it was kept, and what it is the first of; there must be one.

        Who counts it deletes it there, which is no call that a signal's handler could interrupt.
        """
        if self._lines:
            return *self._lines[0], self._lines
        reason, levels = next((reason, levels) for reason, levels in self._levels.copy().items() if levels)
        return reason, levels[0], None, levels

    def clear(self) -> None:
        """Hold none."""
        self._lines.clear()
        self._levels.clear()
