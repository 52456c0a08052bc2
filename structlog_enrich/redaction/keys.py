"""The names whose values are secrets, and how a key is compared with them."""

from __future__ import annotations

from typing import Final

__all__ = ["DEFAULT_KEYS", "normalised"]

DEFAULT_KEYS: Final = frozenset(
    {
        "access_key",
        "access_token",
        "api_key",
        "auth_token",
        "authorization",
        "bearer_token",
        "client_secret",
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
        "proxy_authorization",
        "pwd",
        "refresh_token",
        "secret",
        "secret_key",
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

_SEPARATORS: Final = str.maketrans("", "", "_-. ")


def normalised(key: str) -> str:
    """Return *key* as it is compared: case and separators don't tell two names apart.

    >>> normalised("X-Api-Key") == normalised("xApiKey") == normalised("x_api_key")
    True
    """
    return key.translate(_SEPARATORS).casefold()
