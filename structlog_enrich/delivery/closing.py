"""What is closed at the end of a `with` block."""

from __future__ import annotations

from abc import abstractmethod
from typing import Self

__all__ = ["Closing"]


class Closing:
    """Close at the end of a `with` block."""

    __slots__ = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def close(self, timeout: float = 5.0) -> bool:
        """Close, within *timeout* seconds; return whether nothing was lost by it."""
