"""The scanner: which parts of a text are secrets."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import partial
from typing import TYPE_CHECKING, Final

from structlog_enrich.redaction.markers import MARKER, marker
from structlog_enrich.redaction.values.assigned import AFTER_KEY, AFTER_OPTION, SHORT_OPTIONS, Assignments
from structlog_enrich.redaction.values.blocks import find_encoded, find_jwt, find_pem
from structlog_enrich.redaction.values.gate import ENGINES, Anchor, Hinges, re2_gate
from structlog_enrich.redaction.values.manifests import find_kubernetes
from structlog_enrich.redaction.values.rule import Rule
from structlog_enrich.redaction.values.shapes import entropy, is_placeholder, matched_to
from structlog_enrich.redaction.values.urls import find_userinfo, find_userinfo_without_scheme
from structlog_enrich.redaction.values.words import ANCHORED, KEY_WORDS, PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["BUDGET_RULE", "Scanner"]

BUDGET_RULE: Final = "scan-budget"
"""The rule that masks the rest of a text after more places worth a look than any honest text has."""
_BUDGET: Final = 2_500
# The two high bits of a byte inside a character of UTF-8.
_INSIDE: Final = 0x80
_GLUED = re.compile(r"[A-Za-z0-9_.~-]")
_ROUNDS: Final = 4
_LONGEST: Final = 512
_NEAR: Final = 256

_TOKEN = re.compile(rb"[A-Za-z0-9_+/=.-]*")


class Scanner:
    """Find the secrets in a text by their shape, and by the key that stands before them.

    Two engines give the same spans. With google-re2 one call tells that a text is clean; without it `re` does so behind
    literals. Where something may be, both take the same second look. The time grows with the length of the text
    whatever it holds: behind some thousand places worth a look, and behind *longest*, the rest of it is masked by
    the rule `scan-budget`.

    Args:
        rules: What is found by its shape.
        classify: Returns the id of the rule that masks what stands under a key, or None when nothing does.
        engine: `"re2"`, `"re"`, or `"auto"` for google-re2 when it is installed.
        judge: Has the last word where *classify* named a rule: returns None for a value that is none of its secrets.
        words: Lower-case words of which every key that *classify* names holds one.
        longest: How many bytes of a text are looked at; the rest is masked by the rule `scan-budget`.

    Raises:
        ValueError: *engine* is none of these.
        ImportError: *engine* is `"re2"` and google-re2 isn't installed.

    >>> scanner = Scanner([], lambda key: "password" if key == "password" else None, engine="re")
    >>> scanner.redact("login failed: user=alice password=hunter2")
    ('login failed: user=alice password=[REDACTED:password]', ('password',))
    >>> scanner.spans("password=hunter2"), scanner.clean("no secret here")
    ([(9, 16, 'password')], True)
    """

    __slots__ = ("_exact", "_free", "_gate", "_hinges", "_longest", "engine", "rules")

    def __init__(
        self,
        rules: Iterable[Rule],
        classify: Callable[[str], str | None],
        engine: str = "auto",
        *,
        judge: Callable[[str, str], str | None] | None = None,
        words: Iterable[str] = KEY_WORDS,
        longest: int = 131_072,
    ) -> None:
        if engine not in ENGINES:
            msg = f"engine must be one of {', '.join(ENGINES)}, not {engine!r}"
            raise ValueError(msg)
        self.rules = tuple(rules)
        self._longest = longest
        assignments = Assignments(classify, PROVIDERS, judge)
        anchors = [
            Anchor(
                literal.encode("ascii"), rule.after.encode("ascii"), partial(_matched, rule), 5 if rule.before else 2
            )
            for rule in self.rules
            for literal in rule.literals
        ]
        anchors += [Anchor(each.encode(), AFTER_KEY, assignments.find, 3) for each in sorted({*words, *ANCHORED})]
        anchors += [
            Anchor(b"--", AFTER_OPTION, assignments.find_option),
            *(Anchor(b" -%b" % each, b"", assignments.find_short_option) for each in SHORT_OPTIONS),
            Anchor(b"kind", rb"[\"']?:[ \t]{0,8}[\"']?secret\b", find_kubernetes, 100),
            Anchor(b"PRIVATE KEY", b"", find_pem, 4),
            Anchor(b"eyJ", rb"[a-z0-9_-]{6}", find_jwt, 4),
            Anchor(b"ZXlK", rb"[a-z0-9]{8}", find_encoded, 4),
            Anchor(b"LS0tLS1CRUdJTi", b"", find_encoded, 4),
            Anchor(b"://", rb"[^\s/?#\"'<>@:]{0,128}+[@:]", find_userinfo, 3),
            Anchor(b"@", rb"[a-z0-9.-]{0,64}+:[0-9p]", find_userinfo_without_scheme, 3),
        ]
        self._hinges = Hinges(each for each in anchors if not each.exact)
        self._exact = Hinges(each for each in anchors if each.exact)
        self._free = tuple(rule for rule in self.rules if not rule.literals)
        found = None if engine == "re" else re2_gate(anchors, [rule.pattern.encode("ascii") for rule in self._free])
        if found is None and engine == "re2":
            msg = "engine 're2' needs google-re2, and no module of it was found. Install google-re2"
            raise ImportError(msg)
        self.engine = "re2" if found else "re"
        self._gate = found or self._search

    def clean(self, text: str) -> bool:
        """Tell whether there is no secret in *text*."""
        data = text.encode("utf-8", "surrogatepass")
        return (len(data) <= self._longest and not self._gate(data)) or not self.spans(text)

    def spans(self, text: str) -> list[tuple[int, int, str]]:
        """Return start, end and rule of each secret in *text*, in order, none touching another's characters."""
        data = text.encode("utf-8", "surrogatepass")
        if len(data) <= self._longest:
            if not self._gate(data):
                return []
            found = _merged(self._look(data), data)
        else:
            rest = (self._longest, len(data), BUDGET_RULE)
            found = _merged([*self._look(data[: self._longest]), rest], data)
        return found if not found or len(data) == len(text) else _in_characters(found, data)

    def redact(self, text: str) -> tuple[str, tuple[str, ...]]:
        """Return *text* with a marker in place of each secret, and the rules that found them; *text* itself if none."""
        rules: list[str] = []
        # What stood against a secret may be one of its own once a marker is between them.
        for _ in range(_ROUNDS):
            found = self.spans(text)
            if not found:
                break
            parts: list[str] = []
            last = 0
            for start, end, rule in found:
                parts += (text[last:start], marker(rule))
                rules.append(rule)
                last = end
            glued = any(_GLUED.match(text, end) or (start and _GLUED.match(text, start - 1)) for start, end, _ in found)
            text = "".join((*parts, text[last:]))
            if not glued:
                break
        return text, tuple(rules)

    def _search(self, data: bytes) -> object:
        return (
            self._hinges.search(data.lower())
            or self._exact.search(data)
            or any(rule.compiled.search(data) for rule in self._free)
        )

    def _look(self, data: bytes) -> list[tuple[int, int, str]]:
        found: list[tuple[int, int, str]] = []
        markers = [each.span() for each in MARKER.finditer(data)] if b"[REDACTED:" in data else []
        left = _BUDGET
        for hinges, text in ((self._hinges, data.lower()), (self._exact, data)):
            covered = nearest = 0
            for hinge in hinges.finditer(text):
                place = hinge.start()
                while nearest < len(markers) and markers[nearest][1] <= place:
                    nearest += 1
                if place < covered or (nearest < len(markers) and markers[nearest][0] <= place):
                    continue
                if left < 0:
                    found.append((place, len(data), BUDGET_RULE))
                    break
                for at, anchor in hinges.at(text, place):
                    left -= anchor.cost
                    for span in anchor.find(data, at):
                        left -= 1
                        found.append(span)
                        covered = max(covered, span[1])
        for rule in self._free:
            for match in rule.compiled.finditer(data):
                left -= 1
                if left < 0:
                    found.append((match.start(), len(data), BUDGET_RULE))
                    break
                found += _accepted(rule, match.span(rule.compiled.groups and 1), data)
        return found


