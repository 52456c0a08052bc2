"""The names whose values are secrets, and how a key is compared with them."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["DEFAULT_KEYS", "spellings"]

DEFAULT_KEYS: Final = frozenset(
    {
        "access_key",
        "access_token",
        "accesstoken",
        "api_key",
        "apikey",
        "auth_token",
        "authtoken",
        "authorization",
        "bearer_token",
        "client_secret",
        "clientsecret",
        "connect_sid",
        "cookie",
        "credential",
        "credentials",
        "csrf",
        "csrf_token",
        "csrftoken",
        "cvc",
        "cvv",
        "encryption_key",
        "id_token",
        "jwt",
        "otp",
        "pass",
        "passcode",
        "passphrase",
        "passwd",
        "password",
        "phpsessid",
        "private_key",
        "privatekey",
        "proxy_authorization",
        "pwd",
        "refresh_token",
        "refreshtoken",
        "secret",
        "secret_key",
        "secretkey",
        "session_token",
        "sessionid",
        "set_cookie",
        "signing_key",
        "ssn",
        "token",
        "totp",
        "x_api_key",
        "xsrf",
        "xsrf_token",
    }
)
"""Names that are masked by default. Each is also the id of its rule."""

_HUMPS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SEPARATORS: Final = str.maketrans("-. ", "___")
# As `sessionId` it is an id that correlates lines; the cookie of that name is spelled without a hump.
_WITHOUT_HUMP: Final = frozenset({"sessionid"})


def spellings(key: str) -> tuple[str, ...]:
    """Return *key* in the ways it is compared: case, humps and the kind of separator don't tell two names apart.

    Words stay words: `session_id` and `sessionId` correlate lines and are kept, `sessionid` is the cookie of that name.

    >>> spellings("X-Api-Key"), spellings("xAPIKey"), spellings("PassWord")
    (('x_api_key',), ('x_api_key', 'xapikey'), ('pass_word', 'password'))
    """
    key = key.translate(_SEPARATORS)
    split, plain = _HUMPS.sub("_", key).strip("_").casefold(), key.strip("_").casefold()
    return (split,) if split == plain or plain in _WITHOUT_HUMP else (split, plain)
