"""Values whose name stands elsewhere in a report: of pydantic, SQLAlchemy, PostgreSQL and forms."""

from __future__ import annotations

import pytest

from structlog_enrich.redaction import redact_text

SECRET = "-".join(("hunter2", "a8Kx92lQ"))


class TestInput:
    """What pydantic says of a field."""

    @pytest.mark.parametrize("location", ["password", "logins.0.api_key", "body.password"])
    def test_of_a_secret(self, location: str) -> None:
        """The input goes and what is said of it stays."""
        text = f"1 validation error for Login\n{location}\n  Not a number [type=int, input_value='@', input_type=str]"
        found = redact_text(text.replace("@", SECRET))
        assert SECRET not in found
        assert found.startswith(text[: text.index("'")])
        assert found.endswith(", input_type=str]")

    def test_of_another_field(self) -> None:
        """The input of any other field stays."""
        text = f"1 validation error for Login\nuser\n  Not a number [type=int, input_value='{SECRET}', input_type=str]"
        assert text == redact_text(text)


class TestParameters:
    """What SQLAlchemy says of a statement."""

    @pytest.mark.parametrize("given", ["('ada', '@')", "[('ada', '@'), ('bob', '@')]"])
    def test_of_a_statement_about_secrets(self, given: str) -> None:
        """Parameters without names go where the statement names a secret's column."""
        before = "failed\n[SQL: INSERT INTO members (user, password) VALUES (?, ?)]\n[parameters: "
        found = redact_text(f"{before}{given.replace('@', SECRET)}]\n(Background on")
        assert f"{before}[REDACTED:password]]\n(Background on" == found

    def test_of_another_statement(self) -> None:
        """Any others stay, also where the statement isn't shown."""
        text = "[SQL: SELECT * FROM members WHERE user = ?]\n[parameters: ('ada',)]"
        assert text == redact_text(text)
        assert "[parameters: ('ada',)]" == redact_text("[parameters: ('ada',)]")


class TestColumns:
    """What PostgreSQL says of a key."""

    def test_of_a_secret(self) -> None:
        """The value of that column goes, or all where they can't be told apart."""
        text = f"Key (email, password)=(ada@example.com, {SECRET}) already exists."
        assert "Key (email, password)=(ada@example.com, [REDACTED:password]) already exists." == redact_text(text)
        assert "Key (password)=([REDACTED:password]) exists" == redact_text(f"Key (password)=(a, {SECRET}) exists")

    def test_of_others(self) -> None:
        """Others stay."""
        assert "Key (user, n)=(ada, 7) exists" == redact_text("Key (user, n)=(ada, 7) exists")


class TestPart:
    """A part of a form."""

    @pytest.mark.parametrize("more", ["", "\r\nContent-Type: text/plain"])
    def test_of_a_secret(self, more: str) -> None:
        """Its value goes, whatever other headers it has."""
        before = f'--x\r\nContent-Disposition: form-data; name="password"{more}\r\n\r\n'
        assert f"{before}[REDACTED:password]\r\n--x--" == redact_text(f"{before}{SECRET}\r\n--x--")

    def test_of_another(self) -> None:
        """Any other stays."""
        text = '--x\r\nContent-Disposition: form-data; name="user"\r\n\r\nada\r\n--x--'
        assert text == redact_text(text)


class TestMore:
    """What a key is followed by."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("\x1b[36mpassword\x1b[0m=\x1b[35m@\x1b[0m", "\x1b[36mpassword\x1b[0m=\x1b[35m[REDACTED:password]\x1b[0m"),
            ('{"password": {"a": "@}"}, "n": 1}', '{"password": "[REDACTED:password]", "n": 1}'),
            ("{'token': {'value': '@'}, 'n': 1}", "{'token': [REDACTED:token], 'n': 1}"),
            ('{"secrets": [["a"], "@"], "n": 1}', '{"secrets": "[REDACTED:secret]", "n": 1}'),
            ("password: must have at least 12 characters", "password: must have at least 12 characters"),
            ("postgres://app:@", "postgres://app:[REDACTED:url-userinfo]"),
            ("https://api.example:8443", "https://api.example:8443"),
        ],
        ids=["colours", "object", "repr", "list", "sentence", "cut URL", "port"],
    )
    def test_is_read(self, text: str, expected: str) -> None:
        """Colours, whole objects and lists, and what only goes on with a sentence."""
        assert expected == redact_text(text.replace("@", SECRET))
