"""Turn an exception into a structured error."""

from __future__ import annotations

import sys
import traceback
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from structlog.exceptions import DropEvent
from structlog.processors import StackInfoRenderer

from structlog_enrich.processors.inflight import in_flight, report_fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from structlog.typing import EventDict, WrappedLogger

__all__ = ["ErrorDetails", "describe_error"]

_MAX_CAUSES: Final = 16
_MAX_MEMBERS: Final = 16
_MAX_GROUP_DEPTH: Final = 4


class ErrorDetails:
    """Describe the event's exception: type, message, stack, notes, causes, group members and a fingerprint.

    It takes `exc_info` (True, an exception, or the tuple of `sys.exc_info()`), else `exception` or `exc` when its
    value is an exception. A caller's `error=` is payload and stays. `stack_info=True` becomes `stack`, as in
    structlog. Values of local variables are never written.

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
        if event_dict.get("stack_info") is True:
            event_dict = self._render_stack(logger, method_name, event_dict)
        taken = _take_exception(event_dict)
        if taken is not None:
            details = describe_error(*taken)
            if self.key is None:
                in_flight(event_dict).put_aside("error", details)
            else:
                event_dict[self.key] = details
        return event_dict


def _rebuild(key: str | None) -> ErrorDetails:
    return ErrorDetails(key=key)


def _take_exception(event_dict: EventDict) -> tuple[BaseException, TracebackType | None] | None:
    given = event_dict.pop("exc_info", None)
    if isinstance(given, BaseException):
        return given, given.__traceback__
    if isinstance(given, tuple):
        if len(given) == 3 and isinstance(given[1], BaseException):  # noqa: PLR2004 (type, value, traceback)
            return given[1], given[2] or given[1].__traceback__
        if any(given):
            event_dict["exc_info"] = given
    elif given:
        if (active := sys.exc_info()[1]) is not None:
            return active, active.__traceback__
        if given is not True:
            event_dict["exc_info"] = given
    for name in ("exception", "exc"):
        if isinstance(event_dict.get(name), BaseException):
            taken: BaseException = event_dict.pop(name)
            return taken, taken.__traceback__
    return None


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


def _head(error: BaseException) -> dict[str, Any]:
    return {"type": type_name(type(error)), "message": _message(error)}


def type_name(kind: type) -> str:
    """Return the qualified name of a type; builtins go without their module.

    >>> type_name(ValueError), type_name(DropEvent)
    ('ValueError', 'structlog.exceptions.DropEvent')
    """
    module = kind.__module__
    return kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}"


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except (Exception, DropEvent) as failure:  # noqa: BLE001 (its own __str__ is broken)
        report_fault("ErrorDetails", type(failure).__name__)
        return f"<{type_name(type(error))}>"


def _stack(error: BaseException, stack: TracebackType) -> str:
    try:
        return "".join(traceback.format_exception(type(error), error, stack)).rstrip("\n")
    except (Exception, DropEvent) as failure:  # noqa: BLE001 (a part of it has a broken repr)
        report_fault("ErrorDetails", type(failure).__name__)
        return "".join(traceback.format_tb(stack)).rstrip("\n")


def _add_notes(details: dict[str, Any], error: BaseException) -> None:
    notes = getattr(error, "__notes__", None)
    if isinstance(notes, list) and notes:
        details["notes"] = [note for note in notes[:_MAX_CAUSES] if isinstance(note, str)]


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
    digest = blake2b(digest_size=6)
    for each, its_stack in ((error, stack), *((cause, cause.__traceback__) for cause, _ in _chain(error))):
        digest.update(type_name(type(each)).encode(errors="replace"))
        for frame, _ in traceback.walk_tb(its_stack):
            module = frame.f_globals.get("__name__", "")
            digest.update(f"\n{module}:{frame.f_code.co_qualname}".encode(errors="replace"))
        digest.update(b"\0")
    return digest.hexdigest()
