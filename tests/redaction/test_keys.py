"""The default word list, and how a key is compared with it."""

from __future__ import annotations

import pytest

from structlog_enrich.redaction import DEFAULT_POLICY
from structlog_enrich.redaction.keys import DEFAULT_KEYS, spellings

SECRETS = [
    "password",
    "Password",
    "PASSWORD",
    "PassWord",
    "passWord",
    "xAPIKey",
    "XApiKey",
    "csrftoken",
    "passwd",
    "pwd",
    "pass",
    "passphrase",
    "passcode",
    "secret",
    "Secret",
    "authorization",
    "Authorization",
    "cookie",
    "Cookie",
    "set-cookie",
    "Set-Cookie",
    "credential",
    "credentials",
    "jwt",
    "csrf",
    "xsrf",
    "csrf_token",
    "XSRF-TOKEN",
    "api_key",
    "api-key",
    "apikey",
    "apiKey",
    "ApiKey",
    "api.key",
    "X-Api-Key",
    "x_api_key",
    "access_key",
    "private_key",
    "privateKey",
    "secret_key",
    "secretKey",
    "signing_key",
    "encryption_key",
    "access_token",
    "accessToken",
    "refresh_token",
    "auth_token",
    "id_token",
    "idToken",
    "session_token",
    "bearer_token",
    "client_secret",
    "clientSecret",
    "sessionid",
    "PHPSESSID",
    "connect.sid",
    "ssn",
    "SSN",
    "cvv",
    "CVC",
    "otp",
    "totp",
    "token",
    "Proxy-Authorization",
    "_password",
    "__password",
    "password_",
    "-password",
]
HARMLESS = [
    "session_id",
    "user_id",
    "account_id",
    "access_key_id",
    "kid",
    "request_id",
    "order_id",
    "author",
    "authority",
    "auth_method",
    "token_count",
    "token_type",
    "max_tokens",
    "primary_key",
    "public_key",
    "secret_name",
    "cache_key",
    "keyboard",
    "monkey",
    "compass",
    "passenger",
    "bypass",
    "residence",
    "message.key",
    "feature_flag.key",
    "pass_rate",
    "password_hash_rounds",
    "key",
    "auth",
    "session",
]


class TestDefaultKeys:
    """`DEFAULT_KEYS`, the names that are secrets everywhere."""

    def test_names_are_written_as_they_are_compared(self) -> None:
        """Each name is in its normal form, so that it is the id of its rule as well."""
        assert sorted(DEFAULT_KEYS) == sorted(spelling for key in DEFAULT_KEYS for spelling in spellings(key))

    @pytest.mark.parametrize("key", SECRETS)
    def test_masked(self, key: str) -> None:
        """Every spelling of a secret's name has a rule."""
        assert DEFAULT_POLICY.rule_for(key) in DEFAULT_KEYS

    @pytest.mark.parametrize("key", HARMLESS)
    def test_kept(self, key: str) -> None:
        """Names that only look like it have none: they correlate lines and count things."""
        assert None is DEFAULT_POLICY.rule_for(key)


class TestSpellings:
    """`spellings`, the forms in which two names are compared."""

    @pytest.mark.parametrize(
        ("expected", "key"),
        [
            ([""], ""),
            ([""], "-_. "),
            (["x_api_key"], "X-Api-Key"),
            (["x_api_key", "xapikey"], "xApiKey"),
            (["x_api_key", "xapikey"], "xAPIKey"),
            (["x_api_key", "xapikey"], "XApiKey"),
            (["x_api_key"], " x.api key"),
            (["http2_server", "http2server"], "http2Server"),
            (["pass_word", "password"], "passWord"),
            (["session_id"], "sessionId"),
            (["sessionid"], "SESSIONID"),
            (["strasse"], "Straße"),
        ],
    )
    def test_forms(self, expected: list[str], key: str) -> None:
        """Case, humps, separators and separators around a name don't count; its words do."""
        assert expected == list(spellings(key))
