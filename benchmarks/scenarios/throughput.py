"""How many lines reach a file each second when none may be lost."""

from __future__ import annotations

import os
import tempfile
import time
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from benchmarks.harness import interleave
from benchmarks.markdown import measured
from benchmarks.markdown import table as markdown_table
from benchmarks.statistics import compared, spread
from benchmarks.writers import loguru_enqueue, otel_batch, queue_handler
from structlog_enrich.delivery import Writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.harness import Effort
    from benchmarks.writers import Handing

__all__ = ["FEWER", "LINES", "OTHERS", "RAW", "THREADS", "named", "ours", "raw", "run", "share", "table", "theirs"]

THREADS: Final = (1, 2, 4, 8)
OTHERS: Final[tuple[Handing, ...]] = (queue_handler, loguru_enqueue, otel_batch)
LINES: Final = 200_000
FEWER: Final = 10_000
_OTHERS_THREADS: Final = (1, 4)
_LINE: Final = b"x" * 399
_LENGTH: Final = len(_LINE) + 1
_BATCH: Final = 100
_OURS: Final = "`Writer`"
RAW: Final = "the machine: `os.writev` of 100 lines"


class Written(NamedTuple):
    """Hold what a block did.

    Attributes:
        taken: Nanoseconds from the first line to the last one's arrival.
        arrived: How many lines are in the file.
        logged: How many were handed over.
    """

    taken: int
    arrived: int
    logged: int


def run(effort: Effort) -> dict[str, dict[str, list[float]]]:
    """Write the same lines by the bare system call and by all writers, in turn.

    Returns:
        By who writes, how many lines reach the file each second, and which part that is of those handed over.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "log")
        blocks = {RAW: partial(raw, path)} | {named(count): partial(ours, path, count) for count in THREADS}
        blocks |= {
            named(count, each.NAME): partial(theirs, path, count, each) for each in OTHERS for count in _OTHERS_THREADS
        }
        taken = interleave(blocks, rounds=effort.side_rounds)
    return {
        name: {
            "rate": [each.arrived / (each.taken / 1_000_000_000) for each in rows],
            "arrived": [each.arrived / each.logged for each in rows],
        }
        for name, rows in taken.items()
    }


def share(result: dict[str, dict[str, list[float]]], count: int) -> list[float]:
    """Return which part of the machine's own rate the writer reaches with so many threads, round by round."""
    rounds = zip(result[named(count)]["rate"], result[RAW]["rate"], strict=True)
    return [each / machine for each, machine in rounds]


def table(result: dict[str, dict[str, list[float]]]) -> str:
    """Return lines a second, and how many of all arrived."""
    head = ["what writes", "thousand lines/s", "range", "of the machine's, %", "arrived, %"]
    return markdown_table(head, [(name, *_cells(each, result[RAW])) for name, each in result.items()])


def _cells(found: dict[str, list[float]], machine: dict[str, list[float]]) -> tuple[str, ...]:
    part = 100 * compared(found["rate"], machine["rate"]).median
    # Of the worst round, and rounded down: what is near to all isn't all.
    arrived = int(100 * min(found["arrived"]))
    return *measured(spread([each / 1_000 for each in found["rate"]]), 0), f"{part:.1f}", f"{arrived}"


def named(count: int, writer: str = _OURS) -> str:
    """Return what the table calls *writer* with so many threads."""
    return f"{writer}, {count} thread{'s' if count > 1 else ''}"


def raw(path: Path) -> Written:
    """Write all lines to *path* by the bare system call."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
    batch = [_LINE + b"\n"] * _BATCH
    start = time.perf_counter_ns()
    for _ in range(LINES // _BATCH):
        os.writev(fd, batch)
    taken = time.perf_counter_ns() - start
    os.close(fd)
    return Written(taken, _lines_in(path), LINES)


def ours(path: Path, count: int) -> Written:
    """Write all lines to *path* by the writer, from *count* threads."""
    path.write_bytes(b"")
    with Writer(path, on_full="block", block_timeout=60) as writer:
        threads = [Thread(target=_log, args=(writer().info, LINES // count)) for _ in range(count)]
        taken = _timed(threads, lambda: writer.flush(60))
    if _lines_in(path) != LINES:
        msg = "the writer lost lines, and must not here"
        raise RuntimeError(msg)
    return Written(taken, LINES, LINES)


def theirs(path: Path, count: int, writer: Handing) -> Written:
    """Write fewer lines to *path* by another writer, from *count* threads."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
    started = writer.start(fd)
    work = (started.ready, started.hand_over, FEWER // count)
    threads = [Thread(target=_hand_over, args=work) for _ in range(count)]
    taken = _timed(threads, started.finish)
    os.close(fd)
    return Written(taken, _lines_in(path), FEWER)


def _timed(threads: list[Thread], finish: Callable[[], object]) -> int:
    start = time.perf_counter_ns()
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    finish()
    return time.perf_counter_ns() - start


def _lines_in(path: Path) -> int:
    return path.stat().st_size // _LENGTH


def _log(info: Callable[[bytes], object], calls: int) -> None:
    for _ in range(calls):
        info(_LINE)


def _hand_over(ready: Callable[[bytes], Any], hand_over: Callable[[Any], object], calls: int) -> None:
    for _ in range(calls):
        hand_over(ready(_LINE))
