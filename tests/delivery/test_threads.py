"""The thread that decides and the one that writes."""

from __future__ import annotations

import _thread
import threading
from time import monotonic, monotonic_ns
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich.delivery.policies import DropNewest
from structlog_enrich.delivery.pump import Pump
from structlog_enrich.delivery.queue import Queue
from structlog_enrich.delivery.threads import Threads
from tests.delivery.conftest import until
from tests.delivery.faulty import Collecting, Failing, Gated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from structlog_enrich.delivery.sinks import Sink

SECOND = 1_000_000_000


def nothing() -> None:
    """Do nothing."""


@pytest.fixture
def made() -> Iterator[Callable[..., tuple[Queue, Threads]]]:
    """Return a function that makes a queue and its threads, which are ended with the test."""
    begun: list[Threads] = []

    def make(sink: Sink, on_tick: Callable[[], None] = nothing) -> tuple[Queue, Threads]:
        queue = Queue(1 << 20, 1_000, DropNewest().begin(1 << 20, 1_000), None, monotonic_ns)
        begun.append(Threads(queue, Pump(queue, sink, None, monotonic_ns), nothing, on_tick))
        return queue, begun[-1]

    yield make
    for each in begun:
        assert each.end(monotonic_ns() + 10 * SECOND)


class TestThreads:
    """Both run from `start` to `end`."""

    def test_written(self, made: Callable[..., Any]) -> None:
        """What is handed over is written, also when both had gone to rest."""
        sink = Collecting()
        queue, threads = made(sink)
        assert (True, False, False) == (threads.have_ended(), threads.are_alive(), threads.are_deciding())
        threads.start()
        assert (False, True) == (threads.have_ended(), threads.are_deciding())
        queue.intake.extend((b"1", 1))
        until(lambda: sink.lines == [b"1"])
        assert threads.are_alive()
        until(lambda: threads.is_idle)
        queue.intake.extend((b"2", 1))
        threads.wake()
        until(lambda: sink.lines == [b"1", b"2"])

    def test_own(self, made: Callable[..., Any]) -> None:
        """Each knows itself."""
        found: dict[str, bool] = {}

        class Asking(Collecting):
            def write(self, lines: Any, /) -> int:
                found["writer"] = threads.is_own()
                return super().write(lines)

        queue, threads = made(Asking(), lambda: found.setdefault("keeper", threads.is_own()))
        queue.intake.extend((b"1", 1))
        threads.start()
        until(lambda: len(found) == 2)
        assert {"writer": True, "keeper": True} == found
        assert not threads.is_own()

    def test_end(self, made: Callable[..., Any]) -> None:
        """Ended, neither runs; a second time is none."""
        _, threads = made(Collecting())
        threads.start()
        assert threads.end(monotonic_ns() + 10 * SECOND)
        assert (True, False) == (threads.have_ended(), threads.are_alive())
        assert threads.end(monotonic_ns())

    def test_end_stuck(self, made: Callable[..., Any]) -> None:
        """One that is stuck in its sink is waited for until the deadline."""
        sink = Gated()
        queue, threads = made(sink)
        queue.intake.extend((b"1", 1))
        threads.start()
        sink.is_entered.wait()
        assert not threads.end(monotonic_ns())
        assert not threads.have_ended()
        # The one that decides isn't stuck.
        until(lambda: not threads.are_deciding())
        sink.gate.set()

    def test_end_deciding(self, made: Callable[..., Any]) -> None:
        """The one that decides is given a second more than the deadline."""
        is_entered, gate = threading.Event(), threading.Event()

        def tick() -> None:
            is_entered.set()
            gate.wait()

        _, threads = made(Collecting(), tick)
        threads.start()
        is_entered.wait()
        threading.Timer(0.05, gate.set).start()
        assert threads.end(monotonic_ns())

    def test_refused(self, made: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
        """A system that has no room for a thread is told of, and one that wasn't started isn't waited for."""

        def start_new_thread(*arguments: object) -> int:
            message = "can't start new thread"
            raise RuntimeError(message)

        _, threads = made(Collecting())
        monkeypatch.setattr(_thread, "start_new_thread", start_new_thread)
        with pytest.raises(RuntimeError, match="can't start"):
            threads.start()
        assert threads.have_ended()

    def test_wait(self, made: Callable[..., Any]) -> None:
        """Who waits goes on when anything is done, or when time is up."""
        _, threads = made(Collecting())
        threads.wait(0.001)
        threads.start()
        before = monotonic()
        threads.wake()
        threads.wait(60)
        assert 30 > monotonic() - before

    @pytest.mark.parametrize("error", [ValueError, SystemExit, MemoryError])
    def test_tick_fails(self, error: type[BaseException], made: Callable[..., Any]) -> None:
        """What is raised beside the deciding, or by the sink, ends neither thread."""
        sink = Failing(error())
        left = [None] * 3

        def tick() -> None:
            if left:
                left.pop()
                raise error

        queue, threads = made(sink, tick)
        queue.intake.extend((b"1", 1))
        threads.start()
        until(lambda: not left)
        sink.error = None
        until(lambda: sink.lines == [b"1"])
        assert threads.are_alive()

    def test_forget(self, made: Callable[..., Any]) -> None:
        """In a forked child there is no thread until it starts its own."""
        _, threads = made(Collecting())
        threads.start()
        assert threads.end(monotonic_ns() + 10 * SECOND)
        threads.forget()
        assert (True, False, False) == (threads.have_ended(), threads.are_alive(), threads.is_idle)
        threads.start()
        until(threads.are_alive)
