"""Waiting for room."""

from __future__ import annotations

import asyncio
import math
from time import monotonic, monotonic_ns
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich.delivery import room as module
from structlog_enrich.delivery.loggers import Watch
from structlog_enrich.delivery.policies import Block, DropNewest
from structlog_enrich.delivery.queue import Queue
from structlog_enrich.delivery.room import Room

if TYPE_CHECKING:
    from structlog_enrich.delivery import Policy

_SIZE = 200


class Threads:
    """Threads that are rung, and do as they are told when someone waits for them."""

    def __init__(self) -> None:
        self.rung = self.rung_to_write = 0
        self.waited: list[float] = []
        self.done: Any = lambda: None

    def wake(self) -> None:
        """Count the call."""
        self.rung += 1

    def wake_writer(self) -> None:
        """Count the call."""
        self.rung_to_write += 1

    def wait(self, timeout: float) -> None:
        """Do what makes room."""
        self.waited.append(timeout)
        self.done()


class World:
    """A queue of one line, the room in it, and threads that are told what to do."""

    def __init__(self, policy: Policy, *, slack: int = 1_000, block_timeout: float = 30.0) -> None:
        self.queue = Queue(1 << 20, 1, policy.begin(1 << 20, 1), None, lambda: 0)
        self.threads: Any = Threads()
        watch = Watch(1, bool)
        watch.slack = 2 * slack
        self.room = Room(self.queue, self.threads, watch, block_timeout)

    def hand_over(self, count: int) -> None:
        """Do what loggers do."""
        self.queue.intake.extend([b"", 1] * count)


