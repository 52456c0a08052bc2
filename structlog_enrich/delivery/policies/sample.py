"""Write one of several lines while there are too many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from structlog_enrich.delivery.policies.policy import WithoutState, part_of_budget
from structlog_enrich.delivery.records import ERROR
from structlog_enrich.exceptions import ConfigurationError

if TYPE_CHECKING:
    from structlog_enrich.delivery.queue import Queue

__all__ = ["Sample"]


class Sample(WithoutState):
    """Store one of so many lines once a part of the budget is used, and every error while there is room.

    Args:
        one_in: Of how many lines one is stored.
        start: The part of the budget that is used before any line is left out.

    Raises:
        ConfigurationError: *one_in* is less than 2, or *start* not between 0 and 1.

    >>> Sample(one_in=20)
    Sample(one_in=20, start=0.5)
    """

    __slots__ = ("_count", "one_in", "start")

    def __init__(self, *, one_in: int = 10, start: float = 0.5) -> None:
        super().__init__()
        if type(one_in) is not int or one_in < 2:  # noqa: PLR2004 (one of one is all)
            raise ConfigurationError("one_in", "must be a whole number from 2", received=f"{one_in!r:.80}")
        self.one_in = one_in
        self.start = part_of_budget("start", start)
        self._count = 0

    def __repr__(self) -> str:
        return f"Sample(one_in={self.one_in}, start={self.start})"

    def begin(self, max_bytes: int, max_records: int) -> Self:
        return super().begin(int(max_bytes * self.start), max(1, int(max_records * self.start)))

    def admit(self, queue: Queue) -> None:
        while queue.held:
            record = queue.held.oldest()
            if queue.fits(record, *self._budget):
                queue.store_next()
                continue
            is_chosen = record[1] >= ERROR
            if not is_chosen:
                self._count += 1
                is_chosen = self._count % self.one_in == 0
            if not is_chosen:
                queue.drop_next("sampled")
            elif queue.fits(record):
                queue.store_next()
            else:
                queue.drop_next()
