"""Lists in brackets as SQL and Python write them: where each of their elements stands."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

__all__ = ["BLANKS", "Row", "literal_within", "row_at"]

BLANKS: Final = rb"(?:[ \t\r\n]|\\{1,15}[nrt]){0,64}"
"""What may stand between two parts of a statement, also where breaks are written as a backslash and a letter."""
_SPACE: Final = re.compile(BLANKS)
# The prefixes of texts in SQL and Python, `N'…'`, `_utf8'…'`.
_LITERAL: Final = re.compile(
    rb"(?:[A-Za-z]{1,2}|_[A-Za-z0-9]{1,16})?(?P<open>\\{0,15}(?P<quote>[\"']))(?P<text>.*)(?P=open)(?:::[a-z ]{1,32})?",
    re.DOTALL,
)
_DEEPEST: Final = 16
_MOST: Final = 8_192
_NEAR: Final = 1_024
_LONGEST: Final = 16_384


class Row(NamedTuple):
    """Say where the elements of a list stand, and where the list itself ends."""

    items: list[tuple[int, int]]
    end: int
    is_closed: bool


def row_at(data: bytes, at: int) -> Row | None:
    """Return the list whose bracket stands at *at*; None where none does.

    Args:
        data: The text.
        at: Where the bracket stands.

    >>> text = b"('bob', 'o''neil, (x)', now()), (1)"
    >>> found = row_at(text, 0)
    >>> [text[start:end] for start, end in found.items], text[found.end :]
    ([b"'bob'", b"'o''neil, (x)'", b'now()'], b', (1)')
    """
    if data[at : at + 1] not in {b"(", b"["}:
        return None
    pieces = _pieces(_escapes(data, at))
    items: list[tuple[int, int]] = []
    start, depth = at + 1, 0
    for left, piece in enumerate(pieces.finditer(data, at), -_MOST):
        sign = piece[1]
        if sign is None:
            continue
        if sign in b"([{":
            depth += 1
        elif sign == b",":
            if depth == 1:
                items.append(_trimmed(data, start, piece.start()))
                start = piece.end()
        else:
            depth -= 1
            if not depth:
                return Row(_with_last(items, data, start, piece.start()), piece.end(), is_closed=True)
        if depth > _DEEPEST or not left:
            break
    end = min(len(data), start + _LONGEST)
    return Row(_with_last(items, data, start, end), end, is_closed=False)


def literal_within(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Return where the text within the quotes of an element stands, or the element itself where it isn't quoted.

    >>> literal_within(b"N'hunter2'", 0, 10), literal_within(b"4711", 0, 4)
    ((2, 9), (0, 4))
    """
    found = _LITERAL.fullmatch(data, start, end)
    return found.span("text") if found else (start, end)


def _with_last(items: list[tuple[int, int]], data: bytes, start: int, end: int) -> list[tuple[int, int]]:
    last = _trimmed(data, start, end)
    # Behind the comma of a tuple of one nothing follows.
    return [*items, last] if last[0] < last[1] else items


def _trimmed(data: bytes, start: int, end: int) -> tuple[int, int]:
    found = _SPACE.match(data, start, end)
    start = found.end() if found else start
    return start, max(start, start + len(data[start:end].rstrip()))


def _escapes(data: bytes, at: int) -> int:
    """Return how many backslashes stand before each quote, as before the nearest."""
    # No farther, for where there is none it would be looked for again in every row.
    window = data[at : at + _NEAR]
    quote = min((place for place in map(window.find, (b"'", b'"')) if place >= 0), default=0)
    before = window[max(0, quote - 15) : quote]
    return len(before) - len(before.rstrip(b"\\"))


@lru_cache(maxsize=64)
def _pieces(escapes: int) -> re.Pattern[bytes]:
    # Of doubled quotes are made two texts side by side, which comes to the same.
    if escapes:
        quote = rb"(?<!\\)\\{%d}" % escapes
        return re.compile(rb"([\[({,\]})])|%b([\"']).*?(?:%b\2|\Z)" % (quote, quote), re.DOTALL)
    return re.compile(
        rb"([\[({,\]})])|\"(?:[^\"\\]|\\.)*+(?:\"|\Z)|'(?:[^'\\]|\\.)*+(?:'|\Z)|\$([A-Za-z_]{0,32})\$.*?(?:\$\2\$|\Z)",
        re.DOTALL,
    )
