"""How many lines reach a file each second when none may be lost."""

from __future__ import annotations

import os
import tempfile
import time
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Final

from benchmarks.harness import interleave
from benchmarks.markdown import measured
from benchmarks.markdown import table as markdown_table
from benchmarks.statistics import spread
from structlog_enrich.delivery import Writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.harness import Effort

__all__ = ["LINES", "RAW", "THREADS", "named", "ours", "raw", "run", "share", "table"]

THREADS: Final = (1, 2, 4, 8)
LINES: Final = 200_000
_LINE: Final = b"x" * 399
_BATCH: Final = 100
RAW: Final = "the machine: `os.writev` of 100 lines"


def run(effort: Effort) -> dict[str, list[float]]:
    """Write the same lines by the bare system call and by the writer, in turn; return lines a second."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "log")
        blocks = {RAW: partial(raw, path)} | {named(count): partial(ours, path, count) for count in THREADS}
        taken = interleave(blocks, rounds=effort.side_rounds)
    return {name: [LINES / (each / 1_000_000_000) for each in rows] for name, rows in taken.items()}


def share(result: dict[str, list[float]], count: int) -> list[float]:
    """Return which part of the machine's own rate the writer reaches with so many threads, round by round."""
    return [each / machine for each, machine in zip(result[named(count)], result[RAW], strict=True)]


def table(result: dict[str, list[float]]) -> str:
    """Return lines a second."""
    head = ["what writes", "thousand lines/s", "range"]
    return markdown_table(
        head, [(name, *measured(spread([each / 1_000 for each in rows]), 0)) for name, rows in result.items()]
    )


def named(count: int) -> str:
    """Return what the table calls the writer with so many threads."""
    return f"`Writer`, {count} thread{'s' if count > 1 else ''}"


def raw(path: Path) -> int:
    """Write all lines to *path* by the bare system call; return how many nanoseconds that took."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
    batch = [_LINE + b"\n"] * _BATCH
    start = time.perf_counter_ns()
    for _ in range(LINES // _BATCH):
        os.writev(fd, batch)
    taken = time.perf_counter_ns() - start
    os.close(fd)
    return taken


def ours(path: Path, count: int) -> int:
    """Write all lines to *path* by the writer, from *count* threads; return how many nanoseconds that took."""
    path.write_bytes(b"")
    with Writer(path, on_full="block", block_timeout=60) as writer:
        threads = [Thread(target=_log, args=(writer().info, LINES // count)) for _ in range(count)]
        start = time.perf_counter_ns()
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        writer.flush(60)
        taken = time.perf_counter_ns() - start
    if path.stat().st_size != LINES * (len(_LINE) + 1):
        msg = "the writer lost lines, and must not here"
        raise RuntimeError(msg)
    return taken


def _log(info: Callable[[bytes], object], calls: int) -> None:
    for _ in range(calls):
        info(_LINE)
