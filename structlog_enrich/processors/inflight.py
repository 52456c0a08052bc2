"""What travels with an event between the stages without being part of it."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from structlog.typing import EventDict

__all__ = ["FAULTS", "PRIVATE", "InFlight", "Names", "fault", "faults_apart", "in_flight", "report_fault"]

PRIVATE: Final = "_structlog_enrich"
"""The one private key of an event in flight: the bound names as a list, or an `InFlight` when there is more to say."""

_MAX_FAULTS: Final = 16
_MAX_NAME: Final = 200


class Names(list[str]):
    """The names that the context bound; a class of its own, so that no list of a caller or a team is taken for it."""

    __slots__ = ()


class InFlight:
    """Carry what `Envelope` must know and no processor of a team needs to see.

    Attributes:
        names: The names that the context bound, or None when no stage has read it. Never a bound value: a processor
            that hashed or deleted one must be believed.
        aside: Parts of the line that can't stand in the flat event: `error`, made of an exception, and under `payload`
            and `context` values whose names the event itself needs in flight, such as `event`.
    """

    __slots__ = ("aside", "names")

    def __init__(self, names: list[str] | None = None) -> None:
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


FAULTS: Final[ContextVar[tuple[str, ...]]] = ContextVar("_structlog_enrich.faults", default=())
"""Faults of the event in flight. In a ContextVar, because a team's processor may drop any key of the dict."""


def report_fault(stage: str, error: BaseException | str) -> None:
    """Note that *stage* failed, for the line that is being made.

    Args:
        stage: Which stage: `module.qualname` of a team's processor, the class name of one of ours.
        error: What it raised, of which only the type is written and never the message, which may hold the secret that
            broke the stage; or a short name where nothing was raised.
    """
    faults = FAULTS.get()
    if len(faults) < _MAX_FAULTS:
        FAULTS.set((*faults, fault(stage, error)))


def fault(stage: str, error: BaseException | str) -> str:
    """Return the text by which `faults` names what happened to *stage*.

    >>> fault("Redact", KeyError("hunter2"))
    'Redact:KeyError'
    """
    # Read past a metaclass, which may lie about it.
    name = error if isinstance(error, str) else type.__dict__["__name__"].__get__(type(error))
    return f"{_bounded(stage)}:{_bounded(name)}"


@contextmanager
def faults_apart() -> Iterator[None]:
    """Keep the event's faults out of the way while someone else's code runs.

    That code may log by itself: its line is another one, and these faults are not its own.
    """
    before = FAULTS.get()
    if not before:
        yield
        return
    FAULTS.set(())
    try:
        yield
    finally:
        FAULTS.set((*before, *FAULTS.get())[:_MAX_FAULTS])


def _bounded(name: str) -> str:
    # A class made at run time can have any name, even one that isn't Unicode.
    return name[:_MAX_NAME].encode(errors="replace").decode()
