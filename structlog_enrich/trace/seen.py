"""What is bound in a context, found once and known until something changes."""

from __future__ import annotations

import gc
from contextvars import Context, ContextVar
from typing import TYPE_CHECKING, Any, Final
from weakref import ref

from structlog.contextvars import STRUCTLOG_KEY_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "KEYS",
    "NEEDED",
    "PRIVATE",
    "SEEN",
    "Handed",
    "Names",
    "Seen",
    "bound_in",
    "can_tell_maps",
    "key_of",
    "map_of",
]

PRIVATE: Final = "_structlog_enrich"
"""The one private key of an event in flight; under it nothing can be bound."""

_CACHE_SIZE: Final = 4_096
_PREFIX_LENGTH: Final = len(STRUCTLOG_KEY_PREFIX)

KEYS: Final[dict[ContextVar[Any], str | None]] = {}
"""What `key_of` has found so far."""


class Names(tuple[str, ...]):
    """The names that the context bound; a class of its own, so that no tuple of a caller or a team is taken for it."""

    __slots__ = ()


class Handed:
    """Hold what the context bound, as it is handed to an `Envelope` past an event that nobody else sees.

    Args:
        bound: Names to values; it is never changed.
    """

    __slots__ = ("bound",)

    def __init__(self, bound: dict[str, Any]) -> None:
        self.bound = bound

    def __repr__(self) -> str:
        return f"<Handed({', '.join(self.bound)})>"


NEEDED: Final = frozenset(
    {"event", "exc", "exc_info", "exception", "positional_args", "stack_info", "_from_structlog", "_record"}
)
"""What the event itself needs in flight: bound, it must be in the event for the stages to find."""


class Seen:
    """Hold what was bound in a context when it was looked at last; copies of the context share it.

    Args:
        bound: Names to values; it is never changed.
        lists: The names and the values as they were found, to be compared with; default those of *bound*.
        is_apart: Whether this context has given up all that it came with, and begun work of its own.

    Attributes:
        names: The names, as one stage hands them to the next; many lines share them.
        handed: Names and values, where they needn't be in the event at all; None where they must.
        map: Returns the map that was looked at, or None when that is gone or was none. Held weakly, since that map
            holds this.
    """

    __slots__ = ("bound", "handed", "is_apart", "lists", "map", "names")

    def __init__(
        self, bound: dict[str, Any], lists: tuple[list[str], list[Any]] | None = None, *, is_apart: bool = False
    ) -> None:
        self.bound = bound
        self.names = Names(bound)
        self.handed = Handed(bound) if NEEDED.isdisjoint(bound) else None
        self.lists = ([*bound], [*bound.values()]) if lists is None else lists
        self.is_apart = is_apart
        self.map: Callable[[], object] = _none

    def __repr__(self) -> str:
        return f"<Seen({', '.join(self.names)})>"


SEEN: Final[ContextVar[Seen | None]] = ContextVar("_structlog_enrich.seen", default=None)
"""What was seen here since the entry became active; None when nobody has looked."""


def bound_in(context: Context) -> tuple[list[str], list[Any]]:
    """Return what is bound in *context*, through structlog's own variables: the names, and the values."""
    names, values = [], []
    for variable, value in context.items():
        # structlog sets a variable to Ellipsis to unbind it.
        if value is not ... and (key := key_of(variable)) is not None:
            names.append(key)
            values.append(value)
    return names, values


def key_of(variable: ContextVar[Any]) -> str | None:
    """Return the name that *variable* binds, or None when it is of no concern to structlog."""
    try:
        return KEYS[variable]
    except KeyError:
        # Bounded: a process that makes variables without end must not be held by us.
        if len(KEYS) >= _CACHE_SIZE:
            KEYS.clear()
        name = variable.name
        key = name[_PREFIX_LENGTH:] if name.startswith(STRUCTLOG_KEY_PREFIX) else None
        KEYS[variable] = key = None if key == PRIVATE else key
        return key


def map_of(context: Context) -> object:
    """Return the immutable map behind *context*: the same object means that no variable was set in between.

    It is asked for as the garbage collector asks, which is the only way to see it.
    """
    return gc.get_referents(context)[0]


def can_tell_maps() -> bool:
    """Return whether this interpreter's contexts are made the way `map_of` relies on; then `Seen.map` may be set."""
    before = Context()
    same, after = before.copy(), before.copy()
    after.run(SEEN.set, None)
    try:
        maps = [map_of(before), map_of(same), map_of(after)]
        return maps[0] is maps[1] is not maps[2] is ref(maps[2])()
    except (IndexError, TypeError):
        return False


def _none() -> None:
    return None
