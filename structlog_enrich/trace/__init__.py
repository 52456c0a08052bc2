"""Which request a line belongs to: trace contexts and the current one."""

from __future__ import annotations

from structlog_enrich.trace.context import TraceContext, current_trace

__all__ = ["TraceContext", "current_trace"]
