"""One line with the ids of an OpenTelemetry span, beside one with ids of our own."""

from __future__ import annotations

import time
from contextvars import Context
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import structlog

from benchmarks import events
from benchmarks.harness import interleave, timed
from benchmarks.markdown import measured
from benchmarks.markdown import table as markdown_table
from benchmarks.statistics import differences, spread
from benchmarks.workload import CONTEXT, RESOURCE, Workload, silent
from structlog_enrich import bound_logger, entry, preset, span
from structlog_enrich.trace.context import CURRENT

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO, Literal

    from benchmarks.harness import Effort, Samples

__all__ = ["IN_SPAN", "OTEL", "OWN", "run", "table"]

OWN: Final = 'ids="own"'
OTEL: Final = 'ids="otel"'

IN_SPAN: Final = "each line inside one span"
_IN_ENTRY: Final = "each line inside one `entry()`"
_CHANGING: Final = "each line in another span, and the change to it"
_NANOSECONDS: Final = 1_000.0


def run(effort: Effort) -> dict[str, Samples]:
    """Log the reference event through both chains, each in a context of its own."""
    from opentelemetry import trace  # noqa: PLC0415 (of the groups bench and tests)
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 (likewise)

    trace.set_tracer_provider(TracerProvider())
    workload = Workload(calls=events.reference())
    result: dict[str, Samples] = {}
    with silent() as file:
        own, otel = (_logger(ids, file) for ids in ("own", "otel"))
        for where, inside in {IN_SPAN: (_own_span, _their_span), _IN_ENTRY: (_own_entry, _otel_entry)}.items():
            blocks = {
                name: _block(enter, log, workload, effort.cycles)
                for name, log, enter in zip((OWN, OTEL), (own, otel), inside, strict=True)
            }
            result[where] = _compared(blocks, effort, len(workload.calls) * effort.cycles)
        blocks = {
            OWN: partial(Context().run, _changing, own, workload, _own_spans),
            OTEL: partial(Context().run, _changing, otel, workload, _their_spans),
        }
        result[_CHANGING] = _compared(blocks, effort, len(workload.calls))
    return result


def _compared(blocks: dict[str, Callable[[], int]], effort: Effort, calls: int) -> Samples:
    taken = interleave(blocks, rounds=effort.side_rounds)
    return {name: [each / calls / _NANOSECONDS for each in rows] for name, rows in taken.items()}


def _logger(ids: Literal["own", "otel"], file: BinaryIO) -> Callable[..., Any]:
    chain = preset(resource=RESOURCE, ids=ids)
    logger = structlog.wrap_logger(structlog.BytesLogger(file), processors=chain, wrapper_class=bound_logger("info"))
    return logger.bind().info


def _block(enter: Callable[[], object], log: Callable[..., Any], workload: Workload, cycles: int) -> Callable[[], int]:
    context = Context()
    context.run(enter)
    context.run(structlog.contextvars.bind_contextvars, **CONTEXT)
    return partial(context.run, timed, log, workload, cycles)


def _own_span() -> None:
    child = span("capture")
    child.start()
    child.activate()


def _own_entry() -> None:
    request = entry("POST /orders/{id}", kind="server")
    request.start()
    request.activate()


def _otel_entry() -> None:
    # Spans take their ids from where the configured chain does.
    structlog.configure(processors=preset(resource=RESOURCE, ids="otel"))
    try:
        _own_entry()
    finally:
        structlog.reset_defaults()


def _their_span() -> None:
    activate, (context,) = _their_spans(1)
    activate(context)


def _own_spans(number: int) -> tuple[Callable[[Any], object], list[Any]]:
    spans = [span("capture") for _ in range(number)]
    for each in spans:
        each.start()
    return CURRENT.set, [each.trace for each in spans]


def _their_spans(number: int) -> tuple[Callable[[Any], object], list[Any]]:
    from opentelemetry import context, trace  # noqa: PLC0415 (of the groups bench and tests)

    tracer = trace.get_tracer(__name__)
    return context.attach, [trace.set_span_in_context(tracer.start_span("capture")) for _ in range(number)]


def _changing(
    log: Callable[..., Any], workload: Workload, make: Callable[[int], tuple[Callable[[Any], object], list[Any]]]
) -> int:
    # New spans in each round, so that nothing is known of any.
    activate, spans = make(len(workload.calls))
    with structlog.contextvars.bound_contextvars(**CONTEXT):
        start = time.perf_counter_ns()
        for each, call in zip(spans, workload.calls, strict=True):
            activate(each)
            log(workload.message, **call)
        return time.perf_counter_ns() - start


def table(result: dict[str, Samples]) -> str:
    """Return the result as Markdown."""
    head = ["where", *(f"{name}, µs" for name in (OWN, OTEL)), "difference, µs", "range"]
    rows = (
        [
            where,
            *(f"{spread(samples[name]).median:.2f}" for name in (OWN, OTEL)),
            *measured(differences(samples[OTEL], samples[OWN])),
        ]
        for where, samples in result.items()
    )
    return markdown_table(head, rows)
