"""Where a line's ids come from, and how a span gets them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable

from structlog_enrich import process
from structlog_enrich.process import random_id
from structlog_enrich.trace.context import CURRENT, Remote, TraceContext, trusted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from structlog_enrich.trace.operation import Operation

__all__ = ["NEW_FLAGS", "OWN", "IdSource", "OwnIds", "Start"]

NEW_FLAGS: Final = "03"
"""Flags of a trace that begins here: its id is random, and it is recorded, in lines.

Source: W3C Trace Context Level 2, section 3.2.2.5.
"""


class Start(Protocol):
    """Say how a span begins; a `Span` is one.

    Attributes:
        name: The span's name.
        kind: `server`, `client`, `producer`, `consumer` or `internal`.
        operation: What the spans of an entry share; None for a span that is a child of the current one.
        remote: The caller's span, for an entry that continues its trace; None where a trace begins.
        links: Spans of other traces it came from.
        attributes: What is known of it so far.
    """

    name: str
    kind: Any
    operation: Operation | None
    remote: Remote | None
    links: Sequence[TraceContext | Remote]

    @property
    def attributes(self) -> Mapping[str, Any]: ...


@runtime_checkable
class IdSource(Protocol):
    """Give spans their ids, and lines the ids of the active span."""

    def current(self) -> TraceContext | None:
        """Return the active trace of this thread or task; None outside any."""

    def start(self, start: Start) -> TraceContext:
        """Begin a span, without making it the active one."""

    def activate(self, trace: TraceContext) -> Any:
        """Make *trace* the active one here, and return what `restore` needs."""

    def restore(self, before: Any) -> None:
        """Make active again what was so before `activate`."""

    def leave(self, before: Any) -> None:
        """Make active again what was so before a span that has ended, unless someone else's has taken its place."""

    def end(
        self, trace: TraceContext, attributes: dict[str, Any], *, failed: bool, error: BaseException | None
    ) -> None:
        """End the span of *trace*."""


class OwnIds:
    """Make the ids here: random, as W3C Trace Context asks.

    >>> OwnIds().current() is None
    True
    """

    __slots__ = ()

    current = staticmethod(CURRENT.get)

    def __repr__(self) -> str:
        return "OwnIds()"

    def __reduce__(self) -> str | tuple[object, ...]:
        """Pickle the one instance by its name, so that it stays the one."""
        return "OWN" if self is OWN else (type(self), ())

    def start(self, start: Start) -> TraceContext:
        remote = start.remote
        if remote is not None:
            return trusted(
                remote.trace_id, random_id(8), remote.span_id, remote.trace_flags, remote.tracestate, start.operation
            )
        if start.operation is not None:
            return trusted(random_id(16), random_id(8), None, NEW_FLAGS, None, start.operation)
        parent = CURRENT.get()
        if parent is None:
            # Outside any request a line belongs to the boot trace, and so does a span.
            state = process.current()
            return trusted(state.boot_trace_id, random_id(8), state.boot_id, NEW_FLAGS)
        return trusted(
            parent.trace_id,
            random_id(8),
            parent.span_id,
            parent.trace_flags or NEW_FLAGS,
            parent.tracestate,
            parent._operation,  # noqa: SLF001 (kept there for the whole room)
        )

    def activate(self, trace: TraceContext) -> TraceContext | None:
        before = CURRENT.get()
        CURRENT.set(trace)
        return before

    def restore(self, before: TraceContext | None) -> None:
        CURRENT.set(before)

    leave = restore

    def end(
        self, trace: TraceContext, attributes: dict[str, Any], *, failed: bool, error: BaseException | None
    ) -> None:
        """Do nothing: the line that ends the span is all there is to it."""


OWN: Final = OwnIds()
"""The one instance; it holds nothing."""
