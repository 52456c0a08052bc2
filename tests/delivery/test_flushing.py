"""Waiting until what was handed over is written or lost."""

from __future__ import annotations

from functools import partial
from itertools import chain, product
from time import monotonic_ns
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.delivery.flushing import await_written
from structlog_enrich.delivery.lines import Lines
from structlog_enrich.delivery.pump import Pump
from structlog_enrich.delivery.queue import Queue
from tests.delivery.conftest import hand_in, numbered
from tests.delivery.faulty import Collecting, Short
from tests.delivery.model import POLICIES

_SECOND = 1_000_000_000


class World:
    """A queue, a pump and threads that do one thing after the other each time someone waits for them."""

    def __init__(self, policy: str, sink: Any, *does: Any, room: int = 50) -> None:
        chosen = POLICIES[policy]().begin(100_000, room)
        self.queue = Queue(100_000, room, chosen, None, lambda: 0)
        self.pump = Pump(self.queue, sink, None, lambda: 0)
        self.does = [*does]

    def log(self, count: int) -> None:
        """Do what loggers do."""
        hand_in(self.queue, numbered(count))

    def wake(self) -> None:
        """Hear it."""

    wake_writer = wake

    def wait(self, timeout: float) -> None:
        """Do the next thing; else what the threads do all the time."""
        assert timeout <= 0.05
        if self.does:
            self.does.pop(0)()
        else:
            self.queue.admit()
            self.pump.step()

    def flush(self, seconds: float = 10) -> bool:
        """Wait for it."""
        threads: Any = self
        return await_written(self.queue, self.pump, threads, monotonic_ns() + int(seconds * _SECOND))


class Watched(World):
    """A world in which somebody knows at each look which of the lines that are waited for haven't gone yet."""

    def __init__(self, policy: str, sink: Any, *does: Any, room: int = 50) -> None:
        super().__init__(policy, sink, *does, room=room)
        self.count = self.target = 0
        self.last: list[bytes] = []
        self.batch: list[bytes] = []
        self.looks_in_vain = 0

    def log(self, count: int) -> None:
        hand_in(self.queue, numbered(count, start=self.count))
        self.count += count

    def left(self, target: int) -> list[bytes]:
        """Return which of the first *target* lines wait somewhere."""
        queue = self.queue
        waiting = {*queue.intake[::2], *lines_in(queue.held), *lines_in(queue.stored), *lines_in(queue.flying)}
        return [line for line in numbered(target) if line in waiting]

    def wait(self, timeout: float) -> None:
        queue = self.queue
        # Those that are decided on in one round go together, and so do those of a batch.
        if not self.last and queue.decided >= self.target:
            self.last = numbered(queue.decided)
        if self.last and not self.batch and not {*self.last} & lines_in(queue.stored):
            self.batch = [*lines_in(queue.flying)]
        is_one_left = bool(self.left(len(self.last) or self.target) or {*self.batch} & lines_in(queue.flying))
        # Others wait, so that nothing is told yet, and none of those that are waited for do.
        self.looks_in_vain += not is_one_left and bool(queue.waiting or queue.stored)
        super().wait(timeout)


def lines_in(lines: Lines) -> set[bytes]:
    """Return what is in there."""
    return {line for line, *_ in lines}


def _do(world: World, sink: Short, what: str, count: int) -> None:
    sink.most = count
    {"log": partial(world.log, count), "admit": world.queue.admit, "step": world.pump.step}[what]()


STEPS = st.lists(st.tuples(st.sampled_from(["log", "admit", "step"]), st.integers(1, 40)), max_size=30)


class TestAwaitWritten:
    """It returns when all of them are written or lost, and not before."""

    @pytest.mark.parametrize("policy", sorted(POLICIES))
    def test_written(self, policy: str) -> None:
        """Under each policy all that is left is written then."""
        sink = Collecting()
        world = World(policy, sink)
        world.log(80)
        assert world.flush()
        lost = sum(map(sum, world.queue.dropped.values()))
        assert 80 == len(sink.lines) + lost
        world.queue.policy.forget()

    @pytest.mark.parametrize("policy", ["drop_newest", "drop_oldest", "reserve", "sample"])
    def test_later_losses(self, policy: str) -> None:
        """What is lost of later lines says nothing of those before."""
        sink = Short(0)
        world = World(policy, sink)
        world.log(40)
        world.queue.admit()
        world.pump.step()

        def log_more() -> None:
            world.log(500)
            world.queue.admit()

        world.does = [log_more] * 3
        assert not world.flush(0.05)
        assert [] == sink.lines

    def test_later_lines(self) -> None:
        """Lines that come after it aren't waited for."""
        sink = Collecting()
        world = World("drop_newest", sink)
        world.log(5)

        def log_more() -> None:
            world.log(5)
            world.queue.admit()
            world.pump.step()
            world.log(5)

        world.does = [log_more] * 1_000
        assert world.flush()
        assert 5 <= len(sink.lines) <= 20

    @given(policy=st.sampled_from(sorted(POLICIES.keys() - {"spill"})), before=STEPS, after=STEPS)
    def test_any_order(self, policy: str, before: list[tuple[str, int]], after: list[tuple[str, int]]) -> None:
        """Whatever happens before and meanwhile, none of those lines waits any more, and no other is waited for."""
        sink = Short(0)
        world = Watched(policy, sink)

        for step in before:
            _do(world, sink, *step)
        world.target = world.count
        world.does = [partial(_do, world, sink, *step) for step in after]
        assert world.flush()
        assert [] == world.left(world.target)
        # What is lost on its way says so one look later.
        assert world.looks_in_vain <= 2

    @pytest.mark.parametrize("policy", ["drop_newest", "drop_oldest"])
    def test_each_order(self, policy: str) -> None:
        """Likewise whatever few things happen, each in each order, where there is room for three."""
        actions = [("log", 1), ("log", 4), ("admit", 1), ("step", 1), ("step", 2)]
        for before in chain.from_iterable(product(actions[:4], repeat=count) for count in (1, 2, 3)):
            for after in product(actions, repeat=3):
                sink = Short(1)
                world = Watched(policy, sink, room=3)
                does = [partial(_do, world, sink, what, count) for what, count in (*before, *after)]
                for each in does[: len(before)]:
                    each()
                world.target, world.does = world.count, does[len(before) :]
                assert world.flush()
                assert ([], True) == (world.left(world.target), world.looks_in_vain <= 2), (before, after)

    def test_sink_that_logs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What the sink logs as it takes the last line is counted before it returns."""
        world = World("drop_newest", Collecting())

        def write_the_last(pump: Pump) -> bool:
            # Between a look at what waits and one at what is on its way.
            if not world.queue.taken:
                world.queue.refuse("recursive", 1, b"{}")
            return not pump._told  # noqa: SLF001 (as it is)

        monkeypatch.setattr(Pump, "is_idle", write_the_last)
        assert world.flush()
        assert {"recursive": [0, 1, 0, 0, 0]} == world.queue.dropped
