"""What was lost and the stream hasn't told yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from structlog_enrich.delivery.gaps import Losses
from structlog_enrich.delivery.reasons import RECURSIVE

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable

    from structlog_enrich.delivery.gaps import Gap

__all__ = ["Untold"]

_MOST_GAPS: Final = 64
_SECOND: Final = 1_000_000_000


class Untold:
    """Gather losses by their reason, until it is time for a gap to tell of them.

    Args:
        gaps: Takes each gap that is to be told.
        clock: The time in nanoseconds, which never goes back.
    """

    __slots__ = ("_clock", "_gaps", "_is_followed", "_losses")

    def __init__(self, gaps: deque[Gap], clock: Callable[[], int]) -> None:
        self._gaps = gaps
        self._clock = clock
        self._losses: dict[str, Losses] = {}
        # Whether a line has come after what a sink logged as it wrote.
        self._is_followed = True

    def __repr__(self) -> str:
        return f"<Untold({[*self._losses.values()]!r})>"

    def __bool__(self) -> bool:
        """Tell whether a gap can be told; what a sink logs as it writes one would be told by another, for ever."""
        return bool(self._losses) and (self._is_followed or self._losses.keys() != {RECURSIVE})

    def follow(self) -> None:
        """Let also be told what waits for another line, since one has come, or none may."""
        self._is_followed = True

    def note(self, seq: int | None, level: int, reason: str) -> None:
        """Note a line that was lost, by its number where that is known."""
        losses = self._losses.get(reason)
        if losses is not None and losses.is_full():
            self._freeze(reason)
            losses = self._losses.get(reason)
        if losses is None:
            losses = self._losses[reason] = Losses(reason, self._clock())
            if reason == RECURSIVE:
                self._is_followed = False
        losses.add(seq, level)

    def tell(self, *, at_once: bool) -> None:
        """Let the stream say what was lost, *at_once* or what has waited for a second."""
        now = self._clock()
        for reason, losses in list(self._losses.items()):
            is_due = (at_once or now - losses.since >= _SECOND) and (self._is_followed or reason != RECURSIVE)
            if is_due and not self._gaps:
                self._freeze(reason)

    def _freeze(self, reason: str) -> None:
        # While nothing can be written they wait; beyond so many the last one only counts.
        if len(self._gaps) < _MOST_GAPS:
            self._gaps.append(self._losses.pop(reason).gap())
