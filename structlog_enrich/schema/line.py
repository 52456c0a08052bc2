"""One log line: envelope 1.0, field by field, in the order they are written.

>>> [name for name, fact in Line.model_fields.items() if fact.is_required()][:3]
['schema_version', 'timestamp', 'level']
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from structlog_enrich.schema.base import Maybe, WireModel
from structlog_enrich.schema.classification import INTERNAL, PERSONAL, PUBLIC, field
from structlog_enrich.schema.context import Context
from structlog_enrich.schema.error import Error
from structlog_enrich.schema.gap import Gap
from structlog_enrich.schema.span import Links, Span
from structlog_enrich.schema.values import (
    Count,
    EventName,
    Fingerprint,
    Level,
    Marks,
    Object,
    Scalars,
    SchemaVersion,
    SpanId,
    Strings,
    Text,
    Timestamp,
    TraceFlags,
    TraceId,
    Value,
)

__all__ = ["Line"]

_GIVEN = "when detected or given"


class Line(WireModel):
    """Hold one log line: a header that only trusted sources fill, then what the application said."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"event_name": {"const": "log.gap"}}, "required": ["event_name"]},
            "then": {"required": ["gap"]},
            "else": {"properties": {"gap": False}},
            "dependentRequired": {"links": ["span"]},
        }
    )

    schema_version: Annotated[SchemaVersion, field("The version of the envelope this line obeys.", PUBLIC)]
    timestamp: Annotated[Timestamp, field("When the call was made, not when it was written.", PUBLIC)]
    level: Annotated[Level, field("How grave the event is.", PUBLIC)]
    message: Annotated[str, field("What happened, for people; empty when the call said nothing.", INTERNAL)]
    event_name: Annotated[
        Maybe[EventName],
        field(
            "What happened, for programs. `log.`, `span.` and `enrichment.` begin the library's own.",
            PUBLIC,
            when="on typed events and the library's own lines",
            otel_name="EventName",
        ),
    ] = None
    service: Annotated[
        Text,
        field("The service; `unknown_service:<process>` when nothing names it.", INTERNAL, otel_name="service.name"),
    ]
    version: Annotated[
        Text, field("Its version; `unknown` when nothing names it.", INTERNAL, otel_name="service.version")
    ]
    environment: Annotated[
        Text,
        field(
            "Where it is deployed; `unknown` when nothing names it.",
            INTERNAL,
            otel_name="deployment.environment.name",
        ),
    ]
    operation: Annotated[
        Maybe[str],
        field(
            "Low-cardinality name of this process's entry span: the route, the task, the command.",
            INTERNAL,
            when="inside an entry span",
        ),
    ] = None
    trace_id: Annotated[TraceId, field("The active trace; outside any request the process's boot trace.", INTERNAL)]
    span_id: Annotated[SpanId, field("The active span; outside any span it equals `boot_id`.", INTERNAL)]
    parent_span_id: Annotated[Maybe[SpanId], field("The caller's span.", INTERNAL, when="when there is one")] = None
    trace_flags: Annotated[Maybe[TraceFlags], field("The W3C flags.", INTERNAL, when="inside a trace")] = None
    links: Annotated[
        Maybe[Links],
        field("Spans of other traces this span came from.", INTERNAL, when="on lines with `span`, when there are any"),
    ] = None
    boot_id: Annotated[SpanId, field("One start of one process; a forked child has its own.", INTERNAL)]
    seq: Annotated[
        Count, field("From 0, once per line and stream of a process: a missing one is a lost line.", INTERNAL)
    ]
    stream: Annotated[
        Maybe[Text], field("A chain whose lines go elsewhere, with a `seq` of its own.", INTERNAL, when="when named")
    ] = None
    logger: Annotated[Maybe[str], field("The logger's name.", INTERNAL, when="when it has one")] = None
    host: Annotated[Text, field("The host's name.", INTERNAL)]
    process_id: Annotated[Count, field("The process id.", INTERNAL)]
    thread_id: Annotated[Count, field("The thread, as `threading.get_ident()` names it.", INTERNAL)]
    runtime: Annotated[Text, field("The interpreter and its version: `CPython 3.13.0`.", INTERNAL)]
    instance_id: Annotated[Maybe[Text], field("One running instance of the service.", INTERNAL, when=_GIVEN)] = None
    host_id: Annotated[Maybe[Text], field("The VM's or machine's id.", INTERNAL, when=_GIVEN)] = None
    container_id: Annotated[Maybe[Text], field("The container's id.", INTERNAL, when=_GIVEN)] = None
    service_namespace: Annotated[Maybe[Text], field("The group of services it is of.", INTERNAL, when=_GIVEN)] = None
    k8s_namespace: Annotated[Maybe[Text], field("The Kubernetes namespace.", INTERNAL, when=_GIVEN)] = None
    k8s_pod: Annotated[Maybe[Text], field("The Kubernetes pod.", INTERNAL, when=_GIVEN)] = None
    region: Annotated[Maybe[Text], field("The cloud region.", INTERNAL, when=_GIVEN)] = None
    release_channel: Annotated[Maybe[Text], field("Such as `stable` or `canary`.", INTERNAL, when=_GIVEN)] = None
    commit: Annotated[Maybe[Text], field("The revision it was built from.", INTERNAL, when=_GIVEN)] = None
    feature_flags: Annotated[
        Maybe[Scalars], field("Flags that are stable for the life of the process.", INTERNAL, when="when given")
    ] = None
    tags: Annotated[Maybe[Scalars], field("The team's own stable labels.", INTERNAL, when="when given")] = None
    enrichment: Annotated[
        Fingerprint, field("The effective configuration: equal in every process configured alike.", INTERNAL)
    ]
    extensions: Annotated[
        Maybe[Annotated[dict[str, dict[str, Value]], Field(min_length=1)]],
        field("The team's own header fields, by namespace.", INTERNAL, when="when a team extends the schema"),
    ] = None
    baggage: Annotated[
        Maybe[Strings],
        field("W3C baggage: allow-listed entries, never merged into `context`.", PERSONAL, when="when any is allowed"),
    ] = None
    context: Annotated[Maybe[Context], field("What was bound for it.", PERSONAL, when="when not empty")] = None
    payload: Annotated[
        Maybe[Object],
        field(
            "What the call said and the team's processors added, untouched but for `redacted` and `truncated`.",
            PERSONAL,
            when="when not empty",
        ),
    ] = None
    error: Annotated[Maybe[Error], field("The exception it reports.", PERSONAL, when="when there is one")] = None
    span: Annotated[
        Maybe[Span], field("The span it starts or ends.", PERSONAL, when="on lines that start or end a span")
    ] = None
    gap: Annotated[
        Maybe[Gap], field("Which lines were lost.", INTERNAL, when="when `event_name` is `log.gap`, and only then")
    ] = None
    redacted: Annotated[
        Maybe[Marks], field("What was masked, as `path:rule`.", INTERNAL, when="when something was masked")
    ] = None
    truncated: Annotated[
        Maybe[Marks], field("What was cut, as `path:rule`.", INTERNAL, when="when something was cut")
    ] = None
    faults: Annotated[
        Maybe[Marks], field("What failed, as `stage:ExceptionType`.", INTERNAL, when="when a stage failed")
    ] = None

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        if (self.gap is not None) != (self.event_name == "log.gap"):
            msg = "gap belongs to lines whose event_name is log.gap, and to no others"
            raise ValueError(msg)
        if self.links is not None and self.span is None:
            msg = "links belong to lines with a span"
            raise ValueError(msg)
        return self
