"""One line on its way, and what is said of it."""

from __future__ import annotations

import sys
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.delivery.records import ERROR, LEVEL_METHODS, LEVELS, OVERHEAD, WARNING, encoded, framed


class TestEncoded:
    """A line is bytes that nobody can change."""

    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ("größer", "größer".encode()),
            ("\ud800", b"\\ud800"),
            (b"paid", b"paid"),
            (bytearray(b"paid"), b"paid"),
            (memoryview(b"paid"), b"paid"),
            (1.5, b"1.5"),
            (None, b"None"),
            (["\udc80"], b"['\\udc80']"),
            (LookupError("\ud800"), b"\\ud800"),
        ],
        ids=["text", "surrogate", "bytes", "bytearray", "memoryview", "number", "none", "list", "error"],
    )
    def test_kinds(self, line: object, expected: bytes) -> None:
        """Text is UTF-8, what isn't text has the text it shows."""
        assert expected == encoded(line)
        assert bytes is type(encoded(line))

    def test_changed_later(self) -> None:
        """What is changed later is another's."""
        line = bytearray(b"paid")
        taken = encoded(line)
        line[:] = b"free"
        assert b"paid" == taken

    @pytest.mark.parametrize("error", [ValueError(), RecursionError(), MemoryError(), structlog.DropEvent()], ids=repr)
    def test_without_a_text(self, error: BaseException) -> None:
        """Of what can't be shown the type is named, and at most so much of its name; nothing is raised."""

        def fail(self: object) -> str:
            raise error

        assert b"<Order>" == encoded(type("Order", (), {"__str__": fail})())
        assert b"<" + b"x" * 200 + b">" == encoded(type("x" * 1_000, (), {"__str__": fail})())
        assert b"<Order>" == encoded(type("Order", (), {"__class__": property(fail)})())

    def test_lying(self) -> None:
        """A type of someone's own gives its text or its bytes, whatever its methods return."""

        class Text(str):
            __slots__ = ()

            def encode(self, *args: Any) -> Any:
                return None

        class Data(bytes):
            __slots__ = ()

            def __bytes__(self) -> bytes:
                return self

        for line in (Text("paid"), Data(b"paid")):
            assert b"paid" == encoded(line)
            assert bytes is type(encoded(line))
        view = memoryview(b"paid")
        view.release()
        assert b"<memoryview>" == encoded(view)

    @given(st.text(st.characters(), max_size=20))
    def test_any_text(self, text: str) -> None:
        """Any text has an encoding."""
        assert encoded(text).decode("utf-8") == text.encode("utf-8", "backslashreplace").decode("utf-8")


class TestFramed:
    """What a frame makes is a line, or none."""

    @pytest.mark.parametrize(
        ("made", "expected"),
        [(b"told", b"told"), ("größer", "größer".encode()), ("", b""), (b"", b""), (None, b"")],
        ids=["bytes", "text", "empty text", "empty", "none"],
    )
    def test_made(self, made: object, expected: bytes) -> None:
        """Text is encoded; nothing is empty."""
        assert expected == framed(lambda what: made if what == 1 else b"another", 1)

    @pytest.mark.parametrize("error", [ValueError(), structlog.DropEvent()], ids=repr)
    def test_fails(self, error: BaseException) -> None:
        """A chain that fails, or drops the event, makes none."""

        def fail(what: object) -> bytes:
            raise error

        assert b"" == framed(fail, 1)


class TestLevels:
    """Every method of structlog has a level."""

    def test_methods(self) -> None:
        """All that structlog's own loggers of bytes offer are there."""
        methods = {name for name in dir(structlog.BytesLogger) if not name.startswith("_") and name != "name"}
        assert methods == {*LEVEL_METHODS} & methods
        assert ("warning", "error") == (LEVELS[WARNING], LEVELS[ERROR])
        assert {*LEVEL_METHODS.values()} == {*range(len(LEVELS))}


class TestOverhead:
    """The budget knows what Python keeps beside a line."""

    @pytest.mark.parametrize("size", [0, 1, 100, 1_000])
    def test_is_enough(self, size: int) -> None:
        """It is no less than what is kept, and not twice as much."""
        line = b"x" * size
        # Its place, its level and its time, twice since lists grow by more than they need; a time of its own, as where
        # lines are few; and all of it rounded up.
        kept = sys.getsizeof(line) - size + 2 * (8 + 1 + 8) + sys.getsizeof(10**15) + 15
        assert kept <= OVERHEAD < 2 * kept
