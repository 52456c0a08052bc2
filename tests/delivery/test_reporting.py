"""What a writer says of itself."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich.delivery.policies import DropNewest
from structlog_enrich.delivery.pump import Pump
from structlog_enrich.delivery.queue import Queue
from structlog_enrich.delivery.reporting import Reporter
from structlog_enrich.delivery.stats import snapshot
from tests.delivery.conftest import until

if TYPE_CHECKING:
    from pathlib import Path

    from structlog_enrich.delivery import Stats

SECOND = 1_000_000_000


class Silent:
    """A sink that is only named."""

    def __repr__(self) -> str:
        return "File('shop.log')"

    def write(self, lines: Any, /) -> int:
        """Take all."""
        return len(lines)

    def close(self) -> None:
        """Hold nothing."""


@pytest.fixture
def queue() -> Queue:
    """Return a queue, by a clock that stands still."""
    return Queue(1_000, 10, DropNewest().begin(1_000, 10), None, lambda: 0)


def none() -> Any:
    """Return no account, where nobody should ask for one."""
    raise AssertionError


class TestLosses:
    """Standard error says that lines are lost, and no more of them than that."""

    def test_once_a_minute(self, queue: Queue, capfd: pytest.CaptureFixture[str]) -> None:
        """The first loss is told at once, what follows a minute later, with the reasons that are new."""
        reporter = Reporter(queue, Silent(), None, None, 0)
        reporter.report(0, none)
        assert "" == capfd.readouterr().err
        queue.drop(b"hunter2", 1)
        reporter.report(1, none)
        start, end = "structlog-enrich: lines to File('shop.log') are being lost,", "writer.stats() counts them\n"
        assert f"{start} 1 so far (full); {end}" == capfd.readouterr().err
        queue.drop(b"hunter2", 1, "timeout")
        reporter.report(60 * SECOND, none)
        assert "" == capfd.readouterr().err
        reporter.report(60 * SECOND + 1, none)
        assert f"{start} 2 so far (timeout); {end}" == capfd.readouterr().err
        queue.drop(b"hunter2", 1, "enospc")
        queue.drop(b"hunter2", 1, "eio")
        reporter.report(200 * SECOND, none)
        assert f"{start} 4 so far (eio, enospc); {end}" == capfd.readouterr().err
        reporter.report(600 * SECOND, none)
        assert "" == capfd.readouterr().err

    def test_a_fork(self, queue: Queue, capfd: pytest.CaptureFixture[str]) -> None:
        """A child tells of its own from the beginning."""
        reporter = Reporter(queue, Silent(), None, None, 0)
        queue.drop(b"", 1)
        reporter.report(0, none)
        queue.forget()
        reporter.forget(1)
        queue.drop(b"", 1)
        reporter.report(1, none)
        assert 2 == capfd.readouterr().err.count(", 1 so far")

    def test_nobody_hears(self, queue: Queue) -> None:
        """Where there is no standard error, nothing is raised."""
        reporter = Reporter(queue, Silent(), None, None, 0)
        queue.drop(b"", 1)
        kept = os.dup(2)
        os.close(2)
        try:
            reporter.report(0, none)
        finally:
            os.dup2(kept, 2)
            os.close(kept)


class TestTheEnd:
    """Standard error says what is lost at the end."""

    def stats(self, queue: Queue, pending: int) -> Stats:
        """Return an account with what the queue has lost, and so many lines that are left."""
        stats = snapshot(queue, Pump(queue, Silent(), None, lambda: 0), 0, writer_alive=True, state="running", sink="")
        return replace(stats, pending=pending)

    def test_what_is_new(self, queue: Queue, capfd: pytest.CaptureFixture[str]) -> None:
        """All that wasn't told before is, whether the sink took nothing or was merely slow."""
        reporter = Reporter(queue, Silent(), None, None, 0)
        queue.drop(b"", 1)
        reporter.report(0, none)
        capfd.readouterr()
        queue.drop(b"", 1)
        reporter.tell_of_the_end(self.stats(queue, 2), 0.5)
        start = "structlog-enrich: 3 more lines to File('shop.log') are lost"
        assert f"{start} (full, not written within 0.5 s)\n" == capfd.readouterr().err
        # Nor are those told again.
        reporter.tell_of_the_end(self.stats(queue, 2), 0.5)
        assert "" == capfd.readouterr().err

    def test_why(self, queue: Queue, capfd: pytest.CaptureFixture[str]) -> None:
        """What the sink failed with is the reason, where it did; else that the time was over."""
        Reporter(queue, Silent(), None, None, 0).tell_of_the_end(self.stats(queue, 1), 0.5)
        assert "line to File('shop.log') is lost: not written within 0.5 s\n" in capfd.readouterr().err
        queue.drop(b"", 1)
        Reporter(queue, Silent(), None, None, 0).tell_of_the_end(self.stats(queue, 0), 0.5)
        assert "line to File('shop.log') is lost (full)\n" in capfd.readouterr().err
        queue.forget()
        queue.trouble = "enospc"
        Reporter(queue, Silent(), None, None, 0).tell_of_the_end(self.stats(queue, 1_200), 0.5)
        assert "structlog-enrich: 1,200 lines to File('shop.log') are lost (enospc)\n" == capfd.readouterr().err

    def test_nothing(self, queue: Queue, capfd: pytest.CaptureFixture[str]) -> None:
        """Where no line is lost there is nothing to say."""
        Reporter(queue, Silent(), None, None, 0).tell_of_the_end(self.stats(queue, 0), 0.5)
        assert "" == capfd.readouterr().err

    def test_a_sink_that_cannot_be_shown(self, queue: Queue, capfd: pytest.CaptureFixture[str]) -> None:
        """One whose `__repr__` fails is named by its type, and nothing is raised."""

        class Broken(Silent):
            def __repr__(self) -> str:
                raise ValueError

        reporter = Reporter(queue, Broken(), None, None, 0)
        queue.drop(b"", 1)
        reporter.report(0, none)
        reporter.tell_of_the_end(self.stats(queue, 2), 0.5)
        assert 2 == capfd.readouterr().err.count(" to <Broken> ")

    def test_a_sink_without_a_repr(self, queue: Queue) -> None:
        """It is called by its type, and not by where in memory it happens to be."""

        class Plain:
            write = close = None

        assert "<Plain>" == Reporter(queue, Plain(), None, None, 0).shown()  # type: ignore[arg-type]


