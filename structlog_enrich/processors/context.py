"""Merge what `bind_contextvars` bound for this request or task."""

from __future__ import annotations

from contextvars import copy_context
from gc import get_referents
from operator import is_
from typing import TYPE_CHECKING, Any
from weakref import ref

from structlog_enrich.processors.inflight import PRIVATE, InFlight, Names, in_flight
from structlog_enrich.said import SAID, claim
from structlog_enrich.trace.context import CURRENT
from structlog_enrich.trace.noting import note_news
from structlog_enrich.trace.seen import KEYS, SEEN, bound_in, can_tell_maps, key_of

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

__all__ = ["MergeContext", "unpacked"]


class MergeContext:
    """Merge the names bound by `bind_contextvars` into the event, each only where the event has none.

    The call site and `log.bind()` win over the context. Reads structlog's own variables, so whatever else binds through
    structlog is seen too.

    Args:
        for_envelope: Note which names were bound, under a private key, for the `Envelope` that follows; it then needn't
            read the context again to tell context from payload. Without one, leave it out: no stage takes it away.

    Source: `structlog.contextvars.merge_contextvars`, to whose result it is held by a test; it costs less, since within
    an entry it looks at the context only when something in it has changed.

    >>> from structlog.contextvars import bound_contextvars
    >>> with bound_contextvars(request_id="req-1", user_id="u-1"):
    ...     MergeContext()(None, "info", {"event": "paid", "user_id": "u-2"})
    {'event': 'paid', 'user_id': 'u-2', 'request_id': 'req-1'}
    """

    __slots__ = ("_can_tell", "for_envelope")

    def __init__(self, *, for_envelope: bool = False) -> None:
        self.for_envelope = for_envelope
        self._can_tell = can_tell_maps()

    def __repr__(self) -> str:
        return f"MergeContext(for_envelope={self.for_envelope})"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self.for_envelope,)

    def _pass_by(self, logger: WrappedLogger, method_name: str, event_dict: EventDict) -> EventDict:
        """Do as the call does for an `Envelope` that follows with nothing but `ErrorDetails` in between.

        Nobody else sees the event, so what is bound passes by it: merged, it would only be taken out again.
        """
        seen = SEEN.get()
        if (
            seen is not None
            and seen.handed is not None
            and seen.map() is get_referents(copy_context())[0]
            and PRIVATE not in event_dict
            and SAID.get() is None
        ):
            event_dict[PRIVATE] = seen.handed
            return event_dict
        return self(logger, method_name, event_dict)

    def __call__(self, logger: WrappedLogger, method_name: str, event_dict: EventDict) -> EventDict:
        said = SAID.get()
        if said is not None and said.facts is not None:
            claim(said, event_dict.get("event"))
        here = copy_context()
        seen = SEEN.get()
        message = None
        # `map_of`, in this frame.
        if seen is not None and seen.map() is get_referents(here)[0]:
            for name, value in seen.bound.items():
                if name not in event_dict:
                    event_dict[name] = value
                elif name == "event":
                    message = {name: value}
        else:
            # `bound_in`, in this frame.
            names, values = [], []
            keys = KEYS
            for variable, value in here.items():
                try:
                    key = keys[variable]
                except KeyError:
                    key = key_of(variable)
                if key is not None and value is not ...:
                    names.append(key)
                    values.append(value)
                    if key not in event_dict:
                        event_dict[key] = value
                    elif key == "event":
                        message = {key: value}
            facts = None if said is None else said.facts
            trace = CURRENT.get()
            shared = None if trace is None else trace._operation  # noqa: SLF001 (kept there for us)
            if shared is None or (facts is not None and facts.is_last):
                seen = None
            # What this line sees, the line that ends the entry must know, though it may stand in another context.
            # By identity: a value's own comparison is a stranger's code, and takes True for 1.
            elif seen is None or seen.lists[0] != names or not all(map(is_, seen.lists[1], values)):
                # That sets a variable; whether others have done so meanwhile, the next line will see.
                seen = note_news(shared, names, values)
            # A line of the library's own has a copy of the context to itself, to which nobody comes back.
            elif facts is None and self._can_tell:
                seen.map = ref(get_referents(here)[0])
        if self.for_envelope:
            bound = Names(names) if seen is None else seen.names
            if PRIVATE in event_dict or message is not None:
                _note(event_dict, bound, message)
            else:
                event_dict[PRIVATE] = bound
        return event_dict


def unpacked(flight: object) -> tuple[Names, dict[str, dict[str, Any]]]:
    """Return the names that are bound, and what was put aside, of an event whose note isn't the plain `Names`.

    Args:
        flight: An `InFlight`, or what a team's processor left in its place: then the context is read again.
    """
    if type(flight) is not InFlight:
        return _bound_names(), {}
    return _bound_names() if flight.names is None else flight.names, flight.aside


def _bound_names() -> Names:
    return Names(bound_in(copy_context())[0])


def _note(event_dict: EventDict, names: Names, message: dict[str, Any] | None) -> None:
    flight = in_flight(event_dict)
    flight.names = names
    if message is not None:
        # The event's own message keeps that name in flight.
        flight.put_aside("context", message)


def _rebuild(for_envelope: bool) -> MergeContext:  # noqa: FBT001 (called by pickle only)
    return MergeContext(for_envelope=for_envelope)
