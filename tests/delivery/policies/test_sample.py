"""Writing one of several lines while there are too many."""

from __future__ import annotations

import pytest

from structlog_enrich.delivery import Sample
from structlog_enrich.delivery.queue import Queue
from tests.delivery.conftest import hand_in


def queue_of(max_records: int, **options: float) -> Queue:
    """Return a queue that samples."""
    policy = Sample(**options)  # type: ignore[arg-type]
    return Queue(1 << 20, max_records, policy.begin(1 << 20, max_records), None, lambda: 0)


class TestSample:
    """Once a part is used, one of so many is stored."""

    @pytest.mark.parametrize("at_a_time", [1, 7, 1_000])
    def test_one_in(self, at_a_time: int) -> None:
        """It is each tenth, however they come."""
        queue = queue_of(100)
        lines = [b"%d" % number for number in range(150)]
        for start in range(0, 150, at_a_time):
            hand_in(queue, lines[start : start + at_a_time])
            queue.admit()
        assert [*range(50), *range(59, 150, 10)] == [int(line) for line, _, _ in queue.stored]
        assert {"sampled": [0, 90, 0, 0, 0]} == queue.dropped

    def test_errors(self) -> None:
        """Every error is stored while there is room, and then no line is."""
        queue = queue_of(100)
        queue.intake.extend([b"", 3] * 90 + [b"", 4] * 20 + [b"", 1] * 20)
        queue.admit()
        assert 100 == len(queue.stored)
        assert {"full": [0, 2, 0, 0, 10], "sampled": [0, 18, 0, 0, 0]} == queue.dropped

    def test_smallest(self) -> None:
        """Where one line is all the room, it is stored when nothing else is."""
        queue = queue_of(1)
        queue.intake.extend((b"", 1))
        queue.admit()
        assert (1, {}) == (len(queue.stored), queue.dropped)
        queue.intake.extend((b"", 1))
        queue.admit()
        assert (1, {"sampled": [0, 1, 0, 0, 0]}) == (len(queue.stored), queue.dropped)

    def test_every_other(self) -> None:
        """The least that can be left out is one of two."""
        queue = queue_of(8, one_in=2)
        hand_in(queue, [b"%d" % number for number in range(10)])
        queue.admit()
        assert [0, 1, 2, 3, 5, 7, 9] == [int(line) for line, _, _ in queue.stored]
