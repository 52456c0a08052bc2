"""The names whose values are secrets, and how a key is compared with them."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["DEFAULT_KEYS", "normalised"]

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

_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SEPARATORS: Final = str.maketrans("-. ", "___")


def normalised(key: str) -> str:
    """Return *key* as it is compared: case, the kind of separator and separators around it don't tell names apart.

    Words stay words: `session_id` correlates lines and is kept, `sessionid` is the cookie of that name.

    >>> normalised("X-Api-Key") == normalised("xApiKey") == normalised("_x.api_key") == "x_api_key"
    True
    """
    return _CAMEL.sub("_", key).translate(_SEPARATORS).strip("_").casefold()
