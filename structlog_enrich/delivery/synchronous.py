"""Write in the thread that logs, where there is no other."""

from __future__ import annotations

from time import monotonic_ns
from typing import TYPE_CHECKING, Final

from structlog_enrich.delivery.system import allocate_lock, get_ident, pause

if TYPE_CHECKING:
    from structlog_enrich.delivery.pump import Pump
    from structlog_enrich.delivery.queue import Queue

__all__ = ["Synchronous"]

_SECOND: Final = 1_000_000_000
_PATIENCE: Final = 1.0


class Synchronous:
    """Decide on what was handed over and write it, one thread at a time.

    Lines go through the same queue in the same order as ever, so one that is written so doesn't overtake those before.
    Whoever comes while another is at it leaves its line to that one.

    Args:
        queue: What is decided on.
        pump: What writes.

    Attributes:
        patience: Seconds that one call may wait for a sink that takes nothing.
    """

    __slots__ = ("_lock", "_owner", "_pump", "_queue", "patience")

    def __init__(self, queue: Queue, pump: Pump) -> None:
        self._queue = queue
        self._pump = pump
        self.forget()

    def forget(self) -> None:
        """Begin anew in a forked child."""
        self._lock = allocate_lock()
        self._owner = 0
        self.patience = _PATIENCE

    def drain(self, may_write: bool, deadline: int | None = None) -> bool:  # noqa: FBT001 (one word says it)
        """Write all there is, at most until *deadline*; return whether nothing is left.

        Args:
            may_write: Whether the thread that wrote before has ended.
            deadline: In nanoseconds; default *patience* from now.
        """
        if not may_write or self._owner == get_ident():
            # In a signal's handler or a finaliser: what was interrupted goes on with it.
            return False
        until = monotonic_ns() + int(self.patience * _SECOND) if deadline is None else deadline
        while True:
            if not self._lock.acquire(timeout=max(0.0, (until - monotonic_ns()) / _SECOND)):
                return False
            self._owner = get_ident()
            try:
                if not self._drain(until):
                    return False
            finally:
                self._owner = 0
                self._lock.release()
            # One that came after the last look left it to us.
            if not self._queue.waiting:
                return True

    def _drain(self, until: int) -> bool:
        queue, pump = self._queue, self._pump
        pump.retry_now()
        while True:
            queue.admit()
            wait = pump.step()
            if wait is None:
                if queue.is_empty():
                    return True
                continue
            if monotonic_ns() + int(wait * _SECOND) > until:
                return False
            if wait:
                pause(wait)
