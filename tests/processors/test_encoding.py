"""One JSON object, and one line under every splitter."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.processors.encoding import ascii_only, encode, escape_controls

CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)]
NEIGHBOURS = ["\x20", "\x7e", "\xa0", "\xc2", "\u2027", "\u202a", "\u20a8", "😀", "\U0010ffff"]

texts = st.text(st.characters(codec="utf-8") | st.sampled_from(CONTROLS + NEIGHBOURS))


class TestEncode:
    """`encode`, and `escape_controls` in it."""

    @pytest.mark.parametrize("control", CONTROLS)
    def test_controls_are_written_as_escapes(self, control: str) -> None:
        """No control and no line separator stands raw on the line, in a key or in a value."""
        line = encode({f"a{control}b": [control, f"{control * 3}c"]})
        assert 1 == len(line.decode().splitlines())
        assert [] == [each for each in line.decode() if unicodedata.category(each) in {"Cc", "Zl", "Zp"}]
        assert {f"a{control}b": [control, f"{control * 3}c"]} == orjson.loads(line)

    @pytest.mark.parametrize("control", CONTROLS[32:])
    def test_spelling(self, control: str) -> None:
        """What JSON allows raw is written as the C0 controls are."""
        assert b'{"a":"\\u%04x"}' % ord(control) == encode({"a": control})

    @pytest.mark.parametrize("text", NEIGHBOURS)
    def test_neighbours_stay(self, text: str) -> None:
        """Characters whose bytes begin or end alike are written as they are."""
        assert json.dumps({"a": text}, ensure_ascii=False, separators=(",", ":")) == encode({"a": text}).decode()

    @given(st.dictionaries(texts, texts | st.lists(texts)))
    def test_any_text(self, event: dict[str, Any]) -> None:
        """Whatever is in it, a line is one line and reads back as what was written."""
        line = encode(event)
        assert 1 == len(line.decode().splitlines()) == len(line.splitlines())
        assert event == orjson.loads(line) == json.loads(line)

    def test_plain_lines_are_not_copied(self) -> None:
        """A line without controls is handed back as it came."""
        line = b'{"a":"b"}'
        assert line is escape_controls(line)

    def test_what_json_cannot_take(self) -> None:
        """A value that `Redact` would have rendered is an error here."""
        with pytest.raises(TypeError):
            encode({"a": object()})


class TestAsciiOnly:
    """`ascii_only`, for streams that take nothing else."""

    @given(st.dictionaries(texts, texts))
    def test_any_text(self, event: dict[str, str]) -> None:
        """The line is ASCII and reads back as what was written, astral characters as pairs."""
        line = ascii_only(encode(event).decode())
        assert line.isascii()
        assert event == json.loads(line)

    def test_spelling(self) -> None:
        """One escape for a character, two for one outside the first plane."""
        assert '"\\u00e9\\ud83d\\ude00\\uffff"' == ascii_only('"é😀\uffff"')
        line = "plain"
        assert line is ascii_only(line)
