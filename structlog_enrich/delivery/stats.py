"""One moment of a writer's account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from structlog_enrich.delivery.records import LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from structlog_enrich.delivery.pump import Pump
    from structlog_enrich.delivery.queue import Queue

__all__ = ["Stats", "snapshot"]


@dataclass(frozen=True, slots=True)
class Stats:
    """Say what became of every line, at one moment; `emitted == written + dropped_total + pending`, always.

    All counts are of this process since its start, or its fork. Each only grows, but `pending` and the depths.

    Attributes:
        emitted: How many lines were handed over.
        written: How many of them the sink has taken whole.
        pending: How many are on their way.
        dropped: How many were lost, by reason and level.
        emitted_by_level: `emitted` by level; of what is still in the hand-off the level isn't counted yet.
        written_by_level: `written` by level.
        bytes: How many bytes were written, newlines and lines about gaps included.
        depth_records: How many lines are stored.
        depth_bytes: How much of the budget is used.
        high_water_records: The most that `depth_records` has been.
        high_water_bytes: The most that `depth_bytes` has been.
        elsewhere: How many of the pending lines are on disk.
        gaps: How many lines about gaps were written.
        gaps_untold: How many gaps no line could be made of, as `frame_gap` failed.
        retries: How often the sink failed, by what it said: `{"enospc": 3}`.
        repaired: How many last lines, torn by a crash before, the sink has ended.
        latency: Upper bounds in seconds and how many lines took at most that long from hand-off to sink; the last is
            infinite. A line's time begins when the writer last looked before it, so it is up to 20 milliseconds too
            long, two where many come, and never too short.
        latency_sum: All of these times together, in seconds.
        writer_alive: Whether the writer's threads run; without them each line is written by its caller.
        last_progress_age: Seconds since anything was written, or there was nothing to write.
        state: `new`, `running`, `synchronous` or `closed`.
        sink: What the sink calls itself.
    """

    emitted: int
    written: int
    pending: int
    dropped: Mapping[str, Mapping[str, int]]
    emitted_by_level: Mapping[str, int]
    written_by_level: Mapping[str, int]
    bytes: int
    depth_records: int
    depth_bytes: int
    high_water_records: int
    high_water_bytes: int
    elsewhere: int
    gaps: int
    gaps_untold: int
    retries: Mapping[str, int]
    repaired: int
    latency: tuple[tuple[float, int], ...]
    latency_sum: float
    writer_alive: bool
    last_progress_age: float
    state: str
    sink: str

    @property
    def dropped_total(self) -> int:
        """Return how many lines were lost in all."""
        return sum(sum(levels.values()) for levels in self.dropped.values())


def snapshot(queue: Queue, pump: Pump, now: int, *, writer_alive: bool, state: str, sink: str) -> Stats:
    """Return the account at this moment, without stopping anybody."""
    # What becomes of a line is read in the order from last to first: whatever goes on from then on is but pending here.
    written = list(pump.written)
    dropped = {reason: list(counts) for reason, counts in queue.dropped.items()}
    taken = list(queue.taken_by_level)
    emitted = queue.emitted()
    lost = sum(map(sum, dropped.values()))
    return Stats(
        emitted=emitted,
        written=sum(written),
        pending=emitted - sum(written) - lost,
        dropped={reason: _by_level(counts) for reason, counts in dropped.items()},
        emitted_by_level=_by_level(taken),
        written_by_level=_by_level(written),
        bytes=pump.bytes,
        depth_records=queue.depth_records,
        depth_bytes=queue.depth_bytes,
        high_water_records=queue.high_records,
        high_water_bytes=queue.high_bytes,
        elsewhere=queue.policy.elsewhere,
        gaps=pump.gaps,
        gaps_untold=pump.untold,
        retries=pump.retries,
        repaired=pump.repaired(),
        latency=pump.latency.cumulative(),
        latency_sum=pump.latency.total / 1_000_000_000,
        writer_alive=writer_alive,
        last_progress_age=max(0, now - pump.progress) / 1_000_000_000,
        state=state,
        sink=sink,
    )


def _by_level(counts: list[int]) -> dict[str, int]:
    return {name: count for name, count in zip(LEVELS, counts, strict=True) if count}
