"""What handing a line over takes while the sink is stalled."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Final

from benchmarks.interpreters import python
from benchmarks.markdown import table as markdown_table
from benchmarks.writers import loguru_enqueue, otel_batch, ours, queue_handler

if TYPE_CHECKING:
    from benchmarks.harness import Effort
    from benchmarks.writers import Handing

__all__ = ["WRITERS", "run", "table"]

WRITERS: Final[tuple[Handing, ...]] = (ours, queue_handler, loguru_enqueue, otel_batch)
_STALLED: Final = 10.0
_BRIEFLY: Final = 1.0
_MANY: Final = 5


def run(effort: Effort) -> dict[str, Any]:
    """Flood each writer in an interpreter of its own, one after the other."""
    seconds = _STALLED if effort.sittings >= _MANY else _BRIEFLY
    return {each.NAME: _flooded(each, seconds) for each in WRITERS}


def _flooded(writer: Handing, seconds: float) -> Any:
    name = writer.__name__.rpartition(".")[2]  # type: ignore[attr-defined]
    return json.loads(python("-m", "benchmarks.writers.floods", name, str(seconds), environment=dict(os.environ)))


def table(result: dict[str, Any]) -> str:
    """Return the percentiles in microseconds."""
    head = ["hand-off, µs", "p50", "p99", "p99.9", "max", "calls"]
    rows = []
    for name, found in result.items():
        times = [f"{found[each] / 1_000:,.2f}" for each in ("p50", "p99", "p99.9", "max")]
        rows.append((name, *times, f"{found['calls']:,}{', then blocked for good' if found['blocked'] else ''}"))
    return markdown_table(head, rows)
