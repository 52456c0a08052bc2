"""A stretch of work: from its start to the one line that ends it."""

from __future__ import annotations

import time
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Final, Literal, Self, TypeVar, cast, get_args

from structlog import contextvars as theirs

from structlog_enrich.exceptions import ConfigurationError, SpanError
from structlog_enrich.said import Facts
from structlog_enrich.trace.binding import restore_bound
from structlog_enrich.trace.configured import ids_in_use
from structlog_enrich.trace.context import TraceContext, is_span_id
from structlog_enrich.trace.ids import IdSource, Start
from structlog_enrich.trace.lines import write_line
from structlog_enrich.trace.operation import Operation
from structlog_enrich.trace.wrapping import wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextvars import Context
    from types import TracebackType

__all__ = ["Kind", "Span"]

Kind = Literal["server", "client", "producer", "consumer", "internal"]
"""The part this process plays in a span, as OpenTelemetry's `SpanKind` names it."""

_Function = TypeVar("_Function", bound="Callable[..., Any]")

_KINDS: Final = get_args(Kind)
_MAX_NAME: Final = 256
_MAX_LINKS: Final = 128
_NANOSECONDS: Final = 1_000_000
_CANCELLED: Final = frozenset({"Cancelled", "CancelledError", "KeyboardInterrupt"})


