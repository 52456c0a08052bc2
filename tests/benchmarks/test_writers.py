"""Ways to hand a finished line to a thread that writes it."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.interpreters import ROOT
from benchmarks.scenarios import stalled, throughput

if TYPE_CHECKING:
    from collections.abc import Callable

HAND_OVER = """
import sys, os
sys.path.append(sys.argv[1])
from importlib import import_module
hand_over = import_module(f"benchmarks.writers.{sys.argv[2]}").start(int(sys.argv[3]))
for number in range(20):
    hand_over(b"x" * 400)
sys.stdin.read()
os._exit(0)
"""

FLOOD = """
import json, os, sys
sys.path.append(sys.argv[1])
from benchmarks.writers.floods import flood
print(json.dumps(flood("ours", 0.1)), flush=True)
os._exit(0)
"""


def _name(writer: Any) -> str:
    return str(writer.__name__.rpartition(".")[2])


class TestWriters:
    """Each is set up to do what is measured."""

    @pytest.mark.parametrize("writer", stalled.WRITERS, ids=_name)
    def test_lines_arrive(self, writer: Any) -> None:
        """What is handed over is written, so what is timed is no empty call."""
        read, write = os.pipe()
        command = [sys.executable, "-c", HAND_OVER, str(ROOT), _name(writer), str(write)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[write]) as child:
            os.close(write)
            found = b""
            while found.count(b"x" * 400) < 20:
                assert select.select([read], [], [], 30)[0]
                found += os.read(read, 65_536)
            child.communicate()
        os.close(read)
        assert 20 == found.count(b"x" * 400) == found.count(b"\n")

    @pytest.mark.parametrize("writer", stalled.WRITERS, ids=_name)
    def test_about(self, writer: Any) -> None:
        """The page says of each what it is."""
        assert writer.NAME
        assert writer.ABOUT.endswith(".")


class TestStalled:
    """Nobody reads."""

    def test_a_flood(self, run_python: Callable[..., Any]) -> None:
        """The figures are those of calls that were made while nothing could be written."""
        found = json.loads(run_python(FLOOD, str(ROOT)).stdout)
        assert 2_000 == found["calls"]
        assert not found["blocked"]
        assert 0 < found["p50"] <= found["p99"] <= found["p99.9"] <= found["max"]
        row = stalled.table({"`Writer`": found, "other": {**found, "p50": 1_234_567, "blocked": True}})
        assert "| other | 1,234.57 |" in row
        assert "2,000, then blocked for good" in row


class TestThroughput:
    """None may be lost."""

    def test_shares(self) -> None:
        """Each is a part of what the machine does in the same round."""
        rates = {throughput.RAW: [1_000_000.0, 2_000_000.0], throughput.named(4): [500_000.0, 500_000.0]}
        assert [0.5, 0.25] == throughput.share(rates, 4)
        assert "| `Writer`, 4 threads | 500 |" in throughput.table(rates)

    def test_all_reach_the_file(self, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is measured until the last one is there, for ours as for the bare call."""
        monkeypatch.setattr(throughput, "LINES", 2_000)
        for count in (1, 2):
            assert 0 < throughput.ours(tmp_path / "log", count)
            assert 2_000 * 400 == (tmp_path / "log").stat().st_size
        assert 0 < throughput.raw(tmp_path / "log")
        assert 2_000 * 400 == (tmp_path / "log").stat().st_size
