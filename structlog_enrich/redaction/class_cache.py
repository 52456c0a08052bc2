"""A memory of what is known of classes, which keeps none of them alive."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ClassCache"]

_SIZE: Final = 1_024

_Found = TypeVar("_Found")


class ClassCache(Generic[_Found]):
    """Remember what a function returned for a class; a process that makes classes without end starts over.

    A class is told by identity, since its metaclass may define what is equal, and fail at it.

    Args:
        function: What is asked once for each class.
        otherwise: What counts when it raises.

    >>> names = ClassCache(lambda kind: kind.__name__, "?")
    >>> names.of(int), len(names)
    ('int', 1)
    """

    __slots__ = ("_function", "_known", "_otherwise")

    def __init__(self, function: Callable[[type], _Found], otherwise: _Found) -> None:
        self._function = function
        self._otherwise = otherwise
        self._known: dict[int, tuple[weakref.ref[type], _Found]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def of(self, kind: type) -> _Found:
        """Return what is known of a class; never raises."""
        number = id(kind)
        known = self._known.get(number)
        if known is not None and known[0]() is kind:
            return known[1]
        try:
            found = self._function(kind)
        except Exception:  # noqa: BLE001 (a class that can't be read)
            found = self._otherwise
        if len(self._known) >= _SIZE:
            self._known.clear()
        # The number of a class that is gone may be another's: then the reference tells.
        self._known[number] = (weakref.ref(kind, lambda gone: self._forget(number, gone)), found)
        return found

    def _forget(self, number: int, gone: weakref.ref[type]) -> None:
        if (known := self._known.get(number)) is not None and known[0] is gone:
            self._known.pop(number, None)
