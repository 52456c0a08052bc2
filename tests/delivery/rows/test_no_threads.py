"""Threads that can't be started, and threads that something ends."""

from __future__ import annotations

import _thread
import errno
import os
from typing import TYPE_CHECKING

import pytest

from structlog_enrich.delivery import Writer
from tests.delivery.conftest import assert_adds_up, numbered, numbers_in, read_lines, until
from tests.delivery.faulty import Failing, Short

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.delivery.rows.programs import Result

KILLERS = {
    "an exception": RuntimeError("broken"),
    "SystemExit": SystemExit(1),
    "KeyboardInterrupt": KeyboardInterrupt(),
    "MemoryError": MemoryError(),
    "GeneratorExit": GeneratorExit(),
}

NO_MEMORY = """
import _testcapi
writer = Writer(PATH)
log = writer()
for n in range(1_000):
    log.info(line(n))
assert writer.flush(20)
for start in range(1, 40):
    lines = [line(n, start) for n in range(10)]
    try:
        _testcapi.set_nomemory(start * 3, start * 3 + 4)
        for each in lines:
            log.info(each)
    except MemoryError:
        pass
    finally:
        _testcapi.remove_mem_hooks()
for n in range(1_000, 2_000):
    log.info(line(n))
assert writer.flush(20), writer.stats()
stats = writer.stats()
assert_adds_up(stats)
assert stats.writer_alive
assert stats.pending == 0, stats
"""

LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
writer = Writer(os.open(PATH, os.O_WRONLY | os.O_APPEND | os.O_CREAT))
# Root has no limit, and nobody else has this number.
os.setuid(54_321)
log = writer()
for n in range(1_000):
    log.info(line(n))
stats = writer.stats()
assert_adds_up(stats)
say(f"{stats.state} {stats.writer_alive} {stats.written}")
"""


class TestNoThreads:
    """Where no thread can be had, whoever logs writes."""

    @pytest.mark.parametrize("started", [0, 1])
    def test_r38_start_fails(self, started: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Neither thread starts, or but one of the two: each line is written as it is logged."""
        left = [None] * started
        start = _thread.start_new_thread

        def start_new_thread(*arguments: object) -> int:
            if not left:
                message = "can't start new thread"
                raise RuntimeError(message)
            left.pop()
            return start(*arguments)  # type: ignore[call-overload]

        monkeypatch.setattr(_thread, "start_new_thread", start_new_thread)
        with Writer(tmp_path / "log") as writer:
            log = writer()
            for count, line in enumerate(numbered(100), start=1):
                log.info(line)
                assert count == writer.stats().written
            stats = writer.stats()
            assert_adds_up(stats)
            assert (False, "synchronous", 100) == (stats.writer_alive, stats.state, stats.written)
        assert list(range(100)) == numbers_in(read_lines((tmp_path / "log").read_bytes()))

    def test_r38_waits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Under `block` the caller finds no room within its time, and loses its line; the budget is kept."""

        def start_new_thread(*arguments: object) -> int:
            message = "can't start new thread"
            raise RuntimeError(message)

        monkeypatch.setattr(_thread, "start_new_thread", start_new_thread)
        sink = Short(0)
        with Writer(sink, on_full="block", max_records=1, block_timeout=0.01) as writer:
            log = writer()
            for line in numbered(7):
                log.info(line)
            stats = writer.stats()
            assert_adds_up(stats)
            # One more is held, and one that was lost isn't counted so before the next.
            assert (3, {"full": {"info": 4}}) == (stats.pending, stats.dropped)
            sink.most = 100
            log.info(b"{}")
        assert [*numbered(2), b"{}"] == sink.lines

    def test_r38_tells(self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
        """The caller says of the writer what a thread would: that lines are lost, and how it does."""

        def start_new_thread(*arguments: object) -> int:
            message = "can't start new thread"
            raise RuntimeError(message)

        monkeypatch.setattr(_thread, "start_new_thread", start_new_thread)
        sink = Failing(OSError(errno.ENOSPC, "No space left on device"))
        with Writer(
            sink,
            max_records=2,
            on_full="drop_newest",
            report_every=1e-9,
            frame_stats=lambda stats: b'{"written":%d}' % stats.written,
        ) as writer:
            log = writer()
            # Each waits for a moment, as the sink may recover, and brings a line about the writer.
            for line in numbered(2):
                log.info(line)
            assert (
                "structlog-enrich: lines to <Failing> are being lost, 2 so far (enospc); writer.stats() counts them\n"
                == capfd.readouterr().err
            )
            sink.error = None
            log.info(b"{}")
            stats = writer.stats()
        assert_adds_up(stats)
        assert b'{"written":' in sink.lines[1]

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root becomes someone else")
    def test_r38_limit(self, play: Callable[..., Result]) -> None:
        """The system refuses threads: every line is there, written by the thread that logs."""
        result = play(LIMITED)
        assert ("synchronous False 1000\n", list(range(1_000))) == (result.stdout, result.numbers())


class TestKilledThreads:
    """Nothing that is raised in a thread of the writer ends it."""

    @pytest.mark.parametrize("what", KILLERS)
    def test_r39_raised_by_the_sink(self, what: str) -> None:
        """Whatever a sink raises, its lines are offered again, and the thread that writes lives on."""
        sink = Failing(KILLERS[what])
        with Writer(sink) as writer:
            log = writer()
            lines = numbered(100)
            for line in lines:
                log.info(line)
            until(lambda: sum(writer.stats().retries.values()) >= 3)
            assert writer.stats().writer_alive
            sink.error = None
            assert writer.flush()
            stats = writer.stats()
        assert_adds_up(stats)
        assert (lines, 100, {}) == (sink.lines, stats.written, stats.dropped)
        assert [type(KILLERS[what]).__name__] == list(stats.retries)

    def test_r39_system_error(self) -> None:
        """What the system says is counted by its name."""
        sink = Failing(OSError(errno.EIO, "Input/output error"))
        with Writer(sink) as writer:
            writer().info(b"{}")
            until(lambda: writer.stats().retries.get("eio", 0) >= 2)
            sink.error = None

    def test_r39_no_memory(self, play: Callable[..., Result]) -> None:
        """Where memory can't be had for a moment, both threads live on, and what was logged after that is written."""
        pytest.importorskip("_testcapi", reason="this Python comes without its own tests' tools")
        result = play(NO_MEMORY)
        assert list(range(2_000)) == result.numbers()
