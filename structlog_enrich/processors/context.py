"""Merge what `bind_contextvars` bound for this request or task."""

from __future__ import annotations

from contextvars import ContextVar, copy_context
from operator import is_
from typing import TYPE_CHECKING, Any, Final

from structlog.contextvars import STRUCTLOG_KEY_PREFIX

from structlog_enrich.processors.inflight import PRIVATE, InFlight, Names, in_flight
from structlog_enrich.said import SAID, claim
from structlog_enrich.trace.binding import SEEN, note_news
from structlog_enrich.trace.context import CURRENT

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

__all__ = ["MergeContext", "unpacked"]

_CACHE_SIZE: Final = 4_096
_PREFIX_LENGTH: Final = len(STRUCTLOG_KEY_PREFIX)


class MergeContext:
    """Merge the names bound by `bind_contextvars` into the event, each only where the event has none.

    The call site and `log.bind()` win over the context. Reads structlog's own variables, so whatever else binds through
    structlog is seen too.

    Args:
        for_envelope: Note which names were bound, under a private key, for the `Envelope` that follows; it then needn't
            read the context again to tell context from payload. Without one, leave it out: no stage takes it away.

    Source: `structlog.contextvars.merge_contextvars`, to whose result it is held by a test; it costs less, since a
    variable's name is looked at once and not on each event.

    >>> from structlog.contextvars import bound_contextvars
    >>> with bound_contextvars(request_id="req-1", user_id="u-1"):
    ...     MergeContext()(None, "info", {"event": "paid", "user_id": "u-2"})
    {'event': 'paid', 'user_id': 'u-2', 'request_id': 'req-1'}
    """

    __slots__ = ("_keys", "for_envelope")

    def __init__(self, *, for_envelope: bool = False) -> None:
        self.for_envelope = for_envelope
        self._keys: dict[ContextVar[Any], str | None] = {}

    def __repr__(self) -> str:
        return f"MergeContext(for_envelope={self.for_envelope})"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self.for_envelope,)

    def __call__(self, logger: WrappedLogger, method_name: str, event_dict: EventDict) -> EventDict:
        said = SAID.get()
        if said is not None and said.facts is not None:
            claim(said, event_dict.get("event"))
        keys = self._keys
        names = Names()
        values = []
        message = None
        for variable, value in copy_context().items():
            try:
                key = keys[variable]
            except KeyError:
                key = self._learn(variable)
            if key is None:
                continue
            # structlog sets a variable to Ellipsis to unbind it.
            if value is not Ellipsis:
                names.append(key)
                values.append(value)
                if key not in event_dict:
                    event_dict[key] = value
                elif key == "event":
                    message = {key: value}
        # What this line sees, the line that ends the entry must know, though it may stand in another context.
        trace = CURRENT.get()
        if trace is not None and (shared := trace._operation) is not None:  # noqa: SLF001 (kept there for us)
            seen = SEEN.get()
            # By identity: a value's own comparison is a stranger's code, and takes True for 1.
            if seen is None or seen[0] != names or not all(map(is_, seen[1], values)):
                note_news(shared, names, values)
        if self.for_envelope:
            if PRIVATE in event_dict or message is not None:
                _note(event_dict, names, message)
            else:
                event_dict[PRIVATE] = names
        return event_dict

    def _learn(self, variable: ContextVar[Any]) -> str | None:
        # Bounded: a process that makes variables without end must not be held by us.
        if len(self._keys) >= _CACHE_SIZE:
            self._keys.clear()
        key = _key_of(variable)
        self._keys[variable] = key
        return key


def unpacked(flight: object) -> tuple[list[str], dict[str, dict[str, Any]]]:
    """Return the names that are bound, and what was put aside, of an event whose note isn't the plain list.

    Args:
        flight: An `InFlight`, or what a team's processor left in its place: then the context is read again.
    """
    if type(flight) is not InFlight:
        return _bound_names(), {}
    return _bound_names() if flight.names is None else flight.names, flight.aside


def _bound_names() -> list[str]:
    items = copy_context().items()
    return [key for variable, value in items if (key := _key_of(variable)) is not None and value is not Ellipsis]


def _note(event_dict: EventDict, names: list[str], message: dict[str, Any] | None) -> None:
    flight = in_flight(event_dict)
    flight.names = names
    if message is not None:
        # The event's own message keeps that name in flight.
        flight.put_aside("context", message)


def _rebuild(for_envelope: bool) -> MergeContext:  # noqa: FBT001 (called by pickle only)
    return MergeContext(for_envelope=for_envelope)


def _key_of(variable: ContextVar[Any]) -> str | None:
    name = variable.name
    if name.startswith(STRUCTLOG_KEY_PREFIX) and name != STRUCTLOG_KEY_PREFIX + PRIVATE:
        return name[_PREFIX_LENGTH:]
    return None
