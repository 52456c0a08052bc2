"""The standard library's `logging` with OpenTelemetry's handler and SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, Final

from benchmarks.contenders import as_text
from benchmarks.records import logger_to
from benchmarks.workload import CALLER, OPERATION, RESOURCE
from structlog_enrich.trace.w3c import format_traceparent

if TYPE_CHECKING:
    from benchmarks.workload import Workload

__all__ = ["ABOUT", "NAME", "build"]

NAME: Final = "OpenTelemetry logs"
ABOUT: Final = (
    "The standard library's `logging` with the `LoggingHandler` of opentelemetry-instrumentation-logging, inside a "
    "span. Each record is exported before the call returns, by the SDK's `SimpleLogRecordProcessor` and "
    "`ConsoleLogRecordExporter`, as JSON on one line; no collector, and no batch. Service and trace; no masking."
)


def build(workload: Workload, file: BinaryIO) -> Any:
    """Set up the SDK and the root logger, enter a span and return the logger to call."""
    from opentelemetry import context, trace  # noqa: PLC0415 (of the group bench)
    from opentelemetry.instrumentation.logging.handler import LoggingHandler  # noqa: PLC0415 (likewise)
    from opentelemetry.sdk._logs import LoggerProvider  # noqa: PLC0415 (likewise)
    from opentelemetry.sdk._logs.export import (  # noqa: PLC0415 (likewise)
        ConsoleLogRecordExporter,
        SimpleLogRecordProcessor,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 (likewise)
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 (likewise)
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415 (likewise)

    resource = Resource.create(
        {
            "service.name": RESOURCE.service,
            "service.version": RESOURCE.version,
            "deployment.environment.name": RESOURCE.environment,
        }
    )
    caller = TraceContextTextMapPropagator().extract({"traceparent": format_traceparent(*CALLER[:3])})
    span = TracerProvider(resource=resource).get_tracer(__name__).start_span(OPERATION, context=caller)
    context.attach(trace.set_span_in_context(span))
    provider = LoggerProvider(resource=resource)
    exporter = ConsoleLogRecordExporter(out=as_text(file), formatter=lambda record: f"{record.to_json(indent=None)}\n")
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    return logger_to(LoggingHandler(logger_provider=provider))
