"""A debug call under a logger that writes from info up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import events
from benchmarks.contenders import nothing, preset_ours, preset_structlog
from benchmarks.harness import compare
from benchmarks.markdown import comparison
from benchmarks.workload import Workload

if TYPE_CHECKING:
    from benchmarks.harness import Effort, Samples

__all__ = ["run", "table"]

_CYCLES = 20


def run(effort: Effort) -> Samples:
    """Measure both loggers beside an empty method; the chain is never reached."""
    workload = Workload(calls=events.reference(), method="debug")
    return compare(workload, (nothing, preset_ours, preset_structlog), rounds=effort.side_rounds, cycles=_CYCLES)


def table(samples: Samples) -> str:
    """Return the result as Markdown."""
    return comparison(samples, base=nothing)
