"""The reference event from 1, 2, 4 and 8 threads that share one logger."""

from __future__ import annotations

import threading
import time
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Final

from benchmarks import events
from benchmarks.harness import interleave, timed
from benchmarks.markdown import series
from benchmarks.scenarios import CONTENDERS
from benchmarks.workload import Workload, active, silent

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.harness import Effort, Samples

__all__ = ["run", "table"]

_THREADS: Final = (1, 2, 4, 8)
_CYCLES: Final = 8
_NANOSECONDS: Final = 1_000.0


def run(effort: Effort) -> dict[str, Samples]:
    """Measure every contender with each number of threads, the calls of one block shared among them."""
    workload = Workload(calls=events.reference())
    calls = len(workload.calls) * _CYCLES
    result: dict[str, Samples] = {}
    with active(), silent() as file:
        logs = {each.NAME: each.build(workload, file).info for each in CONTENDERS}
        for threads in _THREADS:
            blocks = {name: _block(log, workload, threads) for name, log in logs.items()}
            taken = interleave(blocks, rounds=effort.side_rounds, warmup=1)
            result[str(threads)] = {
                name: [each / calls / _NANOSECONDS for each in rows] for name, rows in taken.items()
            }
    return result


def _block(log: Callable[..., Any], workload: Workload, threads: int) -> Callable[[], int]:
    def block() -> int:
        return together(lambda: timed(log, workload, _CYCLES // threads), threads)

    return block


def together(work: Callable[[], Any], threads: int) -> int:
    """Do *work* in so many threads at once and return the nanoseconds from the first start to the last end.

    Each thread works in a copy of the caller's context, as a framework's worker threads do.
    """
    barrier = threading.Barrier(threads)
    moments: list[int] = []

    def body() -> None:
        barrier.wait()
        moments.append(time.perf_counter_ns())
        work()
        moments.append(time.perf_counter_ns())

    workers = [threading.Thread(target=copy_context().run, args=(body,)) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return max(moments) - min(moments)


def table(result: dict[str, Samples]) -> str:
    """Return the result as Markdown."""
    return series("threads", result)
