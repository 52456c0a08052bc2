"""JSON that is read to be written again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.cli.jsontext import read, written

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def _again(text: str) -> str:
    document = read(text)
    assert document is not None
    return written(document.value, document, text)


class TestRead:
    """What is JSON, and what it says."""

    @pytest.mark.parametrize("text", ["", "{", "{torn", "[1,]", "NaN", '{"n": Infinity}', '{"a": "\n"}', "[" * 100_000])
    def test_none(self, text: str) -> None:
        """What a strict reader refuses is none, and so is what is nested too deep for one."""
        assert read(text) is None

    def test_objects(self) -> None:
        """All objects are at hand, however deep they are."""
        document = read('{"a": {"b": 1}, "c": [{"d": 2}]}')

        assert document is not None
        assert ["b", "d", "a"] == [next(iter(each)) for each in document.objects]

    def test_equal_names(self) -> None:
        """Each of two equal names keeps its value, as a text that reads alike."""
        document = read('{"a": 1, "a": 2, "a": 3}')

        assert document is not None
        assert [("a", 1), ("a", 2), ("a", 3)] == [(str(name), each) for name, each in document.value.items()]


class TestWritten:
    """What is written of what was read."""

    @pytest.mark.parametrize(
        "text",
        [
            '{"a":1.10,"b":1e2,"c":1E+400,"d":-0,"e":-0.0,"f":0.1e-7}',
            "[123456789012345678901234567890,18446744073709551616,-9223372036854775809]",
            f'{{"n":{"9" * 5_000}}}',
            '{"a":1,"b":{"a":2,"a":[]},"a":{}}',
            '{"a":"caf\\u00e9","b":"\\ud800"}',
            '{"a":"café","b":"\\u007f\\u2028\\ud800"}',
            "true",
            '"text"',
        ],
    )  # fmt: skip
    def test_spelling(self, text: str) -> None:
        """Numbers, equal names and escapes stay as they were."""
        assert text == _again(text)

    def test_spaces(self) -> None:
        """Spaces between go."""
        assert '{"a":[1,2],"b":{}}' == _again(' { "a" : [1 , 2],\t"b": {} } ')

    def test_bytes(self) -> None:
        """A lone surrogate that stands for a byte comes back as it, beside escapes that don't."""
        text = b'{"a":"caf\xe9","b":"\\ud800"}'.decode("utf-8", "surrogateescape")

        assert text == _again(text)

    @given(_VALUES)
    def test_value(self, value: Any) -> None:
        """What is read again says the same, in ASCII or not."""
        for ascii_only in (True, False):
            text = json.dumps(value, ensure_ascii=ascii_only)
            assert value == json.loads(_again(text))
