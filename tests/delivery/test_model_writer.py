"""A whole writer against its ledger; threads, clock, locks and sink are virtual: the other half of R51."""

from __future__ import annotations

import errno
import random
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from structlog_enrich.delivery import (
    Writer,
    away,
    flushing,
    options,
    pump,
    queue,
    room,
    synchronous,
    threads,
    turn,
    writer,
)
from structlog_enrich.delivery.records import LEVELS
from tests.delivery.conftest import assert_adds_up, soak
from tests.delivery.faulty import failure
from tests.delivery.model import POLICIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from structlog_enrich.delivery import Stats

greenlet = pytest.importorskip("greenlet", reason="greenlet, which the virtual threads are made of, isn't installed")

_MILLISECOND = 1_000_000
_FOR_EVER = 1e9
_PLENTY = 20_000
_FEW = 6
_SMALL = 2_000
_THREADS = 3
_OFTEN = 0.3


class Task:
    """A virtual thread: when it may go on, by what has happened or by the time."""

    def __init__(self, world: World, run: Callable[[], object]) -> None:
        self.is_ready: Callable[[], object] = lambda: True
        self.wake_at: float = 0
        self.green = greenlet.greenlet(run, parent=world.hub)


class World:
    """What the writer takes for threads, clock and locks: one task runs until it waits or is interrupted."""

    def __init__(self) -> None:
        self.hub = greenlet.getcurrent()
        self.now = 1_000_000_000
        self.tasks: list[Task] = []
        self.current: Task | None = None
        self.has_threads = True
        self.interruptions: deque[bool] = deque()

    def ident(self) -> int:
        """Return what the running task is known by."""
        return id(self.current)

    def spawn(self, run: Callable[[], object], name: str) -> Task:
        """Start a task."""
        if not self.has_threads:
            msg = "can't start new thread"
            raise RuntimeError(msg)
        self.tasks.append(Task(self, run))
        return self.tasks[-1]

    def clock(self) -> int:
        """Tell the time; another task may come between."""
        self.now += 1_000
        if self.current is not None and self.interruptions and self.interruptions.popleft():
            self.wait(lambda: True, 0)
        return self.now

    def wait(self, is_ready: Callable[[], object], seconds: float) -> bool:
        """Let others run until *is_ready*, at most so many seconds; return whether it is."""
        task = self.current
        if task is None:
            # The test itself, which nobody is to come between.
            return bool(is_ready())
        task.is_ready, task.wake_at = is_ready, self.now + seconds * 1_000 * _MILLISECOND
        self.hub.switch()
        return bool(is_ready())

    def pause(self, seconds: float) -> None:
        """Let others run for so long."""
        self.wait(lambda: False, seconds)

    def ready(self) -> list[Task]:
        """Return the tasks that may go on."""
        self.tasks = [task for task in self.tasks if not task.green.dead]
        return [task for task in self.tasks if self.now >= task.wake_at or task.is_ready()]

    def run(self, task: Task) -> None:
        """Let *task* go on until it waits."""
        self.current = task
        try:
            task.green.switch()
        finally:
            self.current = None

    def rest(self, bell: Any, timeout: float) -> None:
        """Be `threads._rest`."""
        self.wait(lambda: not bell.empty(), timeout)
        while not bell.empty():
            bell.get(block=False)


class Lock:
    """A lock of that world, which knows its owner where it is re-entrant."""

    def __init__(self, world: World, *, is_reentrant: bool) -> None:
        self._world = world
        self._is_reentrant = is_reentrant
        self._owner: int | None = None
        self._depth = 0

    def _is_owned(self) -> bool:
        return self._depth > 0 and self._owner == self._world.ident()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:  # noqa: FBT001, FBT002 (as the real one's)
        """Take it."""
        if self._is_reentrant and self._is_owned():
            self._depth += 1
            return True
        if self._depth and (not blocking or timeout == 0):
            return False
        seconds = _FOR_EVER if timeout < 0 else timeout
        if self._depth and not self._world.wait(lambda: not self._depth, seconds):
            return False
        self._owner, self._depth = self._world.ident(), self._depth + 1
        return True

    def release(self) -> None:
        """Give it back."""
        if not self._depth or (self._is_reentrant and not self._is_owned()):
            msg = "cannot release un-acquired lock"
            raise RuntimeError(msg)
        self._depth -= 1

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


