"""The trace a line belongs to, as one immutable object in one ContextVar."""

from __future__ import annotations

import re
from contextvars import ContextVar
from typing import Any, Final, NamedTuple, cast, final

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.trace.operation import Operation, cleaned

__all__ = ["CURRENT", "Remote", "TraceContext", "is_span_id", "note_end", "trusted"]

_RULES: Final = {
    "trace_id": (re.compile(r"(?!0{32})[0-9a-f]{32}"), "must be 32 lower-case hex digits, not all zero"),
    "span_id": (re.compile(r"(?!0{16})[0-9a-f]{16}"), "must be 16 lower-case hex digits, not all zero"),
    "parent_span_id": (re.compile(r"(?!0{16})[0-9a-f]{16}"), "must be 16 lower-case hex digits, not all zero"),
    "trace_flags": (re.compile(r"[0-9a-f]{2}"), "must be 2 lower-case hex digits"),
}


class Remote(NamedTuple):
    """Name a span of another process, as a carrier did.

    Attributes:
        trace_id: 32 lower hex, not all zero.
        span_id: 16 lower hex, not all zero.
        trace_flags: 2 lower hex.
        tracestate: The vendors' list to hand on, or None.
    """

    trace_id: str
    span_id: str
    trace_flags: str
    tracestate: str | None


class _Unguarded:
    """Be a `TraceContext` in the making, whose parts can still be set."""

    __slots__ = (
        "_headers",
        "_is_over",
        "_operation",
        "_source",
        "parent_span_id",
        "span_id",
        "trace_flags",
        "trace_id",
        "tracestate",
    )

    trace_id: str
    span_id: str
    parent_span_id: str | None
    trace_flags: str | None
    tracestate: str | None
    # What all spans of the entry share; the span of another library whose ids these are; whether the span has ended;
    # and, for whoever writes lines of this trace, what is the same on all of them: kept here, so it lives as long as
    # they do.
    _operation: Operation | None
    _source: Any
    _is_over: bool
    _headers: dict[object, dict[str, Any]]


@final
class TraceContext(_Unguarded):
    """Name one span of one trace; immutable, compared by its ids and its operation.

    Args:
        trace_id: 32 lower hex, not all zero.
        span_id: 16 lower hex, not all zero: the active span.
        parent_span_id: 16 lower hex of the caller's span, or None when there is none.
        trace_flags: 2 lower hex, the W3C flags; None outside a trace that came with flags.
        tracestate: The vendors' list that travels with the trace, as it goes out; None when there is none. It is never
            written on a line.
        operation: The name of this process's entry span, written on every line; None outside one. Printable;
            cut at 256 characters.

    Raises:
        ConfigurationError: An id that isn't well-formed, or text that can't be printed.

    Source: W3C Trace Context, sections 3.2.2 and 3.3.

    >>> TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7").span_id
    '00f067aa0ba902b7'
    """

    __slots__ = ()

    def __init__(
        self,
        trace_id: str,
        span_id: str,
        *,
        parent_span_id: str | None = None,
        trace_flags: str | None = None,
        tracestate: str | None = None,
        operation: str | None = None,
    ) -> None:
        for name, value in (
            ("trace_id", trace_id),
            ("span_id", span_id),
            ("parent_span_id", parent_span_id),
            ("trace_flags", trace_flags),
        ):
            if value is not None or name in {"trace_id", "span_id"}:
                pattern, rule = _RULES[name]
                if not isinstance(value, str) or not pattern.fullmatch(value):
                    raise ConfigurationError(name, rule, received=f"{value!r:.80}")
        for name, value in (("operation", operation), ("tracestate", tracestate)):
            if value is not None and not (isinstance(value, str) and value and value.isprintable()):
                raise ConfigurationError(name, "must be printable text", received=f"{value!r:.80}")
        shared = None if operation is None else Operation(cleaned(operation))
        made = trusted(trace_id, span_id, parent_span_id, trace_flags, tracestate, shared)
        for name in _Unguarded.__slots__:
            # Past the guard.
            object.__setattr__(self, name, getattr(made, name))

    @property
    def operation(self) -> str | None:
        """The name of this process's entry span, as far as it is known."""
        return None if self._operation is None else self._operation.name

    def __setattr__(self, name: str, value: object) -> None:
        msg = f"TraceContext is immutable; make a new one instead of setting {name}"
        raise AttributeError(msg)

    def __delattr__(self, name: str) -> None:
        msg = f"TraceContext is immutable; {name} can't be deleted"
        raise AttributeError(msg)

    def __repr__(self) -> str:
        return (
            f"TraceContext({self.trace_id!r}, {self.span_id!r}, parent_span_id={self.parent_span_id!r}, "
            f"trace_flags={self.trace_flags!r}, tracestate={self.tracestate!r}, operation={self.operation!r})"
        )

    def __eq__(self, other: object) -> bool:
        return self._facts() == other._facts() if isinstance(other, TraceContext) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.trace_id, self.span_id))

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, self._facts()

    def _facts(self) -> tuple[str, str, str | None, str | None, str | None, str | None]:
        return self.trace_id, self.span_id, self.parent_span_id, self.trace_flags, self.tracestate, self.operation


def trusted(
    trace_id: str,
    span_id: str,
    parent_span_id: str | None = None,
    trace_flags: str | None = None,
    tracestate: str | None = None,
    operation: Operation | None = None,
    source: Any = None,
) -> TraceContext:
    """Return a `TraceContext` of ids that were made or checked a moment ago, without checking them again.

    Args:
        trace_id: 32 lower hex.
        span_id: 16 lower hex.
        parent_span_id: 16 lower hex, or None.
        trace_flags: 2 lower hex, or None.
        tracestate: The vendors' list, as it goes out, or None.
        operation: What all spans of the entry share.
        source: The span of another library whose ids these are.
    """
    made = _Unguarded()
    made.trace_id = trace_id
    made.span_id = span_id
    made.parent_span_id = parent_span_id
    made.trace_flags = trace_flags
    made.tracestate = tracestate
    made._operation = operation  # noqa: SLF001 (this very module)
    made._source = source  # noqa: SLF001 (this very module)
    made._is_over = False  # noqa: SLF001 (this very module)
    made._headers = {}  # noqa: SLF001 (this very module)
    # Guarded from now on. To go past the guard for each part would take three times as long.
    made.__class__ = TraceContext
    return cast("TraceContext", made)


def note_end(trace: TraceContext) -> None:
    """Note that the span of *trace* has ended."""
    _set_is_over(trace, True)  # noqa: FBT003 (a descriptor's own method)


def is_span_id(value: object) -> bool:
    """Tell whether *value* is 16 lower-case hex digits, not all zero."""
    return isinstance(value, str) and _RULES["span_id"][0].fullmatch(value) is not None


def _rebuild(
    trace_id: str,
    span_id: str,
    parent_span_id: str | None,
    trace_flags: str | None,
    tracestate: str | None,
    operation: str | None,
) -> TraceContext:
    return TraceContext(
        trace_id,
        span_id,
        parent_span_id=parent_span_id,
        trace_flags=trace_flags,
        tracestate=tracestate,
        operation=operation,
    )


_set_is_over: Final = vars(_Unguarded)["_is_over"].__set__

CURRENT: Final[ContextVar[TraceContext | None]] = ContextVar("_structlog_enrich.trace", default=None)
"""The active trace of this thread or task; None outside any request, where lines carry the boot trace."""
