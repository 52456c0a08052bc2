"""Write in the thread that logs, where there is no other."""

from __future__ import annotations

from sys import is_finalizing
from time import monotonic_ns
from typing import TYPE_CHECKING, Final

from structlog_enrich.delivery.away import time_away
from structlog_enrich.delivery.limits import limits_borne
from structlog_enrich.delivery.system import allocate_rlock, get_thread_ident, pause

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog_enrich.delivery.pump import Pump
    from structlog_enrich.delivery.queue import Queue
    from structlog_enrich.delivery.sinks import Sink
    from structlog_enrich.delivery.threads import Threads

__all__ = ["Synchronous"]

_SECOND: Final = 1_000_000_000
_PATIENCE: Final = 1.0
_GRACE: Final = 0.05
_LOOK: Final = 0.001


class Synchronous:
    """Decide on what was handed over and write it, one thread at a time.

    Lines go through the same queue in the same order as ever, so one that is written so doesn't overtake those before.
    Whoever comes while the same thread is at it, in a signal's handler or a finaliser, leaves its line to that.

    Args:
        queue: What is decided on.
        pump: What writes.

    Attributes:
        patience: Seconds that one call may wait for a sink that takes nothing.
        is_in_vain: Whether it was waited for in vain already, as far as it ever is.
    """

    __slots__ = ("_lock", "_postponed", "_pump", "_queue", "is_in_vain", "patience")

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
        self.is_in_vain = False

    def is_amid(self) -> bool:
        """Tell whether the calling thread is deciding or writing at this moment, further up its stack."""
        # What `threading.Condition` asks it, too.
        return bool(self._lock._is_owned()) or self._queue.deciding.is_mine()  # noqa: SLF001

    def postpone(self, action: Callable[[], object]) -> bool:
        """Call *action* once the calling thread has done what it is amid; return False when it is amid nothing."""
        if not self.is_amid():
            return False
        self._postponed.setdefault(get_thread_ident(), []).append(action)
        return True

    def catch_up(self) -> bool:
        """Do what was put off, where the calling thread is amid nothing any more; return whether there was anything."""
        actions = self._postponed.get(get_thread_ident())
        if not actions or self.is_amid():
            return False
        try:
            while actions:
                action = actions[0]
                # By no call: it is done, or still there.
                del actions[0]
                action()
        finally:
            # The others also when this one raises.
            self.catch_up()
        return True

    def drain(self, may_write: bool, deadline: int | None = None) -> bool:  # noqa: FBT001 (one word says it)
        """Write all there is, at most until *deadline*; return whether nothing is left.

        Args:
            may_write: Whether the threads that wrote before have ended.
            deadline: In nanoseconds; default *patience* from now, likewise where that is none.
        """
        if not may_write or self.is_amid():
            return False
        try:
            with limits_borne():
                # What was waited for in vain isn't once more.
                return self._drain(None if self.is_in_vain else deadline)
        finally:
            self.catch_up()

    def work(self, threads: Threads, *, is_last: bool) -> None:
        """Write what the caller has just handed over.

        Args:
            threads: Those that wrote before; where the sink has kept one of them it is only decided on.
            is_last: Whether what the sink refuses is lost, since it can't be opened any more.
        """
        has_ended = threads.have_ended()
        is_written = self.drain(has_ended)
        if threads.are_deciding():
            # Whoever wanted it to end was interrupted, or the disk of a policy keeps it.
            threads.wake()
        elif not has_ended:
            self.admit()
        elif is_last and not is_written and self._queue.trouble:
            self.give_up(self._queue.trouble)

    def admit(self) -> None:
        """Decide on what was handed over, where nobody else does and the sink is stuck, so that the budget is kept."""
        self._alone(self._queue.admit)

    def abandon(self, reason: str) -> None:
        """Lose all that waits, and count it, unless another thread is at it."""
        self._alone(lambda: self._queue.abandon(reason))

    def shut(self, sink: Sink, threads: Threads, reason: str, *, is_done: bool) -> None:
        """Close *sink*, not while another thread writes to it, and lose what is left unless all *is_done*.

        What one of *threads* is amid, since the sink has kept it, isn't lost: it may be written yet. From now on nobody
        waits for the sink.
        """
        self.patience = 0.0
        reason = self._queue.trouble or reason
        if threads.have_ended():
            self._alone(sink.close)
            if not is_done:
                self.give_up(reason)
        elif not threads.are_deciding():
            self.abandon(reason)

    def give_up(self, reason: str) -> None:
        """Lose also what is on its way to a sink that was closed."""
        self._alone(lambda: self._queue.abandon(reason, is_closed=True))

    def _alone(self, action: Callable[[], object]) -> None:
        if self.is_amid():
            return
        try:
            if self._acquire(_GRACE):
                action()
        finally:
            # As in `Turn`: also when a signal's handler raises right after it was taken.
            try:  # noqa: SIM105 (likewise)
                self._lock.release()
            except RuntimeError:
                pass
            self.catch_up()

    def _acquire(self, timeout: float) -> bool:
        is_ending = is_finalizing()
        if self._lock.acquire(timeout=0.0 if is_ending else timeout):
            return True
        if not is_ending:
            return False
        # Whoever had it was ended with all other threads, and doesn't give it back.
        self._lock = allocate_rlock()
        self._queue.unlock()
        return bool(self._lock.acquire(blocking=False))

    def _drain(self, deadline: int | None) -> bool:
        away = self._pump.away
        until = monotonic_ns() + int(self.patience * _SECOND) if deadline is None else deadline
        least = _GRACE if deadline is None else 0.0
        while True:
            try:
                patience = max(least, (until + self._pump.away - away - monotonic_ns()) / _SECOND)
                if not (self._acquire(patience) and self._write(until - away, is_bounded=deadline is not None)):
                    return False
            finally:
                try:  # noqa: SIM105 (as above)
                    self._lock.release()
                except RuntimeError:
                    pass
            # One that came after the last look left it to us.
            if not self._queue.waiting:
                return True

    def _write(self, until: int, *, is_bounded: bool) -> bool:
        """Write all there is, at most *until* then, by a clock that stands while the process is stopped."""
        queue, pump, lock = self._queue, self._pump, self._lock
        pump.retry_now()
        # In a child that was forked from a signal's handler amid this it is another's.
        while self._lock is lock:
            queue.admit()
            before = pump.bytes
            wait = pump.step(max(0.0, (until + pump.away - monotonic_ns()) / _SECOND))
            if wait is None:
                if queue.is_empty():
                    return True
                if queue.gaps or queue.stored:
                    continue
                # The policy keeps something back.
                wait = _LOOK
            # While the sink takes lines they are given to it: others may have left theirs to us.
            is_over = monotonic_ns() - pump.away + int(wait * _SECOND) > until or pump.is_hopeless()
            if is_over and (is_bounded or pump.bytes == before):
                return queue.is_empty() and pump.is_idle()
            if wait:
                since = monotonic_ns()
                pause(wait)
                pump.away += time_away(since, wait)
        return False