class Sink:
    """A sink that takes so many lines, none, or fails, as it is told; or keeps who writes for as long."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.lines: list[bytes] = []
        self.answer: int | OSError | None = None
        self.is_stuck = False

    def write(self, lines: Sequence[bytes], /) -> int:
        """Take *lines* as the answer says; all where there is none."""
        self._world.clock()
        if self.is_stuck:
            self._world.wait(lambda: not self.is_stuck, _FOR_EVER)
        if isinstance(self.answer, OSError):
            raise self.answer
        count = len(lines) if self.answer is None else min(self.answer, len(lines))
        self.lines += lines[:count]
        return count

    def wait(self, timeout: float) -> None:
        """Wait until it takes something."""
        self._world.wait(lambda: self.answer != 0, timeout)

    def close(self) -> None:
        """Be opened again by the next line."""

    reopen = close


_LOG = st.tuples(st.just("log"), st.integers(0, len(LEVELS) - 1), st.sampled_from([1, 1, 20, 200, 700, 3_000, 5_000]))
_ACTION = st.one_of(
    _LOG,
    _LOG,
    _LOG,
    _LOG,
    st.tuples(st.sampled_from(["flush", "reopen", "stats"]), st.sampled_from([0.0, 0.3])),
)
# Rarer: what comes after it isn't the whole of a life.
_ENDING = st.one_of(
    st.none(), st.none(), st.none(), st.tuples(st.sampled_from(["close", "finish"]), st.sampled_from([0.0, 0.3]))
)
_ANSWERS = st.sampled_from([None, None, 0, 1, 2, failure(errno.ENOSPC), failure(errno.EPIPE)])
# What each thread is to do.
_ASKED = st.lists(st.lists(_ACTION, max_size=8), min_size=_THREADS, max_size=_THREADS)


class Living(RuleBasedStateMachine):
    """What may happen to a writer in its life, in any order, and where another thread may come between."""

    policy = ""
    world: World

    def __init__(self) -> None:
        super().__init__()
        self.writers: list[Writer] = []
        self.gone: list[Task] = []

    @initialize(is_patient=st.booleans(), is_foreign=st.booleans())
    def start(self, is_patient: bool, is_foreign: bool) -> None:  # noqa: FBT001 (by name)
        """Begin; the patient wait as long as it takes, and their sink is never in trouble."""
        self.is_patient, self.is_foreign = is_patient, is_foreign
        self.begin()

    def begin(self) -> None:
        """Begin as a new process does."""
        self.sink = Sink(self.world)
        pump.File = type("File", (), {}) if self.is_foreign else Sink  # type: ignore[misc, assignment]
        has_room = self.is_patient and self.policy != "block"
        self.writer = Writer(
            self.sink,
            max_bytes=_PLENTY * 10_000 if has_room else _SMALL,
            max_records=_PLENTY if has_room else _FEW,
            on_full=POLICIES[self.policy](),
            block_timeout=1e6 if self.is_patient else 0.1,
            exit_timeout=1e6 if self.is_patient else 0.3,
            describe=self.describe,
        )
        self.writers.append(self.writer)
        self.anew()

    def anew(self) -> None:
        """Begin the ledger anew."""
        self.gone += self.world.tasks
        self.world.tasks = []
        self.begun: list[bytes] = []
        self.done: list[bytes] = []
        self.lost: list[bytes] = []
        self.faults: list[bytes] = []
        self.sink.lines = []
        self.before: Stats | None = None
        self.ending = 0
        self.has_closed = False
        self.todo: list[deque[Any]] = [deque() for _ in range(_THREADS)]
        has_threads, self.world.has_threads = self.world.has_threads, True
        for number in range(_THREADS):
            self.world.spawn(lambda number=number: self.live(number), "one that logs")  # type: ignore[misc]
        self.world.has_threads = has_threads

    def describe(self, line: bytes) -> tuple[int, str]:
        """Note that *line* is lost."""
        # Whatever were raised here the writer would outlive.
        if line in self.lost or line in self.sink.lines:
            self.faults.append(line)
        self.lost.append(line)
        thread, number, level, _ = line.split(b" ")
        self.world.clock()
        return int(number) * _THREADS + int(thread), LEVELS[int(level)]

    def live(self, thread: int) -> None:
        """Do what a thread of the program is to do, one after the other."""
        todo = self.todo[thread]
        while True:
            self.world.wait(lambda: todo, _FOR_EVER)
            self.act(thread, *todo[0])
            todo.popleft()

    def act(self, thread: int, what: str, *given: Any) -> None:
        """Do one of them."""
        if what == "log":
            level, size = given
            line = b"%d %d %d " % (thread, len(self.begun), level) + b"x" * size
            self.begun.append(line)
            self.writer.methods[level](line)
            self.done.append(line)
        elif what in {"close", "finish"}:
            # One at a time; of two that come together the second may give up what the first would have written.
            self.world.wait(lambda: not self.ending, _FOR_EVER)
            self.ending += 1
            if what == "close":
                self.has_closed = True
                self.writer.close(_FOR_EVER if self.is_patient else given[0])
            else:
                self.writer.finish()
            self.ending -= 1
        elif what == "flush":
            self.writer.flush(_FOR_EVER if self.is_patient else given[0])
        else:
            getattr(self.writer, what)()

    @rule(asked=_ASKED, ending=_ENDING, answer=_ANSWERS, is_stuck=st.booleans(), seed=st.integers(0, 1 << 32))
    def run(self, asked: list[list[Any]], ending: Any, answer: Any, is_stuck: bool, seed: int) -> None:  # noqa: FBT001 (by name)
        """Give the threads of the program something to do, let all go on, and interrupt them wherever it may be."""
        self.trouble(answer, is_stuck=is_stuck)
        for todo, actions in zip(self.todo, asked, strict=True):
            todo.extend(actions)
        if ending is not None:
            self.todo[seed % _THREADS].append(ending)
        chance = random.Random(seed)  # noqa: S311 (the same for the same seed)
        for _ in range(chance.randrange(100)):
            self.world.interruptions = deque(chance.random() < _OFTEN for _ in range(20))
            if ready := self.world.ready():
                self.world.run(chance.choice(ready))
            else:
                self.world.now += chance.choice([1, 2, 5, 50]) * _MILLISECOND
        self.world.interruptions.clear()

    @rule(milliseconds=st.sampled_from([1, 2, 5, 50, 400, 2_000]))
    def pass_time(self, milliseconds: int) -> None:
        """Let time pass."""
        self.world.now += milliseconds * _MILLISECOND

    def trouble(self, answer: int | OSError | None, *, is_stuck: bool) -> None:
        """Let the sink be so from now on."""
        if not self.is_patient:
            self.sink.answer, self.sink.is_stuck = answer, is_stuck
        elif not isinstance(answer, OSError):
            self.sink.answer = answer or None

    @rule(has_threads=st.booleans())
    def limit(self, has_threads: bool) -> None:  # noqa: FBT001 (by name)
        """Let the system have threads to start, or none."""
        self.world.has_threads = has_threads

    @rule(is_killed=st.booleans())
    def end(self, is_killed: bool) -> None:  # noqa: FBT001 (by name)
        """Go on as the child of a fork, or as another process after this one was killed, whatever others are at."""
        self.assert_in_order()
        if is_killed:
            self.begin()
        else:
            self.writer.forget()
            self.anew()

    @rule()
    def settle(self) -> None:
        """Let everything come to its end, which it does, with a sink that is well."""
        self.sink.answer, self.sink.is_stuck = None, False
        # What a sink was stuck with when it was closed stays until somebody asks for it.
        for asked in ([], [("flush", _FOR_EVER)]):
            self.todo[0].extend(asked if self.writer.stats().pending else [])
            for _ in range(10_000):
                ready = self.world.ready()
                for task in ready:
                    self.world.run(task)
                if not any(self.todo) and not self.writer.stats().pending:
                    break
                if not ready:
                    self.world.now += 5 * _MILLISECOND
        assert not any(self.todo), ("a deadlock", self.todo)
        stats = self.writer.stats()
        assert 0 == stats.pending
        assert len(self.begun) == len(self.done) == stats.emitted
        missing = {*self.begun} - {*self.sink.lines}
        assert (len(missing), len(self.sink.lines)) == (stats.dropped_total, stats.written)
        # Of many that are refused at once some are only counted.
        assert {*self.lost} <= missing
        # Once it was closed nobody waits for long, as `Synchronous.patience` is none from then on.
        if self.is_patient and not self.has_closed and self.policy != "sample":
            assert {} == stats.dropped

    @invariant()
    def adds_up(self) -> None:
        """Each line that was handed over is in one place, and no count goes back."""
        stats = self.writer.stats()
        assert_adds_up(stats, self.before)
        assert len(self.done) <= stats.emitted <= len(self.begun)
        assert stats.written <= len(self.sink.lines)
        assert [] == self.faults, "told as lost again, or though they were written"
        self.before = stats
        self.assert_in_order()

    def assert_in_order(self) -> None:
        """Fail unless each thread's lines were written in the order of its calls, once."""
        for thread in range(_THREADS):
            written = [line for line in self.sink.lines if line.startswith(b"%d " % thread)]
            assert written == [line for line in self.begun if line in {*written}], "not in order, or twice"

    def teardown(self) -> None:
        """Let it end, and with it those that are gone, wherever they stopped."""
        try:
            if self.writers:
                self.settle()
        finally:
            for each in self.writers:
                each._threads._is_stopping = True  # noqa: SLF001 (they outlive whatever is raised in them)
            for task in [*self.gone, *self.world.tasks]:
                with suppress(BaseException):
                    task.green.throw()
            for each in self.writers:
                each._queue.policy.forget()  # noqa: SLF001 (it may have a file)
            self.world.tasks = []


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Return the world that the writer lives in."""
    made = World()
    names = {
        "monotonic_ns": made.clock,
        "get_ident": made.ident,
        "get_thread_ident": made.ident,
        "allocate_rlock": lambda: Lock(made, is_reentrant=True),
        "allocate_lock": lambda: Lock(made, is_reentrant=False),
        "pause": made.pause,
        "start_thread": made.spawn,
    }
    for module in (away, flushing, options, pump, queue, room, synchronous, threads, turn, writer):
        for name in names.keys() & vars(module).keys():
            monkeypatch.setattr(module, name, names[name])
    # Nobody is amid a hand-off but where a task waits, and then it looks again.
    monkeypatch.setattr(writer, "await_callers", lambda *_: True)
    monkeypatch.setattr(threads, "_rest", made.rest)
    monkeypatch.setattr(pump, "File", Sink)
    return made


@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_r51_life(policy: str, world: World) -> None:
    """Through flushes, closes, reopenings, forks and kills each line is written once, in its order, or counted."""
    machine = type("Living", (Living,), {"policy": policy, "world": world})
    examples = soak(settings().max_examples, 5_000)
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=examples, stateful_step_count=15, suppress_health_check=[*HealthCheck]),
    )
