"""The types of one log line, for readers that decode it themselves.

Generated from the models by `python -m structlog_enrich.export`; change those, not this.

```python
line: LineDict = orjson.loads(text)
```

A line may hold names that are not here: a reader ignores what it doesn't know.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, Required, TypedDict

__all__ = [
    "CauseDict",
    "ContextDict",
    "ErrorDict",
    "GapDict",
    "GroupMemberDict",
    "LineDict",
    "LinkDict",
    "SpanDict",
]


class LineDict(TypedDict):
    """Hold one log line: a header that only trusted sources fill, then what the application said."""

    schema_version: Required[str]
    """The version of the envelope this line obeys."""

    timestamp: Required[str]
    """When the call was made, not when it was written."""

    level: Required[Literal["debug", "info", "warning", "error", "critical"]]
    """How grave the event is."""

    message: Required[str]
    """What happened, for people; empty when the call said nothing."""

    event_name: NotRequired[str]
    """What happened, for programs. `log.`, `span.` and `enrichment.` begin the library's own."""

    service: Required[str]
    """The service; `unknown_service:<process>` when nothing names it."""

    version: Required[str]
    """Its version; `unknown` when nothing names it."""

    environment: Required[str]
    """Where it is deployed; `unknown` when nothing names it."""

    operation: NotRequired[str]
    """Low-cardinality name of this process's entry span: the route, the task, the command."""

    trace_id: Required[str]
    """The active trace; outside any request the process's boot trace."""

    span_id: Required[str]
    """The active span; outside any span it equals `boot_id`."""

    parent_span_id: NotRequired[str]
    """The caller's span."""

    trace_flags: NotRequired[str]
    """The W3C flags."""

    links: NotRequired[list[LinkDict]]
    """Spans of other traces this span came from."""

    boot_id: Required[str]
    """One start of one process; a forked child has its own."""

    seq: Required[int]
    """From 0, once per line and stream of a process: a missing one is a lost line."""

    stream: NotRequired[str]
    """A chain whose lines go elsewhere, with a `seq` of its own."""

    logger: NotRequired[str]
    """The logger's name."""

    host: Required[str]
    """The host's name."""

    process_id: Required[int]
    """The process id."""

    thread_id: Required[int]
    """The thread, as `threading.get_ident()` names it."""

    runtime: Required[str]
    """The interpreter and its version: `CPython 3.13.0`."""

    instance_id: NotRequired[str]
    """One running instance of the service."""

    host_id: NotRequired[str]
    """The VM's or machine's id."""

    container_id: NotRequired[str]
    """The container's id."""

    service_namespace: NotRequired[str]
    """The group of services it is of."""

    k8s_namespace: NotRequired[str]
    """The Kubernetes namespace."""

    k8s_pod: NotRequired[str]
    """The Kubernetes pod."""

    region: NotRequired[str]
    """The cloud region."""

    release_channel: NotRequired[str]
    """Such as `stable` or `canary`."""

    commit: NotRequired[str]
    """The revision it was built from."""

    feature_flags: NotRequired[dict[str, str | int | float | bool]]
    """Flags that are stable for the life of the process."""

    tags: NotRequired[dict[str, str | int | float | bool]]
    """The team's own stable labels."""

    enrichment: Required[str]
    """The effective configuration: equal in every process configured alike."""

    extensions: NotRequired[dict[str, dict[str, Any]]]
    """The team's own header fields, by namespace."""

    baggage: NotRequired[dict[str, str]]
    """W3C baggage: allow-listed entries, never merged into `context`."""

    context: NotRequired[ContextDict]
    """What was bound for it."""

    payload: NotRequired[dict[str, Any]]
    """What the call said and the team's processors added, untouched but for `redacted` and `truncated`."""

    error: NotRequired[ErrorDict]
    """The exception it reports."""

    span: NotRequired[SpanDict]
    """The span it starts or ends."""

    gap: NotRequired[GapDict]
    """Which lines were lost."""

    redacted: NotRequired[list[str]]
    """What was masked, as `path:rule`."""

    truncated: NotRequired[list[str]]
    """What was cut, as `path:rule`."""

    faults: NotRequired[list[str]]
    """What failed, as `stage:ExceptionType`."""


