"""By which key a secret within a text was found."""

from __future__ import annotations

import pytest

from structlog_enrich.redaction.paths import segment_text
from structlog_enrich.redaction.policy import DEFAULT_POLICY, RedactionPolicy

SECRET = "a8Kx92lQ" + "q7Zk3Rx"


def found(text: str, policy: RedactionPolicy = DEFAULT_POLICY) -> list[tuple[str, str]]:
    """Return what is found in a text."""
    return policy.compiled.keys_in_texts().found(text)


class TestFound:
    """`KeysInTexts.found`."""

    @pytest.mark.parametrize(
        ("key", "text"),
        [
            ("token", f"the token={SECRET}"),
            ("id_token", f"GET /?page=1&id_token={SECRET}"),
            ("refreshToken", f'said {{"refreshToken": "{SECRET}"}}'),
            ("password", f"psql --password {SECRET}"),
            ("X-Api-Key", f"X-Api-Key: {SECRET}"),
            ("Cookie", f"Cookie: sid={SECRET}; theme=dark"),
            ("db.password", f"<db.password>{SECRET}</db.password>"),
            ("", f"postgres://ada:{SECRET}@db/shop"),
            ("", f"token=ghp_{'q7Zk3RxV9mBt' * 3}"),
        ],
    )
    def test_key(self, key: str, text: str) -> None:
        """It is the one that keeps what was found; none where something else finds it as well."""
        keys = {each for _, each in found(text)}
        assert {key} == keys
        if key:
            assert text == RedactionPolicy(allow={segment_text(key).removeprefix(".")}).scan(text)[0]

    def test_several(self) -> None:
        """Each has its own, in their order."""
        text = f"id_token={SECRET} postgres://ada:{SECRET}@db csrf_token={SECRET} id_token={SECRET}"
        assert [("token", "id_token"), ("url-userinfo", ""), ("csrf", "csrf_token"), ("token", "id_token")] == found(
            text
        )

    def test_own(self) -> None:
        """A policy's own keys, and those that it allows already, count as there."""
        policy = RedactionPolicy(keys={"voucher"}, allow={"id_token"}, defaults=False)
        assert [("voucher", "voucher")] == found(f"voucher={SECRET} id_token={SECRET} password={SECRET}", policy)

    def test_clean(self) -> None:
        """Nothing is found in a clean text, and what was asked before says nothing of it."""
        keys = DEFAULT_POLICY.compiled.keys_in_texts()
        assert [("token", "token")] == keys.found(f"token={SECRET}")
        assert [] == keys.found("paid for order o-118822")
        assert [("password", "password")] == keys.found(f"password={SECRET}")
