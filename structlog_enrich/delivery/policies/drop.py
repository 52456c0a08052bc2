"""Lose the newest lines, or the oldest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from structlog_enrich.delivery.policies.policy import WithoutState
from structlog_enrich.delivery.records import OVERHEAD

if TYPE_CHECKING:
    from structlog_enrich.delivery.queue import Queue

__all__ = ["DropNewest", "DropOldest"]


class DropNewest(WithoutState):
    """Lose what has no room: what led to the trouble is kept."""

    __slots__ = ()

    def admit(self, queue: Queue) -> None:
        while queue.held:
            if queue.fits(queue.held.oldest()):
                queue.store_next()
            else:
                queue.drop_next()


class DropOldest(WithoutState):
    """Lose the oldest lines for new ones: what is going on now is kept."""

    __slots__ = ()

    def admit(self, queue: Queue) -> None:
        while queue.held:
            record = queue.held.oldest()
            # One that is larger than all of the budget isn't worth all the others.
            may_fit = len(record[0]) + OVERHEAD <= queue.max_bytes
            while not (fits := queue.fits(record)) and may_fit and queue.drop_oldest():
                pass
            # What is being written at this moment is older still, and can't be lost.
            if fits:
                queue.store_next()
            else:
                queue.drop_next()
