"""What one entry into this process is called, and what was bound while it ran."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Operation"]

_MAX_NAME = 256


class Operation:
    """Hold what all spans of one entry into this process share; every copied context sees the same object.

    Args:
        name: The low-cardinality name known at the start: the task, the command, the method of a request.
        resolve: Asked for a closer name until it returns one; for a request, whose route is found by the framework
            only after the entry. It must be cheap and must not raise.

    Attributes:
        noted: What was bound for this entry, as far as the library saw it: name to value, Ellipsis for what was
            unbound. It reaches where a context variable doesn't: back from a thread or a task, which have copies.
    """

    __slots__ = ("_name", "_resolve", "noted")

    def __init__(self, name: str, resolve: Callable[[], str | None] | None = None) -> None:
        self._name = name[:_MAX_NAME]
        self._resolve = resolve
        self.noted: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"<Operation({self._name!r})>"

    @property
    def name(self) -> str:
        """The closest name known so far."""
        if self._resolve is not None and (found := self._resolve()) is not None:
            self._name = found[:_MAX_NAME]
            self._resolve = None
        return self._name

    @property
    def settled(self) -> bool:
        """Whether the name will not change any more."""
        return self._resolve is None
