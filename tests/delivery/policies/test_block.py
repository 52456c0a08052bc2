"""Letting those who log wait."""

from __future__ import annotations

from structlog_enrich.delivery import Block
from structlog_enrich.delivery.queue import Queue


class TestBlock:
    """What has no room is held, and nothing overtakes it."""

    def test_order(self) -> None:
        """A smaller line that would have room waits for the larger one before it."""
        queue = Queue(1_000, 10, Block().begin(1_000, 10), None, lambda: 0)
        queue.intake.extend([(b"a" * 400, 1, 0), (b"b" * 400, 1, 0), (b"c", 1, 0)])
        queue.admit()
        assert [400] == [len(line) for line, _, _ in queue.stored]
        assert [400, 1] == [len(line) for line, _, _ in queue.held]
        queue.bytes_out += 560
        queue.stored.clear()
        queue.admit()
        assert [400, 1] == [len(line) for line, _, _ in queue.stored]
        assert ({}, 3) == (queue.dropped, queue.emitted())
