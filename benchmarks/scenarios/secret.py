"""One secret among the keywords, which must be masked and named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import events
from benchmarks.harness import compare
from benchmarks.markdown import comparison
from benchmarks.scenarios import CONTENDERS
from benchmarks.workload import Workload

if TYPE_CHECKING:
    from benchmarks.harness import Effort, Samples

__all__ = ["run", "table"]


def run(effort: Effort) -> Samples:
    """Measure every contender."""
    workload = Workload(calls=events.secret())
    return compare(workload, CONTENDERS, rounds=effort.side_rounds)


def table(samples: Samples) -> str:
    """Return the result as Markdown."""
    return comparison(samples)
