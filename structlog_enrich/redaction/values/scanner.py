"""The scanner: which parts of a text are secrets."""

from __future__ import annotations

import re
from bisect import bisect_left
from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Final

from structlog_enrich.redaction.markers import MARKER, marker
from structlog_enrich.redaction.values.anchors import anchors
from structlog_enrich.redaction.values.gate import ENGINES, Hinges, re2_gate
from structlog_enrich.redaction.values.guarded import Gate
from structlog_enrich.redaction.values.look import Look
from structlog_enrich.redaction.values.quoting import quote_of_json
from structlog_enrich.redaction.values.rule import BUDGET_RULE
from structlog_enrich.redaction.values.shapes import end_of_rest, matched_to
from structlog_enrich.redaction.values.words import KEY_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from structlog_enrich.redaction.values.rule import Rule

__all__ = ["BUDGET_RULE", "Scanner"]

# The two high bits of a byte inside a character of UTF-8.
_INSIDE: Final = 0x80
_GLUE: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.~-"
_GLUED = re.compile(f"[{_GLUE}]")
_RUN = re.compile(f"[{_GLUE}]*")
_ROUNDS: Final = 4
_BUDGET_MARKER: Final = marker(BUDGET_RULE)
# What is longer was not made of markers.
_MARGIN: Final = 4_096
# What stands at the end of a text that was cut.
_CUT_MARK = re.compile(rb"\xe2\x80\xa6\[\+[0-9]{1,20}\]\Z")
# How much is looked at in one go of a text that is looked at as a whole, and how much of it is there to be seen around
# the rest: the longest secret, a private key, and the keys and headers that stand before one.
_WINDOW: Final = 131_072
_AHEAD: Final = 69_632
_BEHIND: Final = 8_192


