"""The queue and the pump against a simple model, in any order of what may happen."""

from __future__ import annotations

import errno
import os
from collections import Counter, deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from structlog_enrich.delivery import gaps, untold
from structlog_enrich.delivery.pump import Pump
from structlog_enrich.delivery.queue import Queue
from structlog_enrich.delivery.records import LEVELS
from structlog_enrich.delivery.sinks import Descriptor
from structlog_enrich.delivery.stats import snapshot
from tests.delivery.conftest import assert_adds_up, framed, soak
from tests.delivery.faulty import failure
from tests.delivery.model import MAX_BYTES, MAX_RECORDS, POLICIES, Line, Model

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog_enrich.delivery import Stats

_SECOND = 1_000_000_000
_ROUNDS = 1_000

_LEVELS = st.integers(0, len(LEVELS) - 1)
# Most are small; some take half of the budget, few more than all of it.
_SIZES = st.sampled_from([1, 1, 1, 20, 90, 200, 700, 1_500, 3_000])
_ANSWERS = st.one_of(
    st.integers(-3, 900), st.sampled_from([errno.ENOSPC, errno.EIO, errno.EPIPE]).map(lambda number: failure(number))
)
_LOGGED = st.tuples(_LEVELS, _SIZES)
_AMID = st.lists(st.one_of(st.sampled_from(["admit", "step", "stats"]), _LOGGED), max_size=4)


class Virtual(Descriptor):
    """A descriptor whose calls are answered as `answers` say: so many bytes, all but so many, an error; else all."""

    def __init__(self, come_between: Callable[[], None], answered: Callable[[OSError | None], None]) -> None:
        self.fd = self._fd = -1
        self._opened = Path(os.devnull).stat()
        self._line = b""
        self._begun = 0
        self._come_between = come_between
        self._answered = answered
        self.answers: deque[int | OSError] = deque()
        self.data = b""
        # Which lines of it stand apart, since a reader has gone that may have had their beginning.
        self.torn: set[int] = set()

    def close(self) -> None:
        """Hold nothing."""

    def reopen(self) -> None:
        """Begin another file: what was written in part begins anew there."""
        self._begun = 0
        self.data = b""
        self.torn.clear()

    def wait(self, timeout: float) -> None:
        """Wait for nothing: time is virtual as well."""

    def _require(self) -> None:
        """Need nothing that is open."""

    def _put(self, data: bytes | memoryview) -> int:
        self._come_between()
        answer = self.answers.popleft() if self.answers else len(data)
        if isinstance(answer, OSError):
            self._answered(answer)
            done, _, tail = self.data.rpartition(b"\n")
            if answer.errno == errno.EPIPE and tail not in {b"", self._line}:
                self.torn.add(done.count(b"\n") + bool(done))
            raise answer
        self._answered(None)
        taken = bytes(data[:answer])
        self.data += taken
        return len(taken)


class Watched(Queue):
    """Say which line is lost, and why."""

    __slots__ = ("lose",)

    lose: Callable[[bytes, str], None]

    def _note(self, line: bytes | None, level: int, reason: str) -> None:
        assert line is not None
        self.lose(line, reason)
        super()._note(line, level, reason)


