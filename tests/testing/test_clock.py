"""A clock that the library alone reads."""

from __future__ import annotations

import ast
import math
import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import structlog

import structlog_enrich
from structlog_enrich import ConfigurationError, span
from structlog_enrich.processors import envelope
from structlog_enrich.testing import FakeClock, captured_lines, fake_clock
from structlog_enrich.trace import spans

_CLOCKS = {"monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "time", "time_ns"}


class TestFakeClock:
    """It stands still until told."""

    @pytest.mark.parametrize(
        "start",
        [
            "2026-11-22T04:48:00.000123Z",
            "2026-11-22T05:48:00.000123+01:00",
            datetime(2026, 11, 22, 4, 48, 0, 123, tzinfo=UTC),
            datetime(2026, 11, 21, 23, 48, 0, 123, tzinfo=timezone(timedelta(hours=-5))),
        ],
    )
    def test_starts(self, start: Any) -> None:
        """At a time in any zone, as text or not; that of the pages by default."""
        assert FakeClock().now == FakeClock(start).now == datetime(2026, 11, 22, 4, 48, 0, 123, tzinfo=UTC)
        assert 1_795_322_880_000_123_000 == FakeClock(start).time_ns()

    def test_before_1970(self) -> None:
        """A time before the first second counts down to it."""
        assert -1_000 == FakeClock("1969-12-31T23:59:59.999999Z").time_ns()

    @pytest.mark.parametrize("by", [1.5, timedelta(seconds=1, milliseconds=500)])
    def test_advances(self, by: Any) -> None:
        """By seconds or by a timedelta, both of its readings alike."""
        clock = FakeClock()
        before = clock.time_ns(), clock.perf_counter_ns()
        clock.advance(by)

        assert [1_500_000_000] * 2 == [clock.time_ns() - before[0], clock.perf_counter_ns() - before[1]]

    def test_may_stay(self) -> None:
        """Going on by nothing is no mistake."""
        clock = FakeClock()
        clock.advance(0)

        assert FakeClock().now == clock.now

    def test_shows_itself(self) -> None:
        """Its repr tells the time."""
        assert "FakeClock('2026-11-22T04:48:00+00:00')" == repr(FakeClock("2026-11-22T04:48:00Z"))

    @pytest.mark.parametrize("start", ["now", "", 0, None, datetime(2026, 11, 22), "2026-11-22T04:48:00"])  # noqa: DTZ001
    def test_refuses_a_start(self, start: Any) -> None:
        """What is no time, or could be anywhere on earth."""
        with pytest.raises(ConfigurationError, match="start must be a time with its zone, not "):
            FakeClock(start)

    @pytest.mark.parametrize("by", [-1, math.nan, math.inf, "1", None, True, timedelta(seconds=-1)])
    def test_refuses_to_go(self, by: Any) -> None:
        """Back, nowhere or for ever."""
        clock = FakeClock()
        with pytest.raises(ConfigurationError, match="seconds must be a number from 0"):
            clock.advance(by)

        assert FakeClock().now == clock.now


class TestFakeClockInUse:
    """Lines and spans read it, and nobody else."""

    def test_lines_and_spans(self) -> None:
        """A line has its time, and a span takes as long as it goes on, in every thread."""
        with fake_clock("2026-11-22T04:48:00Z") as clock, captured_lines() as lines, span("charge"):
            clock.advance(0.25)
            thread = threading.Thread(target=structlog.get_logger().info, args=("paid",))
            thread.start()
            thread.join()
            clock.advance(1)

        assert "2026-11-22T04:48:00.250000Z" == lines.line("paid")["timestamp"]
        assert ("2026-11-22T04:48:01.250000Z", 1250.0) == (lines[1]["timestamp"], lines[1]["span"]["duration_ms"])

    def test_the_program_has_its_own(self) -> None:
        """`time` itself is untouched."""
        theirs = time.time_ns, time.perf_counter_ns
        with fake_clock("1999-01-01T00:00:00Z"):
            assert theirs == (time.time_ns, time.perf_counter_ns)
            assert time.time_ns() > 1_700_000_000 * 10**9

    def test_ends(self) -> None:
        """Also by an error, and within another, the clock before it is back."""
        with fake_clock("2001-01-01T00:00:00Z") as outer:
            with pytest.raises(KeyError), fake_clock():
                raise KeyError("stock")
            assert [outer.time_ns()] * 2 == [envelope.time.time_ns(), spans.time.time_ns()]  # type: ignore[attr-defined]
            assert time.gmtime is envelope.time.gmtime  # type: ignore[attr-defined]
        assert [time, time] == [envelope.time, spans.time]  # type: ignore[attr-defined]

    def test_nothing_happens_when_refused(self) -> None:
        """A wrong start changes no clock."""
        with pytest.raises(ConfigurationError):
            fake_clock("now").__enter__()
        assert envelope.time is time  # type: ignore[attr-defined]

    def test_every_reader_is_known(self) -> None:
        """No other module of the library asks for the time, or the clock would miss it."""
        root = Path(structlog_enrich.__path__[0])
        readers = set()
        for path in root.rglob("*.py"):
            room = path.relative_to(root).parts[0]
            asked = [
                node
                for node in ast.walk(ast.parse(path.read_text("utf-8")))
                if isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and (node.value.id, node.attr) in {("time", each) for each in _CLOCKS}
            ]
            if asked and room not in {"cli", "demo", "explaining", "testing"}:
                readers.add(path.relative_to(root).as_posix())

        assert {"processors/envelope.py", "trace/spans.py"} == readers
