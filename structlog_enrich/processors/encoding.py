"""One JSON object, and one line under every splitter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ascii_only", "encode", "escape_controls"]

# DEL, the C1 controls and the line separators U+2028 and U+2029, in UTF-8. JSON allows them raw, but a terminal obeys
# U+009B and `str.splitlines` splits at U+0085, so they are written as the C0 controls are. The bytes can't be parts of
# other characters: 0xC2 and 0xE2 only ever lead.
_CONTROLS: Final = re.compile(rb"\x7f|\xc2[\x80-\x9f]|\xe2\x80[\xa8\xa9]")
_NON_ASCII: Final = re.compile(r"[^\x00-\x7e]")
_DEL: Final = 0x7F
_ASTRAL: Final = 0x10000


def encode(event: Mapping[str, Any]) -> bytes:
    """Return *event* as one line of JSON, without its newline.

    Raises:
        TypeError: A value JSON can't take; `Redact` leaves none.

    >>> encode({"message": "a\\u2028b"})
    b'{"message":"a\\\\u2028b"}'
    """
    return escape_controls(orjson.dumps(event))


def escape_controls(line: bytes) -> bytes:
    """Write the controls that JSON allows raw as `\\uhhhh`."""
    if line.isascii() and _DEL not in line:
        return line
    return _CONTROLS.sub(_escaped_bytes, line)


def ascii_only(line: str) -> str:
    """Write every character outside ASCII as `\\uhhhh`, for a stream that isn't UTF-8.

    >>> ascii_only('{"message":"zażółć"}')
    '{"message":"za\\\\u017c\\\\u00f3\\\\u0142\\\\u0107"}'
    """
    return line if line.isascii() else _NON_ASCII.sub(_escaped, line)


def _escaped_bytes(match: re.Match[bytes]) -> bytes:
    return b"\\u%04x" % ord(match[0].decode())


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < _ASTRAL:
        return f"\\u{code:04x}"
    code -= _ASTRAL
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
