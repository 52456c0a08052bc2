"""Set up a writer for the whole process."""

from __future__ import annotations

import errno
import logging
from time import monotonic
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import structlog

from structlog_enrich import ConfigurationError, configure
from structlog_enrich.cli.completeness import Proof
from structlog_enrich.delivery import File, Several, Writer
from tests.delivery.conftest import until
from tests.delivery.faulty import Collecting, Failing, Short, failure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jsonschema import Draft202012Validator


class TestConfigure:
    """`configure(writer=…)`; a stream of its own counts from 0."""

    def test_lines(self, tmp_path: Path, validator: Draft202012Validator) -> None:
        """structlog's lines and the standard library's go to the writer, framed, and are written when it is undone."""
        with Writer(tmp_path / "log") as writer:
            with configure(service="checkout", stream=tmp_path.name, writer=writer):
                structlog.get_logger().info("paid", amount=9.9)
                logging.getLogger("theirs").warning("careful")
            lines = [orjson.loads(line) for line in (tmp_path / "log").read_bytes().splitlines()]
        for line in lines:
            validator.validate(line)
        assert ["log.start", "paid", "careful", "log.stop"] == [line["message"] for line in lines]
        assert [0, 1, 2, 3] == [line["seq"] for line in lines]
        assert 4 == writer.stats().written

    def test_the_last_line(self, tmp_path: Path) -> None:
        """It says for each place what became of all before it."""
        full = Writer(Failing(failure(errno.ENOSPC)), max_records=1, on_full="drop_newest", exit_timeout=0)
        well = Writer(tmp_path / "log")
        with Several(well, full) as writers, configure(service="checkout", stream=tmp_path.name, writer=writers):
            for number in range(5):
                structlog.get_logger().info("paid", number=number)
            until(lambda: full.stats().dropped_total == 5)
            assert well.flush()
        last = [orjson.loads(line) for line in (tmp_path / "log").read_bytes().splitlines()][-1]
        one, other = last["payload"]["writers"]
        assert ("log.stop", f"File({str(tmp_path / 'log')!r})") == (last["event_name"], one["sink"])
        assert one["emitted"] == one["written"] >= 6
        assert (0, {}) == (one["pending"], one["dropped"])
        assert other["emitted"] == other["pending"] + sum(sum(levels.values()) for levels in other["dropped"].values())
        # Until it has failed once nobody knows why there is no room.
        assert other["dropped"].keys() - {"full"} <= {"enospc"}
        assert full.stats().dropped_total >= 5

    def test_the_file_proves_itself(self, tmp_path: Path) -> None:
        """What was lost is named in the stream, each line by its number and with the reason."""
        with Writer(tmp_path / "log", max_records=20, on_full="drop_oldest") as writer:
            with configure(service="checkout", stream=tmp_path.name, writer=writer):
                for number in range(3_000):
                    structlog.get_logger().info("paid", number=number)
            stats = writer.stats()
        proof = Proof()
        proof.add((tmp_path / "log").read_bytes().splitlines())
        (boot,) = proof.boots()
        lost = [number for run in boot.lost() for number in range(run.first, run.last + 1)]
        assert stats.dropped_total == len(lost) > 0
        assert {"full"} == {run.reason for run in boot.lost()}
        assert 3_002 == stats.emitted == stats.written + stats.dropped_total
        assert {} == boot.untold

    def test_a_sink_that_logs(self, tmp_path: Path) -> None:
        """A file beside it proves itself: what the sink logged is lost there, too, and told by its number."""

        class Talking(Collecting):
            def write(self, lines: Sequence[bytes], /) -> int:
                structlog.get_logger("sink").info("writing")
                return super().write(lines)

        with (
            Several(Writer(Talking()), Writer(tmp_path / "log")) as writers,
            configure(service="checkout", stream=tmp_path.name, writer=writers),
        ):
            for number in range(5):
                structlog.get_logger().info("paid", number=number)
                assert writers.flush()
        proof = Proof()
        proof.add((tmp_path / "log").read_bytes().splitlines())
        (boot,) = proof.boots()
        assert {"recursive"} == {run.reason for run in boot.lost()}

    @pytest.mark.parametrize("given", [{"writer": 3}, {"writer": "stdout"}, {"writer": Writer}, {"sink": 3}], ids=str)
    def test_refused(self, given: dict[str, Any], tmp_path: Path) -> None:
        """What is no writer is refused, its class too, and a writer together with a sink."""
        with Writer(tmp_path / "log") as writer, pytest.raises(ConfigurationError, match="writer"):
            configure(**{"writer": writer, **given})

    def test_a_closed_one(self, tmp_path: Path) -> None:
        """A closed writer, which couldn't say the last line, is refused, also among several."""
        with Writer(tmp_path / "closed") as writer:
            pass
        for given in (writer, Several(writer, Writer(tmp_path / "open"))):
            with pytest.raises(ConfigurationError, match=r"^writer must not be closed, .* Make another$"):
                configure(writer=given)

    @pytest.mark.parametrize("sink", [Short(0), Failing(failure(errno.ENOSPC))], ids=["silent", "full"])
    def test_takes_nothing(self, sink: Collecting) -> None:
        """The end of a block hardly waits for a sink that takes nothing: the exit of the process does."""
        writer = Writer(sink, exit_timeout=0)
        before = monotonic()
        with configure(service="shop", writer=writer):
            structlog.get_logger().info("order placed")
        assert 2 > monotonic() - before
        assert (3, 0) == (writer.stats().pending, writer.stats().written)
        writer.close(0)

    def test_as_a_sink(self, tmp_path: Path) -> None:
        """A writer that is passed as the sink would lose lines without a word in the stream, so it is refused."""
        with (
            Writer(tmp_path / "log") as writer,
            pytest.raises(ConfigurationError, match=r"Pass it as `writer`$") as raised,
        ):
            configure(sink=writer)
        assert "sink" == raised.value.parameter

    def test_a_writers_sink(self, tmp_path: Path) -> None:
        """Nor is a sink of a writer a stream."""
        with pytest.raises(ConfigurationError, match=r"^sink must be no writer's sink, not File\(.* `writer=Writer"):
            configure(sink=File(tmp_path / "log"))
