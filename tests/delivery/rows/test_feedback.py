"""Sinks that log as they write: row 40 of the fault catalogue."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich.delivery import Several, Writer
from tests.delivery.conftest import (
    assert_adds_up,
    described,
    framed,
    lost_in,
    numbered,
    numbers_in,
    read_lines,
    soak,
    until,
)
from tests.delivery.faulty import Collecting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Logging(Collecting):
    """A sink that logs with each call, to the writer that calls it, from the same thread or from another."""

    def __init__(self, *, from_another: bool = False) -> None:
        super().__init__()
        self.log: Any = None
        self._from_another = from_another
        self.count = 0
        self.is_quiet = False

    def write(self, lines: Sequence[bytes], /) -> int:
        if self.is_quiet:
            return super().write(lines)
        self.count += 1
        lines_of_own = numbered(1, start=self.count, thread=1)
        if self._from_another:
            other = threading.Thread(target=self.log.info, args=lines_of_own)
            other.start()
            other.join()
        else:
            self.log.info(*lines_of_own)
        return super().write(lines)


class TestR40:
    """What a sink logs doesn't feed it for ever."""

    @pytest.mark.parametrize("policy", ["drop_newest", "block", "drop_oldest"])
    def test_r40_sink_that_logs(self, policy: Any) -> None:
        """Its own lines are lost and counted, whether there is room or not; those of others are written."""
        sink = Logging()
        writer = Writer(sink, on_full=policy, max_records=50, block_timeout=60)
        log: Any = writer()
        sink.log = log
        for line in numbered(count := soak(1_000, 100_000)):
            log.info(line)
        assert writer.flush()
        stats = writer.stats()
        assert_adds_up(stats)
        assert {"info": sink.count} == stats.dropped.pop("recursive")  # type: ignore[attr-defined]
        assert count + sink.count == stats.emitted
        assert stats.written == len(sink.lines)
        assert policy != "block" or count == stats.written
        assert writer.close()

    def test_r40_after_the_end(self) -> None:
        """Where the caller writes the line itself it is the same."""
        sink = Logging()
        writer = Writer(sink)
        log: Any = writer()
        sink.log = log
        writer.finish()
        for line in numbered(10):
            log.info(line)
        stats = writer.stats()
        assert (10, {"recursive": {"info": sink.count}}) == (stats.written, stats.dropped)
        assert numbered(10) == sink.lines

    @pytest.mark.parametrize("has_threads", [True, False])
    def test_r40_told(self, has_threads: bool) -> None:  # noqa: FBT001 (a case)
        """With another's line it is told what the sink logged before, once; what it logs at that waits for the next."""
        sink = Logging()
        writer = Writer(sink, describe=described, frame_gap=framed)
        log: Any = writer()
        sink.log = log
        if not has_threads:
            writer.finish()
        for number, line in enumerate(numbered(10), 1):
            log.info(line)
            assert writer.flush()
            # A line and, from the second on, a gap; the sink has logged with each of them.
            assert (2 * number - 1, number - 1) == (sink.count, writer.stats().gaps)
        assert writer.close()
        assert (20, 10) == (sink.count, writer.stats().gaps)
        lines = read_lines(b"".join(line + b"\n" for line in sink.lines))
        assert [*range(10)] == numbers_in(lines)
        # Only of what it logged with the last gap there is none.
        assert [*range(1, 20)] == lost_in(lines)
        assert {"recursive": {"info": 20}} == writer.stats().dropped

    def test_r40_told_by_several(self) -> None:
        """Two such sinks under one name don't feed each other by gaps either."""
        sinks = Logging(), Logging()
        several = Several(*map(Writer, sinks))
        several.frame_with(describe=described, frame_gap=framed, frame_stats=lambda _: b"{}")
        for sink in sinks:
            sink.log = several()
        for line in numbered(5):
            several().info(line)
            assert several.flush()
        assert several.close()
        for sink, stats in zip(sinks, several.stats(), strict=True):
            assert_adds_up(stats)
            assert 5 == stats.written
            assert stats.gaps <= 6
            assert {sum(each.count for each in sinks)} == {*stats.dropped["recursive"].values()}
            assert numbered(5) == [line for line in sink.lines if b"gap" not in line]

    @pytest.mark.parametrize("has_threads", [True, False])
    def test_r40_two_writers(self, has_threads: bool) -> None:  # noqa: FBT001 (a case)
        """Two sinks that log into each other's writers: each refuses the other's, and a file beside them takes all."""
        sinks = Logging(), Logging()
        writers = [Writer(sink, describe=described, frame_gap=framed) for sink in sinks]
        for sink, writer in zip(sinks, reversed(writers), strict=True):
            sink.log = writer()
        if not has_threads:
            for writer in writers:
                writer.finish()
        for line in numbered(10):
            for writer in writers:
                writer().info(line)
        assert all(writer.flush() for writer in writers)
        assert all(writer.close() for writer in writers)
        for sink, other, writer in zip(sinks, reversed(sinks), writers, strict=True):
            stats = writer.stats()
            assert_adds_up(stats)
            assert 10 == stats.written
            assert numbered(10) == [line for line in sink.lines if b"gap" not in line]
            # It has logged with each line and each gap of the other.
            assert {"recursive": {"info": other.count}} == stats.dropped
            assert 40 > other.count

    def test_r40_beside_a_file(self, tmp_path: Path) -> None:
        """What a sink logs to a writer of a file, which can't log, is written."""
        sink = Logging()
        with Writer(sink) as writer, Writer(tmp_path / "log") as other:
            sink.log = other()
            for line in numbered(5):
                writer().info(line)
            assert writer.flush()
            assert other.flush()
            assert (sink.count, {}) == (other.stats().written, other.stats().dropped)

    def test_r40_beside_a_closed_file(self, tmp_path: Path) -> None:
        """Nor does a closed writer of a file, whose lines are written by their callers, let them feed each other."""
        sinks = Logging(), Logging()
        writers = [Writer(sink) for sink in sinks]
        closed = Writer(tmp_path / "log")
        closed.close()
        for sink, writer in zip(sinks, reversed(writers), strict=True):
            sink.log = Several(closed, writer)()
        writers[0]().info(b"paid")
        assert all(writer.flush() for writer in writers)
        assert [1, 0] == [sink.count for sink in sinks]
        assert all(writer.close() for writer in writers)

    def test_r40_another_thread(self) -> None:
        """A sink that waits for another thread's line is no deadlock, also when that line has no room."""
        sink = Logging(from_another=True)
        writer = Writer(sink, on_full="block", block_timeout=0.01, max_records=5)
        log: Any = writer()
        sink.log = log
        for line in numbered(50):
            log.info(line)
        # Each of its calls brings one line more, so it never comes to an end by itself.
        until(lambda: sink.count > 20)
        sink.is_quiet = True
        assert writer.close()
        assert_adds_up(writer.stats())
        assert 0 == writer.stats().pending
