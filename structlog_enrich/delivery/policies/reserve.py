"""Keep the last part of the budget for what matters most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from structlog_enrich.delivery.policies.policy import WithoutState, part_of_budget
from structlog_enrich.delivery.records import ERROR, LEVELS, WARNING

if TYPE_CHECKING:
    from structlog_enrich.delivery.queue import Queue

__all__ = ["Reserve"]


class Reserve(WithoutState):
    """Lose the newest lines, those below `warning` first and errors last.

    Args:
        share: The part of the budget that only `warning` and above may use; the last half of it only `error` and above.

    Raises:
        ConfigurationError: A share that isn't between 0 and 1.

    >>> Reserve(0.3)
    Reserve(0.3)
    """

    __slots__ = ("_limits", "share")

    def __init__(self, share: float = 0.25) -> None:
        super().__init__()
        self.share = part_of_budget("share", share)
        self._limits: tuple[tuple[int, int], ...] = ()

    def __repr__(self) -> str:
        return f"Reserve({self.share})"

    def begin(self, max_bytes: int, max_records: int) -> Self:
        made = super().begin(*self._part(max_bytes, max_records, 1 - self.share))
        warnings = self._part(max_bytes, max_records, 1 - self.share / 2)
        limits = dict.fromkeys(range(len(LEVELS)), made.free)
        limits |= {WARNING: warnings} | dict.fromkeys(range(ERROR, len(LEVELS)), (max_bytes, max_records))
        made._limits = tuple(limits.values())  # noqa: SLF001 (our own copy)
        return made

    @staticmethod
    def _part(max_bytes: int, max_records: int, part: float) -> tuple[int, int]:
        return int(max_bytes * part), max(1, int(max_records * part))

    def admit(self, queue: Queue) -> None:
        limits = self._limits
        while queue.held:
            record = queue.held.oldest()
            if queue.fits(record, *limits[record[1]]):
                queue.store_next()
            else:
                queue.drop_next()
