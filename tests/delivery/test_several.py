"""Write each line to several places, none of which stops another."""

from __future__ import annotations

import copy
import os
import pickle
from time import monotonic
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import orjson
import pytest
import structlog

from structlog_enrich import ConfigurationError, configure
from structlog_enrich.cli.completeness import Proof
from structlog_enrich.delivery import Several, Writer
from tests.delivery.conftest import assert_adds_up, until
from tests.delivery.faulty import Collecting, Failing, Gated, Short

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


class Logging(Collecting):
    """A sink that logs to all with each call, as often as no right behaviour would."""

    def __init__(self) -> None:
        super().__init__()
        self.log: Any = None
        self.count = 0

    def write(self, lines: Sequence[bytes], /) -> int:
        if self.count < 1_000:
            self.count += 1
            self.log.warning("a sink's own")
        return super().write(lines)


class Stubborn(Collecting):
    """A sink that can be neither closed nor opened anew."""

    def close(self) -> None:
        raise OSError(5, "Input/output error")

    def reopen(self) -> None:
        raise OSError(5, "Input/output error")


class Unfinished(Writer):
    """A writer that can't be finished."""

    __slots__ = ()

    def finish(self, then: Callable[[], object] | None = None, *, since: int | None = None) -> None:
        raise OSError(5, "Input/output error")


class Reopened(Collecting):
    """A sink that knows whether it was opened anew."""

    is_reopened = False

    def reopen(self) -> None:
        self.is_reopened = True


