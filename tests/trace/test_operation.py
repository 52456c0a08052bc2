"""What one entry into this process is called."""

from __future__ import annotations

from typing import Any

import pytest

from structlog_enrich.trace.operation import Operation, cleaned


class TestOperation:
    """`Operation`, whose name may become known later."""

    def test_settled(self) -> None:
        """A plain name stays."""
        operation = Operation("job")

        assert ("job", True, {}) == (operation.name, operation.settled, operation.noted)
        assert "<Operation('job')>" == repr(operation)

    def test_resolved_later(self) -> None:
        """It is asked for until it is found, and not after."""
        answers = [None, "", "GET /orders", "never asked"]
        operation = Operation("GET", lambda: answers.pop(0))

        assert ["GET", "GET", "GET /orders", "GET /orders"] == [operation.name for _ in range(4)]
        assert (True, ["never asked"]) == (operation.settled, answers)

    @pytest.mark.parametrize(
        ("found", "expected"), [("a\nb\ud800", "a\ufffdb\ufffd"), ("x" * 999, "x" * 256), (5, "5")]
    )
    def test_as_a_header_may_hold_it(self, found: Any, expected: str) -> None:
        """Whatever a framework calls a route."""
        operation = Operation(found, lambda: found)

        assert expected == operation.name


class TestCleaned:
    """`cleaned`, which makes text of anything."""

    @pytest.mark.parametrize("text", ["", "x", "ż 日本 🙂", "x" * 256])
    def test_what_is_clean(self, text: str) -> None:
        """It stays the very object."""
        assert text is cleaned(text)

    def test_what_is_not(self) -> None:
        """A subclass's text is its plain one, and what has none is a mark."""

        class Loud(str):
            __slots__ = ()

            def __str__(self) -> str:
                raise RuntimeError

        class Broken:
            def __str__(self) -> str:
                raise RuntimeError

        assert ("quiet", str, "\ufffd", "None") == (
            cleaned(Loud("quiet")),
            type(cleaned(Loud("quiet"))),
            cleaned(Broken()),
            cleaned(None),
        )
