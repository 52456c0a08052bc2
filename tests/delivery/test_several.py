"""Write each line to several places, none of which stops another."""

from __future__ import annotations

import copy
import os
import pickle
from typing import TYPE_CHECKING

import orjson
import pytest
import structlog

from structlog_enrich import ConfigurationError, configure
from structlog_enrich.cli.completeness import Proof
from structlog_enrich.delivery import Several, Writer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


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

    def test_what_one_loses_all_are_told(self, tmp_path: Path) -> None:
        """In neither file is a number missing without a reason."""
        small = Writer(tmp_path / "small", max_records=20, on_full="drop_newest")
        with (
            Several(small, Writer(tmp_path / "large")) as several,
            configure(service="checkout", stream=tmp_path.name, writer=several),
        ):
            for number in range(3_000):
                structlog.get_logger().info("paid", number=number)
        assert 0 < small.stats().dropped_total
        for name, reasons in (("small", {"full"}), ("large", set())):
            proof = Proof()
            proof.add((tmp_path / name).read_bytes().splitlines())
            (boot,) = proof.boots()
            assert reasons == {run.reason for run in boot.lost()}
            assert 0 == boot.twice
        messages = [orjson.loads(line)["message"] for line in (tmp_path / "large").read_bytes().splitlines()]
        assert 3_000 == messages.count("paid")

    def test_refused(self, tmp_path: Path) -> None:
        """One is none, and one that is there twice would write twice."""
        with Writer(tmp_path / "log") as writer:
            with pytest.raises(ConfigurationError, match="writers must be two or more"):
                Several(writer)
            with pytest.raises(ConfigurationError, match="each once"):
                Several(writer, writer)


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
