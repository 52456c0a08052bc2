"""What is said of an exception."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any, Final

from structlog.exceptions import DropEvent

from structlog_enrich.fingerprint import fingerprint
from structlog_enrich.said import report_fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

__all__ = ["describe_error", "least_description", "type_name"]

_MAX_CAUSES: Final = 16
_MAX_MEMBERS: Final = 16
_MAX_GROUP_DEPTH: Final = 4
_MAX_NOTES: Final = 16
_MAX_DESCRIBED: Final = 256
_MAX_TRACED: Final = 64


def describe_error(
    error: BaseException, stack: TracebackType | None = None, cuts: list[str] | None = None
) -> dict[str, Any]:
    """Return the `error` object of *error*, with its stack and fingerprint.

    Args:
        error: The exception; it is not changed.
        stack: Its traceback, which a logging record may carry when the exception has lost its own.
        cuts: Where each cut is noted as `path:rule`.

    >>> describe_error(KeyError("order")).keys() >= {"type", "message", "fingerprint"}
    True
    """
    details = _head(error)
    if stack is not None:
        details["stack"] = _stack(error, stack)
    _Description([] if cuts is None else cuts).complete(details, error, "error")
    details["fingerprint"] = _fingerprint(error, stack)
    return details


def least_description(error: BaseException) -> dict[str, Any]:
    """Return what can be said of an exception whose own code fails: its type."""
    name = type_name(type(error))
    return {"type": name, "message": f"<{name}>", "fingerprint": fingerprint(name)}


class _Description:
    """Add notes, causes and members to what is said of an exception, within one bound for all of them.

    A group may well be the context of its own member, so nothing is described within itself.
    """

    __slots__ = ("active", "cuts", "left")

    def __init__(self, cuts: list[str]) -> None:
        self.active: set[int] = set()
        self.cuts = cuts
        self.left = _MAX_DESCRIBED

    def complete(self, details: dict[str, Any], error: BaseException, path: str, depth: int = 1) -> None:
        self._add_notes(details, error, path)
        added = {id(error)} - self.active
        self.active |= added
        causes: list[dict[str, Any]] = []
        for each, relation in _chain(error):
            if id(each) in self.active:
                break
            if len(causes) >= _MAX_CAUSES or self.left <= 0:
                self.cuts.append(f"{path}.causes:max_causes")
                break
            self.left -= 1
            cause = _head(each)
            here = f"{path}.causes[{len(causes)}]"
            self._add_notes(cause, each, here)
            added.add(id(each))
            self.active.add(id(each))
            self._add_members(cause, each, here, depth)
            cause["relation"] = relation
            causes.append(cause)
        if causes:
            details["causes"] = causes
        self._add_members(details, error, path, depth)
        self.active -= added

    def _add_notes(self, details: dict[str, Any], error: BaseException, path: str) -> None:
        # Assigned by hand, `__notes__` can be anything.
        given = getattr(error, "__notes__", None)
        if not isinstance(given, list):
            return
        if len(given) > _MAX_NOTES:
            self.cuts.append(f"{path}.notes:max_notes")
        if notes := [note for note in given[:_MAX_NOTES] if type(note) is str]:
            details["notes"] = notes

    def _add_members(self, details: dict[str, Any], error: BaseException, path: str, depth: int) -> None:
        if not isinstance(error, BaseExceptionGroup):
            return
        members: list[dict[str, Any]] = []
        for member in error.exceptions:
            if id(member) in self.active:
                continue
            if len(members) >= _MAX_MEMBERS or depth > _MAX_GROUP_DEPTH or self.left <= 0:
                self.cuts.append(f"{path}.exceptions:max_exceptions")
                break
            self.left -= 1
            described = _head(member)
            self.complete(described, member, f"{path}.exceptions[{len(members)}]", depth + 1)
            members.append(described)
        if members:
            details["exceptions"] = members


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
            # Not by `format_exception`, which others replace by one that shows what failed with its message.
            return "".join(traceback.TracebackException(type(error), error, stack, compact=True).format()).rstrip("\n")
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


def _chain(error: BaseException) -> Iterator[tuple[BaseException, str]]:
    seen = {id(error)}
    for _ in range(_MAX_CAUSES + 1):
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
