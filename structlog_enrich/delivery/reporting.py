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

    __slots__ = ("_every", "_noticed_at", "_queue", "_reported_at", "_sink", "_told", "frame")

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
        self._noticed_at = now - _NOTICE_EVERY
        self._reported_at = now

    def tell_of_losses(self, now: int) -> None:
        """Say on standard error how many lines were lost since it was last said, once a minute at most."""
        dropped = self._queue.dropped
        lost = sum(map(sum, dropped.values()))
        if lost > self._told and now - self._noticed_at >= _NOTICE_EVERY:
            self._noticed_at = now
            reasons = ", ".join(sorted(dropped))
            notice(f"{self._lost(lost - self._told)} ({reasons}); writer.stats() counts them")
            self._told = lost

    def tell_of_the_end(self, stats: Stats, timeout: float) -> None:
        """Say on standard error how many lines are lost since they weren't written within *timeout* seconds."""
        lost = stats.dropped_total - self._told + stats.pending
        if lost > 0:
            why = f" ({self._queue.trouble})" if self._queue.trouble else f": not written within {timeout:g} s"
            notice(f"{self._lost(lost, 'more ' if self._told else '')}{why}")
            self._told += lost

    def report(self, now: int, stats: Callable[[], Stats]) -> bytes | None:
        """Return the line about the writer when it is time for one."""
        if self._every is None or self.frame is None or now - self._reported_at < self._every * _SECOND:
            return None
        self._reported_at = now
        return framed(self.frame, stats()) or None

    def _lost(self, count: int, more: str = "") -> str:
        return f"{count:,} {more}line{'' if count == 1 else 's'} to {self.shown()} {'is' if count == 1 else 'are'} lost"

    def shown(self) -> str:
        """Return what the sink is called."""
        try:
            return repr(self._sink)
        except (Exception, DropEvent):  # noqa: BLE001 (a stranger's `__repr__`)
            return unreadable(self._sink)
