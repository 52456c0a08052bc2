"""The two threads of a writer: one decides on lines and never waits for the sink, the other writes them."""

from __future__ import annotations

from _queue import SimpleQueue
from collections import deque
from contextlib import suppress
from time import monotonic_ns
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.delivery.away import time_away
from structlog_enrich.delivery.limits import bear_limits
from structlog_enrich.delivery.system import allocate_lock, get_ident, start_thread

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog_enrich.delivery.pump import Pump
    from structlog_enrich.delivery.queue import Queue

__all__ = ["Threads", "is_of_a_writer"]

_TICK: Final = 0.002
_LONG_TICK: Final = 0.02
_QUIET_TICKS: Final = 10
_SLEEPY_TICKS: Final = 14
_WATCH: Final = 1.0
_LOOK: Final = 0.01
_SECOND: Final = 1_000_000_000
# Of every writer.
_IDENTS: Final[set[int]] = set()


def is_of_a_writer() -> bool:
    """Tell whether the calling thread is one of any writer's, which waits for no other writer."""
    return get_ident() in _IDENTS


class Threads:
    """Run what decides and what writes, each in a thread of its own, from `start` to `stop`.

    Two, since the sink may keep the one for minutes, while those who log go on: somebody must keep the budget then.

    Args:
        queue: What is decided on.
        pump: What writes.
        on_tick: Called by the deciding thread after each round, at least once a second.

    Attributes:
        is_idle: Whether the deciding thread sleeps until it is woken.
        attend: Called by the deciding thread when `is_idle` has changed.
    """

    __slots__ = (
        "_bell",
        "_idents",
        "_is_stopping",
        "_left",
        "_on_tick",
        "_pump",
        "_pump_bell",
        "_queue",
        "_set_attention",
        "_waiting",
        "is_idle",
    )

    def __init__(
        self, queue: Queue, pump: Pump, set_attention: Callable[[], None], on_tick: Callable[[], None]
    ) -> None:
        self._queue = queue
        self._pump = pump
        self._set_attention = set_attention
        self._on_tick = on_tick
        self.forget()

    def forget(self) -> None:
        """Begin anew in a forked child, where there is no thread but the one that forked."""
        self._bell: SimpleQueue[None] = SimpleQueue()
        self._pump_bell: SimpleQueue[None] = SimpleQueue()
        self._waiting: deque[Any] = deque()
        # Those that were started and haven't ended, whether they have come to run or not.
        self._left: set[str] = set()
        # As threads end their numbers become others'.
        _IDENTS.difference_update(getattr(self, "_idents", ()))
        self._idents: set[int] = set()
        self._is_stopping = False
        self.is_idle = False

    def start(self) -> bool:
        """Start both.

        Returns:
            Whether they run in this process: a signal's handler may have forked meanwhile, and then the child goes on.

        Raises:
            RuntimeError: The system has no room for a thread, or the interpreter is ending.
        """
        left = self._left
        self._is_stopping = False
        self._start("keeper", self._decide, left)
        self._start("writer", self._write, left)
        return self._left is left

    def _start(self, name: str, run: Callable[[], None], left: set[str]) -> None:
        first: list[str] = []
        try:
            left.add(name)
            start_thread(lambda: self._keep(name, run, left, first), f"structlog-enrich {name}")
        except BaseException:
            # A signal's handler may have raised when it runs already.
            first.append("")
            if not first[0]:
                left.discard(name)
            raise

    def are_alive(self) -> bool:
        """Tell whether both run."""
        return len(self._idents) == 2  # noqa: PLR2004 (the two)

    def have_ended(self) -> bool:
        """Tell whether both have ended, or were never started."""
        return not self._left

    def are_deciding(self) -> bool:
        """Tell whether the one that decides hasn't ended."""
        return "keeper" in self._left

    def is_own(self) -> bool:
        """Tell whether the calling thread is one of the two."""
        return get_ident() in self._idents

    def leave(self, action: Callable[[], object]) -> bool:
        """Have *action*, which waits for their end, done by another thread where one of the two calls this.

        Returns:
            Whether it is one of the two.
        """
        if not self.is_own():
            return False
        # As the interpreter ends no thread can be started any more, and all is done by the exit.
        with suppress(RuntimeError):
            start_thread(action, "structlog-enrich closer")
        return True

    def wake(self) -> None:
        """Let the deciding thread look at once."""
        self.is_idle = False
        _ring(self._bell)

    def wake_writer(self) -> None:
        """Let the writing thread look at once."""
        _ring(self._pump_bell)

    def end(self, latest: int) -> bool:
        """Let both end when they have done what they are at, and wait for it until *latest*; return whether they have.

        The one that decides is at nothing that takes long, so it is given a second more.
        """
        self._is_stopping = True
        self.wake()
        self.wake_writer()
        while self._left and (now := monotonic_ns()) < latest + ("keeper" in self._left) * _SECOND:
            self.wait(_LOOK)
            latest += time_away(now, _LOOK)
        return not self._left

    def wait(self, timeout: float) -> bool:
        """Wait until the deciding or the writing thread has done something; return False after *timeout* seconds."""
        lock = allocate_lock()
        lock.acquire()
        self._waiting.append(lock)
        is_told = bool(lock.acquire(timeout=timeout))
        if not is_told:
            with suppress(ValueError):
                self._waiting.remove(lock)
        return is_told

    def tell(self) -> None:
        """Let go on who waits."""
        waiting = self._waiting
        while waiting:
            try:
                waiting.popleft().release()
            except IndexError:
                return

    def _keep(self, name: str, run: Callable[[], None], left: set[str], first: list[str]) -> None:
        """Call *run* until it returns: whatever it raises, and wherever, nothing is written without it."""
        first.append(name)
        if not first[0] or self._left is not left:
            # It was given up, or the process was forked before it came to run.
            return
        ident = get_ident()
        self._idents.add(ident)
        _IDENTS.add(ident)
        while True:
            with suppress(BaseException):
                bear_limits()
                run()
                break
        self._idents.discard(ident)
        _IDENTS.discard(ident)
        self._left.discard(name)
        self.tell()

    def _decide(self) -> None:
        queue, bell = self._queue, self._bell
        quiet = 0
        while not self._is_stopping:
            try:
                if queue.admit():
                    quiet = 0
                    _ring(self._pump_bell)
                else:
                    quiet += 1
                self.tell()
                self._on_tick()
                # While something waits for the sink, which may go on at any moment, somebody must look.
                if quiet < _SLEEPY_TICKS or queue.held or queue.policy.elsewhere:
                    _rest(bell, _TICK if quiet < _QUIET_TICKS else _LONG_TICK)
                    continue
                self.is_idle = True
                self._set_attention()
                # Whoever found it awake before may have come since.
                if not queue.intake:
                    _rest(bell, _WATCH)
                self.is_idle = False
                quiet = 0 if queue.intake else _SLEEPY_TICKS
            except BaseException:  # noqa: BLE001 (without this thread nothing is written any more)
                _rest(bell, _TICK)

    def _write(self) -> None:
        pump, bell = self._pump, self._pump_bell
        while not self._is_stopping:
            try:
                pause = pump.step()
                if pause is None:
                    self.tell()
                    _rest(bell, _WATCH)
                elif pause:
                    _rest(bell, pause)
            except BaseException as error:  # noqa: BLE001 (as above)
                _rest(bell, pump.put_off(error))


def _ring(bell: SimpleQueue[None]) -> None:
    # Once is enough, however long nobody hears it.
    if bell.empty():
        bell.put(None)


def _rest(bell: SimpleQueue[None], timeout: float) -> None:
    """Wait for the bell, and take all that it was rung."""
    try:
        bell.get(timeout=timeout)
        while not bell.empty():
            bell.get(block=False)
    except Exception:  # noqa: BLE001, S110 (`_queue.Empty`, which is how a timeout ends)
        pass
