"""A promise, and the first thing found that breaks it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Verdict", "judged"]

_Thing = TypeVar("_Thing")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Say whether a promise holds.

    Attributes:
        claim: What was examined and what should be true of it.
        broken_by: What shows that it isn't; None when nothing does.
    """

    claim: str
    broken_by: str | None = None

    @property
    def holds(self) -> bool:
        """Whether the promise is kept."""
        return self.broken_by is None


def judged(claim: str, kind: str, things: Sequence[_Thing], fault_of: Callable[[_Thing], str | None]) -> Verdict:
    """Return the verdict on *claim*: broken by the first of *things* that has a fault, and by there being none.

    Args:
        claim: What should be true of all of them.
        kind: What one of them is called; they are counted from 1.
        things: What to examine.
        fault_of: Says what is wrong with one, or None.

    >>> judged("all are even", "number", [2, 3], lambda number: f"{number} is odd" if number % 2 else None).broken_by
    'number 2: 3 is odd'
    """
    for number, each in enumerate(things, start=1):
        if (fault := fault_of(each)) is not None:
            return Verdict(claim, f"{kind} {number}: {fault}")
    return Verdict(claim) if things else Verdict(claim, f"there is no {kind} to look at")
