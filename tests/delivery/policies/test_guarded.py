"""A policy of someone's own that fails."""

from __future__ import annotations

import pytest

from structlog_enrich.delivery import Block, DropNewest, Spill, Writer
from structlog_enrich.delivery.options import policy_for
from structlog_enrich.delivery.policies.guarded import GuardedPolicy
from structlog_enrich.delivery.queue import Queue
from tests.delivery.conftest import assert_adds_up, hand_in, until
from tests.delivery.faulty import Gated


class Failing(DropNewest):
    """Fail at whatever is to be decided."""

    def admit(self, queue: Queue) -> None:
        raise LookupError

    def abandon(self, queue: Queue, reason: str) -> None:
        raise LookupError


class Lazy(Spill):
    """Be another's, and do what one of ours does."""


class TestGuarded:
    """It costs lines, which are counted."""

    def test_loses(self) -> None:
        """What has no room beyond question is lost by what it raised; the rest is stored."""
        queue = Queue(1 << 20, 2, GuardedPolicy(Failing()).begin(1 << 20, 2), None, lambda: 0)
        hand_in(queue, [b"1", b"2"])
        queue.admit()
        hand_in(queue, [b"3", b"4"])
        queue.admit()
        assert {"LookupError": [0, 2, 0, 0, 0]} == queue.dropped
        assert (2, 0) == (queue.stored.count, queue.held.count)
        queue.abandon("timeout")
        assert [0, 2, 0, 0, 0] == queue.dropped["timeout"]

    def test_budget(self) -> None:
        """So the budget is kept while the sink takes nothing."""
        writer = Writer(sink := Gated(), on_full=Failing(), max_records=100)
        for _ in range(5_000):
            writer().info(b"paid")
        until(lambda: writer.stats().dropped_total >= 4_890)
        assert {"LookupError"} == set(writer.stats().dropped) - {"overrun"}
        sink.gate.set()
        assert writer.close()
        assert_adds_up(writer.stats())

    def test_like_its_own(self) -> None:
        """One that doesn't fail does what it does without."""
        policy = policy_for(Lazy(max_bytes=1_000), 800, 3)
        assert "GuardedPolicy(Spill(max_bytes=1000))" == repr(policy)
        queue = Queue(800, 3, policy, None, lambda: 0)
        hand_in(queue, [b"1"] * 5)
        queue.admit()
        assert (2, (0, 0), False) == (policy.elsewhere, policy.free, policy.blocks)
        queue.abandon("timeout")
        assert ({"timeout": [0, 5, 0, 0, 0]}, 0) == (queue.dropped, policy.elsewhere)
        hand_in(queue, [b"1"] * 5)
        queue.admit()
        policy.forget()
        assert (0, (800, 3)) == (policy.elsewhere, policy.free)

    @pytest.mark.parametrize("given", ["block", Block()])
    def test_ours(self, given: Block) -> None:
        """One of ours needs none."""
        assert "Block()" == repr(policy_for(given, 800, 3))
        assert policy_for(given, 800, 3).blocks
