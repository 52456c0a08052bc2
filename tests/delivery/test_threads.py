"""The thread that decides and the one that writes."""

from __future__ import annotations

import _thread
import os
import threading
from _queue import SimpleQueue
from time import monotonic, monotonic_ns
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich.delivery import Writer, system
from structlog_enrich.delivery import threads as module
from structlog_enrich.delivery.policies import DropNewest
from structlog_enrich.delivery.pump import Pump
from structlog_enrich.delivery.queue import Queue
from structlog_enrich.delivery.threads import Threads, _rest
from tests.delivery.conftest import assert_adds_up, interrupted, until
from tests.delivery.faulty import Collecting, Failing, Gated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from structlog_enrich.delivery.sinks import Sink

SECOND = 1_000_000_000


# It forks as a signal's handler may, right before a thread is started, and both go on.
FORKED = """
import os, sys
from structlog_enrich.delivery import Writer

lines, child, left = [], None, NUMBER

class Sink:
    def write(self, more):
        lines.extend(more)
        return len(more)

    def close(self):
        pass

def look(frame, event, _):
    global child, left
    if event == "call" and frame.f_code.co_name == "_start" and frame.f_code.co_filename.endswith("threads.py"):
        left -= 1
        if not left:
            sys.setprofile(None)
            child = os.fork()
            if not child and LOGS:
                log.info(b"handler's")

writer = Writer(Sink())
log = writer()
sys.setprofile(look)
log.info(b"interrupted")
sys.setprofile(None)
for number in range(1_000):
    log.info(b"%d" % number)
assert writer.flush(20)
stats = writer.stats()
own = [b"handler's"] * (LOGS and not child)
expected = [*own, b"interrupted", *(b"%d" % number for number in range(1_000))]
assert expected == lines, lines[:5]
assert (len(expected), len(expected), {}) == (stats.emitted, stats.written, stats.retries), stats
assert (stats.state, stats.writer_alive) == ("running", True), stats
if child:
    assert 0 == os.waitpid(child, 0)[1]
"""


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


class Bell:
    """Ring at once, and note for how long somebody would have rested at it; *then* is called each time."""

    def __init__(self, then: Callable[[], object] = nothing) -> None:
        self.rests: list[float] = []
        self._then = then

    def get(self, *, timeout: float) -> None:
        self.rests.append(timeout)
        self._then()

    def empty(self) -> bool:
        return True


class Played:
    """Threads that run here and now: whoever decides, or writes, finds what a test says, until all is said."""

    def __init__(self, says: list[Any]) -> None:
        self.says = says
        self.intake: list[object] = []
        self.held: list[object] = []
        self.policy = SimpleNamespace(elsewhere=0)
        self.put_off_by: list[BaseException] = []
        self.attended: list[bool] = []
        self.ticks = 0
        found: Any = self
        self.threads = Threads(found, found, lambda: self.attended.append(self.threads.is_idle), self._tick)

    def _say(self) -> Any:
        # What is said at last is found once more, as the end is seen after it.
        said = self.says.pop(0)
        self.threads._is_stopping = not self.says  # noqa: SLF001 (as `end` does)
        if isinstance(said, BaseException):
            raise said
        return said

    admit = step = _say

    def _tick(self) -> None:
        self.ticks += 1

    def put_off(self, error: BaseException) -> float:
        self.put_off_by.append(error)
        return 0.7


