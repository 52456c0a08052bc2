"""A trace, a span and a named logger, and the line that a chain makes of an event."""

from __future__ import annotations

from typing import Any

import orjson

from structlog_enrich import TraceContext

TRACE = TraceContext(
    "4bf92f3577b34da6a3ce929d0e0e4736",
    "00f067aa0ba902b7",
    parent_span_id="53995c3f42cd8ad8",
    trace_flags="01",
    operation="POST /orders/{id}",
)
ALWAYS = {
    "schema_version",
    "timestamp",
    "level",
    "message",
    "service",
    "version",
    "environment",
    "trace_id",
    "span_id",
    "boot_id",
    "seq",
    "host",
    "process_id",
    "thread_id",
    "runtime",
    "enrichment",
}


def line_of(chain: list[Any], method: Any = "info", logger: Any = None, /, **keywords: Any) -> dict[str, Any]:
    """Return the line that *chain* makes of a flat event."""
    flat: Any = keywords
    for stage in chain:
        flat = stage(logger, method, flat)
    line: dict[str, Any] = orjson.loads(flat)
    return line


SPAN = {"phase": "start", "name": "x", "kind": "internal", "attempt": 1}


class Named:
    """A wrapped logger with a name, as the standard library's have."""

    def __init__(self, name: Any) -> None:
        self.name = name
