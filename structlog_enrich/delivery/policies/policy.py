"""What a policy must offer."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Protocol, Self

from structlog_enrich.exceptions import ConfigurationError

if TYPE_CHECKING:
    from structlog_enrich.delivery.queue import Queue

__all__ = ["Policy", "WithoutState", "part_of_budget"]


class Policy(Protocol):
    """Decide on what is handed over when it isn't sure that all of it has room.

    One thread at a time calls its methods: the one that decides on lines, or one that logs where there is no other. Its
    attributes any thread may read, also one that logs where the deciding one is late. A policy belongs to one writer.

    Attributes:
        blocks: Whether the caller waits for room.
        free: Bytes and records that may be stored without asking.
        elsewhere: How many records it keeps outside the memory.
    """

    blocks: bool

    @property
    def free(self) -> tuple[int, int]: ...

    @property
    def elsewhere(self) -> int: ...

    def begin(self, max_bytes: int, max_records: int) -> Policy:
        """Return the policy for a budget of so many bytes and records."""
        ...

    def admit(self, queue: Queue) -> None:
        """Look at `queue.held.oldest()`, and call `queue.store_next()` or `queue.drop_next()`, again and again."""
        ...

    def abandon(self, queue: Queue, reason: str) -> None:
        """Lose what is kept elsewhere, oldest first, by `queue.drop()`, and keep it no longer."""
        ...

    def forget(self) -> None:
        """Leave to the parent, in a forked child, what is kept elsewhere."""
        ...


class WithoutState:
    """Be a policy that keeps nothing by itself."""

    __slots__ = ("_budget",)

    blocks = False

    def __init__(self) -> None:
        self._budget = (0, 0)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    @property
    def elsewhere(self) -> int:
        return 0

    @property
    def free(self) -> tuple[int, int]:
        return self._budget

    def begin(self, max_bytes: int, max_records: int) -> Self:
        made = copy(self)
        made._budget = max_bytes, max_records  # noqa: SLF001 (our own copy)
        return made

    def abandon(self, queue: Queue, reason: str) -> None:
        return

    def forget(self) -> None:
        return


def part_of_budget(name: str, value: float) -> float:
    """Return *value*, which is a part of the budget.

    Raises:
        ConfigurationError: It isn't between 0 and 1.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1:
        raise ConfigurationError(name, "must be between 0 and 1", received=f"{value!r:.80}")
    return value
