"""One span: of ours, of ours with OpenTelemetry's ids, of OpenTelemetry, and around a request that is sent."""

from __future__ import annotations

import time
from contextvars import Context
from functools import partial
from typing import TYPE_CHECKING, Final

import structlog

from benchmarks.harness import interleave
from benchmarks.markdown import measured
from benchmarks.markdown import table as markdown_table
from benchmarks.statistics import differences, spread
from benchmarks.workload import RESOURCE, silent
from structlog_enrich import bound_logger, entry, preset, span

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO, Literal

    from benchmarks.harness import Effort, Samples

__all__ = ["run", "table"]

_SPANS: Final = 500
_NANOSECONDS: Final = 1_000.0

_WITHOUT: Final = "in-memory transport alone"


def run(effort: Effort) -> dict[str, Samples]:
    """Measure each kind of span inside an active one, in a context of its own."""
    from opentelemetry import trace  # noqa: PLC0415 (of the groups bench and tests)
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 (likewise)

    trace.set_tracer_provider(TracerProvider())
    with silent() as file:
        written, unwanted, otel, otel_unwanted = (
            partial(_configure, level, ids, file) for ids in ("own", "otel") for level in ("info", "warning")
        )
        within = {
            "`with span(…)`, its line written": _block(written, _entered, _ours),
            "`with span(…)`, its line not wanted": _block(unwanted, _entered, _ours),
            '`with span(…)` and `ids="otel"`, its line written': _block(otel, _entered, _ours),
            '`with span(…)` and `ids="otel"`, its line not wanted': _block(otel_unwanted, _entered, _ours),
            "OpenTelemetry's `start_as_current_span`": _block(unwanted, _entered_theirs, _theirs),
        }
        around = {
            _WITHOUT: _block(unwanted, _entered, partial(_sent, traced=False)),
            "`TraceTransport`, its line written": _block(written, _entered, partial(_sent, traced=True)),
            "`TraceTransport`, its line not wanted": _block(unwanted, _entered, partial(_sent, traced=True)),
        }
        result = {"spans": _measured(within, effort), "requests": _measured(around, effort)}
    structlog.reset_defaults()
    return result


def _measured(blocks: dict[str, Callable[[], int]], effort: Effort) -> Samples:
    taken = interleave(blocks, rounds=effort.side_rounds)
    return {name: [each / _SPANS / _NANOSECONDS for each in rows] for name, rows in taken.items()}


def _configure(level: str, ids: Literal["own", "otel"], file: BinaryIO) -> None:
    structlog.configure(
        processors=preset(resource=RESOURCE, renderer="json", ids=ids),
        wrapper_class=bound_logger(level),
        logger_factory=structlog.BytesLoggerFactory(file),
        cache_logger_on_first_use=True,
    )


def _block(configure: Callable[[], None], enter: Callable[[], None], work: Callable[[], int]) -> Callable[[], int]:
    context = Context()
    configure()
    context.run(enter)

    def block() -> int:
        # What is configured is everybody's, and the turns change it.
        configure()
        return context.run(work)

    return block


def _entered() -> None:
    request = entry("POST /orders/{id}", kind="server")
    request.start()
    request.activate()


def _entered_theirs() -> None:
    from opentelemetry import context, trace  # noqa: PLC0415 (of the groups bench and tests)

    context.attach(trace.set_span_in_context(trace.get_tracer(__name__).start_span("POST /orders/{id}")))


def _ours() -> int:
    start = time.perf_counter_ns()
    for _ in range(_SPANS):
        with span("capture"):
            pass
    return time.perf_counter_ns() - start


def _theirs() -> int:
    from opentelemetry import trace  # noqa: PLC0415 (of the groups bench and tests)

    tracer = trace.get_tracer(__name__)
    start = time.perf_counter_ns()
    for _ in range(_SPANS):
        with tracer.start_as_current_span("capture"):
            pass
    return time.perf_counter_ns() - start


def _sent(*, traced: bool) -> int:
    import httpx  # noqa: PLC0415 (of the groups bench and tests)

    from structlog_enrich.integrations.httpx import TraceTransport  # noqa: PLC0415 (imports httpx)

    memory = httpx.MockTransport(lambda _: httpx.Response(200, content=b"ok"))
    transport = TraceTransport(memory) if traced else memory
    url = "https://stock.example/items/7?fields=count"
    # The same request again would be its next attempt.
    requests = [httpx.Request("GET", url, headers={"accept": "application/json"}) for _ in range(_SPANS)]
    start = time.perf_counter_ns()
    for each in requests:
        transport.handle_request(each).read()
    return time.perf_counter_ns() - start


def table(result: dict[str, Samples]) -> str:
    """Return the result as Markdown: whole spans, and what one adds to a request that is sent."""
    spans, requests = result["spans"], dict(result["requests"])
    alone = requests.pop(_WITHOUT)
    rows = [
        *((name, spread(values)) for name, values in spans.items()),
        (f"one request of httpx, {_WITHOUT}", spread(alone)),
        *((f"added to it by {name}", differences(values, alone)) for name, values in requests.items()),
    ]
    return markdown_table(["what", "µs", "range"], ((name, *measured(values)) for name, values in rows))
