"""Payloads of 5 to 500 keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks import events
from benchmarks.harness import compare
from benchmarks.markdown import series
from benchmarks.scenarios import CONTENDERS
from benchmarks.workload import Workload
from structlog_enrich import Limits

if TYPE_CHECKING:
    from benchmarks.harness import Effort, Samples

__all__ = ["run", "table"]

_WIDTHS: Final = (5, 20, 50, 100, 250, 500)
_LIMIT: Final = 1_000
_UNCUT: Final = f"500 (`max_items={_LIMIT}`)"


def run(effort: Effort) -> dict[str, Samples]:
    """Measure every contender at every width; past the default limit also with a higher one."""
    workloads = {str(keys): Workload(calls=events.wide(keys)) for keys in _WIDTHS}
    workloads[_UNCUT] = Workload(calls=events.wide(_WIDTHS[-1]), limits=Limits(max_items=_LIMIT))
    return {keys: compare(workload, CONTENDERS, rounds=effort.side_rounds) for keys, workload in workloads.items()}


def table(result: dict[str, Samples]) -> str:
    """Return the result as Markdown."""
    return series("payload keys", result)
