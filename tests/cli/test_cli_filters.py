"""Which lines were asked for."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from structlog_enrich.cli.filters import Filters, instant, level_called, time_of, trace_beginning

NOW = datetime.datetime(2026, 11, 22, 4, 48, tzinfo=datetime.UTC)
LINE = {
    "timestamp": "2026-11-22T04:48:00.000123Z",
    "level": "warning",
    "service": "checkout",
    "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
}


class TestFilters:
    """`Filters`."""

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ({}, True),
            ({"level": "warning"}, True),
            ({"level": "error"}, False),
            ({"services": ("till", "checkout")}, True),
            ({"services": ("check",)}, False),
            ({"trace": "4bf9"}, True),
            ({"trace": "bf9"}, False),
            ({"since": "2026-11-22T04:48:00.000123Z"}, True),
            ({"since": "2026-11-22T04:48:00.000124Z"}, False),
            ({"until": "2026-11-22T04:48:00.000124Z"}, True),
            ({"until": "2026-11-22T04:48:00.000123Z"}, False),
            ({"level": "info", "services": ("checkout",), "trace": "4b", "since": "2026", "until": "2027"}, True),
            ({"level": "info", "services": ("till",), "trace": "4b"}, False),
        ],
    )
    def test_accept(self, given: dict[str, Any], expected: bool) -> None:  # noqa: FBT001 (a parameter of the test)
        """A line passes when it passes each; a time begins with its first instant and ends before its last."""
        filters = Filters(**given)

        assert (expected, bool(given)) == (filters.accept(LINE), bool(filters))

    @pytest.mark.parametrize(
        "given", [{"level": "info"}, {"services": ("a",)}, {"trace": "4"}, {"since": "2026"}, {"until": "2027"}]
    )
    @pytest.mark.parametrize("odd", [None, 5, [], {}, "odd"])
    def test_a_line_that_is_none(self, given: dict[str, Any], odd: Any) -> None:
        """What has no level, service, trace or time passes no filter by it."""
        assert not Filters(**given).accept(dict.fromkeys(LINE, odd))
        assert not Filters(**given).accept({})


class TestTimeOf:
    """`time_of`."""

    @pytest.mark.parametrize(
        ("timestamp", "expected"),
        [
            ("2026-11-22T04:48:00.000123Z", "2026-11-22T04:48:00.000123Z"),
            ("2026-11-22T05:48:00+01:00", "2026-11-22T04:48:00.000000Z"),
            ("2026-11-22T04:48:00", "2026-11-22T04:48:00.000000Z"),
            ("0001-01-01T00:00:00+01:00", ""),
            ("soon", ""),
            (5, ""),
            (None, ""),
        ],
    )
    def test_forms(self, timestamp: Any, expected: str) -> None:
        """Every RFC 3339 time becomes the one form that sorts."""
        assert expected == time_of({"timestamp": timestamp})


class TestInstant:
    """`instant`."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("90s", "2026-11-22T04:46:30.000000Z"),
            ("10m", "2026-11-22T04:38:00.000000Z"),
            ("1h30m", "2026-11-22T03:18:00.000000Z"),
            ("2d", "2026-11-20T04:48:00.000000Z"),
            ("0s", "2026-11-22T04:48:00.000000Z"),
            ("2026-11-22", "2026-11-22T00:00:00.000000Z"),
            ("2026-11-22T04:48", "2026-11-22T04:48:00.000000Z"),
            ("2026-11-22 04:48:00Z", "2026-11-22T04:48:00.000000Z"),
            ("2026-11-22T04:48:00.5+01:00", "2026-11-22T03:48:00.500000Z"),
        ],
    )
    def test_forms(self, text: str, expected: str) -> None:
        """RFC 3339 or how long ago."""
        assert expected == instant(text, NOW)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "10",
            "m",
            "-10m",
            "10m5h",
            "1.5h",
            "\u0661\u0660m",
            "999999999d",
            "soon",
            "0001-01-01T00:00:00+01:00",
            "\x1b[2J",
        ],
    )
    def test_nonsense(self, text: str) -> None:
        """What is neither is refused with what it could be, and never shown raw."""
        with pytest.raises(ValueError, match="neither RFC 3339") as caught:
            instant(text, NOW)
        assert "\x1b" not in str(caught.value)


class TestNames:
    """`level_called` and `trace_beginning`."""

    def test_levels(self) -> None:
        """As loggers spell them."""
        assert ["warning", "critical", "info"] == [level_called(each) for each in ("WARN", "fatal", "25")]
        with pytest.raises(ValueError, match="'loud' is no level: debug, info, warning, error, critical"):
            level_called("loud")

    def test_traces(self) -> None:
        """Hexadecimal digits in either case."""
        assert "4bf9" == trace_beginning("4BF9")
        for text in ("", "g", "4bf9\n", "0" * 33):
            with pytest.raises(ValueError, match="begins no trace id"):
                trace_beginning(text)
