"""Who looks for secrets in an event: one adapter a file.

What isn't ours is imported by the adapter when it is asked for: it belongs to the group `bench`, and to no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Scrubber"]


class Scrubber(Protocol):
    """Describe what an adapter module offers."""

    @property
    def NAME(self) -> str:  # noqa: N802 (a constant of the module)
        """The scrubber's name in the tables."""

    @property
    def ABOUT(self) -> str:  # noqa: N802 (likewise)
        """What it looks at and what not, for the page."""

    def prepared(self, event: dict[str, Any]) -> Any:
        """Return the event as the scrubber gets it where it is used."""

    def build(self) -> Callable[[Any], Any]:
        """Return a call that scrubs what was prepared, in place or as what it returns."""

    def left(self, given: Any, returned: Any) -> Any:
        """Return what is left of what was *given*, by what the call *returned* for it."""
