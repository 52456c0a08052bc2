"""A policy applied to text: a few lines at a time, or a line that has no end in sight."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from structlog_enrich.cli.jsonmasking import Hit
from structlog_enrich.redaction.markers import marker
from structlog_enrich.redaction.values.scanner import BUDGET_RULE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from structlog_enrich.redaction import RedactionPolicy

__all__ = ["TOO_LONG", "WINDOW", "LongLine", "decoded", "mask_text"]

WINDOW: Final = 40_960
"""The most bytes that are looked at together: each may count as three, and a scan ends behind 131,072."""
TOO_LONG: Final = "line-length"
"""The rule that masks what is too long to tell where a secret in it ends."""

_UNINDENTED: Final = re.compile(rb"\n(?=[^ \t\-])")
_NEXT: Final = re.compile(rb"\n(?=.)", re.DOTALL)
_AHEAD: Final = 8_192
# How much of what stands around a secret is left to it where there is room.
_BEFORE: Final = 1_024
_BEHIND: Final = 128
_TRIES: Final = 8
_LEAST: Final = 4_096


def decoded(data: bytes) -> str:
    """Return *data* as text that can be encoded again, each byte that is no UTF-8 as a lone surrogate."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("utf-8", "surrogateescape")


def mask_text(policy: RedactionPolicy, data: bytes) -> tuple[bytes, list[tuple[int, Hit]]]:
    """Return *data* without its secrets, and what was found in it, each behind so many newlines.

    Args:
        policy: What is a secret, and what stands in its place.
        data: Lines, or one that isn't ended, of at most `WINDOW` bytes.
    """
    text = decoded(data)
    left, rules = policy.scan(text)
    if not rules:
        return data, []
    if BUDGET_RULE in rules and (half := _half(data)):
        # So many places worth a look that the rest wasn't looked at: a half of them may be few enough.
        first, hits = mask_text(policy, data[:half])
        second, more = mask_text(policy, data[half:])
        before = data.count(b"\n", 0, half)
        return first + second, [*hits, *((before + at, hit) for at, hit in more)]
    starts = [(start, rule) for start, _, rule in policy.compiled.scanner.spans(text) if rule in rules]
    hits = [(text.count("\n", 0, start), Hit(rule)) for start, rule in starts[: len(rules)]]
    # What a second look found, behind the first marker, has no place in the text that was given.
    last = hits[-1][0] if hits else 0
    hits += [(last, Hit(rule)) for rule in rules[len(hits) :]]
    return left.encode("utf-8", "surrogateescape"), hits


class LongLine:
    """Mask a line of any length in bounded memory, window by window.

    A window ends where both sides by themselves show the same secrets: none is cut, nor parted from its key. Where one
    doesn't end within a window, the rest of the line is masked by the rule `line-length`.

    Args:
        policy: What is a secret, and what stands in its place.
    """

    __slots__ = ("_held", "_is_masking", "_look", "_policy", "hits")

    def __init__(self, policy: RedactionPolicy) -> None:
        self._policy = policy
        self._look = policy.compiled.scanner.spans
        self._held = b""
        self._is_masking = False
        self.hits: list[Hit] = []

    def push(self, data: bytes) -> Iterator[bytes]:
        """Take more of the line, and yield what is done."""
        if self._is_masking:
            return
        self._held += data
        at = 0
        while len(self._held) - at > WINDOW and not self._is_masking:
            window = self._held[at : at + WINDOW]
            yield (done := self._begun(window))[1]
            at += done[0]
        self._held = b"" if self._is_masking else self._held[at:]

    def end(self) -> bytes:
        """Return the rest of the line."""
        done = []
        while not self._is_masking and _is_too_dense(self._look(decoded(self._held))):
            size, part = self._begun(self._held)
            done.append(part)
            self._held = self._held[size:]
        return b"".join((*done, self._mask(self._held)))

    def _begun(self, window: bytes) -> tuple[int, bytes]:
        text = decoded(window)
        spans = self._look(text)
        while _is_too_dense(spans) and len(text) > _LEAST:
            text = text[: len(text) // 2]
            spans = self._look(text)
        cut = _cut(spans, text, self._look)
        if not cut:
            self._is_masking = True
            self.hits.append(Hit(TOO_LONG))
            start = spans[-1][0]
            return len(window), self._mask(_encoded(text[:start])) + marker(TOO_LONG).encode()
        done = _encoded(text[:cut])
        return len(done), self._mask(done) if spans else done

    def _mask(self, data: bytes) -> bytes:
        left, found = mask_text(self._policy, data)
        self.hits += [hit for _, hit in found]
        return left


def _is_too_dense(spans: list[tuple[int, int, str]]) -> bool:
    """Tell whether there were so many places worth a look that the rest wasn't looked at."""
    return any(rule == BUDGET_RULE for _, _, rule in spans)


def _half(data: bytes) -> int:
    """Return where a line begins near the middle, better one that doesn't go on with the one before; 0 for none."""
    middle = len(data) // 2
    found = (
        _UNINDENTED.search(data, middle) or _UNINDENTED.search(data) or _NEXT.search(data, middle) or _NEXT.search(data)
    )
    return found.end() if found else 0


def _cut(spans: list[tuple[int, int, str]], text: str, look: Callable[[str], list[tuple[int, int, str]]]) -> int:
    """Return where *text* may be cut so that either part by itself shows the same *spans*; 0 for nowhere."""
    ideal = max(len(text) - _AHEAD, len(text) // 2)
    if not spans:
        return ideal
    places = []
    before = 0
    for start, end, _ in spans:
        # A secret may be told by what stands behind it, and by more that stands before it.
        first, last = before + _BEHIND, start - _BEFORE
        space = text.find(" ", before, start) + 1
        places.append(min(max(ideal, first), last) if first <= last else space or (before + start) // 2)
        before = end
    # Behind the last one, unless it may go on or what follows isn't seen well enough.
    if before + _BEHIND <= len(text) - _BEFORE:
        places.append(max(ideal, before + _BEHIND))
    places.sort(key=lambda place: abs(place - ideal))
    for place in places[:_TRIES]:
        apart = [*look(text[:place]), *((start + place, end + place, rule) for start, end, rule in look(text[place:]))]
        if place and apart == spans:
            return place
    return 0


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
