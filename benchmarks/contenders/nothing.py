"""A method that does nothing: what the call itself costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, Final

if TYPE_CHECKING:
    from benchmarks.workload import Workload

__all__ = ["ABOUT", "NAME", "build"]

NAME: Final = "empty method"
ABOUT: Final = "A method with the same keywords and no body."


class _Nothing:
    def debug(self, event: str, **kw: Any) -> None:
        """Do nothing."""


def build(workload: Workload, file: BinaryIO) -> Any:
    """Return the object whose `debug` is empty."""
    return _Nothing()
