"""What a writer says of itself: on standard error that it loses lines, in the stream how it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from structlog.exceptions import DropEvent

from structlog_enrich.delivery.notices import notice, standard_error
from structlog_enrich.delivery.records import framed, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog_enrich.delivery.queue import Queue
    from structlog_enrich.delivery.sinks import Sink
    from structlog_enrich.delivery.stats import Stats

__all__ = ["Reporter"]

_SECOND: Final = 1_000_000_000
_NOTICE_EVERY: Final = 60 * _SECOND


class Reporter:
    """Look now and then whether there is something to say.

    Args:
        queue: Whose losses are told.
        sink: Where the lines should have gone.
        every: Seconds between lines about the writer; None for none.

    Attributes:
        frame: Makes such a line; None for none.
    """

    __slots__ = ("_every", "_named", "_noticed_at", "_queue", "_reported_at", "_sink", "_told", "frame")

    def __init__(
        self, queue: Queue, sink: Sink, every: float | None, frame: Callable[[Stats], bytes] | None, now: int
    ) -> None:
        self._queue = queue
        self._sink = sink
        self._every = every
        self.frame = frame
        # What has its number later may be another's.
        standard_error()
        self.forget(now)

    def forget(self, now: int) -> None:
        """Begin anew, *now*."""
        self._told = 0
        # Of each reason, how many lines were lost when it was last said.
        self._named: dict[str, int] = {}
        self._noticed_at = now - _NOTICE_EVERY
        self._reported_at = now

    def tell_of_losses(self, now: int) -> None:
        """Say on standard error that lines are lost, once a minute at most."""
        dropped = {reason: sum(counts) for reason, counts in self._queue.dropped.items()}
        lost = sum(dropped.values())
        if lost > self._told and now - self._noticed_at >= _NOTICE_EVERY:
            self._noticed_at = now
            why = ", ".join(self._new(dropped))
            notice(f"lines to {self.shown()} are being lost, {lost:,} so far ({why}); writer.stats() counts them")
            self._told, self._named = lost, dropped

    def tell_of_the_end(self, stats: Stats, timeout: float) -> None:
        """Say on standard error how many lines are lost, and why; those that are left had *timeout* seconds."""
        lost = stats.dropped_total - self._told + stats.pending
        if lost > 0:
            left = [self._queue.trouble or "timeout"] if stats.pending else []
            reasons = {*left, *self._new({reason: sum(levels.values()) for reason, levels in stats.dropped.items()})}
            late = f"not written within {timeout:g} s"
            others = sorted(reasons - {"timeout"})
            why = f" ({', '.join([*others, late][: len(reasons)])})" if others else f": {late}"
            more, is_one = "more " if self._told else "", lost == 1
            notice(
                f"{lost:,} {more}line{'' if is_one else 's'} to {self.shown()} {'is' if is_one else 'are'} lost{why}"
            )
            self._told += lost

    def report(self, now: int, stats: Callable[[], Stats]) -> bytes | None:
        """Tell of losses, and return a line about the writer where it is time for one, else None."""
        self.tell_of_losses(now)
        if self._every is None or self.frame is None or now - self._reported_at < self._every * _SECOND:
            return None
        self._reported_at = now
        return framed(self.frame, stats()) or None

    def _new(self, dropped: dict[str, int]) -> list[str]:
        return sorted(reason for reason, count in dropped.items() if count > self._named.get(reason, 0))

    def shown(self) -> str:
        """Return what the sink is called, the same in each process."""
        if type(self._sink).__repr__ is object.__repr__:
            return unreadable(self._sink)
        try:
            return repr(self._sink)
        except (Exception, DropEvent):  # noqa: BLE001 (a stranger's `__repr__`)
            return unreadable(self._sink)
