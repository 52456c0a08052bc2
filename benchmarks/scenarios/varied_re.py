"""Lines whose values don't repeat, scanned without google-re2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import varying
from benchmarks.engines import scan_with

if TYPE_CHECKING:
    from benchmarks.harness import Effort, Samples

__all__ = ["run", "table"]


def run(effort: Effort) -> dict[str, Samples]:
    """Measure the floor and both loggers with both events."""
    scan_with("re")
    # The pool is five times as long as that of other events, and takes as long to prepare as the rounds.
    return varying.compare_varied(effort.rounds // 2)


def table(result: dict[str, Samples]) -> str:
    """Return the result as Markdown."""
    return varying.table(result)
