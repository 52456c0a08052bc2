"""The writer's face: made, logged to, flushed; how it starts and ends has files of its own."""

from __future__ import annotations

import copy
import math
import os
import pickle
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich import ConfigurationError
from structlog_enrich.delivery import File, Writer
from tests.delivery.conftest import assert_adds_up, until
from tests.delivery.faulty import Collecting, Failing, Gated, failure

if TYPE_CHECKING:
    from pathlib import Path

    from structlog_enrich.delivery import Gap

REFUSED: dict[str, dict[str, Any]] = {
    "max_bytes": {"max_bytes": 0},
    "max_records": {"max_records": 1.5},
    "on_full": {"on_full": "wait"},
    "block_timeout": {"block_timeout": -1},
    "exit_timeout": {"exit_timeout": float("inf")},
    "report_every": {"report_every": "often"},
    "describe": {"describe": 3},
    "frame_gap": {"frame_gap": b"gap"},
    "frame_stats": {"frame_stats": True},
    "sink": {"sink": object()},
}


class TestConstruction:
    """What is given is checked where it is given."""

    @pytest.mark.parametrize("parameter", REFUSED)
    def test_refused(self, parameter: str) -> None:
        """A value that breaks its rule is refused by name."""
        with pytest.raises(ConfigurationError, match=f"^{parameter} must be"):
            Writer(**{"sink": Collecting(), **REFUSED[parameter]})

    def test_missing_folder(self, tmp_path: Path) -> None:
        """A file that can't be opened is told of when the writer is made."""
        said = r"^sink must be what can be written to, not .*nowhere/log.* \(No such file or directory\)"
        remedy = r"File\(path, must_open=False\) waits for what can't be opened yet"
        with pytest.raises(ConfigurationError, match=rf"{said}\. {remedy}$"):
            Writer(tmp_path / "nowhere" / "log")

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
    def test_named_pipe_without_a_reader(self, tmp_path: Path) -> None:
        """Nor can a named pipe that nobody reads, until somebody does; it is said how to wait for that."""
        path = tmp_path / "pipe"
        os.mkfifo(path)
        with pytest.raises(ConfigurationError, match=r"must_open=False"):
            Writer(path)
        with Writer(File(path, must_open=False)) as writer:
            writer().info(b"paid")
            reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            assert writer.flush(20)
            assert b"paid\n" == os.read(reader, 100)
            os.close(reader)

    def test_shown(self, tmp_path: Path) -> None:
        """Its account says where lines go."""
        with Writer(File(tmp_path / "log")) as writer:
            assert f"File('{tmp_path / 'log'}')" == writer.stats().sink

    def test_reports_all_the_time(self) -> None:
        """To report without a pause is no way to ask for no report."""
        with pytest.raises(
            ConfigurationError, match=r"^report_every must be more than 0 seconds, not 0\. Leave it out"
        ):
            Writer(Collecting(), report_every=0)

    def test_defaults(self) -> None:
        """Unless it is said otherwise it is as the pages say."""
        writer = Writer()
        given = writer._given  # noqa: SLF001 (as it was asked for)
        assert ("stdout", 64 << 20, 200_000, "reserve") == tuple(
            given[name] for name in ("sink", "max_bytes", "max_records", "on_full")
        )
        assert (0.1, 5.0, None) == tuple(given[name] for name in ("block_timeout", "exit_timeout", "report_every"))
        assert sys.stdout is writer.stream
        writer.close()

    def test_no_thread(self) -> None:
        """Nothing starts before the first line."""
        with Writer(Collecting()) as writer:
            assert ("new", False) == (writer.stats().state, writer.stats().writer_alive)
            writer().info(b"paid")
            assert "running" == writer.stats().state

    def test_repr(self, tmp_path: Path) -> None:
        """It says where lines go, and how."""
        with Writer(tmp_path / "log") as writer:
            assert f"<Writer to File({str(tmp_path / 'log')!r}), new>" == repr(writer)

    def test_pickle(self, tmp_path: Path, pipe: tuple[int, int]) -> None:
        """One to a file can be sent to another process; one to a descriptor can't."""
        with Writer(tmp_path / "log", max_records=7) as writer:
            with pickle.loads(pickle.dumps(writer)) as made:
                made().info(b"paid")
            assert 7 == made._given["max_records"]  # noqa: SLF001 (as it was asked for)
            assert repr(writer) != repr(made)
            log = writer("shop")
            assert log is copy.copy(log) is copy.deepcopy(log)
        assert b"paid\n" == (tmp_path / "log").read_bytes()
        with Writer(File(tmp_path / "log", durable=True)) as writer, pickle.loads(pickle.dumps(writer)) as made:
            made().info(b"sent")
        assert b"paid\nsent\n" == (tmp_path / "log").read_bytes()
        with Writer(pipe[1]) as writer, pytest.raises(pickle.PicklingError, match="a path, a File or a standard"):
            pickle.dumps(writer)


