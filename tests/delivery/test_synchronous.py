"""Write in the thread that logs."""

from __future__ import annotations

import threading
from time import monotonic_ns
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from structlog_enrich.delivery import away
from structlog_enrich.delivery import synchronous as module
from structlog_enrich.delivery.policies import DropNewest
from structlog_enrich.delivery.pump import Pump
from structlog_enrich.delivery.queue import Queue
from structlog_enrich.delivery.synchronous import Synchronous
from structlog_enrich.delivery.system import pause
from tests.delivery.conftest import interrupted, until
from tests.delivery.faulty import Collecting, Failing, Gated, Short, failure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from structlog_enrich.delivery.sinks import Sink

SECOND = 1_000_000_000


def made(sink: Sink, clock: Callable[[], int] = monotonic_ns) -> tuple[Queue, Synchronous]:
    """Return a queue and what drains it into *sink*."""
    queue = Queue(1 << 20, 1_000, DropNewest().begin(1 << 20, 1_000), None, clock)
    return queue, Synchronous(queue, Pump(queue, sink, None, clock))


def hand_over(queue: Queue, *lines: bytes) -> None:
    """Do what a logger does."""
    for line in lines:
        queue.intake.extend((line, 1))


class TestDrain:
    """All that was handed over is written, by one thread at a time."""

    def test_all(self) -> None:
        """Everything is written, in its order."""
        sink = Collecting()
        queue, synchronous = made(sink)
        hand_over(queue, b"1", b"2", b"3")
        assert synchronous.drain(may_write=True)
        assert [b"1", b"2", b"3"] == sink.lines
        assert synchronous.drain(may_write=True)

    def test_others_write(self) -> None:
        """While the writer's own threads run nothing is written here."""
        sink = Collecting()
        queue, synchronous = made(sink)
        hand_over(queue, b"1")
        assert not synchronous.drain(may_write=False)
        assert [] == sink.lines

    def test_deadline(self) -> None:
        """A sink that fails is tried again until the deadline, and at once by the next call."""
        sink = Failing(failure())
        queue, synchronous = made(sink)
        hand_over(queue, b"1")
        assert not synchronous.drain(may_write=True, deadline=monotonic_ns() + SECOND // 50)
        sink.error = None
        assert synchronous.drain(may_write=True)
        assert [b"1"] == sink.lines

    def test_waits_no_longer(self) -> None:
        """A sink that can be waited for is so until the deadline at most."""
        waited: list[float] = []

        class Full(Short):
            def wait(self, timeout: float) -> None:
                waited.append(timeout)
                pause(timeout)

        queue, synchronous = made(Full(0))
        hand_over(queue, b"1")
        assert not synchronous.drain(may_write=True, deadline=monotonic_ns() + SECOND // 50)
        assert 0.02 >= max(waited) > 0

    def test_stopped_before(self) -> None:
        """What the process was stopped for earlier is no time of this wait."""
        waited: list[float] = []

        class Full(Short):
            def wait(self, timeout: float) -> None:
                waited.append(timeout)
                pause(timeout)

        queue, synchronous = made(Full(0))
        synchronous._pump.away = 60 * SECOND  # noqa: SLF001 (as after a stop)
        hand_over(queue, b"1")
        before = monotonic_ns()
        assert not synchronous.drain(may_write=True, deadline=before + SECOND // 50)
        assert 20 * SECOND > monotonic_ns() - before >= SECOND // 50
        assert 0.02 >= max(waited) > 0

    def test_as_the_interpreter_ends(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whoever wrote then was ended amid that, and isn't waited for."""
        sink = Collecting()
        queue, synchronous = made(sink)
        ended = threading.Thread(target=lambda: synchronous._lock.acquire() and queue.lock.acquire())  # noqa: SLF001
        ended.start()
        ended.join()
        hand_over(queue, b"1")
        assert not synchronous.drain(may_write=True, deadline=monotonic_ns() + SECOND // 50)
        monkeypatch.setattr(module, "is_finalizing", lambda: True)
        before = monotonic_ns()
        assert synchronous.drain(may_write=True, deadline=before + 60 * SECOND)
        assert 30 * SECOND > monotonic_ns() - before
        assert [b"1"] == sink.lines

    def test_recovers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A sink that fails but once is waited for."""
        sink = Failing(failure())
        queue, synchronous = made(sink)

        def recover(seconds: float) -> None:
            assert seconds > 0
            sink.error = None

        monkeypatch.setattr("structlog_enrich.delivery.synchronous.pause", recover)
        hand_over(queue, b"1")
        assert synchronous.drain(may_write=True)
        assert [b"1"] == sink.lines

    def test_left_to_another(self) -> None:
        """A line whose thread doesn't wait, since another writes, is written by that one, without any patience."""

        class Busy(Collecting):
            def write(self, lines: Sequence[bytes], /) -> int:
                if lines == [b"1"]:
                    other = threading.Thread(target=log_late)
                    other.start()
                    other.join()
                return super().write(lines)

        def log_late() -> None:
            hand_over(queue, b"2")
            assert not synchronous.drain(may_write=True)

        sink = Busy()
        queue, synchronous = made(sink)
        synchronous.patience = 0.0
        hand_over(queue, b"1")
        assert synchronous.drain(may_write=True)
        assert [b"1", b"2"] == sink.lines

    def test_same_thread(self) -> None:
        """Who comes amid it in the same thread leaves the line to what was interrupted."""

        class Reentering(Collecting):
            def write(self, lines: Any, /) -> int:
                if len(self.lines) < 3:
                    hand_over(queue, b"again")
                    assert synchronous.is_amid()
                    assert not synchronous.drain(may_write=True)
                return super().write(lines)

        sink = Reentering()
        queue, synchronous = made(sink)
        hand_over(queue, b"1")
        assert synchronous.drain(may_write=True)
        assert [b"1", *[b"again"] * 3] == sink.lines
        assert not synchronous.is_amid()

    def test_another_thread(self) -> None:
        """Another thread waits until the first is done, at most as long as it has patience."""
        sink = Gated()
        queue, synchronous = made(sink)
        hand_over(queue, b"1")
        other = threading.Thread(target=synchronous.drain, args=(True,))
        other.start()
        sink.is_entered.wait()
        hand_over(queue, b"2")
        assert not synchronous.is_amid()
        assert not synchronous.drain(may_write=True, deadline=monotonic_ns())
        sink.gate.set()
        other.join()
        assert synchronous.drain(may_write=True)
        assert [b"1", b"2"] == sink.lines

    def test_bounded(self) -> None:
        """Where there is a deadline it ends there, though the sink takes lines."""
        sink = Short(1)
        queue, synchronous = made(sink)
        hand_over(queue, b"1", b"2", b"3")
        assert not synchronous.drain(may_write=True, deadline=0)
        assert [b"1"] == sink.lines
        synchronous.patience = 0.0
        assert synchronous.drain(may_write=True)
        assert [b"1", b"2", b"3"] == sink.lines

    def test_too_late(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A pause that would end after the deadline isn't begun."""
        queue, synchronous = made(Failing(failure()))
        synchronous._pump._failures = 16  # noqa: SLF001 (so each pause is a second)
        paused: list[float] = []
        monkeypatch.setattr("structlog_enrich.delivery.synchronous.pause", paused.append)
        hand_over(queue, b"1")
        assert not synchronous.drain(may_write=True, deadline=monotonic_ns() + SECOND * 9 // 10)
        assert [] == paused

    @pytest.mark.parametrize(("late", "expected"), [(0.5, True), (0.2, False)])
    def test_stopped(self, late: float, expected: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001 (a table)
        """What a pause takes longer since the process was stopped is added to the deadline; to be late a bit isn't."""
        sink = Failing(failure())
        now, tries = SECOND, 0

        def stop(seconds: float) -> None:
            nonlocal now, tries
            now += int((seconds + late) * SECOND)
            tries += 1
            sink.error = None if tries == 3 else sink.error

        queue, synchronous = made(sink, lambda: now)
        for each in (module, away):
            monkeypatch.setattr(each, "monotonic_ns", lambda: now)
        monkeypatch.setattr(module, "pause", stop)
        hand_over(queue, b"1")
        assert expected == synchronous.drain(may_write=True, deadline=now + SECOND // 3)

    def test_losses(self) -> None:
        """It is done when what was lost is told as well."""
        sink = Collecting()
        queue, synchronous = made(sink)
        hand_over(queue, *[b"1"] * 1_001)
        assert synchronous.drain(may_write=True)
        assert (1_000, {"full": [0, 1, 0, 0, 0]}) == (len(sink.lines), queue.dropped)
        assert queue.is_empty()

    def test_patience(self) -> None:
        """For another it waits until the deadline; without one as long as its patience, a moment at least."""

        class Taken:
            waited: ClassVar[list[float]] = []

            def acquire(self, timeout: float) -> bool:
                self.waited.append(timeout)
                return False

            def release(self) -> None:
                raise RuntimeError

            def _is_owned(self) -> bool:
                return False

        _, synchronous = made(Collecting())
        synchronous._lock = Taken()  # noqa: SLF001 (another thread's)
        assert not synchronous.drain(may_write=True, deadline=0)
        assert not synchronous.drain(may_write=True, deadline=monotonic_ns() + 10 * SECOND)
        assert not synchronous.drain(may_write=True)
        synchronous.patience = 0.0
        assert not synchronous.drain(may_write=True)
        at_once, ten, one, least = Taken.waited
        assert (0.0, 0.05) == (at_once, least)
        assert 9 < ten <= 10
        assert 0.5 < one <= 1

    def test_interrupted(self) -> None:
        """What a signal's handler raises amid it goes on to the caller, and the next line finds no lock taken."""

        class Interrupted(Collecting):
            is_interrupted = False

            def write(self, lines: Any, /) -> int:
                if not self.is_interrupted:
                    self.is_interrupted = True
                    raise KeyboardInterrupt
                return super().write(lines)

        sink = Interrupted()
        queue, synchronous = made(sink)
        hand_over(queue, b"1")
        try:
            synchronous.drain(may_write=True)
        except KeyboardInterrupt:
            hand_over(queue, b"2")
        assert synchronous.drain(may_write=True)
        assert [b"1", b"2"] == sink.lines

    @pytest.mark.parametrize("name", ["_acquire", "acquire", "release", "_write", "catch_up"])
    def test_lock_interrupted(self, name: str) -> None:
        """Where a signal's handler raises right as the lock is taken or given back, it is given back."""
        queue, synchronous = made(Collecting())
        hand_over(queue, b"1")
        with interrupted(module.__file__, name):
            synchronous.drain(may_write=True)
        assert not synchronous.is_amid()

    def test_in_vain(self) -> None:
        """Where it was waited for in vain already a deadline isn't waited for once more."""
        queue, synchronous = made(Failing(failure()))
        synchronous.patience, synchronous.is_in_vain = 0.0, True
        hand_over(queue, b"1")
        began = monotonic_ns()
        assert not synchronous.drain(may_write=True, deadline=began + 60 * SECOND)
        assert monotonic_ns() < began + 30 * SECOND

    def test_over(self) -> None:
        """When the time is over as the last line is written, nothing is left."""
        sink = Collecting()
        queue, synchronous = made(sink)
        hand_over(queue, b"1")
        assert synchronous.drain(may_write=True, deadline=0)
        assert [b"1"] == sink.lines


class TestWork:
    """What the caller does where there are no threads."""

    @pytest.mark.parametrize("is_last", [True, False])
    def test_last(self, is_last: bool) -> None:  # noqa: FBT001 (a case)
        """What the sink refuses is lost only where nobody will try once more."""
        queue, synchronous = made(Failing(failure()))
        synchronous.patience = 0.0
        threads: Any = SimpleNamespace(have_ended=lambda: True, are_deciding=lambda: False)
        hand_over(queue, b"1")
        synchronous.work(threads, is_last=is_last)
        assert ({"eio": [0, 1, 0, 0, 0]} if is_last else {}) == queue.dropped

    @pytest.mark.parametrize("are_deciding", [True, False])
    def test_stuck(self, are_deciding: bool) -> None:  # noqa: FBT001 (a case)
        """Where the sink keeps the thread that writes the budget is kept all the same, by one of the two."""
        queue, synchronous = made(Collecting())
        woken: list[bool] = []
        threads: Any = SimpleNamespace(
            have_ended=lambda: False, are_deciding=lambda: are_deciding, wake=lambda: woken.append(True)
        )
        hand_over(queue, *[b"1"] * 1_001)
        synchronous.work(threads, is_last=False)
        assert ({} if are_deciding else {"full": [0, 1, 0, 0, 0]}) == queue.dropped
        assert [True] * are_deciding == woken


class TestShut:
    """The sink is closed."""

    def test_amid_writing(self) -> None:
        """While another thread writes to it, it isn't: what gets its number next is nobody's to write to."""
        sink = Gated()
        queue, synchronous = made(sink)
        threads: Any = SimpleNamespace(have_ended=lambda: True)
        hand_over(queue, b"1")
        other = threading.Thread(target=synchronous.drain, args=(True,))
        other.start()
        sink.is_entered.wait()
        synchronous.shut(sink, threads, "closed", is_done=True)
        assert not sink.is_closed
        sink.gate.set()
        other.join()
        synchronous.shut(sink, threads, "closed", is_done=True)
        assert sink.is_closed

    @pytest.mark.parametrize("are_deciding", [True, False])
    def test_stuck(self, are_deciding: bool) -> None:  # noqa: FBT001 (a case)
        """Where the sink keeps a thread what waits is lost, unless the one that decides is still at it."""
        queue, synchronous = made(Collecting())
        hand_over(queue, b"1")
        threads: Any = SimpleNamespace(have_ended=lambda: False, are_deciding=lambda: are_deciding)
        sink = Collecting()
        synchronous.shut(sink, threads, "timeout", is_done=False)
        assert not sink.is_closed
        assert ({} if are_deciding else {"timeout": [0, 1, 0, 0, 0]}) == queue.dropped


class TestAbandon:
    """What is left is lost."""

    def test_counted(self) -> None:
        """It is counted by its reason."""
        queue, synchronous = made(Collecting())
        hand_over(queue, b"1", b"2")
        synchronous.abandon("timeout")
        assert {"timeout": 2} == {reason: sum(counts) for reason, counts in queue.dropped.items()}

    def test_another_thread(self) -> None:
        """What another thread is just writing is left to that."""
        sink = Gated()
        queue, synchronous = made(sink)
        hand_over(queue, b"1")
        other = threading.Thread(target=synchronous.drain, args=(True,))
        other.start()
        sink.is_entered.wait()
        hand_over(queue, b"2")
        synchronous.abandon("timeout")
        sink.gate.set()
        other.join()
        assert ([b"1", b"2"], {}) == (sink.lines, queue.dropped)

    def test_amid_deciding(self) -> None:
        """What another is deciding on isn't lost under its hands."""
        queue, synchronous = made(Collecting())
        hand_over(queue, b"1")
        other = threading.Thread(target=synchronous.give_up, args=("timeout",))

        def meanwhile() -> None:
            other.start()
            other.join()

        queue.deciding.take(meanwhile, otherwise=None)
        assert (1, {}) == (queue.waiting, queue.dropped)


class TestPostpone:
    """What a signal's handler wants done after the writing it interrupts."""

    def test_amid_nothing(self) -> None:
        """When nothing is interrupted nothing is put off."""
        _, synchronous = made(Collecting())
        assert not synchronous.postpone(until)

    def test_done_after(self) -> None:
        """It is done once, in its order, when all is written and nothing is locked."""
        done: list[object] = []

        class Interrupted(Collecting):
            def write(self, lines: Any, /) -> int:
                assert synchronous.postpone(lambda: done.append((list(self.lines), synchronous.is_amid())))
                assert synchronous.postpone(lambda: done.append("second"))
                return super().write(lines)

        queue, synchronous = made(Interrupted())
        hand_over(queue, b"1")
        assert synchronous.drain(may_write=True)
        assert [([b"1"], False), "second"] == done
        assert synchronous.drain(may_write=True)
        assert 2 == len(done)

    def test_amid_deciding(self) -> None:
        """What comes as the calling thread decides on lines is put off until someone asks after that, and done once."""
        done: list[str] = []
        queue, synchronous = made(Collecting())

        def amid() -> None:
            assert synchronous.postpone(lambda: done.append("done"))
            assert not synchronous.catch_up()

        queue.deciding.take(amid, otherwise=None)
        assert [] == done
        assert (True, False) == (synchronous.catch_up(), synchronous.catch_up())
        assert ["done"] == done

    def test_amid_losing(self) -> None:
        """What comes as the calling thread gives up what is left is done right after."""
        done: list[bool] = []
        queue, synchronous = made(Collecting())
        hand_over(queue, b"1")
        queue.describe = lambda _: (synchronous.postpone(lambda: done.append(synchronous.is_amid())), "info")
        synchronous.abandon("timeout")
        assert [False] == done

    def test_raises(self) -> None:
        """Where one raises the others are done all the same."""
        done: list[str] = []
        queue, synchronous = made(Collecting())

        def fail() -> None:
            raise KeyboardInterrupt

        def amid() -> None:
            for action in (fail, lambda: done.append("done"), fail, lambda: done.append("done")):
                synchronous.postpone(action)

        queue.deciding.take(amid, otherwise=None)
        with pytest.raises(KeyboardInterrupt):
            synchronous.catch_up()
        assert ["done"] * 2 == done

    def test_forked_amid(self) -> None:
        """In a child that is forked amid writing, and goes on, what was amid it writes no more."""

        class Forking(Collecting):
            def write(self, lines: Any, /) -> int:
                # As the hook does it in the child.
                queue.forget()
                synchronous._pump.forget()  # noqa: SLF001 (what the writer forgets)
                synchronous.forget()
                hand_over(queue, b"2")
                return super().write(lines)

        queue, synchronous = made(Forking())
        hand_over(queue, b"1")
        assert not synchronous.drain(may_write=True)
        assert (1, 0, 0) == (queue.emitted(), queue.flying.count, sum(synchronous._pump.written))  # noqa: SLF001 (as above)
