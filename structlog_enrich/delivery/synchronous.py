"""Write in the thread that logs, where there is no other."""

from __future__ import annotations

from time import monotonic_ns
from typing import TYPE_CHECKING, Final

from structlog_enrich.delivery.system import allocate_rlock, get_ident, pause

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog_enrich.delivery.pump import Pump
    from structlog_enrich.delivery.queue import Queue

__all__ = ["Synchronous"]

_SECOND: Final = 1_000_000_000
_PATIENCE: Final = 1.0
_GRACE: Final = 0.05


class Synchronous:
    """Decide on what was handed over and write it, one thread at a time.

    Lines go through the same queue in the same order as ever, so one that is written so doesn't overtake those before.
    Whoever comes while the same thread is at it, in a signal's handler or a finaliser, leaves its line to that.

    Args:
        queue: What is decided on.
        pump: What writes.

    Attributes:
        patience: Seconds that one call may wait for a sink that takes nothing.
    """

    __slots__ = ("_lock", "_postponed", "_pump", "_queue", "patience")

    def __init__(self, queue: Queue, pump: Pump) -> None:
        self._queue = queue
        self._pump = pump
        self.forget()

    def forget(self) -> None:
        """Begin anew in a forked child."""
        # It knows its owner from the moment it is taken on, and a signal's handler may come at the very next.
        self._lock = allocate_rlock()
        self._postponed: dict[int, list[Callable[[], object]]] = {}
        self.patience = _PATIENCE

    def is_amid(self) -> bool:
        """Tell whether the calling thread is writing at this moment, further up its stack."""
        return bool(self._lock._is_owned())  # noqa: SLF001 (what `threading.Condition` asks it, too)

    def postpone(self, action: Callable[[], object]) -> bool:
        """Call *action* once the calling thread has done what it is amid; return False when it is amid nothing."""
        if not self.is_amid():
            return False
        self._postponed.setdefault(get_ident(), []).append(action)
        return True

    def drain(self, may_write: bool, deadline: int | None = None) -> bool:  # noqa: FBT001 (one word says it)
        """Write all there is, at most until *deadline*; return whether nothing is left.

        Args:
            may_write: Whether the threads that wrote before have ended.
            deadline: In nanoseconds; default *patience* from now.
        """
        if not may_write or self.is_amid():
            return False
        try:
            return self._drain(deadline)
        finally:
            while actions := self._postponed.pop(get_ident(), None):
                for action in actions:
                    action()

    def abandon(self, reason: str) -> None:
        """Lose all that is left, and count it, unless another thread is at it."""
        lock = self._lock
        try:
            if lock.acquire(timeout=_GRACE):
                self._queue.abandon(reason)
        finally:
            if lock._is_owned():  # noqa: SLF001 (as above)
                lock.release()

    def _drain(self, deadline: int | None) -> bool:
        lock = self._lock
        until = monotonic_ns() + int(self.patience * _SECOND) if deadline is None else deadline
        least = _GRACE if deadline is None else 0.0
        while True:
            try:
                patience = max(least, (until - monotonic_ns()) / _SECOND)
                if not (lock.acquire(timeout=patience) and self._write(until, is_bounded=deadline is not None)):
                    return False
            finally:
                # Also when a signal's handler raises right after it was taken.
                if lock._is_owned():  # noqa: SLF001 (as above)
                    lock.release()
            # One that came after the last look left it to us.
            if not self._queue.waiting:
                return True

    def _write(self, until: int, *, is_bounded: bool) -> bool:
        queue, pump = self._queue, self._pump
        pump.retry_now()
        while True:
            queue.admit()
            before = pump.bytes
            wait = pump.step()
            if wait is None:
                if queue.is_empty():
                    return True
                continue
            # While the sink takes lines they are given to it: others may have left theirs to us.
            if (is_bounded or pump.bytes == before) and monotonic_ns() + int(wait * _SECOND) > until:
                return False
            if wait:
                pause(wait)
