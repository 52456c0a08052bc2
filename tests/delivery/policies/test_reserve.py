"""Keeping the last part of the budget for what matters most."""

from __future__ import annotations

from structlog_enrich.delivery import Reserve
from structlog_enrich.delivery.queue import Queue
from structlog_enrich.delivery.records import LEVELS


class TestReserve:
    """Each level has a part of the budget."""

    def test_parts(self) -> None:
        """Below `warning` it is what isn't reserved, for `warning` half of that more, for errors all."""
        queue = Queue(1 << 20, 100, Reserve(0.4).begin(1 << 20, 100), None, lambda: 0)
        depths = []
        for level in range(len(LEVELS)):
            queue.intake.extend([b"", level] * 200)
            queue.admit()
            depths.append(len(queue.stored))
        assert [60, 60, 80, 100, 100] == depths
        assert {"full": [140, 200, 180, 180, 200]} == queue.dropped

    def test_bytes(self) -> None:
        """It is the same in bytes."""
        queue = Queue(1_000, 100, Reserve(0.5).begin(1_000, 100), None, lambda: 0)
        depths = []
        for level in range(len(LEVELS)):
            queue.intake.extend([b"x" * 72, level] * 10)
            queue.admit()
            depths.append(queue.depth_bytes)
        assert [400, 400, 600, 1_000, 1_000] == depths

    def test_smallest(self) -> None:
        """However small the budget is, one line has room."""
        queue = Queue(1, 1, Reserve(0.9).begin(1, 1), None, lambda: 0)
        for _ in range(2):
            queue.intake.extend((b"", 0))
            queue.admit()
            assert 1 == len(queue.stored)

    def test_one_record(self) -> None:
        """Of a budget of one record there is no more than one for anyone."""
        queue = Queue(1 << 20, 1, Reserve(0.5).begin(1 << 20, 1), None, lambda: 0)
        queue.intake.extend([b"", 0] * 2)
        queue.admit()
        assert 1 == len(queue.stored)