class TestFlush:
    """Wait until what was logged is written."""

    def test_new(self) -> None:
        """Where nothing was logged there is nothing to wait for."""
        with Writer(Collecting()) as writer:
            assert writer.flush(0)

    def test_written(self) -> None:
        """Afterwards all that was logged before is in the sink."""
        sink = Collecting()
        with Writer(sink) as writer:
            for number in range(1_000):
                writer().info(b"%d" % number)
            assert writer.flush()
            assert 1_000 == len(sink.lines) == writer.stats().written

    def test_stalled(self) -> None:
        """While the sink takes nothing it waits no longer than it is told to."""
        sink = Gated()
        with Writer(sink) as writer:
            writer().info(b"paid")
            sink.is_entered.wait()
            assert not writer.flush(0.01)
            sink.gate.set()
            assert writer.flush()

    @pytest.mark.parametrize("timeout", [math.inf, -1.0])
    def test_any_number(self, timeout: float) -> None:
        """It may wait for ever, or only look."""
        with Writer(Collecting()) as writer:
            writer().info(b"paid")
            until(lambda: writer.flush(timeout))
            assert 1 == writer.stats().written
            assert writer.close(timeout)

    @pytest.mark.parametrize("call", ["flush", "close"])
    def test_no_number(self, call: str) -> None:
        """What is no number is refused before anything is done, also by one that is closed."""
        writer = Writer(Collecting())
        for _ in range(2):
            with pytest.raises(ConfigurationError, match="timeout"):
                getattr(writer, call)(None)
            writer.close()

    def test_put_off(self) -> None:
        """What was put off since the sink failed is tried at once."""
        sink = Failing(failure())
        with Writer(sink) as writer:
            writer().info(b"paid")
            until(lambda: writer.stats().retries.get("eio", 0) > 3)
            sink.error = None
            assert writer.flush()
        assert [b"paid"] == sink.lines

    def test_from_own_thread(self) -> None:
        """A sink that asks for it isn't waited for by itself."""
        found = []

        class Asking(Collecting):
            def write(self, lines: Any, /) -> int:
                found.append(writer.flush(60))
                return super().write(lines)

        with Writer(Asking()) as writer:
            writer().info(b"paid")
            assert writer.flush()
        assert [False] == found

    def test_forked_amid_handing_over(self) -> None:
        """What a child hands over that was forked right before is written by it, though it logs nothing more."""
        sink = Collecting()
        with Writer(sink) as writer:
            writer._queue.hand_over(b"paid", 1)  # noqa: SLF001 (as the parent's call goes on in the child)
            assert writer.flush(20)
            assert [b"paid"] == sink.lines


class TestReopen:
    """Open the sink anew."""

    def test_file(self, tmp_path: Path) -> None:
        """Before the next line it is another handle of the same file."""
        with Writer(tmp_path / "log") as writer:
            writer().info(b"1")
            assert writer.flush()
            writer.reopen()
            writer().info(b"2")
        assert b"1\n2\n" == (tmp_path / "log").read_bytes()

    def test_asked(self) -> None:
        """The sink is asked, if it can."""
        asked = []
        sink: Any = Collecting()
        with Writer(sink) as writer:
            writer.reopen()
            sink.reopen = lambda: asked.append(True)
            writer.reopen()
        assert [True] == asked


