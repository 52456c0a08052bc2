"""Cookies: the names stay, the values go."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["cookie_values"]

_CRUMB = re.compile(rb"([^\s=;,\"']{1,128})[ \t]{0,4}=[ \t]{0,4}([^;\s\"',]*)")
_SHORTEST: Final = 8
_ATTRIBUTES: Final = frozenset(
    {b"path", b"domain", b"expires", b"max-age", b"samesite", b"priority", b"version", b"secure"}
)


def cookie_values(header: bytes) -> list[tuple[int, int]]:
    """Return where the values of the cookies in a Cookie or Set-Cookie *header* stand.

    >>> [b"sid=abc; Path=/; theme=dark"[start:end] for start, end in cookie_values(b"sid=abc; Path=/; theme=dark")]
    [b'abc', b'dark']
    """
    found = [each.span(2) for each in _CRUMB.finditer(header) if each[1].lower() not in _ATTRIBUTES and each[2]]
    if found or b"=" in header:
        return [each for each in found if not header.startswith(b"[REDACTED:", each[0])]
    text = header.strip()
    start = header.find(text)
    return (
        [(start, start + len(text))]
        if len(text) >= _SHORTEST and b" " not in text and not text.startswith(b"[REDACTED:")
        else []
    )
