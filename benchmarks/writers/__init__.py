"""Ways to hand a finished line to a thread that writes it: one adapter a file.

What isn't ours is imported by the adapter when it is asked for: it belongs to the group `bench`, and to no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Handing"]


class Handing(Protocol):
    """Describe what an adapter module offers."""

    @property
    def NAME(self) -> str:  # noqa: N802 (a constant of the module)
        """The writer's name in the tables."""

    @property
    def ABOUT(self) -> str:  # noqa: N802 (likewise)
        """How it is set up, for the page."""

    def start(self, fd: int) -> Callable[[bytes], object]:
        """Start what writes to *fd*, and return what hands it a line."""