class TestRests:
    """Each rests as long as there is nothing for it to do."""

    def test_deciding(self) -> None:
        """The one that decides looks often, then less often, then sleeps until it is woken, or a second is over."""
        played = Played([True] + [False] * 16)
        bell: Any = Bell()
        played.threads._bell = bell  # noqa: SLF001 (as it is)
        played.threads._decide()  # noqa: SLF001
        assert [0.002] * 10 + [0.02] * 4 + [1.0] * 3 == bell.rests
        assert [True] * 3 == played.attended
        assert (17, False) == (played.ticks, played.threads.is_idle)
        assert not played.threads._pump_bell.empty()  # noqa: SLF001 (rung once)

    def test_woken(self) -> None:
        """Where there is something when it wakes it looks often again."""
        played = Played([False] * 17)
        bell: Any = Bell(lambda: played.intake.append(b"1") if len(bell.rests) == 14 else None)
        played.threads._bell = bell  # noqa: SLF001 (as it is)
        played.threads._decide()  # noqa: SLF001
        assert [0.002] * 9 + [0.02] * 4 + [1.0] + [0.002] * 3 == bell.rests

    def test_came_meanwhile(self) -> None:
        """It doesn't sleep where something came as it lay down."""
        played = Played([False] * 16)
        bell: Any = Bell()
        played.threads._bell = bell  # noqa: SLF001 (as it is)
        played.threads._set_attention = lambda: played.intake.append(b"1")  # noqa: SLF001
        played.threads._decide()  # noqa: SLF001
        assert [0.002] * 9 + [0.02] * 4 + [0.002] * 2 == bell.rests

    @pytest.mark.parametrize("where", ["held", "elsewhere"])
    def test_waiting_for_the_sink(self, where: str) -> None:
        """While something waits for the sink it doesn't sleep."""
        played = Played([False] * 20)
        played.held = [b"1"] * (where == "held")
        played.policy.elsewhere = int(where == "elsewhere")
        bell: Any = Bell()
        played.threads._bell = bell  # noqa: SLF001 (as it is)
        played.threads._decide()  # noqa: SLF001
        assert [0.002] * 9 + [0.02] * 11 == bell.rests

    def test_deciding_fails(self) -> None:
        """Whatever goes wrong, it looks again."""
        played = Played([MemoryError(), KeyboardInterrupt(), True])
        bell: Any = Bell()
        played.threads._bell = bell  # noqa: SLF001 (as it is)
        played.threads._decide()  # noqa: SLF001
        assert [0.002] * 3 == bell.rests

    def test_writing(self) -> None:
        """The one that writes rests as long as the pump says, or until it is woken where there is nothing to write."""
        error = KeyboardInterrupt()
        played = Played([0, 0.3, 0, None, error, 0])
        bell: Any = Bell()
        played.threads._pump_bell = bell  # noqa: SLF001 (as it is)
        played.threads._write()  # noqa: SLF001
        assert ([0.3, 1.0, 0.7], [error]) == (bell.rests, played.put_off_by)

    def test_rung_often(self) -> None:
        """A bell that was rung several times is heard once, and one that wasn't until the time is over."""
        bell: SimpleQueue[None] = SimpleQueue()
        for _ in range(3):
            bell.put(None)
        _rest(bell, 60)
        assert bell.empty()
        began = monotonic()
        _rest(bell, 0.02)
        assert 0.01 < monotonic() - began < 20


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
        until(
            lambda: (
                {"structlog-enrich keeper", "structlog-enrich writer"} <= {each.name for each in threading.enumerate()}
            )
        )
        until(lambda: threads.is_idle)
        queue.intake.extend((b"2", 1))
        threads.wake()
        assert not threads.is_idle
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

    def test_leave(self, made: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
        """What waits for their end is done by another thread where one of the two asks for it."""
        left: list[str] = []
        answers: list[bool] = []

        def tick() -> None:
            if not answers:
                answers.append(threads.leave(lambda: left.append(threading.current_thread().name)))

        _, threads = made(Collecting(), tick)
        assert not threads.leave(lambda: left.append("here"))
        threads.start()
        until(lambda: left)
        assert (["structlog-enrich closer"], [True]) == (left, answers)
        # Where none can be started it is left to the exit.
        monkeypatch.setattr(module, "start_thread", lambda *_: (_ for _ in ()).throw(RuntimeError))
        answers.clear()
        threads.wake()
        until(lambda: answers)
        assert (1, [True]) == (len(left), answers)

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
        """Who waits goes on when anything is done, or when time is up, and is waited for by nobody then."""
        _, threads = made(Collecting())
        assert threads.wait(0.001) is False
        assert not threads._waiting  # noqa: SLF001 (else it grew with every wait)
        threads.start()
        before = monotonic()
        threads.wake()
        assert threads.wait(60) is True
        assert 30 > monotonic() - before

    def test_end_after_a_stop(self, made: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
        """For as long as the process was stopped nobody was waited for."""
        stops = [SECOND // 2]
        monkeypatch.setattr(module, "time_away", lambda *_: stops.pop() if stops else 0)
        sink = Gated()
        queue, threads = made(sink)
        queue.intake.extend((b"1", 1))
        threads.start()
        sink.is_entered.wait()
        before = monotonic_ns()
        assert not threads.end(before + SECOND // 100)
        assert monotonic_ns() - before >= SECOND // 2
        sink.gate.set()

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
        until(
            lambda: (
                {"structlog-enrich keeper", "structlog-enrich writer"} <= {each.name for each in threading.enumerate()}
            )
        )

    def test_forget(self, made: Callable[..., Any]) -> None:
        """In a forked child there is no thread until it starts its own."""
        _, threads = made(Collecting())
        threads.start()
        assert threads.end(monotonic_ns() + 10 * SECOND)
        threads.forget()
        assert (True, False, False) == (threads.have_ended(), threads.are_alive(), threads.is_idle)
        threads.start()
        until(threads.are_alive)


class TestInterrupted:
    """A signal's handler comes as they are being started."""

    @pytest.mark.parametrize("name", ["_start", "start_thread", "add"])
    def test_raises(self, name: str) -> None:
        """Where it raises the caller is told, and the next line begins anew."""
        sink = Collecting()
        writer = Writer(sink)
        with interrupted(system.__file__ if name == "start_thread" else module.__file__, name):
            writer().info(b"1")
        writer().info(b"2")
        assert writer.flush(20)
        assert b"2" == sink.lines[-1]
        assert writer.close()
        assert_adds_up(writer.stats())

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
    @pytest.mark.parametrize("logs", [True, False])
    @pytest.mark.parametrize("number", [1, 2])
    def test_forks(self, number: int, logs: bool, run_python: Callable[..., object]) -> None:  # noqa: FBT001 (a case)
        """Where it forks, and the child goes on, each of the two writes its own lines, by its own threads, once."""
        run_python(FORKED.replace("NUMBER", str(number)).replace("LOGS", str(logs)))
