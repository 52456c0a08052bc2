"""Whether a line is one of the many that need nothing: told at one look, without building anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from structlog.exceptions import DropEvent

from structlog_enrich.redaction.known import KnownNames, Spoken
from structlog_enrich.redaction.pairs import NAMES, VALUES

if TYPE_CHECKING:
    from structlog_enrich.processors.limits import Limits
    from structlog_enrich.redaction.compiled import Compiled

__all__ = ["HEADER_BYTES", "INT_MAX", "INT_MIN", "SAID_NAMES", "Plain"]

INT_MIN: Final = -(2**63)
INT_MAX: Final = 2**63 - 1
"""The integers every reader takes: those of a signed 64-bit column."""

HEADER_BYTES: Final = 20_480
"""More than a header needs."""

SAID_NAMES: Final = frozenset({"operation"})
"""Of the header only this is what a caller said; all else is made or checked by the library."""

# What stands behind it was added after the header.
_LAST_OF_HEADER: Final = "enrichment"
# What a plain line is bounded by: six bytes for each character, a key and a number for each value, and the header.
_BYTES_PER_CHARACTER: Final = 6
_BYTES_PER_VALUE: Final = 96
_MOST_VALUES: Final = 256
_MOST_CHARACTERS: Final = 32_768
_PAIR: Final = 2
_PARTS: Final = ("payload", "context", "span")


class Plain:
    """Tell the lines that are plain: known names, short texts without a secret, ordinary numbers, nested or not.

    Whatever is in doubt isn't plain, and takes the walk. A nested dict, list or tuple is replaced by a copy: whoever
    still holds it can't change what was looked at.

    Args:
        compiled: What is a secret; None when nothing is.
        limits: Where a line is cut.

    Attributes:
        names: The names that are known below the top of each part.
    """

    __slots__ = (
        "_apart",
        "_are_known",
        "_gate",
        "_is_clean",
        "_is_spoken_of",
        "_known",
        "_may_be_plain",
        "_most_depth",
        "_most_size",
        "_most_values",
        "names",
    )

    def __init__(self, compiled: Compiled | None, limits: Limits) -> None:
        self._gate = _NO_GATE if compiled is None else compiled.gate
        self._is_clean = _always if compiled is None else compiled.clean
        self.names = KnownNames(Spoken(compiled, None))
        # Bound once: it is asked for every line.
        self._are_known = self.names.names.issuperset
        start = None if compiled is None else compiled.start
        states = {part: None if start is None else start.step(part) for part in _PARTS}
        if (attributes := states["span"]) is not None:
            states["span"] = attributes.step("attributes")
        # Where no path leads, all names are judged alike and remembered together.
        self._known = {
            part: self.names if state is None else KnownNames(Spoken(compiled, state)) for part, state in states.items()
        }
        self._apart = start is not None
        # Within these bounds a line is sure to hold no text that is too long and to fit as a whole, so neither needs
        # measuring.
        self._most_values = min(limits.max_items, _MOST_VALUES)
        room = limits.max_line - HEADER_BYTES - self._most_values * _BYTES_PER_VALUE
        self._most_size = min(room // _BYTES_PER_CHARACTER, limits.max_string, _MOST_CHARACTERS)
        self._most_depth = limits.max_depth
        self._is_spoken_of = Spoken(compiled, None)
        self._may_be_plain = compiled is None or not compiled.has_dict_types

    def tells(self, line: dict[str, Any]) -> bool:
        """Return whether the *line* that an `Envelope` made needs nothing."""
        message = line["message"]
        # Any dict may be a `TypedDict` whose fields are marked.
        if type(message) is not str or not self._may_be_plain:
            return False
        texts = [message]
        add = texts.append
        if "operation" in line:
            add(line["operation"])
        known, left = self.names, self._most_values
        nested: Any = None
        # Reading from the end finds what isn't header without looking at the header.
        for name in reversed(line):
            if name == _LAST_OF_HEADER:
                break
            if name == "payload":
                part = line["payload"]
            elif name == "context" or (name == "span" and "links" not in line):
                # Links may take more room than a header has.
                if name == "span":
                    # How it is called comes from outside, and its attributes do.
                    span = line["span"]
                    texts += [each for each in (span.get("name"), span.get("peer"), span.get("outcome")) if each]
                    part = span.get("attributes")
                else:
                    part = line["context"]
                if not part:
                    continue
            else:
                return False
            if not (self._are_known(part) or known.learn(part)):
                return False
            if known.has_values and not VALUES.isdisjoint(part) and not NAMES.isdisjoint(part):
                # Of `{"name": …, "value": …}` the one says what the other is.
                return False
            if self._apart and not self._are_known_at(name, part):
                return False
            left -= len(part)
            for value in part.values():
                kind = type(value)
                if kind is str:
                    add(value)
                elif kind is int:
                    if not INT_MIN <= value <= INT_MAX:
                        return False
                elif kind is float:
                    # What is infinite or not a number is not zero after this.
                    if value - value:
                        return False
                elif value is not None and kind is not bool:
                    if name != "payload":
                        # These are columns that every service has; what nests in them becomes text.
                        return False
                    nested = part
        copies = None
        if left < 0 or (nested is not None and (copies := self._copied(nested, texts, left)) is None):
            return False
        # One look for all: a secret doesn't begin in one value and end in another.
        text = "\n".join(texts)
        if len(text) > self._most_size:
            return False
        try:
            data = text.encode()
        except UnicodeEncodeError:
            return False
        # What only looks like something is told text by text: the walk would cost ten times as much.
        if self._gate.match(data) and not all(map(self._is_clean, texts)):
            return False
        if copies is not None:
            nested.update(copies)
        return True

    def _copied(self, payload: dict[str, Any], texts: list[str], left: int) -> dict[str, Any] | None:
        """Return copies of what nests in the *payload*, its texts added to *texts*; None when something is in doubt."""
        add = texts.append
        known = self.names
        are_known = self._are_known
        copies: dict[str, Any] = {}
        level: list[Any] = []
        for key, value in payload.items():
            kind = type(value)
            if kind is dict:
                copies[key] = copy = value.copy()
                level.append(copy)
            elif kind is list or kind is tuple:
                copies[key] = copy = list(value)
                level.append(copy)
            elif kind is not str and kind is not int and kind is not float and kind is not bool and value is not None:
                return None
        depth = 0
        while level:
            depth += 1
            if depth > self._most_depth:
                return None
            below: list[Any] = []
            for part in level:
                left -= len(part)
                if left < 0:
                    return None
                is_list = type(part) is list
                if is_list:
                    if len(part) == _PAIR and self._names(part[0]):
                        return None
                    entries: Any = enumerate(part)
                else:
                    if not (are_known(part) or known.learn(part)):
                        return None
                    if known.has_values and not VALUES.isdisjoint(part) and not NAMES.isdisjoint(part):
                        return None
                    entries = part.items()
                for key, value in entries:
                    kind = type(value)
                    if kind is str:
                        if is_list and value[:1] == "-":
                            # What follows `--password` in a list is one.
                            return None
                        add(value)
                    elif kind is int:
                        if not INT_MIN <= value <= INT_MAX:
                            return None
                    elif kind is float:
                        if value - value:
                            return None
                    elif kind is dict:
                        part[key] = copy = value.copy()
                        below.append(copy)
                    elif kind is list or kind is tuple:
                        part[key] = copy = list(value)
                        below.append(copy)
                    elif value is not None and kind is not bool:
                        return None
            level = below
        return copies

    def _are_known_at(self, name: str, part: dict[str, Any]) -> bool:
        # Where a path leads, more than the name counts.
        known = self._known[name]
        return known.names.issuperset(part) or known.learn(part)

    def _names(self, value: Any) -> bool:
        # The first of two may be the name of the second.
        if type(value) is not str:
            return False
        try:
            return self._is_spoken_of(value)
        except (Exception, DropEvent):  # noqa: BLE001 (a policy's own code: the walk says so)
            return True


class _NoGate:
    """Let every text through."""

    __slots__ = ()

    def match(self, _data: bytes) -> object:
        return None


_NO_GATE: Final = _NoGate()


def _always(_text: str) -> bool:
    return True