class Scanner:
    """Find the secrets in a text by their shape, and by the key that stands before them.

    Two engines give the same spans. With google-re2 one call tells that a text is clean; without it `re` does so behind
    literals. Where something may be, both take the same second look. The time grows with the length of the text
    whatever it holds: behind some thousand places worth a look, and behind *longest*, the rest of it is masked by
    the rule `scan-budget`. What only a hit needs is made at the first one.

    Args:
        rules: What is found by its shape.
        classify: Returns the id of the rule that masks what stands under a key, or None when nothing does.
        engine: `"re2"`, `"re"`, or `"auto"` for google-re2 when it is installed.
        judge: Has the last word where *classify* named a rule: returns None for a value that is none of its secrets.
        words: Lower-case words of which every key that *classify* names holds one.
        longest: How many bytes of a text are looked at; the rest is masked by the rule `scan-budget`.
        silent: Ids of rules that find nothing, whatever they rest on.
        allows: Tells whether a key is one of those that are never masked, whatever word stands before it.

    Raises:
        ValueError: *engine* is none of these.
        ImportError: *engine* is `"re2"` and google-re2 isn't installed.

    >>> scanner = Scanner([], lambda key: "password" if key == "password" else None, engine="re")
    >>> scanner.redact("login failed: user=alice password=hunter2")
    ('login failed: user=alice password=[REDACTED:password]', ('password',))
    >>> scanner.spans("password=hunter2"), scanner.clean("no secret here")
    ([(9, 16, 'password')], True)
    """

    __slots__ = (
        "_allows", "_classify", "_exact", "_free", "_insensitive", "_judge", "_longest", "_look", "_silent", "engine",
        "gate", "rules",
    )  # fmt: skip

    def __init__(
        self,
        rules: Iterable[Rule],
        classify: Callable[[str], str | None],
        engine: str = "auto",
        *,
        judge: Callable[[str, str], str | None] | None = None,
        words: Iterable[str] = KEY_WORDS,
        longest: int = 131_072,
        silent: frozenset[str] = frozenset(),
        allows: Callable[[str], bool] | None = None,
    ) -> None:
        if engine not in ENGINES:
            msg = f"engine must be one of {', '.join(ENGINES)}, not {engine!r}"
            raise ValueError(msg)
        self.rules = tuple(rules)
        self._longest = longest
        self._silent = silent
        self._classify = classify
        self._judge = judge
        self._allows = allows
        places = anchors(self.rules, words)
        self._insensitive = Hinges(each for each in places if not each.exact)
        self._exact = Hinges(each for each in places if each.exact)
        self._free = tuple(rule for rule in self.rules if not rule.literals)
        self._look: Look | None = None
        patterns = [rule.pattern for rule in self._free]
        make = _none if engine == "re" else partial(re2_gate, places, patterns)
        try:
            self.gate = Gate(make, self._search)
        except ImportError as error:
            if engine == "re2":
                msg = "engine 're2' needs google-re2, and no module of it was found. Install google-re2"
                raise ImportError(msg) from error
            self.gate = Gate(_none, self._search)
        self.engine = "re2" if self.gate.is_fast else "re"

    def judging(
        self,
        classify: Callable[[str], str | None],
        judge: Callable[[str, str], str | None] | None,
        allows: Callable[[str], bool] | None,
    ) -> Scanner:
        """Return a scanner that looks at the same places, and decides otherwise by the keys there."""
        other = copy(self)
        other._classify, other._judge, other._allows, other._look = classify, judge, allows, None  # noqa: SLF001 (its own)
        return other

    def clean(self, text: str) -> bool:
        """Tell whether there is no secret in *text*."""
        return not self.spans(text)

    def spans(self, text: str, *, whole: bool = False) -> list[tuple[int, int, str]]:
        """Return start, end and rule of each secret in *text*, in order, none touching another's characters.

        Args:
            text: What is looked at.
            whole: Whether all of a text beyond `longest` is looked at, piece by piece, instead of masked.
        """
        # What was cut off before has grown by the markers in it, and isn't cut again.
        whole = whole or (text.endswith(_BUDGET_MARKER) and len(text) <= 2 * self._longest)
        # No character is less than a byte, so what is masked unread needn't be encoded.
        head = text if whole else text[: self._longest + _MARGIN]
        data = head.encode("utf-8", "surrogatepass")
        if len(data) <= self._longest:
            if not self.gate.match(data):
                return []
            found = _merged(self._look_again(data), data)
        elif whole:
            found = _merged(self._look_through(data), data)
        else:
            found = _merged(self._look_again(data[: self._longest]), data)
            rest = _marker_end(data, self._longest)
            if len(head) < len(text) or not _is_masked(data[rest:]):
                found.append((rest, len(data), BUDGET_RULE))
        if found and len(data) != len(head):
            found = _in_characters(found, data)
        if len(head) < len(text):
            found[-1] = (found[-1][0], len(text), BUDGET_RULE)
        return found

    def redact(
        self, text: str, *, whole: bool = False, replace: Callable[[str, str], str] | None = None
    ) -> tuple[str, tuple[str, ...]]:
        """Return *text* with each secret in it replaced, and the rules that found them; *text* itself if none.

        Args:
            text: What is looked at.
            whole: Whether all of a text beyond `longest` is looked at, piece by piece, instead of masked.
            replace: Returns what stands for a secret that a rule found; default a marker with the rule's id.
        """
        rules: list[str] = []
        written: set[str] = set()
        # What stood against a secret may be one of its own once something else is there; in the end all of it goes.
        for left in reversed(range(_ROUNDS)):
            found = [span for span in self.spans(text, whole=whole) if text[span[0] : span[1]] not in written]
            if not found:
                break
            if not left and any(
                _GLUED.match(text, end) or (start and _GLUED.match(text, start - 1)) for start, end, _ in found
            ):
                found = _with_neighbours(found, text)
            parts: list[str] = []
            last = 0
            for start, end, rule in found:
                stands = marker(rule) if replace is None else replace(rule, text[start:end])
                if quote := quote_of_json(text, start, end):
                    stands = f"{quote}{stands}{quote}"
                written.add(stands)
                parts += (text[last:start], stands)
                rules.append(rule)
                last = end
            text = "".join((*parts, text[last:]))
        return text, tuple(rules)

    def _search(self, data: bytes) -> object:
        return (
            self._insensitive.search(data.lower())
            or self._exact.search(data)
            or any(rule.compiled.search(data) for rule in self._free)
        )

    def _look_again(self, data: bytes) -> list[tuple[int, int, str]]:
        if self._look is None:
            self._look = Look(self._insensitive, self._exact, self._free, self._classify, self._judge, self._allows)
        found = self._look.spans(data)
        return [span for span in found if span[2] not in self._silent] if self._silent else found

    def _look_through(self, data: bytes) -> list[tuple[int, int, str]]:
        """Return what is found through windows, each seeing what stands around the part for which it answers."""
        found: list[tuple[int, int, str]] = []
        done = 0
        while done < len(data):
            start = max(0, done - _BEHIND)
            window = data[start : start + _WINDOW]
            end = start + len(window)
            settled = reached = end if end == len(data) else end - _AHEAD
            for first, last, rule in self._look_again(window) if self.gate.match(window) else ():
                first, last = first + start, last + start  # noqa: PLW2901
                if first < settled and last > done:
                    if last == end:
                        last = end_of_rest(data, last)  # noqa: PLW2901
                    found.append((max(first, done), last, rule))
                    reached = max(reached, last)
            done = reached
        return found


