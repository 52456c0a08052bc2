"""A planted secret, and every form in which it may come out."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode, urlsafe_b64encode
from itertools import islice
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_plus

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["WINDOW", "Canary"]

WINDOW: Final = 8
"""So many successive characters of a secret are told from chance."""

_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_SYLLABLES: Final = ("ba", "do", "fe", "ki", "lu", "mo", "ne", "pu", "ra", "so", "ti", "vo", "wa", "ye", "zu", "qui")
_LONGEST: Final = 192
# Eight bytes are at least ten characters of base64, wherever they begin.
_ENCODED: Final = 10


class Canary:
    """Make a secret of any length that is the same on every run, and find any part of it.

    Args:
        name: What it is made from.
        words: Whether it is made of small letters that can be spoken; else of letters and digits, as machines do.

    >>> canary = Canary("example")
    >>> found = canary.places(b'{"payload":{"a":{"b":"' + canary.made(24)[5:14].encode() + b'"}}}')
    >>> found == ["payload.a.b"], canary.places(b'{"payload":{}}')
    (True, [])
    """

    def __init__(self, name: str, *, words: bool = False) -> None:
        of = _SYLLABLES if words else _ALPHABET
        self._text = "".join(islice((of[each % len(of)] for each in _bytes_of(name)), _LONGEST))[:_LONGEST]
        if not words:
            # A capital, a small letter and a digit, whichever part is taken.
            self._text = "".join(
                "k7Q"[at // 5 % 3] if at % 5 == 3 else each  # noqa: PLR2004
                for at, each in enumerate(self._text)
            )
        # Of three letters alike at its start a placeholder would be made; that is a case of its own.
        self._text = "m" + self._text[1:]
        data = self._text.encode()
        self._plain = _windows(self._text.casefold(), WINDOW)
        self._hexadecimal = _windows(data.hex(), 2 * WINDOW)
        self._encoded = {
            window
            for offset in range(3)
            for encode in (b64encode, urlsafe_b64encode)
            for window in _windows(encode(bytes(offset) + data).decode()[4:-4], _ENCODED)
        }

    def made(self, length: int) -> str:
        """Return the secret's first characters, so many."""
        if length > _LONGEST:
            msg = f"a canary has at most {_LONGEST} characters"
            raise ValueError(msg)
        return self._text[:length]

    def places(self, line: bytes) -> list[str]:
        """Return where in a written line any part of it stands, in whatever form; a key that holds it is `[…]`."""
        try:
            value = json.loads(line)
        except ValueError:
            return ["as it was written"] if self.stands_in(line.decode(errors="replace")) else []
        found = list(self._within(value, ""))
        # What decoding can't show, such as a name that stands twice.
        return found or (["as it was written"] if self.stands_in(line.decode(errors="replace")) else [])

    def stands_in(self, text: str) -> bool:
        """Tell whether eight successive characters of it stand in a text, plain, percent-encoded, in hex or base64."""
        for shown in {text, unquote_plus(text)}:
            folded = shown.casefold()
            if _meet(folded, self._plain, WINDOW) or _meet(folded, self._hexadecimal, 2 * WINDOW):
                return True
        return _meet(text, self._encoded, _ENCODED)

    def _within(self, value: Any, path: str) -> Iterator[str]:
        if isinstance(value, dict):
            for key, each in value.items():
                name = "[…]" if self.stands_in(key) else key
                if name != key:
                    yield f"{path}[…]"
                yield from self._within(each, f"{path}.{name}" if path else name)
        elif isinstance(value, list):
            for index, each in enumerate(value):
                yield from self._within(each, f"{path}[{index}]")
        elif isinstance(value, str):
            if self.stands_in(value):
                yield path
            elif value[:1] in {"{", "["}:
                try:
                    inner = json.loads(value)
                except (ValueError, RecursionError):
                    return
                if any(self._within(inner, path)):
                    yield path


def _bytes_of(name: str) -> Iterator[int]:
    block = name.encode()
    while True:
        block = hashlib.sha256(block).digest()
        yield from block


def _windows(text: str, size: int) -> set[str]:
    return {text[at : at + size] for at in range(len(text) - size + 1)}


def _meet(text: str, windows: set[str], size: int) -> bool:
    own = len(text) - size + 1
    if own > len(windows):
        return any(each in text for each in windows)
    # Most texts are short: to look up each of their own windows takes fewer steps.
    return not windows.isdisjoint(text[at : at + size] for at in range(own))