class TestRoom:
    """A line may be handed over while there is room for it."""

    def test_slack(self) -> None:
        """There is room until so many bytes were handed over that nobody has decided on."""
        world = World(DropNewest(), slack=3 * _SIZE)
        world.hand_over(3)
        assert world.room.is_there(_SIZE)
        world.hand_over(1)
        assert not world.room.is_there(_SIZE)
        assert world.room.is_there(_SIZE // 2)

    def test_held(self) -> None:
        """While lines are held that ask those who log to wait, there is none."""
        world = World(Block())
        world.hand_over(2)
        assert not world.room.is_asked_for()
        world.queue.admit()
        assert (True, False) == (world.room.is_asked_for(), world.room.is_there(_SIZE))

    def test_helps_itself(self) -> None:
        """Where nobody has come to decide yet, but there is room for all, the caller stores it and waits for nobody."""
        world = World(DropNewest(), slack=3 * _SIZE)
        world.queue.max_records = 100
        world.queue.policy = DropNewest().begin(1 << 20, 100)
        world.hand_over(9)
        assert not world.room.is_there(_SIZE)
        assert "" == world.room.wait(_SIZE, lambda: True)
        assert (9, []) == (world.queue.stored.count, world.threads.waited)
        assert (0, 1) == (world.threads.rung, world.threads.rung_to_write)
        assert world.room.is_there(_SIZE)

    def test_amid_deciding(self) -> None:
        """A signal's handler waits for nothing that only what it has interrupted can do."""
        world = World(Block())
        world.hand_over(2)
        world.queue.admit()
        reason = world.queue.deciding.take(lambda: world.room.wait(_SIZE, lambda: True), otherwise="taken")
        assert ("", []) == (reason, world.threads.waited)

    def test_waits(self) -> None:
        """Who waits rings for those that make room, and goes on when they have."""
        world = World(Block())
        world.hand_over(2)
        world.queue.admit()

        def make_room() -> None:
            if len(world.threads.waited) == 3:
                world.queue.take(1)
                world.queue.flying.clear()
                world.queue.admit()

        world.threads.done = make_room
        assert "" == world.room.wait(_SIZE, lambda: True)
        # To ring each time would keep both of them busy with nothing.
        assert (1, 3) == (world.threads.rung, len(world.threads.waited))
        # Nor for longer at once: in a child that was forked amid it nobody tells.
        assert [0.05] * 3 == world.threads.waited

    @pytest.mark.parametrize(("trouble", "expected"), [("", "full"), ("enospc", "enospc")])
    def test_in_vain(self, trouble: str, expected: str) -> None:
        """When the time is over it is told why there is no room."""
        world = World(Block(), block_timeout=0.0)
        world.hand_over(2)
        world.queue.admit()
        world.queue.trouble = trouble
        assert expected == world.room.wait(_SIZE, lambda: True)
        assert [] == world.threads.waited

    def test_no_longer(self) -> None:
        """Nobody waits for threads that have ended."""
        world = World(Block())
        world.hand_over(2)
        world.queue.admit()
        assert "" == world.room.wait(_SIZE, lambda: False)
        assert [] == world.threads.waited

    def test_until_the_end(self) -> None:
        """As the process ends nobody waits longer than that may; a forked child has its own time."""
        world = World(Block(), block_timeout=60)
        world.hand_over(2)
        world.queue.admit()
        world.room.latest = monotonic_ns() + 20_000_000
        before = monotonic()
        assert "full" == world.room.wait(_SIZE, lambda: True)
        assert 0.02 <= monotonic() - before < 20
        world.room.forget()
        assert math.inf == world.room.latest

    def test_event_loop(self) -> None:
        """A thread that runs a loop waits never."""
        world = World(Block())
        world.hand_over(2)
        world.queue.admit()

        async def log() -> str:
            return world.room.wait(_SIZE, lambda: True)

        assert "event_loop" == asyncio.run(log())
        assert [] == world.threads.waited

    def test_event_loop_with_room(self) -> None:
        """Where nothing is held the thread that decides is but late, and that is waited for a moment as ever."""
        world = World(Block(), slack=3 * _SIZE)
        world.hand_over(4)
        world.threads.done = world.queue.intake.clear

        async def log() -> str:
            return world.room.wait(_SIZE, lambda: True)

        assert "" == asyncio.run(log())
        assert 1 == len(world.threads.waited)
        assert world.threads.waited[0] <= 0.004

    def test_made(self) -> None:
        """Where no thread makes room the caller does, for as long as it would have waited, and only where it lacks."""
        world = World(Block(), block_timeout=0.5)
        until: list[int] = []
        assert "" == world.room.make(until.append)
        world.hand_over(2)
        world.queue.admit()
        before = monotonic_ns()
        assert "full" == world.room.make(until.append)
        (latest,) = until
        assert before + 500_000_000 <= latest <= monotonic_ns() + 500_000_000
        world.queue.trouble = "enospc"
        assert "enospc" == world.room.make(until.append)
        assert "" == world.room.make(lambda _: world.queue.abandon("closed"))

    def test_made_in_an_event_loop(self) -> None:
        """There it is tried once, without waiting."""
        world = World(Block(), block_timeout=30)
        world.hand_over(2)
        world.queue.admit()
        until: list[int] = []

        async def ask() -> str:
            return world.room.make(until.append)

        assert "event_loop" == asyncio.run(ask())
        assert until[0] <= monotonic_ns()

    def test_for_another_writer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The thread of a writer waits for no other writer: what it has to tell there is lost, and counted."""
        world = World(Block())
        world.hand_over(2)
        world.queue.admit()
        monkeypatch.setattr(module, "is_of_a_writer", lambda: True)
        before = monotonic()
        assert "full" == world.room.wait(_SIZE, lambda: True)
        assert 5 > monotonic() - before

    def test_large(self) -> None:
        """Before a large line it is looked exactly how much was handed over."""
        world = World(DropNewest(), slack=10_000)
        world.queue.intake.extend([b"x" * 3_000, 1, b"y" * 1_000, 2, b"z" * 500, 1])
        assert (True, False) == (world.room.is_there(5_500), world.room.is_there(5_501))

    def test_stopped(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """For as long as the process was stopped nobody has waited."""
        world = World(Block(), block_timeout=0.05)
        world.hand_over(2)
        world.queue.admit()
        stops = [300_000_000]
        monkeypatch.setattr(module, "time_away", lambda *_: stops.pop() if stops else 0)
        before = monotonic()
        assert "full" == world.room.wait(_SIZE, lambda: True)
        assert monotonic() - before >= 0.3

    def test_falling_sizes(self) -> None:
        """Before a large line what was handed over is looked at exactly, however large those were."""
        world = World(DropNewest(), slack=100_000)
        world.queue.intake.extend([b"x" * 60_000, 1])
        assert not world.room.is_there(50_000)
        assert world.room.is_there(30_000)
        world.queue.intake.clear()
        assert world.room.is_there(1 << 30)

    @pytest.mark.parametrize(("count", "expected"), [(6, ""), (7, "overrun")])
    def test_overrun(self, count: int, expected: str) -> None:
        """Where no policy waits a late thread is given a moment; then as much again may be handed over, and no more."""
        world = World(DropNewest(), slack=3 * _SIZE, block_timeout=30.0)
        world.hand_over(count)
        began = monotonic()
        assert expected == world.room.wait(_SIZE, lambda: True)
        assert monotonic() - began < 1
        # A busy machine may let the moment go by before it is first waited for.
        assert all(each <= 0.004 for each in world.threads.waited)
