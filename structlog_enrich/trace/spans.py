"""A stretch of work: from its start to the one line that ends it."""

from __future__ import annotations

import time
from contextvars import Context
from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, Self, TypeVar, cast, get_args

from structlog_enrich import process
from structlog_enrich.exceptions import ConfigurationError, SpanError
from structlog_enrich.said import Facts
from structlog_enrich.trace import abandoned
from structlog_enrich.trace.abandoned import LATE, is_collecting
from structlog_enrich.trace.activation import Activation
from structlog_enrich.trace.configured import ids_in_use, ids_of
from structlog_enrich.trace.context import Remote, TraceContext, is_span_id, note_end
from structlog_enrich.trace.endings import finite, judged
from structlog_enrich.trace.ids import OWN, IdSource
from structlog_enrich.trace.lines import write_line, writer_of
from structlog_enrich.trace.noting import close_for
from structlog_enrich.trace.operation import Operation, cleaned
from structlog_enrich.trace.wrapping import wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import TracebackType

    from structlog_enrich.trace.lines import Writer

__all__ = ["Kind", "Span", "as_entry"]

Kind = Literal["server", "client", "producer", "consumer", "internal"]
"""The part this process plays in a span, as OpenTelemetry's `SpanKind` names it."""

_Function = TypeVar("_Function", bound="Callable[..., Any]")

_KINDS: Final = get_args(Kind)
_STATUSES: Final = ("ok", "error")
_LEVELS: Final = ("info", "warning", "error")
_MAX_ATTEMPT: Final = 2**63 - 1
_MAX_LINKS: Final = 128


