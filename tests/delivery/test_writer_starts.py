"""How a writer starts its threads, and what it does where it has none."""

from __future__ import annotations

import sys
import threading
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich.delivery import Writer
from tests.delivery.conftest import assert_adds_up, described, framed, numbered
from tests.delivery.faulty import Collecting, Short

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from structlog_enrich.delivery import Gap


@pytest.fixture
def busy() -> Iterator[None]:
    """Let threads take turns as often as can be."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def first_lines(log: Any, started: threading.Barrier, number: int) -> None:
    """Log, when all are there."""
    started.wait()
    for n in range(20):
        line = b"%d %d" % (number, n)
        log.info(line)


class TestStart:
    """The first line starts the threads, whoever logs it."""

    @pytest.mark.parametrize("name", ["can_run_threads", "finish_with_process", "Threads.start"])
    def test_without_threads(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where none may be started, or the system has no room for one, each line is written by its caller."""

        def refuse(*_: object) -> bool:
            if name == "Threads.start":
                message = "can't start new thread"
                raise RuntimeError(message)
            return False

        monkeypatch.setattr(f"structlog_enrich.delivery.writer.{name}", refuse)
        sink = Collecting()
        with Writer(sink) as writer:
            for line in (b"1", b"2"):
                writer().info(line)
            assert ([b"1", b"2"], "synchronous", False) == (
                sink.lines,
                writer.stats().state,
                writer.stats().writer_alive,
            )

    def test_waits_without_threads(self) -> None:
        """Under `block` the caller loses the line for which it makes no room in time, by its level and its number."""
        gaps: list[Gap] = []
        sink = Short(0)
        writer = Writer(
            sink,
            on_full="block",
            max_records=1,
            block_timeout=0.01,
            exit_timeout=0,
            describe=described,
            frame_gap=lambda gap: gaps.append(gap) or framed(gap),
        )
        # From here on the caller writes.
        writer.finish()
        for line in numbered(7):
            writer().error(line)
        assert_adds_up(writer.stats())
        # One more is held, and one that was lost isn't counted so before the next.
        assert (3, {"full": {"error": 4}}) == (writer.stats().pending, writer.stats().dropped)
        sink.most = 100
        assert writer.close()
        assert numbered(2) == sink.lines[:2]
        assert [("full", 5, ((2, 6),))] == [(gap.reason, gap.count, gap.ranges) for gap in gaps]

    def test_flush_without_threads(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Who waits for a sink that takes nothing does so for as long as was asked for."""
        monkeypatch.setattr("structlog_enrich.delivery.writer.can_run_threads", bool)
        sink = Short(0)
        writer = Writer(sink)
        writer().info(b"1")
        before = monotonic()
        assert not writer.flush(0.05)
        assert 0.6 > monotonic() - before >= 0.04
        sink.most = 1
        assert writer.flush(5)
        assert writer.close()

    def test_at_once(self, tmp_path: Path, busy: None) -> None:
        """When several threads log their first lines at once, all are written once, each thread's in order."""
        path = tmp_path / "log"
        for _ in range(50):
            path.unlink(missing_ok=True)
            with Writer(path) as writer:
                started = threading.Barrier(6)
                threads = [threading.Thread(target=first_lines, args=(writer(), started, each)) for each in range(6)]
                for each in threads:
                    each.start()
                for each in threads:
                    each.join()
                assert writer.flush()
                assert_adds_up(writer.stats())
            lines = [tuple(map(int, line.split())) for line in path.read_bytes().splitlines()]
            assert [(number, n) for number in range(6) for n in range(20)] == sorted(lines)
            assert all([*range(20)] == [n for each, n in lines if each == number] for number in range(6))
