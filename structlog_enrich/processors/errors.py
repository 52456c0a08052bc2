"""Turn an exception into a structured error."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any

from structlog.exceptions import DropEvent
from structlog.processors import StackInfoRenderer

from structlog_enrich.processors.description import describe_error, least_description
from structlog_enrich.processors.inflight import PRIVATE, Handed, InFlight, Names, merged
from structlog_enrich.said import report_fault, said_apart

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

__all__ = ["ErrorDetails"]


class ErrorDetails:
    """Describe the event's exception: type, message, stack, notes, causes, group members and a fingerprint.

    It takes `exc_info` (True, an exception, or the tuple of `sys.exc_info()`), else `exception` or `exc` when its
    value is an exception. A caller's `error=` is payload and stays. `stack_info=True` becomes `stack`, as in
    structlog. Values of local variables are never written. Of notes, causes and members the first 16 of each are
    written, of all exceptions together at most 256; `truncated` names what was left out.

    Args:
        key: Where to put the description, replacing what is there. None hands it to the `Envelope` that follows,
            which keeps it apart from any payload of that name.

    >>> stage = ErrorDetails(key="error")
    >>> event = stage(None, "error", {"event": "declined", "exc": ValueError("no funds")})
    >>> event["error"]["type"], event["error"]["message"]
    ('ValueError', 'no funds')
    """

    __slots__ = ("_render_stack", "key")

    key: str | None

    def __init__(self, *, key: str | None = None) -> None:
        self.key = key
        self._render_stack = StackInfoRenderer(additional_ignores=["structlog_enrich"])

    def __repr__(self) -> str:
        return "ErrorDetails()" if self.key is None else f"ErrorDetails(key={self.key!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self.key,)

    def __call__(self, logger: WrappedLogger, method_name: str, event_dict: EventDict) -> EventDict:
        # Four look-ups are faster than any set operation on so few names.
        if not (
            "exc_info" in event_dict or "exception" in event_dict or "exc" in event_dict or "stack_info" in event_dict
        ):
            return event_dict
        if "stack_info" in event_dict:
            event_dict = self._with_stack(logger, method_name, event_dict)
        # What it is asked, its truth or what it says of itself, is someone else's code, and may log.
        with said_apart():
            taken = _take_exception(event_dict)
        if taken is None:
            return event_dict
        error, stack = taken
        cuts: list[str] = []
        with said_apart():
            try:
                details = describe_error(error, stack or error.__traceback__, cuts)
            except (Exception, DropEvent) as failure:  # noqa: BLE001 (it may redefine what exceptions are made of)
                report_fault("ErrorDetails", failure)
                details = least_description(error)
        if self.key is None:
            _hand_over(event_dict, details, cuts)
        else:
            event_dict[self.key] = details
        return event_dict

    def _with_stack(self, logger: WrappedLogger, method_name: str, event_dict: EventDict) -> EventDict:
        wanted = event_dict["stack_info"]
        if wanted is None or wanted is False:
            del event_dict["stack_info"]
        elif wanted is True:
            try:
                return self._render_stack(logger, method_name, event_dict)
            except Exception as failure:  # noqa: BLE001 (a module's loader runs to read its source)
                report_fault("ErrorDetails", failure)
        return event_dict


def _rebuild(key: str | None) -> ErrorDetails:
    return ErrorDetails(key=key)


def _hand_over(event_dict: EventDict, details: dict[str, Any], cuts: list[str]) -> None:
    flight: Any = event_dict.get(PRIVATE)
    if type(flight) is Handed:
        flight = merged(event_dict, flight)
    if type(flight) is not InFlight:
        # What a team's processor may have made of the list holds nothing of the event.
        flight = event_dict[PRIVATE] = InFlight(flight if type(flight) is Names else None)
    flight.put_aside("error", details)
    if cuts:
        flight.put_aside("truncated", dict.fromkeys(cuts))


def _take_exception(event_dict: EventDict) -> tuple[BaseException, TracebackType | None] | None:
    given = event_dict.pop("exc_info", None)
    if _is_exception(given):
        return given, None
    if type(given) is tuple and len(given) == 3 and _is_exception(given[1]):  # noqa: PLR2004 (type, value, traceback)
        return given[1], given[2] if type(given[2]) is TracebackType else None
    if _is_wanted(given):
        if (active := sys.exc_info()[1]) is not None:
            return active, None
        if given is not True:
            event_dict["exc_info"] = given
    for name in ("exception", "exc"):
        if _is_exception(event_dict.get(name)):
            return event_dict.pop(name), None
    return None


def _is_exception(value: object) -> bool:
    # By its type: `isinstance` believes a `__class__` that lies and wakes lazy proxies.
    return issubclass(type(value), BaseException)


def _is_wanted(given: Any) -> bool:
    if type(given) is tuple:
        # `sys.exc_info()` outside any handler.
        return any(each is not None for each in given)
    try:
        return bool(given)
    except (Exception, DropEvent):  # noqa: BLE001 (no truth of its own, as an array: something was given)
        return True
