"""Passwords in URLs: whoever stands before the host."""

from __future__ import annotations

import re

from structlog_enrich.redaction.values.shapes import has_digits, is_opaque, is_placeholder

__all__ = ["find_userinfo", "find_userinfo_without_scheme"]

# Up to the last `@` of the authority: a password may hold one, the host can't.
_USERINFO = re.compile(rb"://([^\s/?#\"'<>`]{1,512})@")
_WITH_SLASH = re.compile(rb"://([^\s/?#@:\"'<>`]{0,128}:[^\s\"'<>`@]{1,256})@[A-Za-z0-9.-]{1,255}(?:[:/\s\"']|\Z)")
# What someone else has cut before its host; a port has only digits.
_CUT = re.compile(rb"://[^\s/?#@:\"'<>`]{0,128}:([^\s/?#@\"'<>`]{6,512})(?:\xe2\x80\xa6|\.\.\.|\Z)")
_BARE = re.compile(
    rb"[A-Za-z0-9_.-]{1,64}:([^\s/@:\"'<>`,;()]{3,128}|[^\s/:\"'<>`,;]{3,128})"
    rb"@(?:[A-Za-z0-9.-]{1,255}:(?:[0-9]{2,5}|port)\b|(?:tcp[46]?|unix)\()"
)
_TOKEN = re.compile(rb"[A-Za-z0-9_-]{20,}")
_PORT = re.compile(rb"[0-9]{1,5}(?:[/?#]|\Z)")
_KEY = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-:@)"


def find_userinfo(data: bytes, at: int) -> list[tuple[int, int, str]]:
    """Return the password before the host of the URL whose `://` begins at *at*, or the user if that is a token."""
    found = _USERINFO.match(data, at)
    if found is None:
        cut = _CUT.match(data, at)
        if cut is not None and is_opaque(cut[1]):
            return [(*cut.span(1), "url-userinfo")]
        found = _WITH_SLASH.match(data, at)
        if found is None or _PORT.match(found[1].partition(b":")[2]):
            return []
    user, colon, password = found[1].partition(b":")
    start, end = found.span(1)
    if colon:
        if not password or (is_placeholder(password.rstrip(b"@")) and password not in _LIKELY):
            return []
        return [(start + len(user) + 1, end, "url-userinfo")]
    return [(start, end, "url-userinfo")] if _TOKEN.fullmatch(user) and has_digits(user) and is_opaque(user) else []


def find_userinfo_without_scheme(data: bytes, at: int) -> list[tuple[int, int, str]]:
    """Return the password of `user:password@host:port` around the `@` at *at*, where no scheme stands before."""
    window = data[max(0, at - 200) : at + 1]
    start = at + 1 - (len(window) - len(window.rstrip(_KEY)))
    if data[start - 1 : start] == b"/":
        return []
    found = _BARE.match(data, start)
    if found is None or found.end(1) < at or (is_placeholder(found[1]) and found[1] not in _LIKELY):
        return []
    return [(*found.span(1), "url-userinfo")]


# In a URL these words are a password as often as they stand for one.
_LIKELY = frozenset({b"pass", b"password", b"passwd", b"secret", b"changeme", b"example", b"token"})
