"""Take from a text what a terminal would obey."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["encodable", "harmless", "harmless_block"]

# C0, DEL, C1, the line separators and the bidi controls: a terminal obeys them, and none of them may come from data. A
# lone surrogate nothing can encode.
_OBEYED: Final = "\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f\ud800-\udfff"
_IN_LINE: Final = re.compile(f"[\x00-\x1f{_OBEYED}]")
_IN_BLOCK: Final = re.compile(f"[\x00-\x09\x0b-\x1f{_OBEYED}]")


def harmless(text: str) -> str:
    """Return *text* on one line, with `\\uhhhh` for each character that a terminal obeys.

    >>> print(harmless("in \\x1b[31mred"))
    in \\u001b[31mred
    """
    return _IN_LINE.sub(_escaped, text)


def harmless_block(text: str) -> str:
    """Return *text* likewise, in its lines; tabs become blanks.

    >>> print(harmless_block("in\\n\\t\\x1b[31mred"))
    in
            \\u001b[31mred
    """
    return _IN_BLOCK.sub(_escaped, text.expandtabs())


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
    return f"\\u{ord(match[0]):04x}"
