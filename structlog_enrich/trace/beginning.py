"""The two ways to begin a span."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.trace.carriers import checked_trust, extract
from structlog_enrich.trace.spans import Span, as_entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from structlog_enrich.trace.context import Remote, TraceContext
    from structlog_enrich.trace.spans import Kind

__all__ = ["entry", "span"]


def span(
    name: str,
    *,
    kind: Kind = "internal",
    attributes: Mapping[str, Any] | None = None,
    links: Iterable[TraceContext | Remote | None] = (),
    attempt: int = 1,
    previous_span_id: str | None = None,
    start_line: bool = False,
    logger: Any = None,
) -> Span:
    """Return a child of the current span: a context manager, synchronous or not, and a decorator.

    While it is active, every line carries its ids. On exit it writes the one line that ends it, with how long it took:
    level `info`, or `error` when an exception ended it, which is described and goes on. A cancellation is no failure.
    As a decorator it begins a new span at each call; around a generator it lasts from the first item to the last.
    Whatever is called as a function may be decorated; classes and properties are refused with a `ConfigurationError`.
    Outside any span it is a child of the process's boot span.

    Args:
        name: Its low-cardinality name, the message of its lines.
        kind: `server`, `client`, `producer`, `consumer` or `internal`.
        attributes: Facts under the names of OpenTelemetry's semantic conventions; `set_attribute` adds more.
        links: Spans of other traces it came from; the first 128 are written. None, which `extract` may return, isn't.
        attempt: Which try this is, from 1.
        previous_span_id: The span of the attempt before.
        start_line: Write a line when it starts, too.
        logger: A structlog logger for its lines, whose chain also says where its ids come from; default one of the
            chain that `structlog.configure()` was given.

    Raises:
        ConfigurationError: A name that is no text, an unknown kind, an attempt below 1.
        SpanError: The span that is returned was entered a second time.

    >>> with span("charge card", kind="client") as charge:
    ...     charge.set_attribute("peer.service", "bank")
    20... [info     ] charge card
    >>> @span("reserve stock")
    ... def reserve(): ...
    """
    return Span(
        name,
        kind=kind,
        attributes=attributes,
        links=links,
        attempt=attempt,
        previous_span_id=previous_span_id,
        start_line=start_line,
        logger=logger,
    )


def entry(
    name: str,
    *,
    kind: Kind = "internal",
    carrier: Mapping[Any, Any] | Iterable[tuple[Any, Any]] | None = None,
    trust: Literal["accept", "link"] = "accept",
    attributes: Mapping[str, Any] | None = None,
    links: Iterable[TraceContext | Remote | None] = (),
    attempt: int = 1,
    previous_span_id: str | None = None,
    start_line: bool = False,
    logger: Any = None,
) -> Span:
    """Return a span that enters this process: a command, a cron job, a message that is consumed.

    It begins a trace of its own, or goes on with the one that *carrier* names. Every line within carries its name as
    `operation`. It is used as `span()` is; what was bound inside is bound on the line that ends it.

    Args:
        name: Low-cardinality: the command, the job, the task.
        kind: `server`, `consumer` or `internal`; see `span`.
        carrier: Headers of a message, or an environment, with `traceparent` and `tracestate`; names in any case. What
            isn't well-formed is as if it weren't there. It is read now: a decorated function enters from the same one
            at each call.
        trust: `accept` goes on with the caller's trace. `link` begins a new one and names the caller's in `links`: for
            callers you don't trust to choose ids for your lines. The sampled flag is handed on and never acted on.
        attributes: As in `span`.
        links: As in `span`; with `trust="link"` the caller's comes first.
        attempt: As in `span`, from 1.
        previous_span_id: As in `span`.
        start_line: As in `span`.
        logger: As in `span`.

    Raises:
        ConfigurationError: As `span`, and for an unknown *trust* or a carrier that is neither a mapping nor pairs.

    >>> import os
    >>> with entry("nightly report", carrier=os.environ) as job:
    ...     len(job.trace.trace_id)
    32
    20... [info     ] nightly report
    """
    checked_trust(trust)
    if carrier is not None and (isinstance(carrier, str | bytes) or not isinstance(carrier, Iterable)):
        rule = "must be a mapping, or pairs, such as the headers of a message"
        raise ConfigurationError("carrier", rule, received=type(carrier).__name__)
    made = Span(
        name,
        kind=kind,
        attributes=attributes,
        links=links,
        attempt=attempt,
        previous_span_id=previous_span_id,
        start_line=start_line,
        logger=logger,
    )
    return as_entry(made, None if carrier is None else extract(carrier), trust)
