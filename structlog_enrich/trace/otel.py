"""Ids that lines share with OpenTelemetry's spans, for a service that exports both.

Which span is the active one, OpenTelemetry's own context says, and nothing else. Whatever carries that context on, to
a task, to a thread or into another library's span, carries our ids on. Beside the active span it holds the trace that
we made of it: the ids of a line depend on that context alone, and stay known as long as it is the same object.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakSet

from structlog_enrich import process
from structlog_enrich._version import __version__
from structlog_enrich.exceptions import MissingExtraError
from structlog_enrich.process import random_id
from structlog_enrich.said import report_fault
from structlog_enrich.trace.attributes import exportable
from structlog_enrich.trace.context import CURRENT, TraceContext, trusted
from structlog_enrich.trace.ids import NEW_FLAGS
from structlog_enrich.trace.w3c import parse_tracestate

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.context import Context
    from opentelemetry.trace import Span, SpanContext, TracerProvider

    from structlog_enrich.trace.context import Remote
    from structlog_enrich.trace.ids import Start

    # Trace, span, parent, flags, tracestate.
    _Ids = tuple[str, str, str | None, str | None, str | None]

__all__ = ["OtelIds"]

_NAME: Final = "structlog_enrich"
_SPAN_IDS: Final = range(1, 1 << 64)

_KEY: Final = "structlog_enrich-trace"
"""Where OpenTelemetry's context holds the trace that we activated, and the span that we made the active one with it."""

_seen: Final[ContextVar[tuple[Any, TraceContext | None]]] = ContextVar("_structlog_enrich.otel", default=(None, None))
"""The OpenTelemetry context that was looked at last, and the trace found there: a memo, right wherever it is copied."""

_adopted: Final[WeakSet[Any]] = WeakSet()
"""Spans that became an entry: each only once, so that one line ends it."""


class _Tie:
    """Tie a trace to the OpenTelemetry span whose ids it has.

    Attributes:
        span: That span.
        start: The span of ours, until it ends.
        linked: How many links it started with.
        is_ours: Whether it was started here and so is to be ended here.
    """

    __slots__ = ("is_ours", "linked", "span", "start")

    def __init__(self, span: Span, start: Start, *, linked: int, is_ours: bool) -> None:
        self.span = span
        self.start: Start | None = start
        self.linked = linked
        self.is_ours = is_ours


