"""Letting those who log wait."""

from __future__ import annotations

from structlog_enrich.delivery import Block
from structlog_enrich.delivery.queue import Queue
from tests.delivery.conftest import hand_in


class TestBlock:
    """What has no room is held, and nothing overtakes it."""

    def test_order(self) -> None:
        """A smaller line that would have room waits for the larger one before it."""
        queue = Queue(1_000, 10, Block().begin(1_000, 10), None, lambda: 0)
        hand_in(queue, [b"a" * 400, b"b" * 400, b"c"])
        queue.admit()
        assert [400] == [len(line) for line, _, _ in queue.stored]
        assert [400, 1] == [len(line) for line, _, _ in queue.held]
        queue.stored.clear()
        queue.admit()
        assert [400, 1] == [len(line) for line, _, _ in queue.stored]
        assert ({}, 3) == (queue.dropped, queue.emitted())
