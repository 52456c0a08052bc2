"""Keys and tokens with a structure of their own: PEM, JSON web tokens, and both wrapped in base64."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from binascii import Error

from structlog_enrich.redaction.values.shapes import ends_escape

__all__ = ["find_encoded", "find_jwt", "find_pem"]

_HEADER = re.compile(rb"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_END = re.compile(rb"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_LONGEST_PEM = 65_536
_JWT = re.compile(rb"eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_/+-]{4,}(?:\.[A-Za-z0-9_/+-]*){0,3}={0,2}")
_ENCODED = re.compile(rb"[A-Za-z0-9+/_=-]{24,}(?:(?:\\n|\n)[A-Za-z0-9+/_=-]{4,})*")


def find_pem(data: bytes, at: int) -> list[tuple[int, int, str]]:
    """Return where the body of a private key stands whose header holds *at*; a body cut short ends with the text."""
    header = _HEADER.search(data, max(0, at - 56), at + 40)
    if header is None:
        return []
    start = header.end()
    foot = _END.search(data, start, start + _LONGEST_PEM)
    if foot is not None:
        return [(start, foot.start(), "private-key")] if _is_body(data[start : foot.start()]) else []
    end = min(len(data), start + _LONGEST_PEM)
    return [(start, end, "private-key")] if data[start:end].strip() else []


def find_jwt(data: bytes, at: int) -> list[tuple[int, int, str]]:
    """Return the JSON web token that begins at *at*, if its header is one or its payload is an object too."""
    if at and (data[at - 1 : at].isalnum() or data[at - 1 : at] == b".") and not ends_escape(data, at):
        return []
    found = _JWT.match(data, at)
    if found is None:
        return []
    parts = found[0].split(b".")
    if parts[1].startswith(b"eyJ") or _has_algorithm(parts[0]):
        return [(at, found.end(), "jwt")]
    return []


def find_encoded(data: bytes, at: int) -> list[tuple[int, int, str]]:
    """Return the base64 text that begins at *at*, where what it wraps is known by its first letters."""
    found = _ENCODED.match(data, at)
    if found is None:
        return []
    if data.startswith(b"LS0tLS1CRUdJTi", at):
        head = _decoded(found[0][:120])
        return [(at, found.end(), "private-key")] if b"PRIVATE" in head else []
    return [(at, found.end(), "jwt")] if _decoded(found[0][:40]).startswith(b"eyJ") else []


def _is_body(text: bytes) -> bool:
    text = text.translate(None, b" \t\r\n\\\"'+,")
    return len(text) > 15 and len(set(text)) > 4  # noqa: PLR2004 - dots and stars stand for a body


def _decoded(text: bytes) -> bytes:
    text = text.translate(_URLSAFE, b"\n\\=")
    try:
        return urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    except (Error, ValueError):
        return b""


def _has_algorithm(header: bytes) -> bool:
    try:
        return "alg" in json.loads(_decoded(header[:2_048]))
    except (ValueError, TypeError, RecursionError):
        return False


_URLSAFE = bytes.maketrans(b"+/", b"-_")
