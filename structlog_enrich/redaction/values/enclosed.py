"""A password beside its name with no sign between them: in brackets, or behind a tab."""

from __future__ import annotations

import re
from typing import Final

from structlog_enrich.redaction.values.shapes import is_opaque, is_placeholder

__all__ = ["value_beside"]

_NAME: Final = re.compile(rb"(?i:(?:[a-z]{1,16}_)?(?:passw(?:or)?d|passphrase|passcode|pwd|pw|passwort|kennwort))")
_VALUE: Final = rb"([^\s\[\](){},;:=<>\"'`/\\|]{6,128})"
_BEHIND_TAB: Final = re.compile(rb"\t{1,4}%b(?=\r?\n|\Z)" % _VALUE)
_IN_BRACKETS: Final = re.compile(rb"[ ]{1,4}(?:\[%b\]|\(%b\))" % (_VALUE, _VALUE))
# What is said of how a password is kept has digits too.
_KIND: Final = re.compile(
    rb"(?i:(?:hmac-?)?sha-?[0-9]{1,3}|md5(?:[-_]?crypt)?|base(?:32|64)|argon2(?:id?|d)?|pbkdf2|oauth2?|saml2?|utf-?(?:8|16)"
    rb"|(?:aes|rsa)-?[0-9]{3,4}|(?:line|step|field|column|param|arg|try|attempt|version|user|node|host|test)[-_#]?[0-9]+)"
)


def value_beside(key: bytes, data: bytes, start: int, end: int) -> tuple[int, int] | None:
    """Return where the password stands that follows the key from *start* to *end*; None where nothing looks like one.

    >>> value_beside(b"Password", b"Password [hunter2]", 0, 8), value_beside(b"password", b"password (sha256)", 0, 8)
    ((10, 17), None)
    """
    if not _NAME.fullmatch(key):
        return None
    # Behind a tab only where a line has nothing else: in a table the neighbour is another column's.
    first = not start or data[start - 1 : start] in {b"\n", b"\r"}
    found = (first and _BEHIND_TAB.match(data, end)) or _IN_BRACKETS.match(data, end)
    if not found:
        return None
    value = found[found.lastindex or 0]
    if not is_opaque(value) or is_placeholder(value) or _KIND.fullmatch(value):
        return None
    return found.span(found.lastindex or 0)
