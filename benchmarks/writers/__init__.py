"""Ways to hand a finished line to a thread that writes it: one adapter a file.

What isn't ours is imported by the adapter when it is asked for: it belongs to the group `bench`, and to no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Handing", "Started", "as_it_is"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """Hold what writes, and is at work.

    Args:
        ready: Makes of a line what is handed over: the line itself, its text, or a record.
        hand_over: Hands that over.
        finish: Waits until all that was handed over, and not dropped, is written, and ends what writes.
    """

    ready: Callable[[bytes], Any]
    hand_over: Callable[[Any], object]
    finish: Callable[[], object]


class Handing(Protocol):
    """Describe what an adapter module offers."""

    @property
    def NAME(self) -> str:  # noqa: N802 (a constant of the module)
        """The writer's name in the tables."""

    @property
    def ABOUT(self) -> str:  # noqa: N802 (likewise)
        """How it is set up, for the page."""

    def start(self, fd: int) -> Started:
        """Start what writes to *fd*."""


def as_it_is(line: bytes) -> bytes:
    """Return *line*, for who takes bytes."""
    return line
