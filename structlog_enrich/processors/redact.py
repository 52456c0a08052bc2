"""The last stage that may see new data, and the only one that looks at values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson
from structlog.exceptions import DropEvent

from structlog_enrich.processors.fit import fit
from structlog_enrich.processors.limits import DEFAULT_LIMITS, Limits
from structlog_enrich.processors.parts import flatten, message_of, part_of
from structlog_enrich.processors.plain import Plain
from structlog_enrich.processors.scan import scanned
from structlog_enrich.processors.walk import Walk
from structlog_enrich.redaction.markers import DROP, marker
from structlog_enrich.redaction.policy import DEFAULT_POLICY, NOTHING, RedactionPolicy
from structlog_enrich.said import fault
from structlog_enrich.schema.fields import CONTEXT_NAMES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from structlog.typing import EventDict, WrappedLogger

    from structlog_enrich.redaction.matcher import PathState

__all__ = ["Redact"]

_FAILED: Final = "error"
_NOTES: Final = ("redacted", "truncated")
# Of the header only this is what a caller said; all else is made or checked by the library.
_SAID: Final = frozenset({"operation"})
_PARTS: Final = frozenset({"message", "operation", "context", "payload", "error", "span"})
_WHOLE_PARTS: Final = (
    *(("message",), ("operation",), ("context",), ("payload",), ("span",), ("span", "attributes")),
    *(("span", "name"), ("span", "peer"), ("span", "outcome")),
)
_LONGEST_LOOK: Final = 32_768

_HEADER_BYTES: Final = 20_480
_BYTES_PER_LINK: Final = 80


class Redact:
    """Mask secrets, render what JSON can't take, and cut to the limits, in this order and in one walk.

    What was masked is named in `redacted`, what was cut in `truncated`, as `path:rule` and never with the value. It
    fails closed: data it could not examine isn't written. The caller's objects are never changed.

    Args:
        policy: What is a secret; None masks nothing but pydantic's `SecretStr` and its kin, and still renders and cuts.
        limits: Where to cut.
        trusted: Top-level names that a stage before filled from trusted sources and that need no look: `HEADER` after
            an `Envelope`. Without it every name of the event is walked, and judged by its key.
        standing: `path:rule` of what was masked at construction in the static header, named on each line.

    Source: `docs/wire-format.md`, "How values are rendered".

    >>> Redact()(None, "info", {"event": "login", "password": "hunter2", "at": b"paris"})
    {'event': 'login', 'password': '[REDACTED:password]', 'at': 'paris', 'redacted': ['password:password']}
    """

    __slots__ = ("_compiled", "_is_plain", "_names", "_start", "limits", "policy", "standing", "trusted")

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
        self._compiled = NOTHING.compiled if policy is None else policy.compiled
        self._start = self._compiled.start
        plain = Plain(None if policy is None else self._compiled, limits)
        self._names = plain.names
        looks_first = self.trusted and not self.standing and not _is_whole_part_meant(self._start)
        self._is_plain = plain.tells if looks_first else _never

    def __repr__(self) -> str:
        return f"Redact({self.policy!r}, limits={self.limits!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self.policy, self.limits, self.trusted, self.standing)

    def __call__(self, logger: WrappedLogger, method_name: str, event_dict: Any) -> Any:
        try:
            # Most lines need nothing, and whatever is in doubt takes the walk.
            return event_dict if self._is_plain(event_dict) else self._walked(event_dict)
        except (Exception, DropEvent) as error:  # noqa: BLE001 (fails closed: nothing unexamined passes)
            return self._withheld(event_dict, error)

    def _walked(self, event_dict: Any) -> EventDict:
        # What an earlier stage noted holds paths and rules, which look like what they are about.
        noted: dict[str, list[str]] = {}
        for name in _NOTES:
            if name in event_dict:
                noted[name], others = self._compiled.notes_of(event_dict[name])
                event_dict = {each: value for each, value in event_dict.items() if each != name or others}
                if type(event_dict.get(name)) is list:
                    event_dict[name] = others
        walk = Walk(self._compiled, self._names, self.limits, scans=self.policy is not None)
        start = self._start
        if not self.trusted:
            line = walk.mapping(event_dict, None, 0, start)
            if self._may_hold(walk.texts):
                line = scanned(line, None, start, walk, self._compiled)
            return self._finished(line, walk, noted)
        states = {"message": None if start is None else start.step("message")}
        for name in event_dict:
            if name not in self.trusted or name in _SAID:
                states[name] = None if start is None else start.step(name)
        for name, state in states.items():
            event_dict[name] = part_of(name, event_dict[name], walk, state)
        if self._may_hold(walk.texts):
            for name, state in states.items():
                event_dict[name] = scanned(event_dict[name], (None, name), state, walk, self._compiled)
        if states.keys() - _PARTS or DROP in map(event_dict.get, states):
            event_dict = {
                name if name in self.trusted or name in _PARTS else walk.name(name, (), None, is_known=False): each
                for name, each in event_dict.items()
                if each is not DROP or name == "message"
            }
        event_dict["message"] = message_of(event_dict["message"], walk)
        if "context" in event_dict and "context" in states:
            # One type of column for readers, whatever was bound.
            flatten(event_dict["context"], CONTEXT_NAMES, (None, "context"), walk)
        if "span" in states and "attributes" in event_dict["span"]:
            attributes = event_dict["span"]["attributes"]
            flatten(attributes, list(attributes), ((None, "span"), "attributes"), walk)
        walk.size += _BYTES_PER_LINK * len(event_dict.get("links", ()))
        return self._finished(event_dict, walk, noted)

    def _may_hold(self, texts: list[str]) -> bool:
        """Tell whether one of *texts* may hold a secret: one look for all, as far as a look goes."""
        if self.policy is None or not texts:
            return False
        text = "\n".join(texts)
        return len(text) > _LONGEST_LOOK or bool(self._compiled.gate(text.encode("utf-8", "surrogatepass")))

    def _finished(self, line: dict[str, Any], walk: Walk, noted: dict[str, list[str]]) -> EventDict:
        truncated = walk.truncated
        redacted = _with_earlier("redacted", line, [*self.standing, *walk.redacted], noted)
        truncated[:] = _with_earlier("truncated", line, truncated, noted)
        faults = line.pop("faults", None) if "faults" in self.trusted or type(line.get("faults")) is list else None
        faults = self._bounded_faults(faults)
        if redacted:
            line["redacted"] = self._bounded("redacted", redacted, truncated)
        if walk.failed is not None:
            faults = [*(faults or ()), fault("Redact", walk.failed)]
            if (own := line.pop("faults", None)) is not None:
                line["faults#2"] = own
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
            name: marker(_FAILED) if name == "message" or name in _SAID else value
            for name, value in event_dict.items()
            if (name in self.trusted and name != "faults") or (name == "message" and self.trusted)
        }
        withheld = [name for name in event_dict if type(name) is str and name not in self.trusted]
        if self.trusted and "span" in withheld and type(span := event_dict["span"]) is dict:
            # Which span it ends, and how it went, is the library's own; how it is called comes from outside.
            line["span"] = {
                name: marker(_FAILED) if name in {"name", "peer", "outcome"} else value
                for name, value in span.items()
                if name != "attributes"
            }
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


def _with_earlier(name: str, line: EventDict, notes: list[str], noted: dict[str, list[str]]) -> list[str]:
    # A second pass finds what the first one masked and cut, and must not lose what that said of it.
    if (own := line.pop(name, None)) is not None:
        # A caller's own value of that name, which only a chain without an envelope can have here.
        line[f"{name}#2"] = own
    earlier = noted.get(name, [])
    return [*earlier, *(note for note in notes if note not in earlier)]


def _is_whole_part_meant(start: PathState | None) -> bool:
    """Tell whether a path means a part of the line as such: then no line is plain."""
    for names in _WHOLE_PARTS:
        state = start
        for name in names:
            state = None if state is None else state.step(name)
        if state is not None and (state.path is not None or names[-1] in _SAID or names == ("message",)):
            return True
    return False


def _never(_line: dict[str, Any]) -> bool:
    return False
