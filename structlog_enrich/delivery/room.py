"""Wait for room, as the caller does where that is asked for, and for a thread that is late by a moment."""

from __future__ import annotations

import math
import sys
from time import monotonic_ns
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.delivery.away import time_away
from structlog_enrich.delivery.loggers import LARGE
from structlog_enrich.delivery.system import has_green_threads
from structlog_enrich.delivery.threads import is_of_a_writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog_enrich.delivery.loggers import Watch
    from structlog_enrich.delivery.queue import Queue
    from structlog_enrich.delivery.threads import Threads

__all__ = ["Room"]

_SECOND: Final = 1_000_000_000
_LONGEST_YIELD: Final = 0.004
_LOOK: Final = 0.05


class Room:
    """Tell whether a line may be handed over, and wait until it may.

    Args:
        queue: Where it goes.
        threads: Those that make room.
        watch: Says how much may be handed over before anybody has decided on it.
        block_timeout: Seconds to wait at most under a policy that lets those who log wait.

    Attributes:
        latest: When nobody waits any more, in nanoseconds, since the process ends.
    """

    __slots__ = ("_block_timeout", "_queue", "_threads", "_watch", "latest")

    def __init__(self, queue: Queue, threads: Threads, watch: Watch, block_timeout: float) -> None:
        self._queue = queue
        self._threads = threads
        self._watch = watch
        self._block_timeout = block_timeout
        self.forget()

    def forget(self) -> None:
        """Begin anew in a forked child."""
        self.latest: float = math.inf

    def is_there(self, size: int) -> bool:
        """Tell whether a line that takes *size* bytes may be handed over."""
        return not self.is_asked_for() and self._handed_over(size) <= self._watch.slack // 2

    def _handed_over(self, size: int) -> int:
        """Return what was handed over and not decided on, with a line that takes *size* bytes."""
        intake = self._queue.intake
        if size > LARGE:
            return size + sum(map(len, intake[::2])) if intake else 0
        # As if all were of this size.
        return size * len(intake) // 2

    def is_asked_for(self) -> bool:
        """Tell whether those who log are to wait for what is held."""
        return self._queue.policy.blocks and bool(self._queue.held)

    def make(self, drain: Callable[[int], object]) -> str:
        """Make room where no thread does: let *drain* write until a time, in nanoseconds; return why there is none."""
        if not self.is_asked_for():
            return ""
        has_loop = _runs_a_loop()
        drain(monotonic_ns() + (0 if has_loop else int(self._block_timeout * _SECOND)))
        if not self.is_asked_for():
            return ""
        return "event_loop" if has_loop else self._queue.trouble or "full"

    def wait(self, size: int, goes_on: Callable[[], bool]) -> str:
        """Wait until there is room, while *goes_on* says so; return why there is none."""
        queue, threads = self._queue, self._threads
        blocks = queue.policy.blocks
        has_loop = blocks and _runs_a_loop()
        may_wait = blocks and not has_loop and not is_of_a_writer()
        patience = self._block_timeout if may_wait else _LONGEST_YIELD
        deadline = min(monotonic_ns() + int(patience * _SECOND), self.latest)
        if queue.store_all():
            threads.wake_writer()
            return ""
        if queue.deciding.is_mine():
            # A signal's handler leaves its line to what it has interrupted.
            return ""
        threads.wake()
        while goes_on() and not self.is_there(size):
            if has_loop and self.is_asked_for():
                return "event_loop"
            now = monotonic_ns()
            left = deadline - now
            if left <= 0:
                if blocks and not has_loop:
                    return queue.trouble or "full"
                # Soft, so that a thread that is late by a moment costs no line.
                return "overrun" if self._handed_over(size) > self._watch.slack else ""
            # In a child that was forked amid this nobody tells, and all is there.
            threads.wait(min(left / _SECOND, _LOOK))
            deadline += time_away(now, _LOOK)
        return ""


def _runs_a_loop() -> bool:
    """Tell whether all that the calling thread serves would wait with it."""
    asyncio: Any = sys.modules.get("asyncio")
    if asyncio is not None and asyncio._get_running_loop() is not None:  # noqa: SLF001 (documented for frameworks)
        return True
    return has_green_threads()
