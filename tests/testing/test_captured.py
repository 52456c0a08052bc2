"""The lines that were captured, and lines that somebody else wrote."""

from __future__ import annotations

import pytest

from structlog_enrich.testing import Captured, decoded


def captured(*lines: object) -> Captured:
    """Return what holds these."""
    made = Captured()
    for line in lines:
        made.add(line)
    return made


class TestCaptured:
    """A sequence of lines."""

    def test_is_a_sequence(self) -> None:
        """It is indexed, sliced, counted and walked like a list."""
        lines = captured(b'{"seq":0}', b'{"seq":1}')

        assert ({"seq": 1}, [{"seq": 0}], 2) == (lines[-1], lines[:1], len(lines))
        assert [{"seq": 0}, {"seq": 1}] == list(lines) == lines.lines
        assert "<Captured(2 lines)>" == repr(lines)

    def test_is_false_while_empty(self) -> None:
        """Without lines it is empty, raw too."""
        assert not Captured()
        assert (b"", []) == (Captured().raw, Captured().lines)

    def test_what_it_gives_is_a_copy(self) -> None:
        """Whoever changes a line changes nobody else's."""
        lines = captured(b'{"seq":0}')
        lines[0]["seq"] = 7
        lines.lines.clear()

        assert {"seq": 0} == lines[0]

    @pytest.mark.parametrize(
        "rendered",
        [
            b'{"a":"\xc3\xa9"}',
            b'{"a":"\xc3\xa9"}\n',
            bytearray(b'{"a":"\xc3\xa9"}'),
            '{"a":"\xe9"}',
            (('{"a":"\xe9"}',), {"exc_info": False}),
            (('{"a":"\xe9"}',), {}),
        ],
        ids=["bytes", "newline", "bytearray", "text", "standard", "call"],
    )
    def test_whatever_a_renderer_makes(self, rendered: object) -> None:
        """Bytes, text and the arguments of a `logging.Logger` are one line, ended by one newline."""
        assert b'{"a":"\xc3\xa9"}\n' == captured(rendered).raw

    def test_clear(self) -> None:
        """What was forgotten is gone, and what comes later is there."""
        lines = captured(b'{"seq":0}')
        lines.clear()
        lines.add(b'{"seq":1}')

        assert [{"seq": 1}] == list(lines)


class TestLine:
    """The one line that a test is about."""

    def test_the_only_one(self) -> None:
        """Without a message there must be one line."""
        assert {"message": "paid"} == captured(b'{"message":"paid"}').line()

    def test_by_its_message(self) -> None:
        """With a message, others may stand beside it."""
        assert 1 == captured(b'{"message":"sent"}', b'{"message":"paid","seq":1}').line("paid")["seq"]

    @pytest.mark.parametrize(
        ("lines", "message", "told"),
        [
            ([], None, "expected one line, found 0; logged: nothing"),
            ([], "paid", "expected one line 'paid', found 0; logged: nothing"),
            ([b'{"message":"a"}', b'{"message":"b"}'], None, "expected one line, found 2; logged: 'a', 'b'"),
            ([b'{"message":"a"}', b'{"message":"a"}'], "a", "expected one line 'a', found 2; logged: 'a', 'a'"),
            ([b'{"message":"a"}'], "b", "expected one line 'b', found 0; logged: 'a'"),
            ([b"{}"], "b", "expected one line 'b', found 0; logged: None"),
        ],
    )
    def test_none_or_several(self, lines: list[bytes], message: str | None, told: str) -> None:
        """It says what was expected and what there is."""
        with pytest.raises(AssertionError) as raised:
            captured(*lines).line(message)

        assert told == str(raised.value)


class TestDecoded:
    """What a file or another process holds."""

    @pytest.mark.parametrize("written", [b'{"a":1}\n{"b":2}\n', '{"a":1}\n{"b":2}', bytearray(b'{"a":1}\n{"b":2}\n')])
    def test_lines(self, written: bytes | str) -> None:
        """Each line is an object; the last needs no newline."""
        assert [{"a": 1}, {"b": 2}] == decoded(written)

    def test_nothing(self) -> None:
        """Of nothing there are no lines."""
        assert [] == decoded(b"") == decoded("")

    @pytest.mark.parametrize(
        ("written", "told"),
        [
            (b'{"a":1}\nTraceback', r"line 2 isn't JSON \(.*\), of 9 bytes$"),
            (b'{"a":1}\n\n{"b":2}\n', r"line 2 isn't JSON"),
            (b"\n", r"line 1 isn't JSON"),
            (b'{"a":1}{"b":2}\n', r"line 1 isn't JSON"),
            (b'{"a":1}\r{"b":2}\n', r"line 1 isn't JSON"),
            (b'{"a":"\xff"}\n', r"line 1 isn't JSON"),
            (b"[1]\n", r"line 1 is an array and no JSON object$"),
            (b"{}\n5\n", r"line 2 is a number and no JSON object$"),
        ],
    )
    def test_what_is_no_line(self, written: bytes, told: str) -> None:
        """It is named by its number and its beginning."""
        with pytest.raises(ValueError, match=told):
            decoded(written)
