"""Fit positional arguments into a message, the way `%` does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from structlog.exceptions import DropEvent

if TYPE_CHECKING:
    from structlog.typing import EventDict

__all__ = ["interpolated"]


def interpolated(event_dict: EventDict) -> EventDict:
    """Fit the event's `positional_args` into its message; keep both as they are when they don't fit.

    One non-empty mapping is used by name, as in structlog and the standard library.

    >>> interpolated({"event": "%d of %d", "positional_args": (1, 2)})
    {'event': '1 of 2'}
    >>> interpolated({"event": "100% of", "positional_args": (1, 2)})
    {'event': '100% of', 'positional_args': (1, 2)}
    """
    given: Any = event_dict["positional_args"]
    message: Any = event_dict.get("event")
    # By its type: `isinstance` believes a `__class__` that lies, and asks one that fails.
    if issubclass(type(message), str) and type(given) is tuple:
        try:
            by_name = len(given) == 1 and isinstance(given[0], Mapping) and given[0]
            event_dict["event"] = message % (given[0] if by_name else given) if given else message
        except (Exception, DropEvent):  # noqa: BLE001 (what doesn't fit is kept for the payload)
            return event_dict
        del event_dict["positional_args"]
    return event_dict
