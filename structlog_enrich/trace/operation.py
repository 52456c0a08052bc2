"""What one entry into this process is called, and what was bound while it ran."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from structlog.exceptions import DropEvent

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Context, Token

__all__ = ["Operation", "cleaned"]

_MAX_NAME: Final = 256
_NOT_PRINTABLE: Final = "\N{REPLACEMENT CHARACTER}"


class Operation:
    """Hold what all spans of one entry into this process share; every copied context sees the same object.

    Args:
        name: The low-cardinality name known at the start, cleaned: the task, the command, the method of a request.
        resolve: Asked for a closer name until it returns one; for a request, whose route is found by the framework
            only after the entry. It must be cheap and must not raise.

    Attributes:
        noted: What was bound for this entry, as far as the library saw it: name to value, Ellipsis for what was
            unbound. It reaches where a context variable doesn't: back from a thread or a task, which have copies.
        aside: What was bound for it in a context that had given up all that it came with: that began work of its own,
            as an audit or a job does, and contradicts nothing.
        before: The context as it was when it became active last, with what was bound again there; None until then, and
            after the end of one that began within another that had ended.
        is_over: Whether the entry has ended.
        home: Tells the context in which it became active last from the copies of it; None until then, and after its
            end.
        own: A name that the adapter bound, and its value; None when there is none.
    """

    __slots__ = ("_name", "_resolve", "aside", "before", "home", "is_over", "noted", "own")

    def __init__(self, name: str, resolve: Callable[[], str | None] | None = None) -> None:
        self._name = name
        self._resolve = resolve
        self.noted: dict[str, Any] = {}
        self.aside: dict[str, Any] = {}
        self.own: tuple[str, Any] | None = None
        self.before: Context | None = None
        self.is_over = False
        self.home: Token[Any] | None = None

    def __repr__(self) -> str:
        return f"<Operation({self._name!r})>"

    @property
    def name(self) -> str:
        """The closest name known so far."""
        if self._resolve is not None and (found := self._resolve()):
            self._name = cleaned(found)
            self._resolve = None
        return self._name

    def settle(self, name: str) -> None:
        """Take *name*, cleaned, for the closest there will be."""
        self._name = name
        self._resolve = None

    @property
    def settled(self) -> bool:
        """Whether the name will not change any more."""
        return self._resolve is None


def cleaned(text: Any) -> str:
    """Return *text* as the header may hold it: printable, at most 256 characters.

    >>> cleaned("charge\\ncard")
    'charge\ufffdcard'
    """
    if type(text) is not str:
        try:
            text = str.__str__(text if issubclass(type(text), str) else str(text))
        except (Exception, DropEvent):  # noqa: BLE001 (its own __str__ is broken)
            return _NOT_PRINTABLE
    if text.isprintable() and len(text) <= _MAX_NAME:
        return cast("str", text)
    return "".join(each if each.isprintable() else _NOT_PRINTABLE for each in text[:_MAX_NAME])
