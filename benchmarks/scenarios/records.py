"""A record of the standard library's `logging`, each time in an interpreter of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.apart import compare_apart
from benchmarks.contenders import configured_records, ecs_records, json_logger, processor_formatter
from benchmarks.markdown import comparison

if TYPE_CHECKING:
    from benchmarks.harness import Effort, Samples

__all__ = ["FORMATTERS", "run", "table"]

FORMATTERS: Final = (configured_records, json_logger, processor_formatter, ecs_records)
"""Who takes turns, in the order of the table."""


def run(effort: Effort) -> Samples:
    """Measure everyone who writes a record."""
    return compare_apart(FORMATTERS, "reference", "payment captured", rounds=effort.side_rounds)


def table(samples: Samples) -> str:
    """Return the result as Markdown."""
    return comparison(samples, json_logger)