class Span:
    """Be one span: a context manager, synchronous or not, a decorator, or started and ended by hand.

    `span()` and `entry()` make it. An adapter that can't hold a `with` block open calls `start`, `activate`,
    `deactivate` and `end` itself.

    Args:
        name: Its low-cardinality name, the message of its lines.
        kind: `server`, `client`, `producer`, `consumer` or `internal`.
        attributes: Facts under the names of OpenTelemetry's semantic conventions; a value that isn't a scalar is
            written as text.
        links: Spans of other traces it came from; the first 128 are written.
        attempt: Which try this is, from 1.
        previous_span_id: The span of the attempt before, or None.
        start_line: Write a line when it starts, too.
        logger: A structlog logger for its lines; default one of the configured chain.
        is_entry: Whether it enters this process, in a trace of its own or the caller's, rather than being a child of
            the current span.
        remote: The caller's span, for an entry that continues its trace; None where a trace begins.
        resolve: For an entry whose name is found only later: see `Operation`.

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

    __slots__ = (
        "_attributes",
        "_before",
        "_began",
        "_bound",
        "_ended",
        "_ids",
        "_is_entry",
        "_links",
        "_logger",
        "_remote",
        "_resolve",
        "_start_line",
        "_took",
        "attempt",
        "kind",
        "level",
        "name",
        "outcome",
        "peer",
        "previous_span_id",
        "queue_ms",
        "status",
        "trace",
    )

    trace: TraceContext
    _ids: IdSource
    _before: Any
    _bound: Context

    def __init__(
        self,
        name: str,
        *,
        kind: Kind = "internal",
        attributes: Mapping[str, Any] | None = None,
        links: Iterable[TraceContext] = (),
        attempt: int = 1,
        previous_span_id: str | None = None,
        start_line: bool = False,
        logger: Any = None,
        is_entry: bool = False,
        remote: TraceContext | None = None,
        resolve: Callable[[], str | None] | None = None,
    ) -> None:
        if not isinstance(name, str) or not name:
            raise ConfigurationError("name", "must be text", received=f"{name!r:.80}")
        if kind not in _KINDS:
            raise ConfigurationError("kind", f"must be one of {', '.join(_KINDS)}", received=f"{kind!r:.80}")
        if type(attempt) is not int or attempt < 1:
            raise ConfigurationError("attempt", "must be a whole number from 1", received=f"{attempt!r:.80}")
        if previous_span_id is not None and not is_span_id(previous_span_id):
            rule = "must be 16 lower-case hex digits, not all zero"
            raise ConfigurationError("previous_span_id", rule, received=f"{previous_span_id!r:.80}")
        self.name = _clean(name)
        self.kind: Kind = kind
        self.attempt = attempt
        self.previous_span_id = previous_span_id
        self.status: Literal["ok", "error"] | None = None
        self.level: Literal["info", "warning", "error"] | None = None
        self.outcome: str | None = None
        self.peer: str | None = None
        self.queue_ms: float | None = None
        self._attributes: dict[str, Any] = {} if attributes is None else dict(attributes)
        self._links = list(links)
        self._start_line = start_line
        self._logger = logger
        self._is_entry = is_entry
        self._remote = remote
        self._resolve = resolve
        self._began: int | None = None
        self._took: int | None = None
        self._ended = False

    def __repr__(self) -> str:
        return f"<Span({self.name!r}, kind={self.kind!r})>"

    def __call__(self, function: _Function) -> _Function:
        """Return *function* with a span of this kind around each call.

        For a generator, synchronous or not, the span lasts from its first item to its end, and is the active one only
        while the generator runs, never in the code that takes its items.
        """
        return cast("_Function", wrapped(function, self._again))

    def __enter__(self) -> Self:
        self.start()
        self.activate()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # The line first, while what the work bound is still bound.
        self.end(error)
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
        self._ids = ids_in_use()
        operation = Operation(self.name, self._resolve) if self._is_entry else None
        self.trace = self._ids.start(Start(self.name, self.kind, operation, self._remote, self._links))
        # Through the module, so that a frozen clock is followed.
        self._began = time.perf_counter_ns()
        if self._start_line:
            facts = {"phase": "start", "name": self.name, "kind": self.kind, "attempt": self.attempt}
            self._write("info", facts)

    def activate(self) -> None:
        """Make it the active span of this thread or task.

        An entry that is activated again binds again what was bound for it.
        """
        if self._is_entry:
            self._bound = copy_context()
            if noted := self.trace._operation.noted:  # type: ignore[union-attr]  # noqa: SLF001 (an entry has one)
                theirs.bind_contextvars(**noted)
        self._before = self._ids.activate(self.trace)

    def deactivate(self) -> None:
        """Make active again what was so before; not when something else has become active in between.

        An entry always puts back what was before, the bound context too: nothing of it may leak to the next one.
        """
        if self._is_entry:
            self._ids.restore(self._before)
            restore_bound(self._bound)
        elif self._ids.current() is self.trace:
            self._ids.restore(self._before)

    def stop_clock(self) -> None:
        """Take the time now, for a span whose line is written a little later."""
        if self._began is not None and self._took is None:
            self._took = time.perf_counter_ns() - self._began

    def end(self, error: BaseException | None = None, *, silently: bool = False) -> None:
        """Write the line that ends it; a second call does nothing.

        Args:
            error: What ended it, or None. A cancellation is no failure: the line says `outcome` `cancelled` and names
                no error, and neither is closing a generator nor exiting with code 0.
            silently: Write no line.
        """
        if self._ended or self._began is None:
            return
        self._ended = True
        self.stop_clock()
        if error is not None and not isinstance(error, Exception):
            error = self._unless_harmless(error)
        if isinstance(error, TimeoutError) and self.outcome is None:
            self.outcome = "timeout"
        status = self.status or ("ok" if error is None else "error")
        self._ids.end(self.trace, self._attributes, failed=status == "error", error=error)
        if silently:
            return
        facts: dict[str, Any] = {
            "phase": "end",
            "name": self.name,
            "kind": self.kind,
            "attempt": self.attempt,
            "duration_ms": round((self._took or 0) / _NANOSECONDS, 3),
            "status": status,
        }
        if self.outcome is not None:
            facts["outcome"] = _clean(self.outcome)
        if self.queue_ms is not None:
            facts["queue_ms"] = self.queue_ms
        if self.peer is not None:
            facts["peer"] = _clean(self.peer)
        if self.previous_span_id is not None:
            facts["previous_span_id"] = self.previous_span_id
        self._write(self.level or ("error" if status == "error" else "info"), facts, error)

    @property
    def ended(self) -> bool:
        """Whether the line that ends it was written."""
        return self._ended

    def update_name(self, name: str) -> None:
        """Give it a closer name, for what is known only after its start."""
        self.name = _clean(name)

    def set_attribute(self, name: str, value: Any) -> None:
        """Set one attribute, replacing what it was; after the end it has no effect."""
        self._attributes[name] = value

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        """Set several attributes."""
        self._attributes.update(attributes)

    def add_link(self, trace: TraceContext) -> None:
        """Note a span of another trace that this one came from; the first 128 are written."""
        self._links.append(trace)

    def _again(self) -> Span:
        return Span(
            self.name,
            kind=self.kind,
            attributes=self._attributes,
            links=self._links,
            attempt=self.attempt,
            previous_span_id=self.previous_span_id,
            start_line=self._start_line,
            logger=self._logger,
            is_entry=self._is_entry,
            remote=self._remote,
            resolve=self._resolve,
        )

    def _unless_harmless(self, error: BaseException) -> BaseException | None:
        # Told by name, since asyncio need not be loaded and other loops have their own.
        if type(error).__name__ in _CANCELLED:
            self.outcome = self.outcome or "cancelled"
            return None
        if isinstance(error, GeneratorExit) or (isinstance(error, SystemExit) and not error.code):
            return None
        return error

    def _write(self, level: str, facts: dict[str, Any], error: BaseException | None = None) -> None:
        attributes = {name: value for name, value in self._attributes.items() if value is not None}
        if attributes:
            facts["attributes"] = attributes
        links = [{"trace_id": each.trace_id, "span_id": each.span_id} for each in self._links[:_MAX_LINKS]]
        said = Facts(f"span.{facts['phase']}", facts, links)
        write_line(self._logger, level, self.name, said, self._ids, self.trace, error)


def _clean(text: str) -> str:
    """Return *text* as the header may hold it: printable, at most 256 characters.

    >>> _clean("charge\\ncard")
    'charge\ufffdcard'
    """
    if text.isprintable() and len(text) <= _MAX_NAME:
        return text
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text[:_MAX_NAME])
