"""One moment of a writer's account."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from structlog_enrich.delivery.policies import Block, DropNewest
from structlog_enrich.delivery.pump import Pump
from structlog_enrich.delivery.queue import Queue
from structlog_enrich.delivery.records import OVERHEAD
from structlog_enrich.delivery.stats import Stats, snapshot
from tests.delivery.conftest import assert_adds_up, framed, hand_in, numbered
from tests.delivery.faulty import Failing, failure

_SECOND = 1_000_000_000


class World:
    """A queue of two lines and a pump to a sink that may fail."""

    def __init__(self, policy: Any) -> None:
        self.now = _SECOND
        self.sink = Failing()
        self.queue = Queue(1 << 20, 2, policy.begin(1 << 20, 2), None, lambda: self.now)
        self.pump = Pump(self.queue, self.sink, framed, lambda: self.now)

    def log(self, count: int, level: int = 1) -> None:
        """Hand lines over."""
        hand_in(self.queue, numbered(count), level)

    def stats(self) -> Stats:
        """Look."""
        return snapshot(self.queue, self.pump, self.now, writer_alive=True, state="running", sink="here")


class TestSnapshot:
    """It says where every line is."""

    def test_on_the_way(self) -> None:
        """A line is pending from its hand-off until it is written or lost."""
        world = World(Block())
        world.log(4)
        stats = world.stats()
        assert (4, 4, {}) == (stats.emitted, stats.pending, stats.emitted_by_level)
        world.queue.admit()
        stats = world.stats()
        assert (4, 4, 2, {"info": 4}) == (stats.emitted, stats.pending, stats.depth_records, stats.emitted_by_level)
        world.now += _SECOND // 2
        world.pump.step()
        stats = world.stats()
        assert (4, 2, 2) == (stats.emitted, stats.pending, stats.written)
        assert (True, "running", "here") == (stats.writer_alive, stats.state, stats.sink)
        assert (0, 0, 2) == (stats.depth_bytes, stats.depth_records, stats.high_water_records)
        assert sum(len(line) + OVERHEAD for line in numbered(2)) == stats.high_water_bytes
        assert (2, 1.0) == (stats.latency[-1][1], stats.latency_sum)
        assert {"info": 2} == stats.written_by_level
        assert_adds_up(stats)

    def test_lost(self) -> None:
        """What is lost is there by reason and level, and the lines that tell of it are counted by themselves."""
        world = World(DropNewest())
        world.log(3)
        world.log(2, level=4)
        world.queue.refused.add("overrun", 3, b"{}")
        world.queue.admit()
        stats = world.stats()
        assert {"full": {"info": 1, "critical": 2}, "overrun": {"error": 1}} == stats.dropped
        assert (4, 6, 2) == (stats.dropped_total, stats.emitted, stats.pending)
        while world.pump.step() is not None or world.queue.admit():
            pass
        stats = world.stats()
        assert (2, 0, 2) == (stats.written, stats.pending, stats.gaps)
        assert sum(len(line) + 1 for line in world.sink.lines) == stats.bytes

    def test_failing(self) -> None:
        """It says what the sink failed with, and since when nothing has been written."""
        world = World(DropNewest())
        world.pump.step()
        world.log(1)
        world.queue.admit()
        world.sink.error = failure()
        world.pump.step()
        world.now += 3 * _SECOND
        world.pump.step()
        stats = world.stats()
        assert ({"eio": 2}, 3.0) == (stats.retries, stats.last_progress_age)
        assert (0, 0) == (stats.repaired, stats.gaps_untold)
        world.sink.repaired = 3
        world.pump.untold = 2
        assert (3, 2) == (world.stats().repaired, world.stats().gaps_untold)
        # As between two clocks that are read one after the other.
        world.now = 0
        assert 0.0 == world.stats().last_progress_age

    def test_is_of_its_moment(self) -> None:
        """It stays as it is, can't be changed, and goes to another process."""
        world = World(DropNewest())
        world.log(5)
        world.queue.admit()
        stats = world.stats()
        kept = pickle.loads(pickle.dumps(stats))
        world.log(5)
        world.queue.admit()
        world.pump.step()
        assert kept == stats
        assert kept != world.stats()
        with pytest.raises(FrozenInstanceError):
            stats.written = 3  # type: ignore[misc]
