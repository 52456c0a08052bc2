"""Memory: what one call needs while it runs, and what many calls leave behind."""

from __future__ import annotations

import gc
import statistics
import tracemalloc
from typing import TYPE_CHECKING, Any, Final

from benchmarks import events
from benchmarks.markdown import table as markdown_table
from benchmarks.scenarios import CONTENDERS
from benchmarks.workload import Workload, active, silent

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.harness import Effort

__all__ = ["run", "table"]

_KIB: Final = 1_024


def run(effort: Effort) -> dict[str, dict[str, float]]:
    """Measure the bytes of every contender, one after the other: nothing here depends on load."""
    workload = Workload(calls=events.reference())
    result = {}
    with active(), silent() as file:
        for contender in CONTENDERS:
            log = contender.build(workload, file).info
            _repeat(log, workload, len(workload.calls))
            tracemalloc.start()
            try:
                _repeat(log, workload, len(workload.calls))
                result[contender.NAME] = {
                    "peak": statistics.median(_peak(log, workload, call) for call in workload.calls),
                    "growth": _growth(log, workload, effort.remembered),
                    "calls": effort.remembered,
                }
            finally:
                tracemalloc.stop()
    return result


def _repeat(log: Callable[..., Any], workload: Workload, calls: int) -> None:
    message, sets = workload.message, workload.calls
    for index in range(calls):
        log(message, **sets[index % len(sets)])


def _peak(log: Callable[..., Any], workload: Workload, call: dict[str, Any]) -> int:
    message = workload.message
    before, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    log(message, **call)
    _, peak = tracemalloc.get_traced_memory()
    return peak - before


def _growth(log: Callable[..., Any], workload: Workload, calls: int) -> int:
    gc.collect()
    before, _ = tracemalloc.get_traced_memory()
    _repeat(log, workload, calls)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    return after - before


def table(result: dict[str, dict[str, float]]) -> str:
    """Return the result as Markdown."""
    calls = next(iter(result.values()))["calls"]
    return markdown_table(
        ["contender", "peak of one call, KiB", f"left after {calls:,.0f} calls, bytes"],
        ((name, f"{row['peak'] / _KIB:.2f}", f"{row['growth']:,.0f}") for name, row in result.items()),
    )
