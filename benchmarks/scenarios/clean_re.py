"""Clean events through scrubbers, without google-re2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import cleaning
from benchmarks.engines import scan_with

if TYPE_CHECKING:
    from benchmarks.harness import Effort, Samples

__all__ = ["run", "table"]


def run(effort: Effort) -> dict[str, Samples]:
    """Measure every scrubber with both events."""
    scan_with("re")
    # One interpreter for all rounds: to make the events anew costs more than to scrub them.
    return cleaning.compare_clean(effort.side_rounds * 3)


def table(result: dict[str, Samples]) -> str:
    """Return the result as Markdown."""
    return cleaning.table(result)
