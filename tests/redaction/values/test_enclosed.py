"""A password in brackets or behind a tab."""

from __future__ import annotations

import pytest

from structlog_enrich.redaction import redact_text

SECRET = "hunter2" + "a8Kx92lQ"


class TestBeside:
    """No sign stands between it and its name."""

    @pytest.mark.parametrize(
        "text", ["password\t@", "a\nDB_PASSWORD\t@\nb", "Password [@]", "password (@) refused", "pw=@", "pw: @"]
    )
    def test_goes(self, text: str) -> None:
        """What looks like one does."""
        found = redact_text(text.replace("@", SECRET))
        assert text.replace("@", "[REDACTED:password]") == found
        assert found == redact_text(found)

    @pytest.mark.parametrize(
        "text",
        [
            "password\tusername",
            "user\tpassword\taddress1\tzip",
            "password\taddress1\tzip",
            "Password [required]",
            "password (sha256)",
            "password (argon2id)",
            "password (line 12)",
            "check(password)",
            "session [a8Kx92lQ7]",
            "key (a8Kx92lQ7)",
        ],
    )
    def test_anything_else_stays(self, text: str) -> None:
        """Heads of tables, kinds of passwords, ids."""
        assert text == redact_text(text)
