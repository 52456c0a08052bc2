"""A memory of answers that has an end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LONGEST_KEY", "BoundedCache"]

LONGEST_KEY: Final = 256
"""Answers for longer texts aren't remembered."""

_Found = TypeVar("_Found")


class BoundedCache(dict["str | int", _Found], Generic[_Found]):
    """Remember what a function returned for a key; a process that makes keys without end starts over.

    Its `__getitem__` is the cheapest way to ask: no Python code runs for a key that is known.

    Args:
        function: What is asked once for each key.
        size: How many answers are remembered.

    >>> lengths = BoundedCache(len, size=2)
    >>> [lengths[word] for word in ("a", "bc", "def")], len(lengths)
    ([1, 2, 3], 1)
    """

    __slots__ = ("_function", "_size")

    def __init__(self, function: Callable[..., _Found], size: int = 4_096) -> None:
        super().__init__()
        self._function = function
        self._size = size

    def __missing__(self, key: str | int) -> _Found:
        found = self._function(key)
        if isinstance(key, int) or len(key) <= LONGEST_KEY:
            if len(self) >= self._size:
                self.clear()
            self[key] = found
        return found
