"""The web event through what one would use instead, each in an interpreter of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.apart import compare_apart
from benchmarks.contenders import configured
from benchmarks.markdown import comparison
from benchmarks.scenarios.peers import PEERS

if TYPE_CHECKING:
    from benchmarks.harness import Effort, Samples

__all__ = ["run", "table"]


def run(effort: Effort) -> Samples:
    """Measure every peer."""
    return compare_apart(PEERS, "web", "request finished", rounds=effort.side_rounds)


def table(samples: Samples) -> str:
    """Return the result as Markdown."""
    return comparison(samples, configured)
