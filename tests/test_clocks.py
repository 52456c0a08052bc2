"""`timestamp`, under every clock there is."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from freezegun import freeze_time
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.processors import Envelope
from structlog_enrich.processors import envelope as module

if TYPE_CHECKING:
    from collections.abc import Callable

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST = int((datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC) - EPOCH).total_seconds() + 1) * 10**9 - 1
FIRST = -62_135_596_800 * 10**9
SECOND = 10**9


def expected(nanoseconds: int) -> str:
    """Return what the contract wants: the microsecond that has begun."""
    return (EPOCH + timedelta(microseconds=nanoseconds // 1_000)).isoformat(timespec="microseconds")[:-6] + "Z"


def stamp(stage: Envelope) -> str:
    """Return the timestamp of a line that is made now."""
    text: str = stage(None, "info", {"event": "x"})["timestamp"]
    return text


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return a function that sets the clock, in nanoseconds."""

    def set_to(nanoseconds: int) -> None:
        monkeypatch.setattr(module.time, "time_ns", lambda: nanoseconds)

    return set_to


class TestAnyTime:
    """A clock that says anything."""

    @given(st.lists(st.integers(FIRST, LAST - 1_000), min_size=1, max_size=10))
    def test_any_order(self, times: list[int]) -> None:
        """Times in any order are each written as they are, to within the microsecond."""
        stage = Envelope()
        with pytest.MonkeyPatch.context() as patch:
            for each in times:
                patch.setattr(module.time, "time_ns", lambda each=each: each)

                assert stamp(stage) in {expected(each), expected(each + 500)}

    @given(st.integers(-(10**10), 10**10), st.lists(st.integers(-2 * SECOND, 2 * SECOND), max_size=20))
    def test_steps_around_the_epoch(self, start: int, steps: list[int]) -> None:
        """Small steps both ways across seconds and across 1970 are right, too."""
        stage, now = Envelope(), start
        with pytest.MonkeyPatch.context() as patch:
            for step in [0, *steps]:
                now += step
                patch.setattr(module.time, "time_ns", lambda now=now: now)

                assert stamp(stage) in {expected(now), expected(now + 500)}

    @pytest.mark.parametrize(
        ("nanoseconds", "text"),
        [
            (0, "1970-01-01T00:00:00.000000Z"),
            (-1_000, "1969-12-31T23:59:59.999999Z"),
            (-SECOND, "1969-12-31T23:59:59.000000Z"),
            (-SECOND // 2, "1969-12-31T23:59:59.500000Z"),
            (-2 * SECOND, "1969-12-31T23:59:58.000000Z"),
            (1_795_322_880_000_123_000, "2026-11-22T04:48:00.000123Z"),
            (1_795_322_880_999_999_000, "2026-11-22T04:48:00.999999Z"),
            (LAST // 1_000 * 1_000, "9999-12-31T23:59:59.999999Z"),
            (FIRST, "0001-01-01T00:00:00.000000Z"),
        ],
        ids=str,
    )
    def test_as_the_first_one(self, nanoseconds: int, text: str, clock: Callable[[int], None]) -> None:
        """The very first line of a chain has the right time, whatever it is."""
        clock(nanoseconds)

        assert text == stamp(Envelope())

    def test_backwards_across_seconds(self, clock: Callable[[int], None]) -> None:
        """A clock that is set back is followed at once."""
        stage, base = Envelope(), 1_795_322_880 * SECOND
        written = []
        for offset in (0, 1_000, SECOND - 1_000, SECOND, SECOND - 1_000, -1_000, -3_600 * SECOND, 0):
            clock(base + offset)
            written.append(stamp(stage))

        assert [
            "2026-11-22T04:48:00.000000Z",
            "2026-11-22T04:48:00.000001Z",
            "2026-11-22T04:48:00.999999Z",
            "2026-11-22T04:48:01.000000Z",
            "2026-11-22T04:48:00.999999Z",
            "2026-11-22T04:47:59.999999Z",
            "2026-11-22T03:48:00.000000Z",
            "2026-11-22T04:48:00.000000Z",
        ] == written

    def test_the_real_one(self) -> None:
        """Unchanged, it is now."""
        stage = Envelope()
        before = datetime.now(UTC)
        written = datetime.fromisoformat(stamp(stage))
        after = datetime.now(UTC)

        assert before - timedelta(microseconds=1) <= written <= after + timedelta(microseconds=1)

    def test_threads_never_mix_seconds(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Threads whose clocks are in different seconds each write their own."""
        stage, local, wrong = Envelope(), threading.local(), []
        monkeypatch.setattr(module.time, "time_ns", lambda: local.now)

        def work(number: int) -> None:
            for step in range(2_000):
                local.now = (1_000_000 * number + step) * SECOND + number * 1_000_000
                if stamp(stage) != expected(local.now):
                    wrong.append(local.now)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert [] == wrong


class TestFreezegun:
    """freezegun."""

    @pytest.mark.parametrize("microsecond", [0, 1, 2, 123, 499_999, 500_001, 987_654, 999_998, 999_999])
    def test_exactly(self, microsecond: int) -> None:
        """The frozen time is on the line to the microsecond, though freezegun counts in floats."""
        frozen = datetime(2026, 11, 22, 4, 48, 0, microsecond, UTC)
        with freeze_time(frozen):
            assert f"2026-11-22T04:48:00.{microsecond:06}Z" == stamp(Envelope())

    def test_a_chain_from_before(self) -> None:
        """A chain that was made and used before is frozen with the rest, ticks with it and thaws."""
        stage = Envelope()
        real = stamp(stage)
        with freeze_time("2001-02-03 04:05:06") as frozen:
            first = stamp(stage)
            frozen.tick(timedelta(seconds=1.5))
            second = stamp(stage)
            frozen.move_to("1999-12-31 23:59:59")
            third = stamp(stage)
        thawed = stamp(stage)

        assert [
            "2001-02-03T04:05:06.000000Z",
            "2001-02-03T04:05:07.500000Z",
            "1999-12-31T23:59:59.000000Z",
        ] == [first, second, third]
        assert real[:4] == thawed[:4] != "1999"

    def test_before_1970(self) -> None:
        """A time before 1970 is frozen, too."""
        with freeze_time("1912-06-23 00:00:00.25"):
            assert "1912-06-23T00:00:00.250000Z" == stamp(Envelope())

    def test_in_a_thread(self, collect: Callable[..., Any]) -> None:
        """Code of one's own in a thread is frozen as well, once it is a few calls deep."""
        sink = collect()

        def work(deeper: int) -> None:
            work(deeper - 1) if deeper else sink.log.info("x")

        with freeze_time("2001-02-03 04:05:06"):
            thread = threading.Thread(target=work, args=(4,))
            thread.start()
            thread.join()

        assert "2001-02-03T04:05:06.000000Z" == sink.line()["timestamp"]

    def test_its_documented_exception(self, collect: Callable[..., Any], validator: Any) -> None:
        """With a bare `Thread(target=log.info)` freezegun sees only `threading` above us and gives the real time.

        The line is whole and valid all the same, and only its time is real.
        """
        sink = collect()
        before = datetime.now(UTC)
        with freeze_time("2001-02-03 04:05:06"):
            thread = threading.Thread(target=sink.log.info, args=("x",), kwargs={"n": 1})
            thread.start()
            thread.join()
            sink.log.info("x", n=1)

        bare, frozen = sink.lines()
        validator.validate(bare)
        assert before - timedelta(seconds=1) <= datetime.fromisoformat(bare["timestamp"])
        assert "2001-02-03T04:05:06.000000Z" == frozen["timestamp"]
        differing = {name for name in bare if bare[name] != frozen[name]}
        assert {"timestamp", "seq", "thread_id"} == differing


class TestTimeMachine:
    """time-machine."""

    @pytest.mark.parametrize("microsecond", [0, 1, 123, 500_000, 999_999])
    def test_exactly(self, microsecond: int) -> None:
        """The time it travels to is on the line to the microsecond."""
        with time_machine.travel(datetime(2026, 11, 22, 4, 48, 0, microsecond, UTC), tick=False):
            assert f"2026-11-22T04:48:00.{microsecond:06}Z" == stamp(Envelope())

    def test_travelling(self) -> None:
        """A chain goes along, forth and back."""
        stage, written = Envelope(), []
        with time_machine.travel(0, tick=False) as traveller:
            for seconds in (0, 86_400, 86_399.5, -1, 4_102_444_800):
                traveller.move_to(seconds)
                written.append(stamp(stage))

        assert [
            "1970-01-01T00:00:00.000000Z",
            "1970-01-02T00:00:00.000000Z",
            "1970-01-01T23:59:59.500000Z",
            "1969-12-31T23:59:59.000000Z",
            "2100-01-01T00:00:00.000000Z",
        ] == written

    def test_the_zone_does_not_matter(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A line is in UTC wherever the process is."""
        monkeypatch.setenv("TZ", "Asia/Kathmandu")
        time.tzset()
        try:
            with time_machine.travel(0, tick=False):
                assert "1970-01-01T00:00:00.000000Z" == stamp(Envelope())
        finally:
            monkeypatch.undo()
            time.tzset()
