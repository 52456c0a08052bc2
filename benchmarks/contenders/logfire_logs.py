"""logfire, whose log is a span without a duration."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from benchmarks.contenders import as_text
from benchmarks.workload import CALLER, CONTEXT, OPERATION, RESOURCE
from structlog_enrich.trace.w3c import format_traceparent

if TYPE_CHECKING:
    from benchmarks.workload import Workload

__all__ = ["ABOUT", "NAME", "build"]

NAME: Final = "logfire"
ABOUT: Final = (
    "`logfire.info()` after `configure(send_to_logfire=False, console=False)`, inside a span, with `set_baggage()`. "
    "Its log is a span without a duration, exported before the call returns, by OpenTelemetry's `SimpleSpanProcessor` "
    "and `ConsoleSpanExporter`, as JSON on one line; nothing goes over a network, and no batch leaves the encoding to "
    "another thread. Service, trace, call site, masking by patterns, of which one masks the bound `session_id`."
)

# For the life of the process, which nobody shares.
_ENTERED: Final = ExitStack()


def build(workload: Workload, file: BinaryIO) -> Any:
    """Set up logfire, enter a span and return what logs."""
    import logfire  # noqa: PLC0415 (of the group bench)
    from logfire.propagate import attach_context  # noqa: PLC0415 (likewise)
    from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor  # noqa: PLC0415 (likewise)

    exporter = ConsoleSpanExporter(out=as_text(file), formatter=lambda span: f"{span.to_json(indent=None)}\n")
    logfire.configure(
        send_to_logfire=False,
        console=False,
        metrics=False,
        inspect_arguments=False,
        service_name=RESOURCE.service,
        service_version=RESOURCE.version,
        environment=RESOURCE.environment,
        additional_span_processors=[SimpleSpanProcessor(exporter)],
    )
    _ENTERED.enter_context(attach_context({"traceparent": format_traceparent(*CALLER[:3])}))
    _ENTERED.enter_context(logfire.set_baggage(**CONTEXT))
    # Its messages are templates.
    _ENTERED.enter_context(logfire.span(OPERATION, id="o-118000"))
    return logfire
