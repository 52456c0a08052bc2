"""What is bound within an entry: to bind one more value, and to find on a line what has been bound."""

from __future__ import annotations

import time
from contextvars import Context, ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import structlog
from structlog.contextvars import bind_contextvars as structlogs

from benchmarks.harness import interleave
from benchmarks.markdown import measured
from benchmarks.markdown import table as markdown_table
from benchmarks.statistics import spread
from benchmarks.workload import RESOURCE, silent
from structlog_enrich import bind_contextvars, bound_logger, entry, preset

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.harness import Effort, Samples

__all__ = ["COLUMNS", "run", "table"]

_CALLS: Final = 500
_NANOSECONDS: Final = 1_000.0
_NAMES: Final = (1, 10, 50)
_FOREIGN: Final[ContextVar[int]] = ContextVar("foreign")

COLUMNS: Final = (
    "structlog's `bind_contextvars`",
    "ours",
    "a line, nothing set before it",
    "a line, something set before it",
)


def run(effort: Effort) -> dict[str, Samples]:
    """Measure each with so many names bound already, in an entry of its own."""
    with silent() as file:
        structlog.configure(
            processors=preset(resource=RESOURCE, renderer="json"),
            wrapper_class=bound_logger("info"),
            logger_factory=structlog.BytesLoggerFactory(file),
            cache_logger_on_first_use=True,
        )
        log = structlog.get_logger()
        works = (partial(_bind, structlogs), partial(_bind, bind_contextvars), partial(_write, log), partial(_set, log))
        result = {}
        for names in _NAMES:
            blocks = {what: _block(work, names) for what, work in zip(COLUMNS, works, strict=True)}
            taken = interleave(blocks, rounds=effort.side_rounds)
            result[str(names)] = {what: [each / _CALLS / _NANOSECONDS for each in rows] for what, rows in taken.items()}
    structlog.reset_defaults()
    return result


def _block(work: Callable[[], int], names: int) -> Callable[[], int]:
    context = Context()
    context.run(_entered, names)
    return partial(context.run, work)


def _entered(names: int) -> None:
    request = entry("POST /orders/{id}", kind="server")
    request.start()
    request.activate()
    bind_contextvars(**{f"name{number}": "value" for number in range(names)})


def _bind(bind: Callable[..., Any]) -> int:
    start = time.perf_counter_ns()
    for number in range(_CALLS):
        bind(name0=number)
    return time.perf_counter_ns() - start


def _write(log: Any) -> int:
    start = time.perf_counter_ns()
    for _ in range(_CALLS):
        log.info("order captured")
    return time.perf_counter_ns() - start


def _set(log: Any) -> int:
    start = time.perf_counter_ns()
    for number in range(_CALLS):
        _FOREIGN.set(number)
        log.info("order captured")
    return time.perf_counter_ns() - start


def table(result: dict[str, Samples]) -> str:
    """Return the result as Markdown."""
    head = ["names bound", *(text for what in COLUMNS for text in (f"{what}, µs", "range"))]
    rows = [
        (names, *(text for what in COLUMNS for text in measured(spread(samples[what]))))
        for names, samples in result.items()
    ]
    return markdown_table(head, rows)
