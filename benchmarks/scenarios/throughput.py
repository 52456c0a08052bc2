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

__all__ = ["THREADS", "run", "share", "table"]

THREADS: Final = (1, 2, 4, 8)
_LINES: Final = 200_000
_LINE: Final = b"x" * 399
_BATCH: Final = 100
_RAW: Final = "the machine: `os.writev` of 100 lines"


def run(effort: Effort) -> dict[str, list[float]]:
    """Write the same lines by the bare system call and by the writer, in turn; return lines a second."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "log")
        blocks = {_RAW: partial(_raw, path)} | {_named(count): partial(_ours, path, count) for count in THREADS}
        taken = interleave(blocks, rounds=effort.side_rounds)
    return {name: [_LINES / (each / 1_000_000_000) for each in rows] for name, rows in taken.items()}


def share(result: dict[str, list[float]], count: int) -> list[float]:
    """Return which part of the machine's own rate the writer reaches with so many threads, round by round."""
    return [ours / raw for ours, raw in zip(result[_named(count)], result[_RAW], strict=True)]


def table(result: dict[str, list[float]]) -> str:
    """Return lines a second."""
    head = ["what writes", "thousand lines/s", "range"]
    return markdown_table(
        head, [(name, *measured(spread([each / 1_000 for each in rows]), 0)) for name, rows in result.items()]
    )


def _named(count: int) -> str:
    return f"`Writer`, {count} thread{'s' if count > 1 else ''}"


def _raw(path: Path) -> int:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
    batch = [_LINE + b"\n"] * _BATCH
    start = time.perf_counter_ns()
    for _ in range(_LINES // _BATCH):
        os.writev(fd, batch)
    taken = time.perf_counter_ns() - start
    os.close(fd)
    return taken


def _ours(path: Path, count: int) -> int:
    path.write_bytes(b"")
    with Writer(path, on_full="block", block_timeout=60) as writer:
        threads = [Thread(target=_log, args=(writer().info, _LINES // count)) for _ in range(count)]
        start = time.perf_counter_ns()
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        writer.flush(60)
        taken = time.perf_counter_ns() - start
    if path.stat().st_size != _LINES * (len(_LINE) + 1):
        msg = "the writer lost lines, and must not here"
        raise RuntimeError(msg)
    return taken


def _log(info: Callable[[bytes], object], calls: int) -> None:
    for _ in range(calls):
        info(_LINE)