def _none() -> None:
    return None


def _with_neighbours(found: list[tuple[int, int, str]], text: str) -> list[tuple[int, int, str]]:
    wide: list[tuple[int, int, str]] = []
    for first, last, rule in found:
        behind = wide[-1][1] if wide else 0
        start = behind + len(text[behind:first].rstrip(_GLUE)) if first > behind else behind
        end = matched_to(_RUN, text, last)
        if wide and start == behind:
            wide[-1] = (wide[-1][0], max(end, behind), wide[-1][2])
        else:
            wide.append((start, end, rule))
    return wide


def _merged(found: list[tuple[int, int, str]], data: bytes) -> list[tuple[int, int, str]]:
    merged: list[tuple[int, int, str]] = []
    for start, end, rule in sorted(_outside_markers(found, data), key=lambda span: (span[0], -span[1])):
        if merged and start < merged[-1][1]:
            last = merged[-1]
            if end > last[1]:
                merged[-1] = (last[0], end, last[2])
        elif start < end and not (end - start <= _MARGIN and _is_masked(data[start:end])):
            merged.append((start, end, rule))
    return merged


def _outside_markers(found: list[tuple[int, int, str]], data: bytes) -> list[tuple[int, int, str]]:
    """Leave out what begins inside a marker, and cut off what ends in one: its own text is no context."""
    if not found or b"[REDACTED:" not in data:
        return found
    # Behind the last of them none is told from another.
    limit = max(start for start, _, _ in found) + 4_096
    markers = [each.span() for each in MARKER.finditer(data, 0, limit)]
    opened = [start for start, _ in markers]
    moved = []
    for first, last, rule in found:
        before = bisect_left(opened, first) - 1
        if before >= 0 and first < markers[before][1]:
            continue
        within = bisect_left(opened, last) - 1
        end = markers[within][0] if within >= 0 and last < markers[within][1] else last
        if first < end:
            moved.append((first, end, rule))
    return moved


def _marker_end(data: bytes, at: int) -> int:
    """Return where the marker ends that *at* is in, or *at* itself."""
    start = data.rfind(b"[REDACTED:", 0, at)
    found = MARKER.match(data, start) if start >= 0 else None
    return max(at, found.end()) if found else at


def _is_masked(secret: bytes) -> bool:
    return b"[REDACTED:" in secret and not _CUT_MARK.sub(b"", MARKER.sub(b"", secret)).strip(b" \t\r\n\"'[](){},;")


def _in_characters(found: list[tuple[int, int, str]], data: bytes) -> list[tuple[int, int, str]]:
    """Translate from bytes of UTF-8 to characters, never leaving a part of one outside."""
    result, at, count = [], 0, 0
    for first, last, rule in found:
        start, end = max(first, at), last
        while start > at and data[start] & 0xC0 == _INSIDE:
            start -= 1
        while end < len(data) and data[end] & 0xC0 == _INSIDE:
            end += 1
        if start >= end:
            continue
        begin = count + len(data[at:start].decode("utf-8", "surrogatepass"))
        count = begin + len(data[start:end].decode("utf-8", "surrogatepass"))
        at = end
        result.append((begin, count, rule))
    return result
