"""`assert_nowhere` finds a secret wherever it stands, and nothing where it doesn't."""

from __future__ import annotations

import base64
import io
import json
from functools import partial
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from structlog_enrich import ConfigurationError
from structlog_enrich.testing import Captured, assert_nowhere
from structlog_enrich.testing.absence import Needle

SECRET = "corr?ct horse/battery+staple"
SHORT = " ".join(["tr0ub", "4dor"])


def failure(lines: Any, *secrets: str) -> str:
    """Return what the assertion says, which must fail."""
    with pytest.raises(AssertionError) as raised:
        assert_nowhere(lines, *secrets)
    return str(raised.value)


class TestAssertNowhere:
    """The secret and its disguises."""

    @pytest.mark.parametrize(
        ("line", "path"),
        [
            ({"message": f"login with {SECRET}"}, "message"),
            ({"message": SECRET.upper()}, "message"),
            ({"payload": {"user": [{"note": SECRET}]}}, "payload.user[0].note"),
            ({"payload": {"url": f"https://shop.example/?p={quote(SECRET, safe='')}"}}, "payload.url"),
            ({"payload": {"url": f"https://shop.example/?p={quote(SECRET)}"}}, "payload.url"),
            ({"payload": {"form": f"p={quote_plus(SECRET)}"}}, "payload.form"),
            ({"payload": {f"p={quote_plus(SECRET)}": 1}}, "payload[…]"),
            ({"payload": {"hex": f"0x{SECRET.encode().hex()}"}}, "payload.hex"),
            ({"error": {"message": SECRET[:14]}}, "error.message"),
            ({"error": {"stack": f"…{SECRET[14:]}"}}, "error.stack"),
        ],
        ids=["text", "case", "nested", "percent", "path", "form", "key", "hex", "first-half", "second-half"],
    )
    def test_finds(self, line: dict[str, Any], path: str) -> None:
        """As it is, in another case, encoded, and half of it."""
        assert f"of 1 secrets, these came out:\n  number 0 stands in line 0: {path}" == failure([line], SECRET)

    @pytest.mark.parametrize(
        ("line", "path"),
        [
            pytest.param({"payload": {"form": f"p={quote_plus(SHORT)}"}}, "payload.form", id="form"),
            pytest.param({"payload": {f"p={quote_plus(SHORT)}": 1}}, "payload[…]", id="key"),
            pytest.param({"payload": {"url": f"?p={quote(SHORT)}"}}, "payload.url", id="percent"),
        ],
    )
    def test_finds_as_a_form_sends_it(self, line: dict[str, Any], path: str) -> None:
        """With a plus for a blank, also where neither half counts."""
        assert f"of 1 secrets, these came out:\n  number 0 stands in line 0: {path}" == failure([line], SHORT)

    @pytest.mark.parametrize("before", [b"", b"u", b"us", b"usr:"])
    @pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
    def test_finds_base64(self, before: bytes, encode: Any) -> None:
        """In either alphabet, whatever was encoded before and behind it, as in `Authorization: Basic`."""
        data = before + b"\xff\xfe" + "pÿ>?secret".encode() + b"behind"

        assert "payload.header" in failure([{"payload": {"header": f"Basic {encode(data).decode()}"}}], "pÿ>?secret")

    @pytest.mark.parametrize(
        "show", [json.dumps, partial(json.dumps, ensure_ascii=False), repr, lambda text: repr([text])]
    )
    def test_finds_escapes(self, show: Any) -> None:
        """A body or a repr in a text, whose quotes and backslashes are escaped there."""
        secret = "pä\"s'\\s\n"

        assert "payload.body" in failure([{"payload": {"body": f"body: {show({'p': secret})}"}}], secret)

    def test_finds_numbers(self) -> None:
        """A number is looked at by its digits."""
        assert "line 1: payload.pin" in failure([{"seq": 1}, {"payload": {"pin": 47110815}}], "47110815")

    def test_names_each_place_once(self) -> None:
        """Several places on a line, several lines, several secrets."""
        lines = [{"message": "a1", "payload": {"x": "a1", "y": "b2"}}, {"message": "none"}, {"message": "B2"}]

        assert [
            "of 2 secrets, these came out:",
            "  number 0 stands in line 0: message, payload.x",
            "  number 1 stands in line 0: payload.y",
            "  number 1 stands in line 2: message",
        ] == failure(lines, "a1", "b2").splitlines()

    def test_never_says_the_secret(self) -> None:
        """Not where it is a key, nor below that."""
        said = failure([{"payload": {"hunter2": {"of": "hunter2"}}}], "hunter2")

        assert "number 0 stands in line 0: payload[…], payload[…].of" in said
        assert "hunter2" not in said

    @pytest.mark.parametrize(
        "line",
        [
            {"message": "login with [REDACTED:password]"},
            {"message": SECRET[:13]},
            {"message": "horse"},
            {"message": SECRET[::-1]},
            {"seq": 0, "payload": {"a": None, "b": True, "c": [], "d": {}}},
        ],
    )
    def test_holds_where_it_isnt(self, line: dict[str, Any]) -> None:
        """A mask, a smaller part and other words are no secret."""
        assert_nowhere([line], SECRET)

    @pytest.mark.parametrize(("secret", "found"), [("0123456789abcde", False), ("0123456789abcdef", True)])
    def test_half_counts_from_16_characters_on(self, secret: str, found: bool) -> None:  # noqa: FBT001 (a parameter)
        """Half of a shorter one may be a word."""
        needle = Needle(secret)

        assert [found, found] == [needle.is_in(half) for half in (secret[:8], secret[8:])]

    @pytest.mark.parametrize(("secret", "found"), [("hunter2", False), ("hunter2!", True)])
    @pytest.mark.parametrize("encode", [bytes.hex, lambda data: base64.b64encode(data).decode()])
    def test_encoded_counts_from_8_bytes_on(self, secret: str, found: bool, encode: Any) -> None:  # noqa: FBT001 (as above)
        """A shorter one may stand there by chance."""
        assert found == Needle(secret).is_in(encode(secret.encode()))

    @pytest.mark.parametrize(
        "text",
        [
            base64.b64encode(b"abcdefghiXYZ").decode(),
            base64.b64encode(b"usXbcdefghijkl").decode(),
            json.dumps("bcdefghijkl"),
            "bcdefghijkl",
            "abcdefghijk",
        ],
    )
    def test_most_of_a_secret_is_another(self, text: str) -> None:
        """Below 16 characters each counts, also when it is encoded."""
        assert not Needle("abcdefghijkl").is_in(text)

    @pytest.mark.parametrize("show", [json.dumps, partial(json.dumps, ensure_ascii=False), repr])
    def test_most_of_an_escaped_secret_is_another(self, show: Any) -> None:
        """So it is where it is escaped."""
        assert not Needle("xä\n").is_in(show("ä\n"))

    def test_of_a_short_secret_half_is_none(self) -> None:
        """Nor is what stands there by chance when it is encoded."""
        line = {"message": "hunt", "payload": {"hex": b"pin".hex(), "b": base64.b64encode(b"pin").decode()}}

        assert_nowhere([line], "hunter2", "pin")

    @pytest.mark.parametrize("lines", [[], {}, [{}], b"", "", "\n", [b"\n"], Captured()], ids=repr)
    def test_fails_without_lines(self, lines: Any) -> None:
        """Of nothing, nothing is proved."""
        assert "there are no lines, so nothing is proved" == failure(lines, SECRET)

    def test_takes_one_line(self) -> None:
        """A line given alone isn't taken for several, which are its keys."""
        assert failure({"message": "login", "payload": {"pin": "hunter2"}}, "hunter2").endswith("line 0: payload.pin")

    @pytest.mark.parametrize("shape", [bytes, bytes.decode, bytes.splitlines, io.BytesIO])
    def test_takes_what_was_written(self, shape: Any) -> None:
        """Bytes and text are read as lines, whole or one by one."""
        raw = b'{"message":"hunter"}\n{"message":"login","payload":{"pin":"\\u0068unter2"}}\n'

        assert failure(shape(raw), "hunter2").endswith("number 0 stands in line 1: payload.pin")
        assert_nowhere(shape(raw), "hunter3")

    @pytest.mark.parametrize(
        "raw", [b"the pin is hunter2", b'{"pin":"hunter2"', b'{"pin":"hunter2","pin":"x"}', b'"hunter2"']
    )
    def test_takes_what_is_no_line(self, raw: bytes) -> None:
        """A stray print, half a line, and a name that stands twice, of which readers see the last."""
        assert "number 0 stands in line 1: " in failure(b'{"message":"x"}\n' + raw + b"\n", "hunter2")

    def test_takes_captured_lines(self) -> None:
        """As they would be written."""
        lines = Captured()
        lines.add(b'{"message":"hunter2"}')

        assert failure(lines, "hunter2").endswith("line 0: message")

    @pytest.mark.parametrize("lines", [None, 5, [5], [None], bytearray(b"hunter2"), [["hunter2"]]])
    def test_refuses_what_are_no_lines(self, lines: Any) -> None:
        """What can't be looked through isn't passed over."""
        with pytest.raises(ConfigurationError, match="lines must be a line or lines, decoded or as written, not "):
            assert_nowhere(lines, "hunter2")

    @pytest.mark.parametrize(
        ("secrets", "told"),
        [
            ([], "secrets must be given, not none"),
            (["a", ""], "secret must be text, not an empty text"),
            ([b"hunter2"], "secret must be text, not bytes"),
            ([4711], "secret must be text, not int"),
        ],
    )
    def test_refused(self, secrets: list[Any], told: str) -> None:
        """What is everywhere or can't be looked for."""
        with pytest.raises(ConfigurationError, match=told):
            assert_nowhere([{"message": "x"}], *secrets)
