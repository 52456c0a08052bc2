"""The reference event through what one would use instead, each in an interpreter of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.apart import compare_apart
from benchmarks.contenders import (
    configured,
    ecs_records,
    ecs_structlog,
    floor,
    json_logger,
    logfire_logs,
    loguru_serialized,
    otel_logs,
)
from benchmarks.markdown import comparison

if TYPE_CHECKING:
    from benchmarks.harness import Effort, Samples

__all__ = ["PEERS", "run", "table"]

PEERS: Final = (
    floor,
    configured,
    json_logger,
    loguru_serialized,
    ecs_structlog,
    ecs_records,
    otel_logs,
    logfire_logs,
)
"""Who takes turns, in the order of the tables."""


def run(effort: Effort) -> Samples:
    """Measure every peer."""
    return compare_apart(PEERS, "reference", "payment captured", rounds=effort.side_rounds)


def table(samples: Samples) -> str:
    """Return the result as Markdown."""
    return comparison(samples, configured)
