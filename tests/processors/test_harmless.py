"""What a terminal would obey is taken from a text."""

from __future__ import annotations

import pytest

from structlog_enrich.processors.harmless import encodable, harmless, harmless_block


class TestHarmless:
    """`harmless` and `harmless_block`."""

    @pytest.mark.parametrize(
        "character", ["\x00", "\x08", "\r", "\x1b", "\x7f", "\x9b", "\u2028", "\u202e", "\u206a", "\ud800"]
    )
    def test_what_is_obeyed(self, character: str) -> None:
        """Controls of either kind, separators, bidi controls and lone surrogates are written as escapes."""
        expected = f"a\\u{ord(character):04x}b"

        assert [expected, expected] == [harmless(f"a{character}b"), harmless_block(f"a{character}b")]

    @pytest.mark.parametrize("text", ["", "zażółć", "a\u200db", "\U0001f468\u200d\U0001f469", "\\u001b[31m", "[31m"])
    def test_what_is_not(self, text: str) -> None:
        """Text in any script, joiners of emoji included, stays."""
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
