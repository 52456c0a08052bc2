"""Code that stands where a value would."""

from __future__ import annotations

import pytest

from structlog_enrich.redaction.values.expressions import is_expression


class TestIsExpression:
    """`is_expression`."""

    @pytest.mark.parametrize(
        "value", ["{token!r:>10}", "new Token(1)", "await made.token()", "config['token']", "conf.settings.TOKEN"]
    )
    def test_code(self, value: str) -> None:
        """What a language evaluates is none."""
        assert is_expression(b"token", b"token=" + value.encode(), 0, 6)

    @pytest.mark.parametrize("value", ["hunter2", "{hunter2", "new", 'Token["x"]', "a['7']", "{a}b", "token"])
    def test_no_code(self, value: str) -> None:
        """Anything else may be a secret."""
        assert not is_expression(b"token", b"token=" + value.encode(), 0, 6)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("self.token = token", True),
            ("    self._token = token or made()", True),
            ("this.token = token;", True),
            ("self.token = token9", False),
            ("self.token=token", False),
            ("app.token = token", False),
        ],
    )
    def test_an_attribute(self, text: str, *, expected: bool) -> None:
        """An object takes a variable of the same name, as the sources in a stack do it on every other line."""
        key, _, value = text.strip().partition("=")
        at = text.index("=") + 1 + value.startswith(" ")
        assert expected == is_expression(key.strip().encode(), text.encode(), 0, at)

    @pytest.mark.parametrize(
        "value",
        [":token", ":reset_token_1", "%(reset_token_1)s", "@p0", "@Token", "$1", "$1::VARCHAR", "?", "%s", ":1"],
    )
    def test_placeholders(self, value: str) -> None:
        """A driver puts a value there."""
        assert is_expression(b"reset_token", b"reset_token = " + value.encode() + b" AND", 0, 14)

    @pytest.mark.parametrize("value", [":hunter2", "@hunter", ":hunter", "$2a$10$abc", "?x", "%(hunter)", "@p0!x9a"])
    def test_no_placeholders(self, value: str) -> None:
        """What only begins like one, or could be any word."""
        assert not is_expression(b"token", b"token = " + value.encode(), 0, 8)

    def test_placeholders_of_any_name(self) -> None:
        """In a clause of a statement they have one of their own."""
        assert is_expression(b"token", b"UPDATE t SET token = :h", 13, 21)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [("f(token=token)", True), ("{'token': token}", True), ("token=token)", True), ("a token=token)", False)],
    )
    def test_a_variable(self, text: str, *, expected: bool) -> None:
        """One that is named like its key, where arguments or entries stand."""
        data = text.encode()
        assert expected == is_expression(b"token", data, data.index(b"token"), data.rindex(b"token"))