class Writing(RuleBasedStateMachine):
    """What may happen to a writer, in any order, and at any place where another thread may come between."""

    policy = ""

    def __init__(self) -> None:
        super().__init__()
        self.now = _SECOND
        self.number = 0
        self.is_exact = True

    @initialize(is_exact=st.booleans())
    def start(self, is_exact: bool) -> None:  # noqa: FBT001 (by name)
        """Begin as a new process does.

        Where a writing thread comes between what is decided, the model can't foretell it, and only looks on.
        """
        self.is_exact = is_exact
        self.between: deque[Any] = deque()
        self.sink = Virtual(self.come_between, self.answered)
        chosen = POLICIES[self.policy]().begin(MAX_BYTES, MAX_RECORDS)
        self.queue = Watched(MAX_BYTES, MAX_RECORDS, chosen, self.describe, self.clock)
        self.queue.lose = self.lose
        self.pump = Pump(self.queue, self.sink, framed, self.clock)
        self.deciding = self.writing = False
        self.begin(Model(self.policy))

    def begin(self, model: Model) -> None:
        """Begin the account anew."""
        self.model = model
        self.lines: dict[bytes, Line] = {}
        self.lost: dict[Line, str] = {}
        self.told: list[dict[str, Any]] = []
        self.before: Stats | None = None
        self.read = 0

    # What the queue, the pump and the sink call.

    def clock(self) -> int:
        """Tell the time; another thread may come between."""
        self.come_between()
        return self.now

    def describe(self, data: bytes) -> tuple[int, str]:
        """Say a lost line's number; another thread may come between."""
        line = self.lines[data]
        self.come_between()
        return line.number, LEVELS[line.level]

    def lose(self, data: bytes, reason: str) -> None:
        """Keep why a line is lost, right before it is counted or right after."""
        line = self.lines[data]
        assert line not in self.lost, "it was lost before"
        self.lost[line] = reason

    def answered(self, error: OSError | None) -> None:
        """Keep what the sink fails with."""
        self.model.trouble = "" if error is None else errno.errorcode[error.errno or 0].lower()

    def come_between(self) -> None:
        """Let happen, here and now, what other threads do."""
        if not self.between:
            return
        action = self.between.popleft()
        if action == "admit" and not self.deciding:
            self.decide()
        elif action == "step" and not self.writing and not (self.deciding and self.is_exact):
            self.write()
        elif action == "stats":
            self.look()
        elif isinstance(action, tuple):
            self.hand_over(*action)

    # What may happen.

    @rule(logged=st.lists(_LOGGED, min_size=1, max_size=10), between=_AMID)
    def log(self, logged: list[tuple[int, int]], between: list[Any]) -> None:
        """Hand lines over, and decide, while others do something."""
        for level, size in logged:
            self.hand_over(level, size)
        self.admit(between)

    @rule(count=st.integers(3, 12), logged=_LOGGED)
    def log_alike(self, count: int, logged: tuple[int, int]) -> None:
        """Hand over many lines of one kind."""
        for _ in range(count):
            self.hand_over(*logged)

    @rule(level=_LEVELS, size=_SIZES, reason=st.sampled_from(["full", "overrun", "event_loop"]))
    def refuse(self, level: int, size: int, reason: str) -> None:
        """Give up a line that its caller could wait for no longer."""
        line = self.new_line(level, size)
        self.queue.refused.add(reason, level, line.data())
        self.model.refused.append((reason, line))

    def admit(self, between: list[Any]) -> None:
        """Decide, while others do something."""
        self.between.extend(between)
        self.decide()
        self.between.clear()

    @rule(answers=st.lists(_ANSWERS, max_size=3), between=_AMID)
    def step(self, answers: list[int | OSError], between: list[Any]) -> None:
        """Write, while others do something and the system answers so."""
        self.sink.answers.extend(answers)
        self.between.extend(between)
        self.write()
        self.between.clear()
        self.sink.answers.clear()

    @rule(milliseconds=st.sampled_from([1, 10, 400, 2_000]))
    def wait(self, milliseconds: int) -> None:
        """Let time pass."""
        self.now += milliseconds * 1_000_000

    @rule()
    def flush(self) -> None:
        """Write all there is, to a sink that takes it, and tell of all that was lost."""
        for _ in range(_ROUNDS):
            self.decide()
            self.pump.retry_now()
            if self.write() is None and self.queue.is_empty():
                break
        assert self.queue.is_empty()
        assert self.pump.is_idle()
        assert 0 == self.model.pending() == self.look().pending == self.queue.depth_bytes
        assert len(self.told) == self.look().gaps
        for reason in {*self.lost.values()}:
            self.check_told(reason)

    @rule(what=st.sampled_from(["abandon", "fork", "kill", "reopen"]))
    def end(self, what: str) -> None:
        """Let something come to its end; of what is written only the last line may be torn."""
        self.check_tail()
        getattr(self, what)()

    def abandon(self) -> None:
        """Lose all that waits, as the end of a process does whose sink takes nothing."""
        self.deciding = True
        self.queue.abandon("timeout")
        self.deciding = False
        self.model.abandon("timeout")

    def fork(self) -> None:
        """Go on as the child."""
        self.queue.forget()
        self.pump.forget()
        self.sink.forget()
        self.sink.data = b""
        assert self.queue.is_empty()
        self.begin(Model(self.policy, left_out=self.model.left_out))

    def kill(self) -> None:
        """Go on as another process."""
        self.queue.policy.forget()
        self.start(is_exact=self.is_exact)

    def reopen(self) -> None:
        """Go on in another file."""
        self.sink.reopen()
        self.read = 0

    def teardown(self) -> None:
        """Leave no file open."""
        self.queue.policy.forget()

    # What must hold.

    @invariant()
    def adds_up(self) -> None:
        """Every line is in one place, the one where the model has it, and counted there."""
        stats = self.look()
        assert self.model.pending() == stats.pending
        assert len(self.model.written) == stats.written
        assert {*self.model.dropped.items()} == {*self.lost.items()}
        assert self.model.depth() == stats.depth_bytes
        assert len(self.model.spilled) == stats.elsewhere
        assert [line.data() for line in self.model.stored] == [line for line, _, _ in self.queue.stored]
        assert [line.data() for line in self.model.held] == [line for line, _, _ in self.queue.held]
        for level, name in enumerate(LEVELS):
            dropped = Counter(reason for line, reason in self.lost.items() if line.level == level)
            counted = {reason: levels[name] for reason, levels in stats.dropped.items() if name in levels}
            assert dict(dropped) == counted
            assert sum(line.level == level for line in self.model.written) == stats.written_by_level.get(name, 0)

    @invariant()
    def is_within_the_budget(self) -> None:
        """What is stored keeps to the budget, but for one line alone that is larger than all of it."""
        assert self.model.depth() <= MAX_BYTES or 1 == len(self.model.stored + self.model.flying)
        assert len(self.model.stored + self.model.flying) <= MAX_RECORDS

    @invariant()
    def keeps_the_order(self) -> None:
        """Lines are written in the order of their hand-off, each once."""
        numbers = [line.number for line in self.model.written]
        assert sorted({*numbers}) == numbers

    def check_tail(self) -> None:
        """Fail unless what isn't whole in the file is the beginning of the next line."""
        tail = self.sink.data.rpartition(b"\n")[2]
        following = self.model.flying[0].data() if self.model.flying else b""
        assert following.startswith(tail) or tail[:7] == b'{"gap":'[: len(tail)]

    def check_told(self, reason: str) -> None:
        """Fail unless the lines about gaps name exactly what was lost for *reason*."""
        told = [gap for gap in self.told if gap["reason"] == reason]
        lost = [line for line, why in self.lost.items() if why == reason]
        named = [number for gap in told for first, last in gap["ranges"] for number in range(first, last + 1)]
        assert len(lost) == sum(gap["count"] for gap in told)
        levels = sum((Counter(gap["levels"]) for gap in told), Counter())
        assert Counter(LEVELS[line.level] for line in lost) == levels
        assert len(named) == len({*named})
        numbers = {line.number for line in lost}
        if all(gap["complete"] for gap in told):
            assert numbers == {*named}
        else:
            assert numbers > {*named}

    # How it is done.

    def new_line(self, level: int, size: int) -> Line:
        """Make a line of its own."""
        line = Line(self.number, level, size)
        self.number += 1
        self.lines[line.data()] = line
        return line

    def hand_over(self, level: int, size: int) -> None:
        """Log one line."""
        line = self.new_line(level, size)
        self.queue.intake.extend((line.data(), level))
        self.model.intake.append(line)

    def look(self) -> Stats:
        """Return the account, which adds up at any moment."""
        stats = snapshot(self.queue, self.pump, self.now, writer_alive=True, state="running", sink="")
        assert_adds_up(stats, self.before)
        assert len(self.lines) == stats.emitted
        # Amid a decision one is counted and not yet described.
        assert abs(stats.dropped_total - len(self.lost)) <= self.deciding
        self.before = stats
        return stats

    def decide(self) -> None:
        """Admit, in the implementation and in the model."""
        self.take()
        self.deciding = True
        self.queue.admit()
        self.deciding = False
        # What came between, after the first look, was too late for it.
        arrived = len(self.model.intake) - len(self.queue.intake) // 2
        late = self.model.intake[arrived:]
        del self.model.intake[arrived:]
        if self.is_exact:
            self.model.admit()
        else:
            self.observe()
        self.model.intake += late

    def write(self) -> float | None:
        """Step, in the implementation, and see in the model what became of it."""
        self.writing = True
        pause = self.pump.step()
        self.writing = False
        if not self.deciding:
            self.take()
            self.model.written += self.newly_written()
        assert pause is None or pause >= 0
        return pause

    def take(self) -> None:
        """See which lines the pump has taken: the oldest."""
        taken = len(self.model.stored) - len(self.queue.stored)
        self.model.flying += self.model.stored[:taken]
        del self.model.stored[:taken]

    def newly_written(self) -> list[Line]:
        """Return the lines that were written since the last look, in their order; note what was told of gaps."""
        lines = self.sink.data.split(b"\n")[:-1]
        fresh = [line for number, line in enumerate(lines) if number >= self.read and number not in self.sink.torn]
        self.read = len(lines)
        gaps_told = [orjson.loads(line) for line in fresh if line.startswith(b"{")]
        self.told += [line["gap"] | {"complete": "incomplete" not in line} for line in gaps_told]
        written = [self.lines[line] for line in fresh if not line.startswith(b"{")]
        assert self.model.flying[: len(written)] == written
        del self.model.flying[: len(written)]
        return written

    def observe(self) -> None:
        """See what was decided while lines were taken of what was stored, and written."""
        model = self.model
        moved = [*model.flying, *model.stored, *model.spilled, *model.held, *model.intake]
        moved = [line for line in moved if line not in self.lost]
        model.dropped = dict(self.lost)
        model.intake.clear()
        model.refused.clear()
        model.held = [self.lines[line] for line, _, _ in self.queue.held]
        model.stored = [self.lines[line] for line, _, _ in self.queue.stored]
        rest = [line for line in moved if line not in model.held and line not in model.stored]
        there = len(rest) - self.queue.policy.elsewhere
        model.flying, model.spilled = rest[:there], rest[there:]
        model.written += self.newly_written()


@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_r51_model(policy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever happens in whatever order, each line is where the policy says, counted, whole, and in its order."""
    monkeypatch.setattr(gaps, "MAX_RANGES", 2)
    monkeypatch.setattr(untold, "_MOST_GAPS", 2)
    machine = type("Writing", (Writing,), {"policy": policy})
    examples = soak(settings().max_examples, 5_000)
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=examples, stateful_step_count=50, suppress_health_check=[*HealthCheck]),
    )
