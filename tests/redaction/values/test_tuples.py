"""Lists in brackets: their elements and their end."""

from __future__ import annotations

import pytest

from structlog_enrich.redaction.values.tuples import literal_within, row_at


class TestRowAt:
    """`row_at`."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (b"('a', 1) x", [b"'a'", b"1"]),
            (b"('a,b)', f(1, 2))", [b"'a,b)'", b"f(1, 2)"]),
            (b"(1,)", [b"1"]),
            (b"()", []),
            (rb"(\'a\', \'b\\\'c\')", [rb"\'a\'", rb"\'b\\\'c\'"]),
            (b"['a', [1, 2]]", [b"'a'", b"[1, 2]"]),
            (b"($$a, b)$$, $x$$$)$x$, $1)", [b"$$a, b)$$", b"$x$$$)$x$", b"$1"]),
        ],
    )
    def test_of_a_list(self, text: bytes, expected: list[bytes]) -> None:
        """Commas and brackets in quoted texts and inner lists are none of its own."""
        found = row_at(text, 0)
        assert found is not None
        assert (expected, True) == ([text[start:end] for start, end in found.items], found.is_closed)

    def test_of_what_is_open(self) -> None:
        """It ends with the text."""
        found = row_at(b"('a', 'b", 0)
        assert (found is not None, False) == (True, found is not None and found.is_closed)

    @pytest.mark.parametrize("text", [b"(" * 20 + b")" * 20, b"([" + b"1," * 9_000 + b"])"])
    def test_of_too_much(self, text: bytes) -> None:
        """It isn't read to its end."""
        found = row_at(text, 0)
        assert (found is not None, False) == (True, found is not None and found.is_closed)

    def test_of_anything_else(self) -> None:
        """There is none without a bracket."""
        assert row_at(b"a", 0) is None


class TestLiteralWithin:
    """`literal_within`."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [(b"'a'", b"a"), (b"N'a'", b"a"), (b"_utf8'a'", b"a"), (rb"\'a\'", b"a"), (b"'a'::text", b"a"), (b"7", b"7")],
    )
    def test_of_an_element(self, text: bytes, expected: bytes) -> None:
        """Quotes, prefixes and types stay outside."""
        assert expected == text[slice(*literal_within(text, 0, len(text)))]
