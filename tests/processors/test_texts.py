"""Texts made of numbers, keys and elements; what else is cut is tested with the walk."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from structlog_enrich.processors.texts import cut, digits, encodable, key_text, sort_key


class TestCut:
    """`cut`, where a marker stands at the cut."""

    @pytest.mark.parametrize("most", range(30, 60))
    def test_keeps_markers_whole(self, most: int) -> None:
        """A marker is kept or goes: half of one is none to whoever looks later."""
        kept, sign, _ = cut("password=[REDACTED:password] [a] and what follows it all" * 2, most).rpartition("…[+")
        assert sign
        assert kept.count("[REDACTED:") == kept.count("[REDACTED:password]")


class TestDigits:
    """`digits`, for integers of any size."""

    @pytest.mark.parametrize(
        ("expected", "number"),
        [("12", 12), ("-1", -1), (str(10**4_000), 10**4_000), (hex(1 << 20_000), 1 << 20_000)],
        ids=range(4),
    )
    def test_rows(self, expected: str, number: int) -> None:
        """Decimal, and hexadecimal where decimal takes long."""
        assert expected == digits(number)

    def test_an_interpreter_that_makes_few(self) -> None:
        """Fewer decimal digits than an interpreter was told to make at most are no error."""
        before = sys.get_int_max_str_digits()
        sys.set_int_max_str_digits(640)
        try:
            assert hex(10**1_000) == digits(10**1_000)
        finally:
            sys.set_int_max_str_digits(before)


class TestEncodable:
    """`encodable`, which leaves no lone surrogates."""

    @pytest.mark.parametrize(
        ("expected", "text"), [("a", "a"), ("ż", "ż"), ("\ufffd", "\ud800"), ("a\ufffd\ufffdb", "a\udfff\ud800b")]
    )
    def test_rows(self, expected: str, text: str) -> None:
        """Each becomes U+FFFD."""
        assert expected == encodable(text)


class TestKeyText:
    """`key_text`, the name of a key that is no text."""

    def test_rows(self) -> None:
        """What has a text of its own gives it, anything else its `repr`, and nothing raises."""

        class Own(str):
            __slots__ = ()

            def __str__(self) -> str:
                raise ValueError

        class Broken:
            def __str__(self) -> str:
                raise ValueError

            def __repr__(self) -> str:
                raise ValueError

        keys: list[Any] = [Own("a"), b"raw", 5, None, (1, 2)]
        assert ["a", "raw", "5", "None", "(1, 2)"] == [key_text(key) for key in keys]
        assert key_text(Broken()).endswith("Broken>")


class TestSortKey:
    """`sort_key`, the order of a set."""

    def test_order(self) -> None:
        """Numbers come first, by size; then texts, and whatever else by its `repr`."""
        assert [1, 2.5, [0], "a", "b"] == sorted(["b", 2.5, [0], "a", 1], key=sort_key)
