"""In which trace: the ids of a line, the spans they belong to, and how they cross into another process."""

from __future__ import annotations

from structlog_enrich.trace.beginning import entry, span
from structlog_enrich.trace.binding import (
    bind_contextvars,
    bound_contextvars,
    clear_contextvars,
    reset_contextvars,
    unbind_contextvars,
)
from structlog_enrich.trace.carriers import extract, inject
from structlog_enrich.trace.configured import current_trace
from structlog_enrich.trace.context import Remote, TraceContext
from structlog_enrich.trace.spans import Kind, Span

__all__ = [
    "Kind",
    "Remote",
    "Span",
    "TraceContext",
    "bind_contextvars",
    "bound_contextvars",
    "clear_contextvars",
    "current_trace",
    "entry",
    "extract",
    "inject",
    "reset_contextvars",
    "span",
    "unbind_contextvars",
]
