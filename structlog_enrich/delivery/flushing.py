"""Wait until what was handed over is written or lost."""

from __future__ import annotations

import math
from time import monotonic_ns
from typing import TYPE_CHECKING, Final

from structlog_enrich.delivery.away import time_away

if TYPE_CHECKING:
    from structlog_enrich.delivery.pump import Pump
    from structlog_enrich.delivery.queue import Queue
    from structlog_enrich.delivery.threads import Threads

__all__ = ["await_written"]

_SECOND: Final = 1_000_000_000
_LOOK: Final = 0.05


def await_written(queue: Queue, pump: Pump, threads: Threads, latest: int, patience: float = math.inf) -> bool:
    """Wait until all that was handed over by now is written or lost; return whether it is.

    Args:
        queue: Where it was handed over.
        pump: What writes it.
        threads: Those that do both.
        latest: When to stop waiting, in nanoseconds.
        patience: Seconds to wait at most while the sink takes nothing.
    """
    began = monotonic_ns()
    target = queue.emitted()
    leaving = written = -1
    has_asked = False
    pump.retry_now()
    while True:
        # First they are decided on; then those that have room go to the sink in their order, behind what was there, and
        # the oldest may be lost on that way. What moves on while it is counted counts twice where it says how many are
        # to leave, and not at all where it says how many have left.
        if leaving < 0 and queue.decided >= target:
            leaving = queue.policy.elsewhere + queue.stored.count + queue.passed + queue.flying.count + _written(pump)
        if 0 <= leaving <= _written(pump) + queue.flying.count + queue.passed and written < 0:
            written = queue.flying.count + _written(pump)
        # Twice: as the last one is written its sink may log, and that is lost.
        is_quiet = queue.is_empty() and pump.is_idle() and queue.is_empty()
        # What was lost is told when all is written; while others go on logging, a moment later.
        if is_quiet or (0 <= written <= _written(pump) and (queue.waiting or queue.stored)):
            return True
        now = monotonic_ns()
        left = min((latest - now) / _SECOND, patience - (now - max(began, pump.progress)) / _SECOND)
        if left <= 0 or pump.is_hopeless():
            return False
        # Each of them tells when it has done something; asked again and again they would do nothing else.
        if not has_asked:
            threads.wake()
            threads.wake_writer()
        has_asked = threads.wait(min(left, _LOOK))
        # Meanwhile nobody was waited for.
        away = time_away(now, _LOOK)
        latest, began = latest + away, began + away


def _written(pump: Pump) -> int:
    return sum(pump.written)
