"""One line, walked whole: for the few that need more than a look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from structlog_enrich.processors.fit import fit
from structlog_enrich.processors.parts import flatten, message_of, part_of
from structlog_enrich.processors.plain import HEADER_BYTES, SAID_NAMES
from structlog_enrich.processors.scan import scanned
from structlog_enrich.processors.walk import Walk
from structlog_enrich.redaction.markers import DROP
from structlog_enrich.said import fault
from structlog_enrich.schema.fields import CONTEXT_NAMES

if TYPE_CHECKING:
    from structlog.typing import EventDict

    from structlog_enrich.processors.limits import Limits
    from structlog_enrich.redaction.compiled import Compiled
    from structlog_enrich.redaction.known import KnownNames

__all__ = ["LineWalk"]

_BYTES_PER_LINK: Final = 80
_LONGEST_LOOK: Final = 32_768
_NOTES: Final = ("redacted", "truncated")
_PARTS: Final = frozenset({"message", "operation", "context", "payload", "error", "span"})


class LineWalk:
    """Walk lines: mask, render and cut, and say on each what was masked and cut.

    Args:
        compiled: What is a secret.
        names: The names that need no look.
        limits: Where to cut.
        trusted: Top-level names that need no look.
        standing: `path:rule` of what was masked at construction, named on each line.
        scans: Whether texts are looked into.
    """

    __slots__ = ("_compiled", "_names", "_scans", "_start", "limits", "standing", "trusted")

    def __init__(
        self,
        compiled: Compiled,
        names: KnownNames,
        limits: Limits,
        trusted: frozenset[str],
        standing: tuple[str, ...],
        *,
        scans: bool,
    ) -> None:
        self._compiled = compiled
        self._names = names
        self._scans = scans
        self._start = compiled.start
        self.limits = limits
        self.trusted = trusted
        self.standing = standing

    def walked(self, event_dict: Any) -> EventDict:
        """Return what is written for an event or a line."""
        # What an earlier stage noted holds paths and rules, which look like what they are about.
        noted: dict[str, list[str]] = {}
        for name in _NOTES:
            if name in event_dict:
                noted[name], others = self._compiled.notes_of(event_dict[name])
                event_dict = {each: value for each, value in event_dict.items() if each != name or others}
                if type(event_dict.get(name)) is list:
                    event_dict[name] = others
        walk = Walk(self._compiled, self._names, self.limits, scans=self._scans)
        start = self._start
        if not self.trusted:
            line = walk.mapping(event_dict, None, 0, start)
            if self._may_hold(walk.texts):
                line = scanned(line, None, start, walk, self._compiled)
            return self._finished(line, walk, noted)
        states = {"message": None if start is None else start.step("message")}
        for name in event_dict:
            if name not in self.trusted or name in SAID_NAMES:
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
        if not self._scans or not texts:
            return False
        text = "\n".join(texts)
        return len(text) > _LONGEST_LOOK or bool(self._compiled.gate.match(text.encode("utf-8", "surrogatepass")))

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
        if faults is not None or walk.size > self.limits.max_line - HEADER_BYTES:
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


def _with_earlier(name: str, line: EventDict, notes: list[str], noted: dict[str, list[str]]) -> list[str]:
    # A second pass finds what the first one masked and cut, and must not lose what that said of it.
    if (own := line.pop(name, None)) is not None:
        # A caller's own value of that name, which only a chain without an envelope can have here.
        line[f"{name}#2"] = own
    earlier = noted.get(name, [])
    return [*earlier, *(note for note in notes if note not in earlier)]
