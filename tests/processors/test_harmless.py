"""What a terminal would obey is taken from a text."""

from __future__ import annotations

import pytest

from structlog_enrich.processors.harmless import encodable, harmless, harmless_block


class TestHarmless:
    """`harmless` and `harmless_block`."""

    @pytest.mark.parametrize(
        "character", ["\x00", "\x08", "\r", "\x1b", "\x7f", "\x9b", "\u2028", "\u202e", "\u206a", "\ud800"], ids=ascii
    )
    def test_what_is_obeyed(self, character: str) -> None:
        """Controls of either kind, separators, bidi controls and lone surrogates are written as escapes."""
        expected = f"a\\u{ord(character):04x}b"

        assert [expected, expected] == [harmless(f"a{character}b"), harmless_block(f"a{character}b")]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("ad\u200bmin", "ad\\u200bmin"),
            ("ad\u200dmin", "ad\\u200dmin"),
            ("admin\u200c", "admin\\u200c"),
            ("ad\xadmin", "ad\\u00admin"),
            ("\u0430\u200d", "\u0430\\u200d"),
            ("é\ufe0f", "é\\ufe0f"),
            ("\ufeffa", "\\ufeffa"),
            ("\u3164", "\\u3164"),
            ("\u200d\U0001f600", "\\u200d\U0001f600"),
            ("\U0001f600\ufe0f\ufe0e", "\U0001f600\ufe0f\\ufe0e"),
            ("\U0001f600\u200d\u200d", "\U0001f600\u200d\\u200d"),
            ("a\U000e0041", "a\\U000e0041"),
            ("a\U000e0100", "a\\U000e0100"),
        ],
        ids=ascii,
    )
    def test_what_nobody_sees(self, text: str, expected: str) -> None:
        """What takes no room and shapes nothing is written as an escape: two names that differ look different."""
        assert [expected, expected] == [harmless(text), harmless_block(text)]

    @pytest.mark.parametrize(
        "text",
        [
            *("", "zażółć", "支払い", "\\u001b[31m", "[31m", "e\u0301"),
            *("\U0001f468\u200d\U0001f469", "\u2764\ufe0f\u200d\U0001f525", "1\ufe0f\u20e3", "\u203c\ufe0f", "©\ufe0f"),
            *("\u0645\u06cc\u200c\u062e\u0648", "क\u094d\u200dष", "葛\U000e0100", "\u182d\u180b"),
        ],
        ids=ascii,
    )
    def test_what_is_not(self, text: str) -> None:
        """Text in any script stays, with the joiners and selectors that it and emoji are made of."""
        assert [text, text] == [harmless(text), harmless_block(text)]

    def test_lines_and_tabs(self) -> None:
        """A block keeps its lines, and its tabs as blanks; elsewhere both are escaped."""
        assert "a\n        b" == harmless_block("a\n\tb")
        assert "a\\u000a\\u0009b" == harmless("a\n\tb")


class TestEncodable:
    """`encodable`."""

    @pytest.mark.parametrize(
        ("encodings", "expected"),
        [([], "żó"), (["latin-1"], "\\u017có"), (["latin-1", "ascii"], "\\u017c\\xf3"), (["no such"], "\\u017c\\xf3")],
    )
    def test_what_all_can_show(self, encodings: list[str], expected: str) -> None:
        """What one of the encodings hasn't is escaped."""
        assert expected == encodable("żó", encodings)
