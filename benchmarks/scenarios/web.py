"""The web event: six longer texts, as an access log has them."""

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
    workload = Workload(calls=events.web(), message="request finished")
    return compare(workload, CONTENDERS, rounds=effort.rounds, cycles=effort.cycles)


def table(samples: Samples) -> str:
    """Return the result as Markdown."""
    return comparison(samples)