class TestSeveral:
    """Each writer is on its own."""

    def test_each_gets_all(self, tmp_path: Path) -> None:
        """A line goes to each, at its level."""
        with Several(Writer(tmp_path / "a"), Writer(tmp_path / "b")) as several:
            several("shop").error(b"broken")
            several().info("text")
            assert several.flush()
            assert [{"info": 1, "error": 1}] * 2 == [stats.written_by_level for stats in several.stats()]
        assert b"broken\ntext\n" == (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()

    def test_one_stalls(self, tmp_path: Path) -> None:
        """One that takes nothing keeps neither those who log nor the others."""
        read, write = os.pipe()
        stalled = Writer(write, max_records=10, on_full="drop_oldest", exit_timeout=0)
        other = Writer(tmp_path / "log")
        log = Several(stalled, other)()
        for line in [b"%0200d" % number for number in range(2_000)]:
            log.info(line)
        assert other.flush()
        assert 2_000 == other.stats().written
        assert 2_000 > stalled.stats().written
        os.close(read)
        os.close(write)
        stalled.close(0)
        other.close()

    def test_one_fails(self, tmp_path: Path) -> None:
        """A sink that fails is told in its own account only."""

        class Failing:
            def write(self, lines: Sequence[bytes], /) -> int:
                raise OSError(5, "Input/output error")

            def close(self) -> None:
                return

        failing, other = Writer(Failing(), exit_timeout=0), Writer(tmp_path / "log")
        several = Several(failing, other)
        several().info(b"paid")
        assert other.flush()
        assert not several.flush(0.1)
        assert (0, 1) == (failing.stats().written, other.stats().written)
        assert "eio" in failing.stats().retries
        assert {} == other.stats().retries
        assert not several.close(0)

    def test_patience(self) -> None:
        """Neither one nor several wait longer for sinks that take nothing than they are given patience."""
        writer = Writer(Short(0), exit_timeout=0)
        several = Several(writer, Writer(Short(0), exit_timeout=0))
        several().info(b"paid")
        flushes: list[Any] = [writer.flush, several.flush]
        for flush in flushes:
            before = monotonic()
            assert not flush(60, patience=0.1)
            assert 0.1 <= monotonic() - before < 10
            with pytest.raises(ConfigurationError, match=r"^patience must be a number of seconds, not '0\.1'$"):
                flush(60, patience="0.1")
        several.close(0)

    def test_what_one_loses_all_are_told(self, tmp_path: Path) -> None:
        """In neither file is a number missing without a reason."""
        small = Writer(tmp_path / "small", max_records=20, on_full="drop_newest")
        with (
            Several(small, Writer(tmp_path / "large")) as several,
            # One of its own, also where all tests run twice in one process.
            configure(service="checkout", stream=f"several-{uuid4().hex[:8]}", writer=several),
        ):
            for number in range(3_000):
                structlog.get_logger().info("paid", number=number)
        assert 0 < small.stats().dropped_total
        for name, reasons in (("small", {"full"}), ("large", set())):
            proof = Proof()
            proof.add((tmp_path / name).read_bytes().splitlines())
            (boot,) = proof.boots()
            assert (reasons, {}) == ({run.reason for run in boot.lost()}, boot.untold), [*boot.lost()]
            assert 0 == boot.twice
        messages = [orjson.loads(line)["message"] for line in (tmp_path / "large").read_bytes().splitlines()]
        assert 3_000 == messages.count("paid")

    def test_refused(self, tmp_path: Path) -> None:
        """One is none, and one that is there twice would write twice."""
        with Writer(tmp_path / "log") as writer:
            with pytest.raises(ConfigurationError, match="writers must be two or more"):
                Several(writer)
            with pytest.raises(ConfigurationError, match="each once, not 2"):
                Several(writer, writer)
            with pytest.raises(ConfigurationError, match="must be a Writer"):
                Several(writer, "log")  # type: ignore[arg-type]

    def test_several_of_several(self, tmp_path: Path) -> None:
        """Each of them is one of all."""
        inner = Several(Writer(tmp_path / "a"), Writer(tmp_path / "b"))
        with Several(inner, Writer(tmp_path / "c")) as several:
            several().info(b"paid")
            assert several.flush()
            assert 3 == len(several.stats())
            with pytest.raises(ConfigurationError, match="each once"):
                Several(several, inner)
        assert [b"paid\n"] * 3 == [(tmp_path / name).read_bytes() for name in "abc"]

    def test_together(self) -> None:
        """All have the given time together, and each is asked, though there is none left."""
        asked: list[float] = []

        class Slow:
            methods = (print,) * 5
            finish = print
            _pump = SimpleNamespace(is_foreign=False)

            def flush(self, timeout: float, **_: float) -> bool:
                asked.append(timeout)
                return True

            close = flush

            def __repr__(self) -> str:
                return "Slow"

        several = Several(Slow(), Slow())  # type: ignore[arg-type]
        assert several.flush(0)
        assert several.close(-1)
        assert (True, True) == (len(asked) >= 4, max(asked) <= 0)
        asked.clear()
        assert several.flush(100)
        assert all(99 < each <= 100 for each in asked)
        assert "Several(Slow, Slow)" == repr(several)

    def test_stats_are_told_everywhere(self, tmp_path: Path) -> None:
        """What one of them says of itself stands in the other's place too."""
        writers = Writer(tmp_path / "a", report_every=0.001), Writer(tmp_path / "b")
        with Several(*writers) as several:
            several.frame_with(
                describe=lambda _: (0, "info"), frame_gap=lambda _: b"gap", frame_stats=lambda _: b"stats"
            )
            several().info(b"paid")
            until(lambda: b"stats\n" in (tmp_path / "a").read_bytes() and b"stats\n" in (tmp_path / "b").read_bytes())


class TestSinksThatLog:
    """What a sink logs while it writes is lost and counted in every place, since another's sink may log as well."""

    @pytest.mark.parametrize(
        "begin", [lambda _: None, lambda several: several.finish()], ids=["running", "synchronous"]
    )
    def test_they_do_not_feed_each_other(self, begin: Callable[[Several], None]) -> None:
        """Each line of a program brings one of each sink's own, which all refuse; those of the program are written."""
        sinks = Logging(), Logging()
        several = Several(*map(Writer, sinks))
        for sink in sinks:
            sink.log = several()
        begin(several)
        for _ in range(5):
            several().info(b"paid")
            until(lambda: all(not stats.pending or stats.state == "synchronous" for stats in several.stats()))
        assert several.close()
        assert [[b"paid"] * 5] * 2 == [sink.lines for sink in sinks]
        own = {"recursive": {"warning": sum(sink.count for sink in sinks)}}
        assert [own] * 2 == [stats.dropped for stats in several.stats()]
        for stats in several.stats():
            assert_adds_up(stats)

    def test_beside_a_file(self, tmp_path: Path) -> None:
        """A file beside it doesn't get them either: they are lost by the same reason everywhere."""
        sink = Logging()
        several = Several(Writer(tmp_path / "log"), Writer(sink))
        sink.log = several()
        several().info(b"paid")
        assert several.close()
        assert b"paid\n" == (tmp_path / "log").read_bytes()
        assert [{"recursive": {"warning": 1}}] * 2 == [stats.dropped for stats in several.stats()]

    def test_number(self) -> None:
        """What is refused is known by its number, which is asked of the line."""
        sink, asked = Logging(), list[bytes]()
        several = Several(Writer(sink), Writer(Collecting()))
        several.frame_with(
            describe=lambda line: (asked.append(line), (0, "info"))[1],
            frame_gap=lambda _: b"gap",
            frame_stats=lambda _: b"",
        )
        sink.log = several()
        several().info(b"paid")
        several.close()
        assert b"a sink's own" in asked

    def test_all_but_them_are_told(self) -> None:
        """What is lost for another reason is told in each place, though its sink may log."""
        gated, other = Gated(), Collecting()
        several = Several(Writer(gated, max_records=5, on_full="drop_newest"), Writer(other))
        several.frame_with(describe=lambda _: (0, "info"), frame_gap=lambda _: b"gap", frame_stats=lambda _: b"")
        several().info(b"paid")
        gated.is_entered.wait()
        for _ in range(20):
            several().info(b"paid")
        gated.gate.set()
        several.close()
        assert b"gap" in gated.lines
        assert b"gap" in other.lines

    def test_told(self, tmp_path: Path) -> None:
        """Each place tells of them by itself, and to the files among the others; the sink that logs hears its own."""
        sink = Logging()
        several = Several(Writer(tmp_path / "a"), Writer(tmp_path / "b"), Writer(sink))
        several.frame_with(
            describe=lambda _: (0, "info"),
            frame_gap=lambda gap: b"%s %d" % (gap.reason.encode(), gap.count),
            frame_stats=lambda _: b"",
        )
        sink.log = several()
        several().info(b"paid")
        several.close()
        for name in "ab":
            assert [b"paid"] + [b"recursive 1"] * 3 == (tmp_path / name).read_bytes().splitlines()
        assert [b"paid", b"recursive 1"] == sink.lines


class TestAll:
    """What is asked of all is done by all, whichever fails."""

    def test_finished(self, tmp_path: Path) -> None:
        """All are finished before what is to happen then, which happens once; their sinks stay open."""
        several = Several(Writer(tmp_path / "a"), Writer(tmp_path / "b"))
        several().info(b"paid")
        found: list[bytes] = []
        several.finish(then=lambda: found.extend((tmp_path / name).read_bytes() for name in "ab"))
        assert [b"paid\n"] * 2 == found
        assert ["synchronous"] * 2 == [stats.state for stats in several.stats()]
        several().info(b"late")
        several.finish()
        assert b"paid\nlate\n" == (tmp_path / "b").read_bytes()
        assert several.close()

    def test_finished_where_one_fails(self, tmp_path: Path) -> None:
        """One that can't be finished keeps neither the others from it, nor what is to happen then."""
        several = Several(Unfinished(Collecting()), Writer(tmp_path / "log"))
        several().info(b"paid")
        happened: list[str] = []
        with pytest.raises(OSError, match="Input/output"):
            several.finish(then=lambda: happened.append("then"))
        assert (["then"], "synchronous") == (happened, several.stats()[1].state)
        assert b"paid\n" == (tmp_path / "log").read_bytes()
        assert several.close()

    def test_what_happens_then_fails(self) -> None:
        """A handler that ends the process ends it, and isn't called twice."""
        several = Several(Writer(Collecting()), Writer(Collecting()))
        called: list[str] = []

        def then() -> None:
            called.append("then")
            raise SystemExit(3)

        with pytest.raises(SystemExit):
            several.finish(then)
        assert ["then"] == called
        assert several.close()

    def test_closed_where_one_fails(self) -> None:
        """The others are closed as well, and what the first raised is raised."""
        sink = Collecting()
        several = Several(Writer(Stubborn()), Writer(sink))
        several().info(b"paid")
        with pytest.raises(OSError, match="Input/output"):
            several.close()
        assert ([b"paid"], True) == (sink.lines, sink.is_closed)

    def test_reopened(self) -> None:
        """Each is opened anew, also when one before it can't be, and one that knows nothing of it is left alone."""
        sink = Reopened()
        several = Several(Writer(Stubborn()), Writer(Failing()), Writer(sink))
        with pytest.raises(OSError, match="Input/output"):
            several.reopen()
        assert sink.is_reopened


class TestLogger:
    """What structlog keeps of it."""

    def test_copies(self, tmp_path: Path) -> None:
        """A copy is the same; one that was pickled writes to the same files."""
        with Several(Writer(tmp_path / "a"), Writer(tmp_path / "b")) as several:
            log = several("shop")
            assert log is copy.copy(log) is copy.deepcopy(log)
            assert "name='shop'" in repr(log)
            other = pickle.loads(pickle.dumps(log))
            assert "shop" == other.name
            other.info(b"paid")
            assert other.several.close()
        assert b"paid\n" == (tmp_path / "b").read_bytes()