class TestReport:
    """The stream says how the writer does."""

    def test_every_so_often(self, queue: Queue) -> None:
        """A line comes when its time has come, and again after as long."""
        stats: Any = object()
        reporter = Reporter(queue, Silent(), 10, lambda found: b"it" if found is stats else b"", 0)
        told = [reporter.report(second * SECOND, lambda: stats) for second in (1, 9, 10, 11, 19, 20)]
        assert [None, None, b"it", None, None, b"it"] == told

    @pytest.mark.parametrize(("every", "has_frame"), [(None, True), (1, False)])
    def test_not_asked_for(self, every: float | None, has_frame: bool, queue: Queue) -> None:  # noqa: FBT001 (a table)
        """Without a time or a form there is none."""
        reporter = Reporter(queue, Silent(), every, (lambda _: b"it") if has_frame else None, 0)
        assert None is reporter.report(100 * SECOND, lambda: None)  # type: ignore[arg-type, return-value]

    def test_a_frame_that_fails(self, queue: Queue) -> None:
        """A chain that fails costs its line."""
        reporter = Reporter(queue, Silent(), 1, lambda _: 1 / 0, 0)  # type: ignore[arg-type, return-value]
        assert None is reporter.report(2 * SECOND, lambda: None)  # type: ignore[arg-type, return-value]

    @pytest.mark.parametrize(("made", "expected"), [("it", b"it"), ("", None), (b"", None), (None, None)], ids=repr)
    def test_a_frame_of_another_kind(self, made: Any, expected: bytes | None, queue: Queue) -> None:
        """Text is a line; a chain that drops the event makes none."""
        reporter = Reporter(queue, Silent(), 1, lambda _: made, 0)
        assert expected == reporter.report(2 * SECOND, lambda: None)  # type: ignore[arg-type, return-value]

    def test_in_a_file(self, tmp_path: Path) -> None:
        """A writer writes it by itself, as a line of its own level `info`."""
        from structlog_enrich.delivery import Writer  # noqa: PLC0415 (here only)

        with Writer(tmp_path / "log", report_every=0.001, frame_stats=lambda stats: b"%d" % stats.emitted) as writer:
            writer().error(b"paid")
            until(lambda: "info" in writer.stats().written_by_level)
        assert {"info", "error"} == set(writer.stats().written_by_level)
        assert b"paid" in (tmp_path / "log").read_bytes().splitlines()
