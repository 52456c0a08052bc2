"""Merge what `bind_contextvars` bound for this request or task."""

from __future__ import annotations

from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING, Any, Final

from structlog.contextvars import STRUCTLOG_KEY_PREFIX

from structlog_enrich.processors.inflight import PRIVATE, InFlight, in_flight

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

__all__ = ["MergeContext", "renewed"]

_CACHE_SIZE: Final = 4_096
_PREFIX_LENGTH: Final = len(STRUCTLOG_KEY_PREFIX)


class MergeContext:
    """Merge the names bound by `bind_contextvars` into the event, each only where the event has none.

    The call site and `log.bind()` win over the context. Which names were bound is noted, so that `Envelope` can tell
    context from payload. Reads structlog's own variables, so whatever else binds through structlog is seen too.

    Source: `structlog.contextvars.merge_contextvars`, to whose result it is held by a test, at a third of its cost: a
    variable's name is looked at once and not on each event.

    >>> from structlog.contextvars import bound_contextvars
    >>> with bound_contextvars(request_id="req-1", user_id="u-1"):
    ...     event = MergeContext()(None, "info", {"event": "paid", "user_id": "u-2"})
    >>> event["request_id"], event["user_id"]
    ('req-1', 'u-2')
    """

    __slots__ = ("_keys",)

    def __init__(self) -> None:
        self._keys: dict[ContextVar[Any], str | None] = {}

    def __repr__(self) -> str:
        return "MergeContext()"

    def __reduce__(self) -> tuple[type[MergeContext], tuple[()]]:
        return MergeContext, ()

    def __call__(self, logger: WrappedLogger, method_name: str, event_dict: EventDict) -> EventDict:
        keys = self._keys
        flight = InFlight()
        if PRIVATE in event_dict:
            flight.aside = in_flight(event_dict).aside
        for variable, value in copy_context().items():
            try:
                key = keys[variable]
            except KeyError:
                key = self._learn(variable)
            # structlog sets a variable to Ellipsis to unbind it.
            if key is not None and value is not Ellipsis:
                flight.append(key)
                if key not in event_dict:
                    event_dict[key] = value
                elif key == "event":
                    flight.put_aside("context", {key: value})
        event_dict[PRIVATE] = flight
        return event_dict

    def _learn(self, variable: ContextVar[Any]) -> str | None:
        # Bounded: a process that makes variables without end must not be held by us.
        if len(self._keys) >= _CACHE_SIZE:
            self._keys.clear()
        key = _key_of(variable)
        self._keys[variable] = key
        return key


def renewed(flight: object) -> InFlight:
    """Return the note of an event that has lost its own, with the names that are bound now.

    Args:
        flight: What a team's processor left in its place, or a note that never had the names.
    """
    made = InFlight(
        key
        for variable, value in copy_context().items()
        if (key := _key_of(variable)) is not None and value is not Ellipsis
    )
    if type(flight) is InFlight:
        made.aside = flight.aside
    return made


def _key_of(variable: ContextVar[Any]) -> str | None:
    name = variable.name
    if name.startswith(STRUCTLOG_KEY_PREFIX) and name != STRUCTLOG_KEY_PREFIX + PRIVATE:
        return name[_PREFIX_LENGTH:]
    return None
