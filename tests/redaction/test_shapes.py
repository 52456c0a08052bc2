"""What values look like."""

from __future__ import annotations

from typing import Any

import pytest

from structlog_enrich.redaction.shapes import DOUBTS, is_number, is_pin, is_truth_word, text_of


class Text(str):
    """A text that can't be sliced."""

    __slots__ = ()

    def __getitem__(self, key: Any) -> str:
        """Fail."""
        raise RuntimeError


class Pretender:
    """An object that claims to be a text."""

    @property
    def __class__(self) -> type:  # type: ignore[override]
        """Say so."""
        raise RuntimeError


class TestDoubts:
    """`DOUBTS`, the tests of a text under a name that says too little."""

    @pytest.mark.parametrize(
        ("expected", "doubt", "text"),
        [
            (True, "opaque", "s3cr3t-value-42"),
            (False, "opaque", "opened"),
            (False, "opaque", "0b9c8f5a-3f0e-4f0b-9a59-3c1d5c3f2b11"),
            (False, "opaque", "9f1c2ab4d07e66139f1c2ab4d07e6613"),
            (False, "opaque", "2026-11-22T04:48:00Z"),
            (False, "opaque", "/var/run/session1.sock"),
            (False, "opaque", "https://example.com/1"),
            (False, "opaque", "two words of 3 kinds"),
            (True, "generated", "AIhq5Xyb1Gga9Q0z"),
            (False, "generated", "orders/2026/01/abc.json"),
            (False, "generated", "user:1234:Profile"),
            (False, "generated", "feature-flag-one"),
            (True, "auth", "secret-a"),
            (False, "auth", "Basic"),
            (True, "pin", "4711"),
            (False, "pin", "A0"),
        ],
    )
    def test_texts(self, expected: object, doubt: str, text: str) -> None:
        """Ids, dates, addresses and plain words are no secrets; what a machine made is."""
        assert expected == DOUBTS[doubt](text)


class TestKinds:
    """What a value is, told without running any code of its own."""

    def test_text_of(self) -> None:
        """Texts and bytes are texts, and of a long one the start is enough."""
        assert ["a", "b", "c", "d"] == [text_of(each) for each in ("a", b"b", bytearray(b"c"), Text("d"))]
        assert [None, None, None] == [text_of(each) for each in (1, ["a"], Pretender())]
        assert 4_096 == len(text_of("x" * 1_000_000) or "")

    def test_numbers(self) -> None:
        """A bool is no number, and what only claims to be one isn't either."""
        assert [True, True, False, False, False] == [is_number(each) for each in (1, 0.5, True, "1", Pretender())]
        assert [True, False, False, False] == [is_pin(each) for each in (4711, 13, 10**5_000, True)]

    def test_truth_words(self) -> None:
        """Yes and no in the ways they are written."""
        assert [True, True, False] == [is_truth_word(each) for each in ("", " YES ", "yes, hunter2")]
