"""What a value looks like: whether it may be the secret that its key speaks of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.redaction.values.complaints import is_complaint

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DOUBTS", "is_fetch_mode", "is_number", "is_pin", "is_said_of_it", "is_truth_word", "text_of"]

_LONGEST: Final = 4_096
_LONGEST_TRUTH: Final = 8
_SHORTEST_OPAQUE: Final = 12
_FETCH_MODES: Final = frozenset({"include", "omit", "same-origin"})
_MOST_COMPLAINTS: Final = 16
_TRUTH: Final = frozenset({"", "0", "1", "f", "false", "n", "no", "none", "null", "off", "on", "t", "true", "y", "yes"})
_METHODS: Final = frozenset(
    {
        "allowed",
        "anonymous",
        "apikey",
        "basic",
        "bearer",
        "cert",
        "certificate",
        "denied",
        "digest",
        "disabled",
        "enabled",
        "error",
        "failed",
        "failure",
        "gssapi",
        "hmac",
        "iam",
        "internal",
        "jwt",
        "kerberos",
        "key",
        "ldap",
        "local",
        "login",
        "mtls",
        "negotiate",
        "ntlm",
        "oauth",
        "oauth2",
        "ok",
        "oidc",
        "open",
        "optional",
        "pam",
        "password",
        "plain",
        "public",
        "required",
        "saml",
        "scram",
        "session",
        "sso",
        "success",
        "token",
        "user",
    }
)
# A name for something else: UUID, digest, date, version or address, path, URL, e-mail.
_NAMES: Final = re.compile(
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|(?:[a-z0-9]+:)?[0-9a-fA-F]+"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}.*|v?[0-9]+(?:[.:,-][0-9a-z]{1,12})+|[.~]{0,2}[/\\].*|[A-Za-z]:\\.*"
    r"|[A-Za-z][A-Za-z0-9+.-]*://.*|[^@\s]+@[^@\s]+\.[a-z]+",
    re.DOTALL,
)
_GENERATED: Final = re.compile(r"(?=[^A-Z]*[A-Z])(?=[^a-z]*[a-z])(?=[^0-9]*[0-9])[A-Za-z0-9+=_-]{12,}")
_WORDS: Final = re.compile(r"\s*(?:[a-z]{3,8}[ ,]+){11,23}[a-z]{3,8}\s*")
_PIN: Final = re.compile(r"[0-9]{4,8}")


def text_of(value: Any) -> str | None:
    """Return the start of a text or of bytes, as text; None when it is neither."""
    kind = type(value)
    if issubclass(kind, str):
        return str.__getitem__(value, slice(_LONGEST))
    if issubclass(kind, bytes):
        return bytes.__getitem__(value, slice(_LONGEST)).decode("latin-1")
    if issubclass(kind, bytearray):
        return bytearray.__getitem__(value, slice(_LONGEST)).decode("latin-1")
    return None


def is_number(value: Any) -> bool:
    """Tell whether *value* is a number; a bool isn't one.

    >>> is_number(3), is_number(True), is_number("3")
    (True, False, False)
    """
    kind = type(value)
    return issubclass(kind, int | float) and kind is not bool


def is_pin(value: Any) -> bool:
    """Tell whether a number has as many digits as people are asked for: a GPIO pin has fewer.

    >>> is_pin(4711), is_pin(13)
    (True, False)
    """
    return type(value) is int and 10**3 <= value < 10**8


def is_fetch_mode(value: Any) -> bool:
    """Tell whether *value* says when a browser sends credentials.

    >>> is_fetch_mode("same-origin"), is_fetch_mode("hunter2")
    (True, False)
    """
    return type(value) is str and value in _FETCH_MODES


def is_said_of_it(value: Any) -> bool:
    """Tell whether *value* is what a validator says of the field it stands under: sentences, or a list of them.

    >>> is_said_of_it(["This field is required."]), is_said_of_it("correct horse battery staple")
    (True, False)
    """
    kind = type(value)
    if kind is list or kind is tuple:
        return 0 < len(value) <= _MOST_COMPLAINTS and all(type(each) is str and is_said_of_it(each) for each in value)
    return kind is str and value[-1:] in {".", "!"} and is_complaint(value[:_LONGEST].encode("utf-8", "replace"))


def is_truth_word(text: str) -> bool:
    """Tell whether a text says yes or no.

    >>> is_truth_word("False"), is_truth_word("hunter2")
    (True, False)
    """
    return len(text) <= _LONGEST_TRUTH and text.strip().lower() in _TRUTH


def _opaque(text: str) -> bool:
    return (
        len(text) >= _SHORTEST_OPAQUE
        and not any(map(str.isspace, text))
        and any(map(str.isdigit, text))
        and any(map(str.isalpha, text))
        and _NAMES.fullmatch(text) is None
    )


DOUBTS: Final[dict[str, Callable[[str], bool]]] = {
    "auth": lambda text: text.strip().lower() not in _METHODS and not is_truth_word(text),
    "generated": lambda text: _GENERATED.fullmatch(text) is not None and _NAMES.fullmatch(text) is None,
    "opaque": _opaque,
    "words": lambda text: _WORDS.fullmatch(text) is not None,
    "pin": lambda text: _PIN.fullmatch(text) is not None,
}
"""Tests of a text under a name that alone says too little: whether it looks like a secret after all."""
