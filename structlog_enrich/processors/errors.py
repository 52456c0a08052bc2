"""Turn an exception into a structured error."""

from __future__ import annotations

import sys
import traceback
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from structlog.exceptions import DropEvent
from structlog.processors import StackInfoRenderer

from structlog_enrich.fingerprint import fingerprint
from structlog_enrich.processors.inflight import PRIVATE, InFlight, Names, report_fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from structlog.typing import EventDict, WrappedLogger

__all__ = ["ErrorDetails", "describe_error"]

_MAX_CAUSES: Final = 16
_MAX_MEMBERS: Final = 16
_MAX_GROUP_DEPTH: Final = 4
_MAX_NOTES: Final = 16
_MAX_TRACED: Final = 64


class ErrorDetails:
    """Describe the event's exception: type, message, stack, notes, causes, group members and a fingerprint.

    It takes `exc_info` (True, an exception, or the tuple of `sys.exc_info()`), else `exception` or `exc` when its
    value is an exception. A caller's `error=` is payload and stays. `stack_info=True` becomes `stack`, as in
    structlog. Values of local variables are never written. Of notes, causes and members the first 16 are, each.

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
        taken = _take_exception(event_dict)
        if taken is None:
            return event_dict
        error, stack = taken
        try:
            details = describe_error(error, stack or error.__traceback__)
        except (Exception, DropEvent) as failure:  # noqa: BLE001 (a class that redefines what exceptions are made of)
            report_fault("ErrorDetails", failure)
            details = _least(error)
        if self.key is None:
            _hand_over(event_dict, details)
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


def _hand_over(event_dict: EventDict, details: dict[str, Any]) -> None:
    flight = event_dict.get(PRIVATE)
    if type(flight) is not InFlight:
        # What a team's processor may have made of the list holds nothing of the event.
        flight = event_dict[PRIVATE] = InFlight(flight if type(flight) is Names else None)
    flight.put_aside("error", details)


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


def describe_error(error: BaseException, stack: TracebackType | None = None) -> dict[str, Any]:
    """Return the `error` object of *error*, with its stack and fingerprint.

    Args:
        error: The exception; it is not changed.
        stack: Its traceback, which a logging record may carry when the exception has lost its own.

    >>> describe_error(KeyError("order")).keys() >= {"type", "message", "fingerprint"}
    True
    """
    details = _head(error)
    if stack is not None:
        details["stack"] = _stack(error, stack)
    _add_notes(details, error)
    if causes := [_cause(each, relation) for each, relation in _chain(error)]:
        details["causes"] = causes
    _add_members(details, error, depth=1)
    details["fingerprint"] = _fingerprint(error, stack)
    return details


def _least(error: BaseException) -> dict[str, Any]:
    name = type_name(type(error))
    return {"type": name, "message": f"<{name}>", "fingerprint": fingerprint(name)}


def _head(error: BaseException) -> dict[str, Any]:
    return {"type": type_name(type(error)), "message": _message(error)}


def type_name(kind: type) -> str:
    """Return the qualified name of a type; builtins go without their module.

    >>> type_name(ValueError), type_name(DropEvent)
    ('ValueError', 'structlog.exceptions.DropEvent')
    """
    try:
        module, name = kind.__module__, kind.__qualname__
    except (Exception, DropEvent):  # noqa: BLE001 (a metaclass may break even this)
        return "object"
    if type(module) is not str or type(name) is not str or not name:
        return "object"
    return name if module == "builtins" else f"{module}.{name}"


def _message(error: BaseException) -> str:
    try:
        # A subclass of str may come back, with a life of its own.
        return str.__str__(str(error))
    except (Exception, DropEvent) as failure:  # noqa: BLE001 (its own __str__ is broken)
        report_fault("ErrorDetails", failure)
        return f"<{type_name(type(error))}>"


def _stack(error: BaseException, stack: TracebackType) -> str:
    if _is_short(error):
        try:
            return "".join(traceback.format_exception(type(error), error, stack)).rstrip("\n")
        except (Exception, DropEvent) as failure:  # noqa: BLE001 (a part of it has a broken repr)
            report_fault("ErrorDetails", failure)
    return "".join(traceback.format_tb(stack)).rstrip("\n")


def _is_short(error: BaseException) -> bool:
    # The standard library renders the whole chain and all members, however many; past this it would cost seconds.
    pending: list[BaseException] = [error]
    seen: set[int] = set()
    while pending:
        each = pending.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if isinstance(each, BaseExceptionGroup):
            pending.extend(each.exceptions[:_MAX_TRACED])
        pending.extend(following for following in (each.__cause__, each.__context__) if following is not None)
        if len(seen) + len(pending) > _MAX_TRACED:
            return False
    return True


def _add_notes(details: dict[str, Any], error: BaseException) -> None:
    # Assigned by hand, `__notes__` can be anything.
    given = getattr(error, "__notes__", None)
    if isinstance(given, list) and (notes := [note for note in given[:_MAX_NOTES] if type(note) is str]):
        details["notes"] = notes


def _chain(error: BaseException) -> Iterator[tuple[BaseException, str]]:
    seen = {id(error)}
    for _ in range(_MAX_CAUSES):
        if error.__cause__ is not None:
            following, relation = error.__cause__, "cause"
        elif error.__context__ is not None and not error.__suppress_context__:
            following, relation = error.__context__, "context"
        else:
            return
        if id(following) in seen:
            return
        seen.add(id(following))
        yield following, relation
        error = following


def _cause(error: BaseException, relation: str) -> dict[str, Any]:
    details = _head(error)
    _add_notes(details, error)
    _add_members(details, error, depth=1)
    details["relation"] = relation
    return details


def _add_members(details: dict[str, Any], error: BaseException, depth: int) -> None:
    if isinstance(error, BaseExceptionGroup) and depth <= _MAX_GROUP_DEPTH:
        members = []
        for member in error.exceptions[:_MAX_MEMBERS]:
            described = _head(member)
            _add_notes(described, member)
            _add_members(described, member, depth + 1)
            members.append(described)
        details["exceptions"] = members


def _fingerprint(error: BaseException, stack: TracebackType | None) -> str:
    # Where it happened by function and not by line, what it was by type and not by message: so the same bug keeps its
    # fingerprint when the file above it grows, or when the message holds an id.
    parts = [_trail(error, stack)]
    parts += (_trail(each, each.__traceback__) for each, _ in _chain(error))
    if isinstance(error, BaseExceptionGroup):
        # In no order and once each: which task failed first, and how many did, is chance.
        parts += sorted({_trail(each, each.__traceback__) for each in error.exceptions[:_MAX_MEMBERS]})
    return fingerprint(*parts)


def _trail(error: BaseException, stack: TracebackType | None) -> str:
    frames = (frame for frame, _ in traceback.walk_tb(stack))
    places = (f"{frame.f_globals.get('__name__', '')}:{frame.f_code.co_qualname}" for frame in frames)
    return "\n".join((type_name(type(error)), *places))