class LinkDict(TypedDict):
    """Point at a span of another trace."""

    trace_id: Required[str]
    """The other trace."""

    span_id: Required[str]
    """The span in it."""


class ContextDict(TypedDict):
    """Hold what was bound for this request or task: the names below where they apply, and any others.  A service may
    bind its ids as text or as numbers, so readers get a scalar; an object bound under one of these names arrives as
    JSON text."""

    request_id: NotRequired[str | int | float | bool | None]
    """The request, as its caller knows it."""

    user_id: NotRequired[str | int | float | bool | None]
    """Who asked."""

    tenant_id: NotRequired[str | int | float | bool | None]
    """The customer on whose behalf."""

    session_id: NotRequired[str | int | float | bool | None]
    """The session, by an id that opens nothing."""

    client_address: NotRequired[str | int | float | bool | None]
    """Where the request came from."""

    user_agent: NotRequired[str | int | float | bool | None]
    """The program that sent it."""


class ErrorDict(TypedDict):
    """Say which exception an event reports."""

    type: Required[str]
    """Qualified name of the exception's class."""

    message: Required[str]
    """The exception as text."""

    stack: NotRequired[str]
    """The traceback as text."""

    notes: NotRequired[list[str]]
    """What `add_note` added."""

    causes: NotRequired[list[CauseDict]]
    """The chain of exceptions behind this one, nearest first."""

    exceptions: NotRequired[list[GroupMemberDict]]
    """Members of the group, at most 4 groups deep."""

    fingerprint: Required[str]
    """Equal for errors of one kind; survives changes of line numbers."""


class SpanDict(TypedDict):
    """Say which span a line starts or ends, and at its end how it went."""

    phase: Required[Literal["start", "end"]]
    """Whether the span starts or ends here."""

    name: Required[str]
    """Low-cardinality name of the work."""

    kind: Required[Literal["server", "client", "producer", "consumer", "internal"]]
    """The part this process plays in it."""

    attempt: Required[int]
    """Which try this is, from 1."""

    duration_ms: NotRequired[int | float]
    """How long it took, in milliseconds with at most three decimals."""

    status: NotRequired[Literal["ok", "error"]]
    """How it ended."""

    outcome: NotRequired[str]
    """A closer word: `timeout`, `cancelled`, `disconnected`, `revoked`, `worker_lost`, `retry`…"""

    queue_ms: NotRequired[int | float]
    """How long the message waited, in milliseconds; below 0 when the two machines' clocks disagree."""

    peer: NotRequired[str]
    """Who is at the other end."""

    previous_span_id: NotRequired[str]
    """The span of the attempt before this one."""

    attributes: NotRequired[dict[str, str | int | float | bool]]
    """Facts under the names of OpenTelemetry's semantic conventions."""


class GapDict(TypedDict):
    """Say how many lines were lost, which, and why."""

    reason: Required[str]
    """Why they were lost."""

    count: Required[int]
    """How many were lost."""

    levels: Required[dict[Literal["debug", "info", "warning", "error", "critical"], int]]
    """How many of each level."""

    ranges: Required[list[list[int]]]
    """First and last `seq` of each run of lost lines."""

    complete: Required[bool]
    """Whether `ranges` name every lost line."""

    boot_id: Required[str]
    """The process whose lines were lost."""


class CauseDict(TypedDict):
    """Say which exception stands behind another."""

    type: Required[str]
    """Qualified name of the exception's class."""

    message: Required[str]
    """The exception as text."""

    notes: NotRequired[list[str]]
    """What `add_note` added."""

    exceptions: NotRequired[list[GroupMemberDict]]
    """Members of the group, at most 4 groups deep."""

    relation: Required[Literal["cause", "context"]]
    """`cause` for `raise … from`, `context` for one that was being handled."""


class GroupMemberDict(TypedDict):
    """Say which exception was one of a group."""

    type: Required[str]
    """Qualified name of the exception's class."""

    message: Required[str]
    """The exception as text."""

    stack: NotRequired[str]
    """The traceback as text."""

    notes: NotRequired[list[str]]
    """What `add_note` added."""

    causes: NotRequired[list[CauseDict]]
    """The chain of exceptions behind this one, nearest first."""

    exceptions: NotRequired[list[GroupMemberDict]]
    """Members of the group."""