class OtelIds:
    """Take ids from OpenTelemetry: a line's from its active span, a new span's by starting one.

    Where no tracer makes spans, because no SDK is installed, configured or switched on, the ids are our own and become
    an OpenTelemetry span that isn't recorded: its propagators hand them on, and what starts inside is their child.

    An entry of kind `server` or `consumer` adopts the span that another instrumentation has just started for it, rather
    than start a second one. It adds to that span and doesn't end it.

    Raises:
        MissingExtraError: opentelemetry-api isn't installed.

    Source: OpenTelemetry specification, "Tracing API" and "Context".

    >>> OtelIds().current() is None
    True
    """

    __slots__ = ("_api", "_contexts", "_get_context", "_kinds", "_known")

    def __init__(self) -> None:
        try:
            from opentelemetry import context, trace  # noqa: PLC0415 (only who asks for it pays for it)
        except ImportError as error:
            raise MissingExtraError('preset(ids="otel")', "opentelemetry-api", "otel") from error
        self._api: Any = trace
        self._contexts: Any = context
        self._get_context: Callable[[], Context] = context.get_current
        self._kinds = {kind.name.lower(): kind for kind in trace.SpanKind}
        # The provider that was asked last, and its tracer.
        self._known: tuple[TracerProvider | None, Any] = (None, None)

    def __repr__(self) -> str:
        return "OtelIds()"

    def __reduce__(self) -> tuple[object, ...]:
        return OtelIds, ()

    def current(self) -> TraceContext | None:
        """Return the trace of the active span, found once for each OpenTelemetry context."""
        context = self._get_context()
        seen, trace = _seen.get()
        return trace if seen is context else self._look(context)

    def start(self, start: Start) -> TraceContext:
        """Start a span of OpenTelemetry, or adopt the one that was started for this very entry."""
        adopted = self._adopt(start)
        if adopted is not None:
            return adopted
        above: TraceContext | Remote | None = start.remote
        operation = start.operation
        if above is None and operation is None:
            above = current = self.current()
            operation = None if current is None else current._operation  # noqa: SLF001 (kept there for the whole room)
        linked = len(start.links)
        span, ids = self._begin(start, None if above is None else above.span_id)
        if ids is None:
            ids = _own_ids(above, is_entry=start.operation is not None)
            span = self._unrecorded(trusted(*ids))
        return trusted(*ids, operation, _Tie(span, start, linked=linked, is_ours=True))

    def activate(self, trace: TraceContext) -> tuple[Context, TraceContext | None]:
        """Make its span OpenTelemetry's active one, whether it has ended or not."""
        before = (self._get_context(), CURRENT.get())
        tie = trace._source  # noqa: SLF001
        span = tie.span if type(tie) is _Tie else self._unrecorded(trace)
        context = self._contexts.set_value(_KEY, (trace, span), self._api.set_span_in_context(span))
        self._contexts.attach(context)
        _seen.set((context, trace))
        CURRENT.set(trace)
        return before

    def restore(self, before: tuple[Context, TraceContext | None]) -> None:
        """Attach the context of before: by value, since a token is refused in another context than its own."""
        context, trace = before
        self._contexts.attach(context)
        # The context of the next entry must not hold the trace of this one, or each would keep the one before.
        _seen.set((None, None))
        CURRENT.set(trace)

    def leave(self, before: tuple[Context, TraceContext | None]) -> None:
        """Do as `restore`, unless an instrumentation has started a span here since: then its context stays."""
        context = self._get_context()
        if self._ours(context)[1] is self._api.get_current_span(context):
            self.restore(before)
        else:
            CURRENT.set(before[1])

    def end(
        self, trace: TraceContext, attributes: dict[str, Any], *, failed: bool, error: BaseException | None
    ) -> None:
        """End its OpenTelemetry span, with what is known by now; an adopted one is left to who started it."""
        tie = trace._source  # noqa: SLF001
        if type(tie) is not _Tie or tie.start is None:
            return
        span, start, tie.start = tie.span, tie.start, None
        if not _tried(span.is_recording):
            # Not sampled, or ended by someone else.
            return
        _tried(span.set_attributes, exportable(attributes))
        for each in start.links[tie.linked :]:
            _tried(self._add_link, span, each)
        if failed:
            _tried(self._fail, span, error)
        if not tie.is_ours:
            return
        _tried(span.update_name, start.name)
        if error is not None:
            _tried(span.record_exception, error)
        _tried(span.end)

    def _add_link(self, span: Span, linked: TraceContext | Remote) -> None:
        span.add_link(self._span_context(linked, is_remote=True))

    def _fail(self, span: Span, error: BaseException | None) -> None:
        # By its type alone: the message may hold a secret, and statuses are what dashboards group by.
        span.set_status(self._api.StatusCode.ERROR, None if error is None else _type_name(error))

    def _begin(self, start: Start, parent_span_id: str | None) -> tuple[Any, _Ids | None]:
        try:
            span = self._tracer().start_span(
                start.name,
                context=self._parent(start),
                kind=self._kinds[start.kind],
                attributes=exportable(start.attributes),
                links=[self._api.Link(self._span_context(each, is_remote=True)) for each in start.links],
            )
            ids = _ids_of(span.get_span_context(), parent_span_id)
        except Exception as error:  # noqa: BLE001 (someone else's tracer; without it the lines still have ids)
            report_fault("OtelIds", error)
            return None, None
        # A tracer that makes no spans hands back the parent.
        return span, None if ids is None or ids[1] == parent_span_id else ids

    def _look(self, context: Context) -> TraceContext | None:
        try:
            trace = self._find(context)
        except Exception as error:  # noqa: BLE001 (someone else's span)
            report_fault("OtelIds", error)
            trace = None
        _seen.set((context, trace))
        return trace

    def _find(self, context: Context) -> TraceContext | None:
        span = self._api.get_current_span(context)
        trace, ours = self._ours(context)
        if ours is span:
            return trace
        ids = _ids_of(span.get_span_context(), _parent_of(span))
        # Another library's span, inside our entry or outside any. One that began a trace of its own, or has read the
        # caller's headers for itself, was attached to a context that doesn't have ours.
        trace = CURRENT.get() if trace is None else trace
        return None if ids is None else trusted(*ids, None if trace is None else trace._operation)  # noqa: SLF001

    def _ours(self, context: Context) -> tuple[TraceContext | None, Span | None]:
        found: Any = context.get(_KEY)
        return (None, None) if found is None else found

    def _adopt(self, start: Start) -> TraceContext | None:
        if start.operation is None or (start.kind != "server" and start.kind != "consumer"):  # noqa: PLR1714
            return None
        try:
            context = self._get_context()
            span = self._api.get_current_span(context)
            ids = _ids_of(span.get_span_context(), _parent_of(span) or (start.remote and start.remote.span_id))
            if ids is None or span is self._ours(context)[1] or span in _adopted or not self._is_for(start, span, ids):
                return None
            _adopted.add(span)
        except Exception:  # noqa: BLE001 (someone else's span, left alone)
            return None
        return trusted(*ids, start.operation, _Tie(span, start, linked=0, is_ours=False))

    def _is_for(self, start: Start, span: Span, ids: _Ids) -> bool:
        if span.get_span_context().is_remote:
            return False
        # One that isn't sampled doesn't say its kind; the lines of an entry must not depend on that.
        kind = getattr(span, "kind", None)
        if kind is not (self._kinds[start.kind] if span.is_recording() else None):
            return False
        trace_id, span_id = ids[:2]
        if start.remote is not None:
            # It went on with the same trace, and isn't itself the caller.
            return trace_id == start.remote.trace_id and span_id != start.remote.span_id
        # Not where it went on with a trace that we were told only to name.
        return all(each.trace_id != trace_id for each in start.links)

    def _parent(self, start: Start) -> Any:
        # On top of the active context, whose baggage stays.
        if start.remote is not None:
            return self._api.set_span_in_context(self._unrecorded(start.remote, is_remote=True))
        return None if start.operation is None else self._api.set_span_in_context(self._api.INVALID_SPAN)

    def _unrecorded(self, trace: TraceContext | Remote, *, is_remote: bool = False) -> Any:
        return self._api.NonRecordingSpan(self._span_context(trace, is_remote=is_remote))

    def _span_context(self, trace: TraceContext | Remote, *, is_remote: bool) -> Any:
        api = self._api
        flags = api.TraceFlags(int(trace.trace_flags or NEW_FLAGS, 16))
        state = None if trace.tracestate is None else api.TraceState.from_header([trace.tracestate])
        return api.SpanContext(int(trace.trace_id, 16), int(trace.span_id, 16), is_remote, flags, state)

    def _tracer(self) -> Any:
        # At each start: the provider may be set after the chain was made, and replaced from test to test.
        provider = self._api.get_tracer_provider()
        known, tracer = self._known
        if known is not provider:
            tracer = provider.get_tracer(_NAME, __version__)
            self._known = (provider, tracer)
        return tracer


