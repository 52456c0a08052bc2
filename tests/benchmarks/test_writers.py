"""Ways to hand a finished line to a thread that writes it."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from itertools import cycle
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.interpreters import ROOT
from benchmarks.scenarios import stalled, stalled_memory, throughput
from benchmarks.writers import Started, as_it_is
from benchmarks.writers.growth import BUDGET

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HAND_OVER = """
import sys, os
sys.path.append(sys.argv[1])
from importlib import import_module
started = import_module(f"benchmarks.writers.{sys.argv[2]}").start(int(sys.argv[3]))
for number in range(20):
    started.hand_over(started.ready(b"x" * 400))
sys.stdin.read()
os._exit(0)
"""

FINISH = """
import os, sys
sys.path.append(sys.argv[1])
from importlib import import_module
from threading import Thread
read, write = os.pipe()
started = import_module(f"benchmarks.writers.{sys.argv[2]}").start(write)
# Some more than a pipe holds.
for number in range(180):
    started.hand_over(started.ready(b"x" * 400))
found = bytearray()

def drain():
    while part := os.read(read, 65_536):
        found.extend(part)

reader = Thread(target=drain, daemon=True)
reader.start()
started.finish()
os.close(write)
reader.join(30)
print(found.count(b"x" * 400), found.count(10), reader.is_alive(), flush=True)
os._exit(0)
"""

FLOOD = """
import json, os, sys
sys.path.append(sys.argv[1])
from benchmarks.writers.floods import flood
print(json.dumps(flood("ours", 0.1)), flush=True)
os._exit(0)
"""

WRITE = """
import json, os, sys
sys.path.append(sys.argv[1])
from importlib import import_module
from pathlib import Path
from benchmarks.scenarios import throughput
throughput.FEWER = 1_000
writer = import_module(f"benchmarks.writers.{sys.argv[2]}")
print(json.dumps(throughput.theirs(Path(sys.argv[3]), 2, writer)), flush=True)
os._exit(0)
"""

GROW = """
import json, os, sys
sys.path.append(sys.argv[1])
from benchmarks.writers.growth import Offer, grow
print(json.dumps(grow(sys.argv[2], Offer(**json.loads(sys.argv[3])))), flush=True)
os._exit(0)
"""

_MEBIBYTE = 1 << 20
WRITERS = [*stalled.WRITERS, stalled_memory.WRITERS[0]]


def _name(writer: Any) -> str:
    return str(writer.__name__.rpartition(".")[2])


def _grown(run_python: Callable[..., Any], name: str, **offer: Any) -> Any:
    return json.loads(run_python(GROW, str(ROOT), name, json.dumps({"seconds": 60, **offer})).stdout)


class TestWriters:
    """Each is set up to do what is measured."""

    @pytest.mark.parametrize("writer", WRITERS, ids=_name)
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

    @pytest.mark.parametrize("writer", WRITERS, ids=_name)
    def test_finish(self, writer: Any, run_python: Callable[..., Any]) -> None:
        """When it has finished, all is written: what it wrote to can be closed."""
        assert "180 180 False\n" == run_python(FINISH, str(ROOT), _name(writer)).stdout

    @pytest.mark.parametrize("writer", WRITERS, ids=_name)
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


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what memory a process uses is read in /proc")
class TestGrowth:
    """Memory while nobody reads."""

    @pytest.mark.parametrize("name", ["queue_handler", "otel_batch", "ours_filled"])
    def test_lines_are_objects(self, name: str, run_python: Callable[..., Any]) -> None:
        """What waits takes the memory of all lines: none of them is another one once more."""
        found = _grown(run_python, name, size=50_000, total=16 * _MEBIBYTE)
        assert 0.95 * 16 * _MEBIBYTE < found["grown"]
        assert (1.0, False) == (found["given"], found["blocked"])

    def test_ends(self, run_python: Callable[..., Any]) -> None:
        """Whose memory has no bound is stopped at one, and whose time is over as well."""
        found = _grown(run_python, "queue_handler", size=50_000, total=64 * _MEBIBYTE, most=8 * _MEBIBYTE)
        assert 8 * _MEBIBYTE < found["grown"] < 16 * _MEBIBYTE
        assert 0.1 < found["given"] < 0.25
        assert _grown(run_python, "queue_handler", size=50_000, seconds=0)["given"] < 0.001

    def test_blocked(self, run_python: Callable[..., Any]) -> None:
        """Who takes no more lines is given up, and said to block."""
        found = _grown(run_python, "loguru_enqueue", size=50_000, patience=1)
        assert found["blocked"]
        assert found["given"] < 0.01

    def test_table(self) -> None:
        """Growth is shown in budgets, beside how it ended."""
        ended = [(1.0, False), (0.25, False), (0.01, True)]
        sizes = {
            size: {"grown": BUDGET * 2, "given": given, "blocked": blocked}
            for size, (given, blocked) in zip(stalled_memory.SIZES, ended, strict=True)
        }
        assert "| other | 2.00 | 2.00 at 25 % | 2.00, then blocked |" in stalled_memory.table({"other": sizes})


class TestThroughput:
    """None may be lost."""

    def test_shares(self) -> None:
        """Each is a part of what the machine does in the same round."""
        rates = {
            throughput.RAW: {"rate": [1_000_000.0, 2_000_000.0], "arrived": [1.0, 1.0]},
            throughput.named(4): {"rate": [500_000.0, 500_000.0], "arrived": [1.0, 0.99999]},
        }
        assert [0.5, 0.25] == throughput.share(rates, 4)
        assert "| `Writer`, 4 threads | 500 | 500 to 500 | 37.5 | 99 |" in throughput.table(rates)

    def test_all_reach_the_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is measured until the last one is there, for ours as for the bare call."""
        monkeypatch.setattr(throughput, "LINES", 2_000)
        for count in (1, 2):
            assert (2_000, 2_000) == throughput.ours(tmp_path / "log", count)[1:]
            assert 2_000 * 400 == (tmp_path / "log").stat().st_size
        assert (2_000, 2_000) == throughput.raw(tmp_path / "log")[1:]
        assert 2_000 * 400 == (tmp_path / "log").stat().st_size

    @pytest.mark.parametrize("writer", throughput.OTHERS, ids=_name)
    def test_others_are_waited_for(self, writer: Any, run_python: Callable[..., Any], tmp_path: Path) -> None:
        """Theirs count as well until the last line is in the file, and it is the same line."""
        path = tmp_path / "log"
        taken, arrived, logged = json.loads(run_python(WRITE, str(ROOT), _name(writer), str(path)).stdout)
        assert taken > 0
        assert (1_000, 1_000) == (arrived, logged)
        assert (b"x" * 399 + b"\n") * 1_000 == path.read_bytes()

    def test_what_is_dropped(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Lines that were handed over and aren't in the file are none of its rate."""
        monkeypatch.setattr(throughput, "FEWER", 10)
        _, arrived, logged = throughput.theirs(tmp_path / "log", 2, _EverySecond())
        assert (5, 10) == (arrived, logged)


class _EverySecond:
    """A writer that drops the others."""

    NAME = ABOUT = ""

    def start(self, fd: int) -> Started:
        turn = cycle([True, False])

        def hand_over(line: bytes) -> None:
            if next(turn):
                os.write(fd, line + b"\n")

        return Started(ready=as_it_is, hand_over=hand_over, finish=lambda: None)
