"""Lines whose values don't repeat, through the chain with its default redaction."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING, Any, Final

from benchmarks import pool
from benchmarks.contenders import floor, preset_ours, preset_structlog
from benchmarks.harness import interleave
from benchmarks.markdown import measured
from benchmarks.markdown import table as markdown_table
from benchmarks.statistics import compared, spread
from benchmarks.workload import Workload, active, silent

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.contenders import Contender
    from benchmarks.harness import Samples

__all__ = ["CONTENDERS", "EVENTS", "compare_varied", "table"]

CONTENDERS: Final = (floor, preset_ours, preset_structlog)
"""Who takes turns, in the order of the tables."""

EVENTS: Final = {"reference": pool.reference, "web": pool.web}
"""What the page calls them."""

_AT_ONCE: Final = 1_000
_NANOSECONDS: Final = 1_000.0


def compare_varied(rounds: int, *, most: int = pool.SIZE, at_once: int = _AT_ONCE) -> dict[str, Samples]:
    """Let all log the same lines into nothing, interleaved in this one process.

    Args:
        rounds: How many rounds are counted; each takes the next *at_once* events of the pool.
        most: How many events of the pool are used.
        at_once: How many events are one block.
    """
    result: dict[str, Samples] = {}
    for name, event in EVENTS.items():
        workload = Workload(calls=event(most), messages=pool.messages(most))
        with active(), silent() as file:
            blocks = {each.NAME: _block(each, workload, file, at_once) for each in CONTENDERS}
            taken = interleave(blocks, rounds=rounds)
        result[name] = {each: [one / at_once / _NANOSECONDS for one in rows] for each, rows in taken.items()}
    return result


def _block(contender: Contender, workload: Workload, file: Any, at_once: int) -> Callable[[], int]:
    log = contender.build(workload, file).info
    calls = list(workload.each())
    parts = itertools.cycle(calls[at : at + at_once] for at in range(0, len(calls), at_once))

    def block() -> int:
        part = next(parts)
        start = time.perf_counter_ns()
        for message, call in part:
            log(message, **call)
        return time.perf_counter_ns() - start

    return block


def table(result: dict[str, Samples]) -> str:
    """Return the result as Markdown: each event's time, its range and its ratio to the floor."""
    head = ["contender", *(cell for event in result for cell in (f"{event}, µs", "range", f"÷ {floor.NAME}"))]
    rows = (
        [name, *(cell for samples in result.values() for cell in _cells(samples, name))]
        for name in next(iter(result.values()))
    )
    return markdown_table(head, rows)


def _cells(samples: Samples, name: str) -> tuple[str, ...]:
    return *measured(spread(samples[name])), f"{compared(samples[name], samples[floor.NAME]).median:.2f}"
