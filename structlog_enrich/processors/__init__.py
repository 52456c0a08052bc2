"""The stages of the chain, one a file, each usable alone."""

from __future__ import annotations

from structlog_enrich.processors.console import ConsoleRenderer
from structlog_enrich.processors.context import MergeContext
from structlog_enrich.processors.envelope import HEADER, Envelope
from structlog_enrich.processors.errors import ErrorDetails
from structlog_enrich.processors.guard import Guarded
from structlog_enrich.processors.limits import DEFAULT_LIMITS, Limits
from structlog_enrich.processors.redact import Redact
from structlog_enrich.processors.rendering import JSONRenderer
from structlog_enrich.processors.version import SchemaVersion

__all__ = [
    "DEFAULT_LIMITS",
    "HEADER",
    "ConsoleRenderer",
    "Envelope",
    "ErrorDetails",
    "Guarded",
    "JSONRenderer",
    "Limits",
    "MergeContext",
    "Redact",
    "SchemaVersion",
]
