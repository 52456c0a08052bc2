"""What memory the lines take that can't be written while the sink is stalled."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Final

from benchmarks.interpreters import python
from benchmarks.markdown import table as markdown_table
from benchmarks.writers import loguru_enqueue, otel_batch, ours_filled, queue_handler
from benchmarks.writers.growth import BUDGET

if TYPE_CHECKING:
    from benchmarks.harness import Effort
    from benchmarks.writers import Handing

__all__ = ["SIZES", "WRITERS", "run", "share", "table"]

WRITERS: Final[tuple[Handing, ...]] = (ours_filled, queue_handler, loguru_enqueue, otel_batch)
SIZES: Final = {"100 B": 100, "10 kB": 10_000, "1 MB": 1_000_000}
_OURS: Final = 120.0
_OTHERS: Final = 10.0
_BRIEFLY: Final = 2.0
_MANY: Final = 5


def run(effort: Effort) -> dict[str, Any]:
    """Offer each writer lines of each size in an interpreter of its own, one after the other."""
    # What is promised is measured to its end.
    ours, others = (_OURS, _OTHERS) if effort.sittings >= _MANY else (_BRIEFLY, _BRIEFLY)
    limits = [(each, ours if each is ours_filled else others) for each in WRITERS]
    return {each.NAME: {name: _grown(each, size, limit) for name, size in SIZES.items()} for each, limit in limits}


def _grown(writer: Handing, size: int, seconds: float) -> Any:
    name = writer.__name__.rpartition(".")[2]  # type: ignore[attr-defined]
    arguments = ("-m", "benchmarks.writers.growth", name, str(size), str(seconds))
    return json.loads(python(*arguments, environment=dict(os.environ)))


def share(result: dict[str, Any], writer: Handing, size: str) -> float:
    """Return by how many budgets the process grew."""
    return float(result[writer.NAME][size]["grown"] / BUDGET)


def table(result: dict[str, Any]) -> str:
    """Return the growth in budgets."""
    head = ["RSS ÷ budget", *(f"lines of {each}" for each in SIZES)]
    return markdown_table(head, [(name, *map(_shown, found.values())) for name, found in result.items()])


def _shown(found: dict[str, Any]) -> str:
    grown = f"{found['grown'] / BUDGET:.2f}"
    if found["blocked"]:
        return f"{grown}, then blocked"
    return grown if found["given"] >= 1 else f"{grown} at {100 * found['given']:.0f} %"
