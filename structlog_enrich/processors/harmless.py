"""Take from a text what a terminal would obey, and what nobody would see."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["encodable", "harmless", "harmless_block"]

# C0, DEL, C1, the line separators and the bidi controls: a terminal obeys them, and none of them may come from data. A
# lone surrogate nothing can encode.
_OBEYED: Final = "\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f\ud800-\udfff"
# Without a cell of their own, they make unequal names look equal, or carry what no reader notices.
_UNSEEN: Final = (
    "\xad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_IN_LINE: Final = f"[\x00-\x1f{_OBEYED}{_UNSEEN}]"
_IN_BLOCK: Final = f"[\x00-\x09\x0b-\x1f{_OBEYED}{_UNSEEN}]"

_JOINER: Final = "\u200d"
_EMOJI: Final = "\ufe0f"
# Joiners and variation selectors: many scripts are misspelled without them, and emoji are made of them.
_SHAPING: Final = "[\u180b-\u180d\u180f\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef]"
# What they shape: the scripts from Hebrew on, which Latin, Greek and Cyrillic don't belong to, and symbols.
_SHAPED: Final = "[\u0590-\u1dff\u203c\u2049\u2100-\U0010ffff]"
_SYMBOLS: Final = frozenset("0123456789#*©®")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # Made when a text first needs one: these take longer than all else that is imported.
    return re.compile(pattern)


def harmless(text: str) -> str:
    """Return *text* on one line, with an escape for each character that a terminal obeys or nobody sees.

    A joiner or a variation selector stays behind a character that it shapes.

    >>> print(harmless("in \\x1b[31mred"), harmless("ad\\u200dmin"))
    in \\u001b[31mred ad\\u200dmin
    """
    if text.isascii() and text.isprintable():
        return text
    return _compiled(_IN_LINE).sub(_escaped, text)


def harmless_block(text: str) -> str:
    """Return *text* likewise, in its lines; tabs become blanks.

    >>> print(harmless_block("in\\n\\t\\x1b[31mred"))
    in
            \\u001b[31mred
    """
    return _compiled(_IN_BLOCK).sub(_escaped, text.expandtabs())


def encodable(text: str, encodings: Iterable[str]) -> str:
    """Return *text* with an escape for each character that one of the *encodings* hasn't; an unknown one is ASCII.

    >>> print(encodable("zażółć", ["latin-1"]))
    za\\u017có\\u0142\\u0107
    """
    for encoding in encodings:
        try:
            text = text.encode(encoding, "backslashreplace").decode(encoding)
        except LookupError:
            text = text.encode("ascii", "backslashreplace").decode()
    return text


def _escaped(match: re.Match[str]) -> str:
    character, at = match[0], match.start()
    if at and _compiled(_SHAPING).match(character) and _is_shaped(match.string[at - 1], character):
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 (as Python writes them)


def _is_shaped(before: str, by: str) -> bool:
    if by == _EMOJI and before in _SYMBOLS:
        return True
    if by == _JOINER and before == _EMOJI:
        return True
    return bool(_compiled(_SHAPED).match(before)) and not _compiled(_IN_LINE).match(before)