class TestFork:
    """A forked child begins anew."""

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
    def test_forget(self, tmp_path: Path) -> None:
        """What the parent has is the parent's; a closed writer stays closed."""
        with Writer(tmp_path / "log") as writer:
            writer().info(b"1")
            writer.finish()
            assert "synchronous" == writer.stats().state
            writer.forget()
            assert ("new", 0) == (writer.stats().state, writer.stats().emitted)
            writer().info(b"2")
            assert "running" == writer.stats().state
        writer.forget()
        assert "closed" == writer.stats().state
        assert b"1\n2\n" == (tmp_path / "log").read_bytes()

    def test_sink(self) -> None:
        """The sink is told, if it wants to know."""
        told = []
        sink: Any = Collecting()
        Writer(sink).forget()
        sink.forget = lambda: told.append(True)
        Writer(sink).forget()
        assert [True] == told


class TestNoRoom:
    """The caller waits where that is asked for."""

    @staticmethod
    def fill(writer: Writer, sink: Gated) -> None:
        """Let one line be amid its writing, one stored and one held."""
        writer().info(b"1")
        sink.is_entered.wait()
        writer().info(b"2")
        writer().info(b"3")
        until(writer._room.is_asked_for)  # noqa: SLF001 (whether one is held)

    def test_in_vain(self) -> None:
        """A line that finds no room in time is lost, for the reason why there is none; the others are written."""
        sink = Gated()
        with Writer(sink, on_full="block", max_records=1, block_timeout=0) as writer:
            self.fill(writer, sink)
            writer().error(b"4")
            sink.gate.set()
            assert writer.flush()
            assert {"full": {"error": 1}} == writer.stats().dropped
        assert [b"1", b"2", b"3"] == sink.lines

    def test_until_it_finishes(self) -> None:
        """Who still waits when the writer finishes leaves its line there, once."""
        sink = Gated()
        writer = Writer(sink, on_full="block", max_records=1, block_timeout=60, exit_timeout=0)
        self.fill(writer, sink)
        waiting = threading.Thread(target=writer().info, args=(b"4",))
        waiting.start()
        until(lambda: writer._threads._waiting)  # noqa: SLF001 (whether it waits)
        writer.finish()
        waiting.join()
        sink.gate.set()
        until(writer._threads.have_ended)  # noqa: SLF001 (so that the next writes itself)
        writer.close()
        stats = writer.stats()
        assert_adds_up(stats)
        assert (4, 0, {"timeout"}) == (stats.emitted, stats.pending, {*stats.dropped})
        assert {b"1"} <= {*sink.lines} <= {b"1", b"4"}


class TestOwnThreads:
    """What the writer's own threads do beside the lines."""

    def test_log(self, tmp_path: Path) -> None:
        """A chain that logs as it frames a gap has its line written, since no sink feeds itself by that."""

        def frame(gap: Gap) -> bytes:
            writer._watch.attention = True  # noqa: SLF001 (so that it is asked first)
            writer().info(b"framed")
            return b"gap"

        with Writer(tmp_path / "log", frame_gap=frame) as writer:
            writer._queue.refused.add("full", 1, b"{}")  # noqa: SLF001 (as a logger does)
            writer().info(b"paid")
            until(lambda: writer.stats().gaps)
            assert writer.flush()
            assert {"full"} == {*writer.stats().dropped}
        assert {b"paid", b"gap", b"framed"} == {*(tmp_path / "log").read_bytes().splitlines()}

    def test_tell(self, capfd: pytest.CaptureFixture[str]) -> None:
        """They say on standard error that lines are lost."""
        with Writer(Collecting()) as writer:
            writer._queue.drop(b"", 1)  # noqa: SLF001 (a loss)
            writer._tick()  # noqa: SLF001 (what the deciding one does)
        assert "are being lost, 1 so far (full)" in capfd.readouterr().err

    @pytest.mark.parametrize(("state", "is_idle"), [("running", False), ("running", True), ("synchronous", False)])
    def test_attention(self, state: str, is_idle: bool, tmp_path: Path) -> None:  # noqa: FBT001 (a table)
        """The caller need do nothing else while both are at work, and must where they aren't."""
        with Writer(tmp_path / "log") as writer:
            writer._state, writer._threads.is_idle = state, is_idle  # noqa: SLF001 (as they come to be)
            writer._watch.update()  # noqa: SLF001 (what both do)
            assert (state != "running" or is_idle) == writer._watch.attention  # noqa: SLF001 (what loggers look at)
