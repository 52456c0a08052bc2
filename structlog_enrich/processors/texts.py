"""Texts of the line: cut to a length, made of numbers and keys."""

from __future__ import annotations

import re
from typing import Any, Final

from structlog.exceptions import DropEvent

from structlog_enrich.processors.values import bytes_text, safe_repr

__all__ = ["cut", "digits", "encodable", "key_text", "sort_key"]

_LONGEST_MARKER: Final = 272
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
# Digits are made in time that grows with the square of their number; 4,300 are the most that Python makes by default.
_MAX_BITS: Final = 14_000


def cut(text: str, most: int, gone: int = 0) -> str:
    """Return *text* within *most* characters, its end replaced by `…[+N]`: N characters are gone, *gone* before.

    >>> cut("x" * 100, 64) == "x" * 57 + "…[+43]"
    True
    """
    if len(text) <= most and not gone:
        return text
    kept = min(len(text), most - len(f"…[+{len(text) + gone}]"))
    # Half a marker is none to whoever looks later.
    opened = text.rfind("[", max(0, kept - _LONGEST_MARKER), kept)
    if opened >= 0 and text.startswith("[REDACTED:", opened) and "]" not in text[opened:kept]:
        kept = opened
    return f"{text[:kept]}…[+{len(text) - kept + gone}]"


def encodable(text: str) -> str:
    """Return *text* with U+FFFD in place of the lone surrogates that UTF-8 has no bytes for.

    >>> ascii(encodable("a" + chr(0xD800)))
    "'a\\\\ufffd'"
    """
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def digits(number: int) -> str:
    """Return an integer of any size in decimal, or in hexadecimal where that would take long."""
    try:
        if number.bit_length() <= _MAX_BITS:
            return str(number)
    except ValueError:
        pass  # The interpreter was told to make fewer digits.
    return hex(number)


def key_text(key: Any) -> str:
    """Return the name that stands for a key that is no plain text; never raises."""
    try:
        bases = type(key).__mro__
        if str in bases:
            return str.__str__(key)
        if bytes in bases:
            return bytes_text(key)
        return str.__str__(str(key))
    except (Exception, DropEvent):  # noqa: BLE001 (a stranger's __str__)
        return safe_repr(key)


def sort_key(item: Any) -> tuple[bool, float, str]:
    """Return by what the rendered elements of a set are sorted: numbers first, then texts."""
    if isinstance(item, int | float):
        return False, item, ""
    return True, 0.0, item if isinstance(item, str) else repr(item)
