"""The last stage that may see new data, and the only one that looks at values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson
from structlog.exceptions import DropEvent

from structlog_enrich.processors.fit import fit
from structlog_enrich.processors.known import KnownNames
from structlog_enrich.processors.limits import DEFAULT_LIMITS, Limits
from structlog_enrich.processors.walk import INT_MAX, INT_MIN, Walk
from structlog_enrich.redaction.markers import marker
from structlog_enrich.redaction.policy import DEFAULT_POLICY, RedactionPolicy
from structlog_enrich.said import fault
from structlog_enrich.schema.fields import CONTEXT_NAMES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from structlog.typing import EventDict, WrappedLogger

    from structlog_enrich.processors.paths import Path

__all__ = ["Redact"]

_FAILED: Final = "error"

# What a plain line is bounded by: six bytes for each character, a key and a number for each value, and the header.
_BYTES_PER_CHARACTER: Final = 6
_BYTES_PER_VALUE: Final = 96
_HEADER_BYTES: Final = 20_480
_PLAIN_ITEMS: Final = 256
_LAST_OF_HEADER: Final = "enrichment"
_NO_ATTRIBUTES: Final[dict[str, Any]] = {}
_BYTES_PER_LINK: Final = 80


class Redact:
    """Mask secrets, render what JSON can't take, and cut to the limits, in this order and in one walk.

    What was masked is named in `redacted`, what was cut in `truncated`, as `path:rule` and never with the value. It
    fails closed: data it could not examine isn't written. The caller's objects are never changed.

    Args:
        policy: What is a secret; None masks nothing by key, and still renders and cuts.
        limits: Where to cut.
        trusted: Top-level names that a stage before filled from trusted sources and that need no look: `HEADER` after
            an `Envelope`. Without it every name of the event is walked, and judged by its key.
        standing: `path:rule` of what was masked at construction in the static header, named on each line.

    Source: `docs/wire-format.md`, "How values are rendered".

    >>> Redact()(None, "info", {"event": "login", "password": "hunter2", "at": b"paris"})
    {'event': 'login', 'password': '[REDACTED:password]', 'at': 'paris', 'redacted': ['password:password']}
    """

    __slots__ = (
        "_all_known",
        "_known",
        "_looks_first",
        "_plain_items",
        "_plain_size",
        "limits",
        "policy",
        "standing",
        "trusted",
    )

    def __init__(
        self,
        policy: RedactionPolicy | None = DEFAULT_POLICY,
        *,
        limits: Limits = DEFAULT_LIMITS,
        trusted: Collection[str] = frozenset(),
        standing: Iterable[str] = (),
    ) -> None:
        self.policy = policy
        self.limits = limits
        self.trusted = frozenset(trusted)
        self.standing = tuple(standing)
        self._known = KnownNames(_no_rule if policy is None else policy.rule_for)
        self._all_known = self._known.names.issuperset
        # A line that is plain by these bounds is sure to hold no text that is too long and to fit as a whole, so
        # neither needs measuring.
        self._plain_items = min(limits.max_items, _PLAIN_ITEMS)
        # Context, payload and the attributes of a span may each have so many.
        room = limits.max_line - _HEADER_BYTES - 3 * self._plain_items * _BYTES_PER_VALUE
        self._plain_size = min(room // _BYTES_PER_CHARACTER, limits.max_string)
        self._looks_first = bool(self.trusted) and not self.standing

    def __repr__(self) -> str:
        return f"Redact({self.policy!r}, limits={self.limits!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self.policy, self.limits, self.trusted, self.standing)

    def __call__(self, logger: WrappedLogger, method_name: str, event_dict: Any) -> Any:
        try:
            if not self._looks_first:
                return self._walked(event_dict)
            # Most lines need nothing: short texts, ordinary numbers, known names. This tells them by looking once at
            # each value, without building anything and without a call; whatever is in doubt takes the walk.
            size = 0
            all_known = self._all_known
            # What isn't header was added after it: reading from the end finds it without looking at the header.
            for name in reversed(event_dict):
                if name == _LAST_OF_HEADER:
                    message = event_dict["message"]
                    if (
                        type(message) is str
                        and size + len(message) <= self._plain_size
                        and (message.isascii() or _encodable(message))
                    ):
                        return event_dict
                    break
                part = event_dict[name]
                if name == "span":
                    if "links" in event_dict:
                        # They may take more room than a header has.
                        break
                    # Of a span only the attributes come from outside.
                    part = part.get("attributes", _NO_ATTRIBUTES)
                elif name != "payload" and name != "context":  # noqa: PLR1714 (a tuple would be searched)
                    break
                if len(part) > self._plain_items or not (all_known(part) or self._known.learn(part)):
                    break
                for value in part.values():
                    if type(value) is str and value.isascii():
                        size += len(value)
                    elif type(value) is int:
                        if not INT_MIN <= value <= INT_MAX:
                            break
                    elif type(value) is float:
                        # What is infinite or not a number is not zero after this.
                        if value - value:
                            break
                    elif value is not None and value is not True and value is not False:
                        if type(value) is not str or len(value) > self._plain_size or not _encodable(value):
                            break
                        size += len(value)
                else:
                    continue
                break
            return self._walked(event_dict)
        except (Exception, DropEvent) as error:  # noqa: BLE001 (fails closed: nothing unexamined passes)
            return self._withheld(event_dict, error)

    def _walked(self, event_dict: Any) -> EventDict:
        walk = Walk(self._known, self.limits)
        if not self.trusted:
            return self._finished(walk.mapping(event_dict, None), walk)
        event_dict["message"] = walk.message(event_dict["message"], (None, "message"))
        for name in reversed(event_dict):
            if name == _LAST_OF_HEADER:
                break
            if name not in self.trusted and name != "message":
                event_dict[name] = _part(name, event_dict[name], walk)
        walk.size += _BYTES_PER_LINK * len(event_dict.get("links", ()))
        return self._finished(event_dict, walk)

    def _finished(self, line: dict[str, Any], walk: Walk) -> EventDict:
        redacted, truncated = [*self.standing, *walk.redacted], walk.truncated
        redacted = _with_earlier("redacted", line, redacted)
        truncated[:] = _with_earlier("truncated", line, truncated)
        faults = self._bounded_faults(line.pop("faults", None))
        if redacted:
            line["redacted"] = self._bounded("redacted", redacted, truncated)
        if faults is not None or walk.size > self.limits.max_line - _HEADER_BYTES:
            # The faults join the line after the cuts, and take their room.
            fit(line, self.limits.max_line - len(orjson.dumps({"faults": faults})), truncated)
        if truncated:
            line["truncated"] = self._bounded("truncated", truncated, truncated)
        if faults is not None:
            line["faults"] = faults
        return line

    def _bounded_faults(self, faults: list[str] | None) -> list[str] | None:
        # A small share of the line, also where its text is escaped: a dozen long names of stages are no use to anyone.
        while faults and len(faults) > 1 and len(orjson.dumps(faults)) > self.limits.max_line // 16:
            faults = faults[: len(faults) // 2]
        return faults

    def _bounded(self, name: str, notes: list[str], truncated: list[str]) -> list[str]:
        # A list of ten thousand passwords must not make a line of notes about them.
        most = min(self.limits.max_items, 64)
        if len(notes) <= most:
            return notes
        cut_note = f"{name}:max_items"
        if name == "truncated":
            return [*notes[: most - 1], cut_note]
        truncated.append(cut_note)
        return notes[:most]

    def _withheld(self, event_dict: EventDict, error: BaseException) -> dict[str, Any]:
        line = {
            name: marker(_FAILED) if name == "message" else value
            for name, value in event_dict.items()
            if (name in self.trusted and name != "faults") or (name == "message" and self.trusted)
        }
        withheld = [name for name in event_dict if type(name) is str and name not in self.trusted]
        if self.trusted and "span" in withheld and type(span := event_dict["span"]) is dict:
            # Which span it ends, and how it went, is the library's own; only the attributes come from outside.
            line["span"] = {name: value for name, value in span.items() if name != "attributes"}
            withheld.remove("span")
            withheld += [f"span.{name}" for name in span if name == "attributes"]
        line["redacted"] = [*self.standing, *(f"{name}:{_FAILED}" for name in withheld[:64])]
        faults = event_dict.get("faults", ()) if "faults" in self.trusted else ()
        line["faults"] = [*faults, fault("Redact", error)]
        return line


def _rebuild(
    policy: RedactionPolicy | None, limits: Limits, trusted: frozenset[str], standing: tuple[str, ...]
) -> Redact:
    return Redact(policy, limits=limits, trusted=trusted, standing=standing)


def _no_rule(_key: str) -> None:
    return None


def _with_earlier(name: str, line: EventDict, notes: list[str]) -> list[str]:
    # A second pass finds what the first one masked and cut, and must not lose what that said of it.
    earlier = line.pop(name, None)
    if type(earlier) is list and all(type(note) is str for note in earlier):
        return [*earlier, *(note for note in notes if note not in earlier)]
    if earlier is not None:
        # A caller's own value of that name, which only a chain without an envelope can have here.
        line[f"{name}#2"] = earlier
    return notes


def _part(name: str, value: Any, walk: Walk) -> Any:
    path = (None, name)
    if name == "error":
        return _error(value, path, walk)
    if name == "context":
        return _context(value, path, walk)
    if name == "span" and type(value) is dict:
        return _span(value, path, walk)
    return walk.mapping(value, path) if type(value) is dict else walk.value(value, path)


def _context(context: dict[str, Any], path: Path, walk: Walk) -> dict[str, Any]:
    # One type of column for readers, whatever was bound.
    return _flattened(walk.mapping(context, path), CONTEXT_NAMES, path, walk)


def _span(span: dict[str, Any], path: Path, walk: Walk) -> dict[str, Any]:
    # Made by the library; only its attributes come from outside, and each must be a scalar.
    if "attributes" not in span:
        return span
    path = (path, "attributes")
    attributes = walk.mapping(span["attributes"], path)
    return {**span, "attributes": _flattened(attributes, list(attributes), path, walk)}


def _flattened(written: dict[str, Any], names: Iterable[str], path: Path, walk: Walk) -> dict[str, Any]:
    for name in names:
        if type(written.get(name)) in {dict, list}:
            written[name] = walk.text(orjson.dumps(written[name]).decode(), (path, name))
    return written


def _error(part: Any, path: Path, walk: Walk) -> Any:
    # Made by `ErrorDetails` and bounded there: only its texts come from outside, and its shape must stay.
    if type(part) is dict:
        return {
            name: walk.text(each, (path, name), "max_stack") if name == "stack" else _error(each, (path, name), walk)
            for name, each in part.items()
        }
    if type(part) is list:
        return [_error(each, (path, index), walk) for index, each in enumerate(part)]
    return walk.text(part, path)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