def _ids_of(context: SpanContext | None, parent_span_id: str | None) -> _Ids | None:
    if context is None or not context.is_valid:
        return None
    state = context.trace_state
    return (
        f"{context.trace_id:032x}",
        f"{context.span_id:016x}",
        parent_span_id,
        f"{context.trace_flags & 0xFF:02x}",
        parse_tracestate([state.to_header()]) if state else None,
    )


def _parent_of(span: Span) -> str | None:
    # The SDK's spans say it; those that aren't recorded don't.
    span_id = getattr(getattr(span, "parent", None), "span_id", None)
    return f"{span_id:016x}" if type(span_id) is int and span_id in _SPAN_IDS else None


def _own_ids(above: TraceContext | Remote | None, *, is_entry: bool) -> _Ids:
    if above is not None:
        return above.trace_id, random_id(8), above.span_id, above.trace_flags or NEW_FLAGS, above.tracestate
    if is_entry:
        return random_id(16), random_id(8), None, NEW_FLAGS, None
    state = process.current()
    return state.boot_trace_id, random_id(8), state.boot_id, NEW_FLAGS, None


def _tried(call: Callable[..., Any], *given: Any) -> Any:
    # Each by itself: a processor of spans or an exporter that fails must not fail the work, nor what follows here.
    try:
        return call(*given)
    except Exception as error:  # noqa: BLE001
        report_fault("OtelIds", error)
        return None


def _type_name(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
