"""The names of the wire format, for those who must not pay for pydantic.

The models in `structlog_enrich.schema.models` say what each name means; a test holds both to the same list and order.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "CONTEXT_NAMES",
    "FIELDS",
    "LEVELS",
    "LIBRARY_PREFIXES",
    "SCHEMA_VERSION",
    "SCHEMA_VERSIONS",
]

SCHEMA_VERSION: Final = "1.0"
"""The version of the envelope this release writes."""

SCHEMA_VERSIONS: Final = (SCHEMA_VERSION,)
"""Every version a service may be pinned to, oldest first."""

FIELDS: Final = (
    "schema_version",
    "timestamp",
    "level",
    "message",
    "event_name",
    "service",
    "version",
    "environment",
    "operation",
    "trace_id",
    "span_id",
    "parent_span_id",
    "trace_flags",
    "links",
    "boot_id",
    "seq",
    "stream",
    "logger",
    "host",
    "process_id",
    "thread_id",
    "runtime",
    "instance_id",
    "host_id",
    "container_id",
    "service_namespace",
    "k8s_namespace",
    "k8s_pod",
    "region",
    "release_channel",
    "commit",
    "feature_flags",
    "tags",
    "enrichment",
    "extensions",
    "baggage",
    "context",
    "payload",
    "error",
    "span",
    "gap",
    "redacted",
    "truncated",
    "faults",
)
"""Every top-level name of a line, in the order it is written."""

CONTEXT_NAMES: Final = ("request_id", "user_id", "tenant_id", "session_id", "client_address", "user_agent")
"""The well-known names inside `context`: each a scalar or null on the line, whatever was bound."""

LEVELS: Final = ("debug", "info", "warning", "error", "critical")
"""The five values of `level`, mildest first."""

LIBRARY_PREFIXES: Final = ("log.", "span.", "enrichment.")
"""Prefixes of `event_name` that only the library itself may use."""