def _matched(rule: Rule, data: bytes, at: int) -> Iterable[tuple[int, int, str]]:
    if rule.before:
        limit = at + _NEAR
        place = max(0, at - rule.before)
        # What is found first may be the one before.
        while (match := rule.compiled.search(data, place, limit)) is not None and match.end() <= at:
            place = match.end()
        if match is None or match.start() > at:
            return ()
    else:
        limit = at + _LONGEST
        match = rule.compiled.match(data, at, limit)
        if match is None:
            return ()
    found = _accepted(rule, match.span(rule.compiled.groups and 1), data)
    if found and match.end() == limit:
        start, end, name = found[0]
        return ((start, matched_to(_TOKEN, data, end), name),)
    return found


def _accepted(rule: Rule, span: tuple[int, int], data: bytes) -> tuple[tuple[int, int, str], ...]:
    start, end = span
    secret = data[start:end]
    if not secret or (rule.entropy and entropy(secret) < rule.entropy):
        return ()
    if is_placeholder(secret) or (rule.check is not None and not rule.check(secret)):
        return ()
    return ((start, end, rule.id),)


def _merged(found: list[tuple[int, int, str]], data: bytes) -> list[tuple[int, int, str]]:
    merged: list[tuple[int, int, str]] = []
    for start, end, rule in sorted(_outside_markers(found, data), key=lambda span: (span[0], -span[1])):
        if merged and start < merged[-1][1]:
            last = merged[-1]
            if end > last[1]:
                merged[-1] = (last[0], end, last[2])
        elif start < end and not _is_masked(data[start : min(end, start + 4_096)]):
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


def _is_masked(secret: bytes) -> bool:
    return b"[REDACTED:" in secret and not MARKER.sub(b"", secret).strip(b" \t\r\n\"'[](){},;")


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
