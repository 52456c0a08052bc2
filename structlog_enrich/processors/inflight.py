"""What travels with an event between the stages without being part of it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from structlog.typing import EventDict

__all__ = ["FAULTS", "PRIVATE", "InFlight", "in_flight", "report_fault"]

PRIVATE: Final = "_structlog_enrich"
"""The one private key of an event in flight; its value is an `InFlight`."""

_MAX_FAULTS: Final = 16


class InFlight:
    """Carry what `Envelope` must know and no processor of a team needs to see.

    Attributes:
        names: The names that the context bound; None when no stage has read the context. Never a bound value: a
            processor that hashed or deleted one must be believed.
        error: What `ErrorDetails` made of an exception.
        payload: Keywords of the call whose names the event itself needs in flight, such as `event`.
        context: The same for bound names.
    """

    # Class attributes as defaults: an instance costs one allocation, and most events set only `names`.
    names: list[str] | None = None
    error: dict[str, Any] | None = None
    payload: dict[str, Any] | None = None
    context: dict[str, Any] | None = None

    def __repr__(self) -> str:
        return f"<InFlight(names={self.names!r})>"


def in_flight(event_dict: EventDict) -> InFlight:
    """Return the event's `InFlight`, put there when it has none.

    A caller's own value under that name is data like any other: it is set aside for the payload.
    """
    found = event_dict.get(PRIVATE)
    if type(found) is InFlight:
        return found
    made = InFlight()
    if PRIVATE in event_dict:
        made.payload = {PRIVATE: found}
    event_dict[PRIVATE] = made
    return made


FAULTS: Final[ContextVar[tuple[str, ...]]] = ContextVar("_structlog_enrich.faults", default=())
"""Faults of the event in flight. In a ContextVar, because a team's processor may drop any key of the dict."""


def report_fault(stage: str, error: str) -> None:
    """Note that *stage* failed with an exception of the type named *error*, for the line that is being made.

    Args:
        stage: Which stage: `module.qualname` of a team's processor, the class name of one of ours.
        error: The exception's type and never its message, which may hold the secret that broke the stage.
    """
    faults = FAULTS.get()
    if len(faults) < _MAX_FAULTS:
        FAULTS.set((*faults, f"{stage}:{error}"))
