"""One request through each middleware: how much later it is answered, and how much longer it takes in all."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from benchmarks.harness import interleave
from benchmarks.markdown import measured
from benchmarks.markdown import table as markdown_table
from benchmarks.middlewares import (
    alone,
    correlation,
    correlation_line,
    instrumented,
    instrumented_lean,
    ours_ids,
    ours_line,
)
from benchmarks.statistics import compared_beyond, differences, spread
from benchmarks.traffic import SITUATIONS, answer, asked, scopes, serve
from benchmarks.workload import silent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import BinaryIO

    from benchmarks.harness import Effort, Samples
    from benchmarks.middlewares import Middleware

__all__ = ["COMPLETE", "IN_ALL", "MIDDLEWARES", "measure", "run", "table"]

COMPLETE: Final = "until complete"
IN_ALL: Final = "in all"

MIDDLEWARES: Final = (alone, correlation, ours_ids, ours_line, instrumented, instrumented_lean, correlation_line)
"""Who takes turns, in the order of the tables."""

_IDS: Final = (correlation, ours_ids, ours_line, instrumented, instrumented_lean)
_LINES: Final = (correlation_line, ours_line)
_NANOSECONDS: Final = 1_000.0


def run(effort: Effort) -> dict[str, dict[str, Samples]]:
    """Measure every middleware in both situations."""
    return {name: measure(MIDDLEWARES, effort, with_ids=with_ids) for name, with_ids in SITUATIONS.items()}


def measure(middlewares: Sequence[Middleware], effort: Effort, *, with_ids: bool) -> dict[str, Samples]:
    """Let *middlewares* take turns at the same thousand requests, in one loop.

    Raises:
        RuntimeError: One of them doesn't do what it is measured for.
    """
    requests = scopes(with_ids=with_ids)
    # A loop that is told not to look for slow callbacks, whatever this environment says.
    with silent() as file, asyncio.Runner(debug=False) as runner:
        blocks = {each.NAME: _block(each, requests, runner, file) for each in middlewares}
        taken = interleave(blocks, rounds=effort.side_rounds)
    return {
        what: {name: [each[at] / len(requests) / _NANOSECONDS for each in rows] for name, rows in taken.items()}
        for at, what in enumerate((COMPLETE, IN_ALL))
    }


def _block(
    middleware: Middleware, requests: list[dict[str, Any]], runner: asyncio.Runner, file: BinaryIO
) -> Callable[[], tuple[int, int]]:
    app = middleware.wrap(answer)
    middleware.configure(file)
    headers = runner.run(asked(app, requests[0]))
    if missing := [each for each in middleware.ON_RESPONSE if each not in headers]:
        msg = f"{middleware.NAME} puts no {missing[0].decode()} on the response"
        raise RuntimeError(msg)

    def block() -> tuple[int, int]:
        middleware.configure(file)
        return runner.run(serve(app, requests))

    return block


def table(result: dict[str, dict[str, Samples]]) -> str:
    """Return the result as Markdown: for each situation what is added, and then the lines side by side."""
    parts = []
    for name, samples in result.items():
        parts += [f"Requests {name}:", _added(samples, _IDS, correlation)]
    parts.append("### With a line on both sides")
    for name, samples in result.items():
        parts += [f"Requests {name}:", _added(samples, _LINES, correlation_line)]
    return "\n\n".join(parts)


def _added(samples: dict[str, Samples], middlewares: Sequence[Middleware], base: Middleware) -> str:
    head = ["added by"]
    for what in samples:
        head += [f"{what}, µs", "range", f"÷ {base.NAME}"]
    below = [f"({alone.NAME})"]
    for rows in samples.values():
        below += [*measured(spread(rows[alone.NAME])), ""]
    return markdown_table(head, [[each.NAME, *_cells(samples, each, base)] for each in middlewares] + [below])


def _cells(samples: dict[str, Samples], middleware: Middleware, base: Middleware) -> list[str]:
    cells: list[str] = []
    for rows in samples.values():
        values, below = rows[middleware.NAME], rows[alone.NAME]
        ratio = compared_beyond(values, rows[base.NAME], below)
        cells += [*measured(differences(values, below)), f"{ratio.median:.2f}"]
    return cells
