"""The harness takes turns, forgets the warm-up, and divides by the right number."""

from __future__ import annotations

import gc
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, BinaryIO

import pytest
from structlog.contextvars import get_contextvars

from benchmarks import events, harness
from benchmarks.contenders import preset_ours
from benchmarks.harness import compare, interleave, pooled, timed
from benchmarks.workload import CALLER, CONTEXT, OPERATION, Workload, active, silent
from structlog_enrich import current_trace

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Return a clock that stands still until a test moves its `now`, in nanoseconds."""
    clock = SimpleNamespace(now=0)
    clock.perf_counter_ns = lambda: clock.now
    monkeypatch.setattr(harness, "time", clock)
    return clock


class TestInterleave:
    """Turns."""

    def test_runs_the_blocks_in_turn_round_after_round(self) -> None:
        """A B C, A B C: nobody has two blocks in a row."""
        order: list[str] = []
        blocks = {name: lambda name=name: order.append(name) or 1 for name in "abc"}
        interleave(blocks, rounds=2, warmup=1)
        assert list("abcabcabc") == order

    def test_forgets_the_warm_up(self) -> None:
        """The first numbers are of cold caches and count for nothing."""
        numbers: Iterator[int] = iter([900, 901, 1, 2, 3])
        assert {"a": [1, 2, 3]} == interleave({"a": lambda: next(numbers)}, rounds=3, warmup=2)

    def test_collects_the_garbage_of_one_block_before_the_next(self) -> None:
        """What one contender leaves in cycles is gone when the next one is timed."""
        left: list[int] = []

        def messy() -> int:
            cycle: list[Any] = []
            cycle.append(cycle)
            return 1

        interleave({"messy": messy, "next": lambda: left.append(gc.collect()) or 1}, rounds=2, warmup=1)
        assert [0, 0] == left[1:]

    def test_leaves_the_collector_as_it_was_even_when_a_block_fails(self) -> None:
        """Nothing stays frozen."""
        frozen = gc.get_freeze_count()
        turns = iter([1])
        with pytest.raises(StopIteration):
            interleave({"a": lambda: next(turns)}, rounds=1, warmup=1)
        assert (True, frozen) == (gc.isenabled(), gc.get_freeze_count())


class TestTimed:
    """One block."""

    def test_makes_every_call_as_often_as_asked_and_returns_the_time(self, clock: SimpleNamespace) -> None:
        """Two calls, three cycles, seven nanoseconds each."""
        made: list[dict[str, Any]] = []

        def log(message: str, **kw: Any) -> None:
            clock.now += 7
            made.append({"message": message, **kw})

        workload = Workload(calls=[{"n": 1}, {"n": 2}], message="paid")
        assert timed(log, workload, cycles=3) == 42
        assert [{"message": "paid", "n": 1}, {"message": "paid", "n": 2}] * 3 == made


class TestCompare:
    """One comparison."""

    def test_gives_microseconds_per_call(self, clock: SimpleNamespace) -> None:
        """A known cost comes out as itself, for each contender and each round."""
        contenders = [_Steady("quick", 3_000, clock), _Steady("slow", 6_000, clock)]
        samples = compare(Workload(calls=[{}] * 10), contenders, rounds=3, cycles=2)  # type: ignore[arg-type]
        assert {"quick": [3.0, 3.0, 3.0], "slow": [6.0, 6.0, 6.0]} == samples

    def test_logs_inside_the_request(self, clock: SimpleNamespace) -> None:
        """The four names are bound and the trace is active while it measures, and no longer."""
        contender = _Steady("only", 1, clock)
        compare(Workload(calls=[{}]), [contender], rounds=1)  # type: ignore[list-item]
        bound, trace = contender.seen
        assert CONTEXT == bound
        assert (CALLER.trace_id, CALLER.span_id, "01", OPERATION) == (
            trace.trace_id,
            trace.parent_span_id,
            trace.trace_flags,
            trace.operation,
        )
        assert ({}, None) == (get_contextvars(), current_trace())

    def test_measures_real_contenders_of_every_event(self) -> None:
        """A comparison of two calls runs through; how long they take isn't judged."""
        from benchmarks.scenarios import CONTENDERS  # noqa: PLC0415 (the one test that needs them)

        samples = compare(Workload(calls=events.reference()[:2]), CONTENDERS, rounds=1)
        assert [each.NAME for each in CONTENDERS] == list(samples)
        assert all(len(rounds) == 1 for rounds in samples.values())


class TestActive:
    """The request that all lines stand in."""

    def test_is_an_entry_that_each_line_tells_its_news(self) -> None:
        """What a line sees bound is noted for the line that ends the entry: that work is in every measured time."""
        with active(), silent() as file:
            trace = current_trace()
            preset_ours.build(Workload(calls=[]), file).info("paid")
            assert trace is not None
            assert trace._operation is not None  # noqa: SLF001 (where a trace keeps it)
            assert CONTEXT == trace._operation.noted  # noqa: SLF001

    def test_begins_anew_each_time(self) -> None:
        """The caller's trace goes on, in a span of its own."""
        with active():
            outer = current_trace()
            with active():
                inner = current_trace()
            assert outer is current_trace()
        assert outer is not None
        assert inner is not None
        assert outer.trace_id == inner.trace_id
        assert outer.span_id != inner.span_id


class TestPooled:
    """Several sittings as one."""

    def test_goes_as_deep_as_the_rounds_lie(self) -> None:
        """A request is measured in two situations, and in each until two moments."""
        sittings = [{"with": {"whole": {"a": [1.0]}}}, {"with": {"whole": {"a": [2.0, 3.0]}}}]
        assert {"with": {"whole": {"a": [1.0, 2.0, 3.0]}}} == pooled(sittings)

    def test_keeps_the_rounds_of_all_contenders_in_the_same_order(self) -> None:
        """Ratios are taken by position afterwards."""
        sittings = [{"a": [1.0], "b": [2.0]}, {"a": [3.0], "b": [4.0]}]
        assert {"a": [1.0, 3.0], "b": [2.0, 4.0]} == pooled(sittings)


class _Steady:
    """A contender whose calls take a known time on a clock that nothing else moves."""

    ABOUT = ""

    def __init__(self, name: str, cost: int, clock: SimpleNamespace) -> None:
        self.NAME = name
        self.cost = cost
        self.clock = clock
        self.seen: tuple[Any, Any] = (None, None)

    def build(self, workload: Workload, file: BinaryIO) -> _Steady:
        return self

    def info(self, message: str, **kw: Any) -> None:
        self.clock.now += self.cost
        self.seen = (get_contextvars(), current_trace())
