"""What travels with an event between the stages without being part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from structlog_enrich.trace.seen import PRIVATE, Handed, Names

if TYPE_CHECKING:
    from structlog.typing import EventDict

__all__ = ["PRIVATE", "Handed", "InFlight", "Names", "in_flight", "merged"]


class InFlight:
    """Carry what `Envelope` must know and no processor of a team needs to see.

    Attributes:
        names: The names that the context bound, or None when no stage has read it. Never a bound value: a processor
            that hashed or deleted one must be believed.
        aside: Parts of the line that can't stand in the flat event: `error`, made of an exception, and under `payload`
            and `context` values whose names the event itself needs in flight, such as `event`.
    """

    __slots__ = ("aside", "names")

    def __init__(self, names: Names | None = None) -> None:
        self.names = names
        self.aside: dict[str, dict[str, Any]] = {}

    def __repr__(self) -> str:
        return f"<InFlight(names={self.names!r})>"

    def put_aside(self, part: str, values: dict[str, Any]) -> None:
        """Add *values* to the *part* of the line of that name."""
        self.aside.setdefault(part, {}).update(values)


def in_flight(event_dict: EventDict) -> InFlight:
    """Return the event's `InFlight`, put there when it has none, before any stage has read the context.

    A caller's own value under that name is data like any other: it is set aside for the payload.
    """
    found = event_dict.get(PRIVATE)
    if type(found) is InFlight:
        return found
    made = InFlight()
    if PRIVATE in event_dict:
        made.put_aside("payload", {PRIVATE: found})
    event_dict[PRIVATE] = made
    return made


def merged(event_dict: EventDict, handed: Handed) -> Names:
    """Merge what was *handed* past the event into it, each name only where it has none, and return the names."""
    for name, value in handed.bound.items():
        event_dict.setdefault(name, value)
    return Names(handed.bound)
