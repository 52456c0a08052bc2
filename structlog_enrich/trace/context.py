"""The trace a line belongs to, as one immutable object in one ContextVar."""

from __future__ import annotations

import re
from contextvars import ContextVar
from typing import Any, Final

from structlog_enrich.exceptions import ConfigurationError

__all__ = ["CURRENT", "TraceContext", "current_trace"]

_RULES: Final = {
    "trace_id": (re.compile(r"(?!0{32})[0-9a-f]{32}"), "must be 32 lower-case hex digits, not all zero"),
    "span_id": (re.compile(r"(?!0{16})[0-9a-f]{16}"), "must be 16 lower-case hex digits, not all zero"),
    "parent_span_id": (re.compile(r"(?!0{16})[0-9a-f]{16}"), "must be 16 lower-case hex digits, not all zero"),
    "trace_flags": (re.compile(r"[0-9a-f]{2}"), "must be 2 lower-case hex digits"),
}

_MAX_OPERATION: Final = 256


class TraceContext:
    """Name one span of one trace; immutable, compared by its ids.

    Args:
        trace_id: 32 lower hex, not all zero.
        span_id: 16 lower hex, not all zero: the active span.
        parent_span_id: 16 lower hex of the caller's span, or None when there is none.
        trace_flags: 2 lower hex, the W3C flags; None outside a trace that came with flags.
        operation: The name of this process's entry span, written on every line; None outside one. Printable;
            cut at 256 characters.

    Raises:
        ConfigurationError: An id that isn't well-formed, or an operation that can't be printed.

    Source: W3C Trace Context, section 3.2.2.

    >>> TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7").span_id
    '00f067aa0ba902b7'
    """

    __slots__ = ("_headers", "operation", "parent_span_id", "span_id", "trace_flags", "trace_id")

    trace_id: str
    span_id: str
    parent_span_id: str | None
    trace_flags: str | None
    operation: str | None
    _headers: dict[object, dict[str, Any]]

    def __init__(
        self,
        trace_id: str,
        span_id: str,
        *,
        parent_span_id: str | None = None,
        trace_flags: str | None = None,
        operation: str | None = None,
    ) -> None:
        fill = object.__setattr__
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
            fill(self, name, value)
        if operation is not None and not (isinstance(operation, str) and operation and operation.isprintable()):
            raise ConfigurationError("operation", "must be printable text", received=f"{operation!r:.80}")
        fill(self, "operation", operation if operation is None else operation[:_MAX_OPERATION])
        # Whoever writes lines of this trace keeps what is the same on all of them here, so it lives as long as they do.
        fill(self, "_headers", {})

    def __setattr__(self, name: str, value: object) -> None:
        msg = f"TraceContext is immutable; make a new one instead of setting {name}"
        raise AttributeError(msg)

    def __delattr__(self, name: str) -> None:
        msg = f"TraceContext is immutable; {name} can't be deleted"
        raise AttributeError(msg)

    def __repr__(self) -> str:
        return (
            f"TraceContext({self.trace_id!r}, {self.span_id!r}, parent_span_id={self.parent_span_id!r}, "
            f"trace_flags={self.trace_flags!r}, operation={self.operation!r})"
        )

    def __eq__(self, other: object) -> bool:
        return self._ids() == other._ids() if isinstance(other, TraceContext) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._ids())

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, self._ids()

    def _ids(self) -> tuple[str, str, str | None, str | None, str | None]:
        return self.trace_id, self.span_id, self.parent_span_id, self.trace_flags, self.operation


def _rebuild(
    trace_id: str, span_id: str, parent_span_id: str | None, trace_flags: str | None, operation: str | None
) -> TraceContext:
    return TraceContext(trace_id, span_id, parent_span_id=parent_span_id, trace_flags=trace_flags, operation=operation)


CURRENT: Final[ContextVar[TraceContext | None]] = ContextVar("_structlog_enrich.trace", default=None)
"""The active trace of this thread or task; None outside any request, where lines carry the boot trace."""


def current_trace() -> TraceContext | None:
    """Return the active trace of this thread or task, or None outside any request."""
    return CURRENT.get()