class Span(Activation):
    """Be one span: a context manager, synchronous or not, a decorator, or started and ended by hand.

    `span()` and `entry()` make it. An adapter that can't hold a `with` block open calls `start`, `activate`,
    `deactivate` and `end` itself.

    Args:
        name: Its low-cardinality name, the message of its lines.
        kind: `server`, `client`, `producer`, `consumer` or `internal`.
        attributes: Facts under the names of OpenTelemetry's semantic conventions; a value that isn't a scalar is
            written as text.
        links: Spans of other traces it came from; the first 128 are written. None, which `extract` may return, isn't.
        attempt: Which try this is, from 1.
        previous_span_id: The span of the attempt before, or None.
        start_line: Write a line when it starts, too.
        logger: A structlog logger for its lines; default one of the configured chain.

    Attributes:
        trace: Its ids, once it has started.
        status: `ok` or `error` when something decides it; None leaves it to how the span ends.
        level: The level of the line that ends it; None is `error` when it failed and `info` otherwise.
        outcome: A closer word on how it ended, such as `timeout`; None unless something sets it.
        peer: Who is at the other end, when known.
        queue_ms: How long the message waited, in milliseconds, when known.

    Raises:
        ConfigurationError: A name that is no text, an unknown kind, an attempt below 1.
    """

    # What a span has unless something says otherwise; kept by the class, so that a span costs what is said of it.
    attempt: int = 1
    previous_span_id: str | None = None
    operation: Operation | None = None
    remote: Remote | None = None
    links: Sequence[TraceContext | Remote] = ()
    status: Literal["ok", "error"] | None = None
    level: Literal["info", "warning", "error"] | None = None
    outcome: str | None = None
    peer: str | None = None
    queue_ms: float | None = None
    _start_line: bool = False
    _logger: Any = None
    _is_entry: bool = False
    _resolve: Callable[[], str | None] | None = None
    _began: int | None = None
    _took: int | None = None
    _ended: bool = False

    name: str
    kind: Kind
    trace: TraceContext
    _attributes: dict[str, Any]
    _ids: IdSource
    _process: process.ProcessState
    # The context in which to end it when the garbage collector ended the work.
    _refuge: Context | None = None

    def __init__(
        self,
        name: str,
        *,
        kind: Kind = "internal",
        attributes: Mapping[str, Any] | None = None,
        links: Iterable[TraceContext | Remote | None] = (),
        attempt: int = 1,
        previous_span_id: str | None = None,
        start_line: bool = False,
        logger: Any = None,
    ) -> None:
        if not isinstance(name, str) or not name:
            remedy = 'Write @span("name") and @entry("name"), with the name' if callable(name) else ""
            raise ConfigurationError("name", "must be text, and not empty", received=f"{name!r:.80}", remedy=remedy)
        if kind not in _KINDS:
            raise ConfigurationError("kind", f"must be one of {', '.join(_KINDS)}", received=f"{kind!r:.80}")
        if type(attempt) is not int or not 1 <= attempt <= _MAX_ATTEMPT:
            raise ConfigurationError("attempt", "must be a whole number from 1", received=f"{attempt!r:.80}")
        if previous_span_id is not None and not is_span_id(previous_span_id):
            rule = "must be 16 lower-case hex digits, not all zero"
            raise ConfigurationError("previous_span_id", rule, received=f"{previous_span_id!r:.80}")
        self.name = cleaned(name)
        self.kind = kind
        self.attempt = attempt
        self.previous_span_id = previous_span_id
        self.links = _spans_of(links)
        self._attributes = {} if attributes is None else dict(attributes)
        self._start_line = start_line
        self._logger = logger

    def __repr__(self) -> str:
        return f"<Span({self.name!r}, kind={self.kind!r})>"

    def __call__(self, function: _Function) -> _Function:
        """Return *function* with a span of this kind around each call.

        For a generator, synchronous or not, the span lasts from its first item to its end, and is the active one only
        while the generator runs, never in the code that takes its items.

        Raises:
            SpanError: It has begun already.
        """
        if self._began is not None:
            raise SpanError(self.name, "has started already", remedy="Make a new one to decorate with")
        # A copy of now: what becomes of this one is its own.
        pattern = self._again()
        return cast("_Function", wrapped(function, pattern._begun))  # noqa: SLF001 (our own kind)

    def __enter__(self) -> Self:
        self.start()
        self.activate()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            # The line first, while what the work bound is still bound.
            self.end(error)
        finally:
            self.deactivate()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, exc_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(exc_type, error, traceback)

    def start(self) -> None:
        """Begin: take ids and the time. It isn't the active span before `activate`.

        Raises:
            SpanError: It has begun already.
        """
        if self._began is not None:
            raise SpanError(self.name, "has started already", remedy="Make a new one for each stretch of work")
        self._ids = ids_in_use() if self._logger is None else ids_of(self._logger)
        if self._is_entry:
            self.operation = Operation(self.name, self._resolve)
        if not abandoned.is_watched:
            abandoned.watch()
        self._process = process.state or process.current()
        self.trace = self._ids.start(self)
        # Through the module, so that a frozen clock is followed.
        self._began = time.perf_counter_ns()
        if self._start_line:
            facts = {"phase": "start", "name": self.name, "kind": self.kind, "attempt": self.attempt}
            if (writer := writer_of(self._logger, "info")) is not None:
                self._write(writer, facts, self._described(None))

    def stop_clock(self) -> None:
        """Take the time now, for a span whose line is written a little later."""
        if self._began is not None and self._took is None:
            self._took = time.perf_counter_ns() - self._began

    def end(self, error: BaseException | None = None, *, silently: bool = False) -> None:
        """Write the line that ends it; a second call does nothing, nor does one in a forked child.

        Where the garbage collector ends it, the line is written after the next one that ends a span.

        Args:
            error: What ended it, or None. A cancellation is no failure: the line says `outcome` `cancelled` and names
                no error, and neither is closing a generator nor exiting with code 0.
            silently: Write no line.
        """
        if self._ended or self._began is None:
            return
        self._ended = True
        if self._process is not process.state:
            return
        self.stop_clock()
        if error is not None:
            if is_collecting():
                self._put_off(error, silently=silently)
                return
            error, outcome = self._judged(error)
            if self.outcome is None:
                self.outcome = outcome
        status = self.status if self.status in _STATUSES else ("ok" if error is None else "error")
        level = self.level if self.level in _LEVELS else ("error" if status == "error" else "info")
        writer = None if silently else writer_of(self._logger, level)
        if writer is None and self._ids is OWN:
            self._forget()
            return
        attributes = self._described(error)
        self._ids.end(self.trace, attributes, failed=status == "error", error=error)
        if writer is None:
            self._forget()
            return
        facts: dict[str, Any] = {
            "phase": "end",
            "name": self.name,
            "kind": self.kind,
            "attempt": self.attempt,
            "duration_ms": round((self._took or 0) / 1_000_000, 3),
            "status": status,
        }
        if self.outcome is not None and (text := cleaned(self.outcome)):
            facts["outcome"] = text
        if self.queue_ms is not None and (waited := finite(self.queue_ms)) is not None:
            facts["queue_ms"] = waited
        if self.peer is not None and (text := cleaned(self.peer)):
            facts["peer"] = text
        if self.previous_span_id is not None:
            facts["previous_span_id"] = self.previous_span_id
        self._write(writer, facts, attributes, error, self.operation)
        self._forget()

    @property
    def ended(self) -> bool:
        """Whether the line that ends it was written."""
        return self._ended

    @property
    def attributes(self) -> Mapping[str, Any]:
        """The attributes set so far."""
        return self._attributes

    def update_name(self, name: str) -> None:
        """Give it a closer name, for what is known only after its start."""
        self.name = cleaned(name)

    def set_attribute(self, name: str, value: Any) -> None:
        """Set one attribute, replacing what it was; after the end it has no effect."""
        self._attributes[name] = value

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        """Set several attributes."""
        self._attributes.update(attributes)

    def add_link(self, trace: TraceContext | Remote | None) -> None:
        """Note a span of another trace that this one came from; the first 128 are written, and None isn't."""
        self.links = [*self.links, *_spans_of((trace,))]

    def _again(self) -> Span:
        again = copy(self)
        again._attributes = dict(self._attributes)  # noqa: SLF001 (our own kind)
        return again

    def _begun(self) -> Span:
        begun = self._again()
        begun.start()
        return begun

    def _judged(self, error: BaseException) -> tuple[BaseException | None, str | None]:
        """Return *error* when it is a failure, and an outcome; an adapter may know more of it."""
        return judged(error)

    def _described(self, error: BaseException | None) -> dict[str, Any]:
        """Return the attributes for a line; an adapter knows some of them only at the end."""
        # Of a copy, which is one atomic step: another thread may set one meanwhile.
        return {name: value for name, value in self._attributes.copy().items() if value is not None}

    def _forget(self) -> None:
        note_end(self.trace)
        if self.operation is not None:
            close_for(self.operation)

    def _put_off(self, error: BaseException, *, silently: bool) -> None:
        left = type(error) is GeneratorExit
        self._ended, self.outcome = False, self.outcome or ("abandoned" if left else None)
        # Not with what is bound here, where the collector happens to run.
        context = Context() if self._refuge is None else self._refuge
        LATE.append(partial(context.run, self.end, None if left else error, silently=silently))

    def _write(
        self,
        writer: Writer,
        facts: dict[str, Any],
        attributes: dict[str, Any],
        error: BaseException | None = None,
        operation: Operation | None = None,
    ) -> None:
        if attributes:
            facts["attributes"] = attributes
        links = [{"trace_id": each.trace_id, "span_id": each.span_id} for each in self.links[:_MAX_LINKS]]
        said = Facts(f"span.{facts['phase']}", facts, links)
        write_line(writer, self.name, said, self.trace, error, operation)


def as_entry(span: Span, remote: Remote | None, trust: str) -> Span:
    """Return *span* as one that enters this process: no child of the current span, but of *remote* or of nobody."""
    span._is_entry = True  # noqa: SLF001 (this very module)
    if remote is not None:
        if trust == "link":
            # In front, since only so many are written.
            span.links = [remote, *span.links]
        else:
            span.remote = remote
    return span


def _spans_of(links: Iterable[Any]) -> list[TraceContext | Remote]:
    return [each for each in links if isinstance(each, TraceContext | Remote)]
