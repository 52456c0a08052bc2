"""Quoted texts: where one begins and where it ends, also inside a text that was quoted before."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["closing", "closing_bracket", "opening", "quote_of_json"]

_OPENING = re.compile(rb"(?:[bBrRuUfFnNeE@$]{0,2})\\{0,15}[\"'`]")
_LONGEST = 16_384
_VALUE = re.compile(r"(\\{0,15}\")\s{0,16}:(?:\s{0,16}\[)?\Z")
_BEHIND_VALUE = re.compile(r"(?:\s|\\{1,15}[nrt]){0,16}(?:[,}\]]|\Z)")
# A quoted text that isn't closed ends with what is looked at: nothing is read twice.
_BRACKETS = re.compile(rb"[\[{(]|([\]})])|\"(?:[^\"\\]|\\.)*+(?:\"|\Z)|'(?:[^'\\]|\\.)*+(?:'|\Z)", re.DOTALL)


def opening(data: bytes, at: int) -> bytes:
    r"""Return the quote that begins at *at* with its prefix and backslashes, empty when there is none.

    >>> opening(b"b'x'", 0), opening(rb"\"x\"", 0), opening(b"x", 0)
    (b"b'", b'\\"', b'')
    """
    found = _OPENING.match(data, at)
    return found[0] if found else b""


def closing(data: bytes, at: int, quote: bytes) -> int:
    r"""Return where the text ends whose *quote* ends at *at*: at its counterpart, else at the end of the line.

    >>> closing(b'"a b" c', 1, b'"'), closing(rb'"a\"b"', 1, b'"'), closing(b'"open', 1, b'"')
    (4, 5, 5)
    """
    mark = quote.lstrip(b"bBrRuUfFnNeE@$")
    limit = min(len(data), at + _LONGEST)
    found = data.find(mark, at, limit)
    if len(mark) == 1:
        # SQL doubles a quote within a text.
        while found >= 0 and ((doubled := data.startswith(mark, found + 1)) or _escaped(data, found, at)):
            found = data.find(mark, found + 1 + doubled, limit)
    if found >= 0:
        return found
    line = data.find(b"\n", at, limit)
    return line if line >= 0 else limit


def closing_bracket(data: bytes, at: int, escapes: int = 0) -> int:
    r"""Return where the object or list that begins at *at* ends, brackets in its quoted texts not counted.

    Args:
        data: The text.
        at: Where the first bracket stands.
        escapes: How many backslashes stand before each of its quotes.

    >>> closing_bracket(b'{"a": ["}"]}, 1', 0), closing_bracket(b"{", 0), closing_bracket(rb"{\"}\"}, 1", 0, 1)
    (12, 1, 7)
    """
    limit, depth = min(len(data), at + _LONGEST), 0
    for found in _brackets(escapes).finditer(data, at, limit):
        if found[1]:
            depth -= 1
            if depth <= 0:
                return found.end()
        elif found.end() - found.start() == 1:
            depth += 1
    return limit


def quote_of_json(text: str, start: int, end: int) -> str:
    r"""Return the quote that a text needs in place of an object, a list's elements or a number in JSON, else nothing.

    >>> text = '{"pin": 4711}'
    >>> quote_of_json(text, 8, 12), quote_of_json(text.replace("4711", '"4711"'), 9, 13)
    ('"', '')
    """
    before = text[max(0, start - 64) : start].rstrip()
    if before[-1:] not in {":", "["}:
        return ""
    found = _VALUE.search(before)
    return found[1] if found and _BEHIND_VALUE.match(text, end) else ""


@lru_cache(maxsize=32)
def _brackets(escapes: int) -> re.Pattern[bytes]:
    if not escapes:
        return _BRACKETS
    quote = rb"(?<!\\)\\{%d}" % escapes
    return re.compile(rb"[\[{(]|([\]})])|%b([\"']).*?(?:%b\2|\Z)" % (quote, quote), re.DOTALL)


def _escaped(data: bytes, at: int, start: int) -> bool:
    before = data[max(start, at - 16) : at]
    return (len(before) - len(before.rstrip(b"\\"))) % 2 == 1
