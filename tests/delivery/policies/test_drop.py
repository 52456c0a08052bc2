"""Losing the newest lines, or the oldest."""

from __future__ import annotations

from structlog_enrich.delivery import DropNewest, DropOldest
from structlog_enrich.delivery.queue import Queue
from structlog_enrich.delivery.records import OVERHEAD
from tests.delivery.conftest import hand_in


def admitted(policy: DropNewest | DropOldest, sizes: list[int], max_records: int = 3) -> tuple[list[int], Queue]:
    """Return the sizes of the lines that are stored after lines of these *sizes*, and the queue."""
    queue = Queue(4 * (100 + OVERHEAD), max_records, policy.begin(4 * (100 + OVERHEAD), max_records), None, lambda: 0)
    hand_in(queue, [b"x" * size for size in sizes])
    queue.admit()
    return [len(line) for line, _, _ in queue.stored], queue


class TestDropNewest:
    """What has no room is lost."""

    def test_records(self) -> None:
        """The first ones are kept."""
        stored, queue = admitted(DropNewest(), [1, 2, 3, 4, 5])
        assert [1, 2, 3] == stored
        assert {"full": [0, 2, 0, 0, 0]} == queue.dropped

    def test_bytes(self) -> None:
        """A line that still has room is stored, though a larger one before it had none."""
        stored, _ = admitted(DropNewest(), [100, 101, 500, 102], 10)
        assert [100, 101, 102] == stored


class TestDropOldest:
    """The oldest make room."""

    def test_records(self) -> None:
        """The last ones are kept."""
        stored, queue = admitted(DropOldest(), [1, 2, 3, 4, 5])
        assert [3, 4, 5] == stored
        assert {"full": [0, 2, 0, 0, 0]} == queue.dropped

    def test_bytes(self) -> None:
        """As many are lost as a larger line needs."""
        stored, _ = admitted(DropOldest(), [100, 101, 102, 103, 300], 10)
        assert [102, 103, 300] == stored

    def test_larger_than_all(self) -> None:
        """A line that is larger than the whole budget isn't worth all the others, and is lost itself."""
        for size in (4 * (100 + OVERHEAD) - OVERHEAD + 1, 2_000):
            stored, _ = admitted(DropOldest(), [1, 2, size], 10)
            assert [1, 2] == stored

    def test_as_large_as_all(self) -> None:
        """A line that takes the whole budget is worth all the others."""
        size = 4 * (100 + OVERHEAD) - OVERHEAD
        stored, _ = admitted(DropOldest(), [1, 2, size], 10)
        assert [size] == stored

    def test_beside_a_batch(self) -> None:
        """What is being written can't be lost for it."""
        policy = DropOldest()
        _, queue = admitted(policy, [600, 1], 10)
        queue.take(1)
        queue.intake.extend((b"x" * 300, 1))
        queue.admit()
        assert [] == [*queue.stored]
        assert {"full": [0, 2, 0, 0, 0]} == queue.dropped
