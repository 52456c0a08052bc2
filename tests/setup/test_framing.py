"""Let a writer say in the stream what it lost, in lines like all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest

from structlog_enrich import preset, process, span
from structlog_enrich.delivery import Gap, Writer
from structlog_enrich.setup.framing import describe, framing

if TYPE_CHECKING:
    from pathlib import Path

    from jsonschema import Draft202012Validator


class TestDescribe:
    """A line says its number and its level."""

    def test_a_line(self) -> None:
        """Both are those of the header, whatever a value pretends."""
        line = b'{"level":"error","message":"\\"seq\\":5,\\"level\\":\\"debug\\"","seq":18,"payload":{"seq":7}}'
        assert (18, "error") == describe(line)

    @pytest.mark.parametrize("line", [b"", b"12:00 info paid", b'{"seq":1}', b'{"level":"info"}'])
    def test_another(self, line: bytes) -> None:
        """What isn't such a line is refused."""
        with pytest.raises(ValueError, match="no seq or no level"):
            describe(line)


class TestFraming:
    """Lines about the writer are lines of the chain."""

    def test_a_gap(self, validator: Draft202012Validator) -> None:
        """It keeps the contract, is a warning, and is of the process, not of the request that is going on."""
        frame = framing(preset(service="checkout"))["frame_gap"]
        with span("capture"):
            line = orjson.loads(frame(Gap("full", 3, {"info": 2, "error": 1}, ((7, 8), (10, 10)), complete=True)))
        state = process.current()
        validator.validate(line)
        assert ("warning", "log.gap", "checkout") == (line["level"], line["event_name"], line["service"])
        assert (state.boot_trace_id, state.boot_id) == (line["trace_id"], line["span_id"])
        assert {
            "reason": "full",
            "count": 3,
            "levels": {"info": 2, "error": 1},
            "ranges": [[7, 8], [10, 10]],
            "complete": True,
            "boot_id": state.boot_id,
        } == line["gap"]

    def test_the_account(self, tmp_path: Path, validator: Draft202012Validator) -> None:
        """The line about the writer itself has its counts."""
        with Writer(tmp_path / "log") as writer:
            writer().info(b"paid")
            assert writer.flush()
            line = orjson.loads(framing(preset(service="checkout"))["frame_stats"](writer.stats()))
        validator.validate(line)
        said = line["payload"]
        assert ("info", "log.writer") == (line["level"], line["event_name"])
        assert (1, 1, "running", True) == tuple(said[name] for name in ("emitted", "written", "state", "writer_alive"))
        assert (1, {1}) == (said["latency"]["+Inf"], set(said["latency"].values()))
        assert f"File({str(tmp_path / 'log')!r})" == said["sink"]

    def test_lines_for_a_person(self) -> None:
        """A chain that writes no JSON frames as well."""
        line = framing(preset(service="checkout", renderer="console"))["frame_gap"](Gap("full", 3))
        assert b"log.gap" in line
