"""One trustworthy envelope on every log line, for structlog.

```python
import structlog
from structlog_enrich import preset

structlog.configure(processors=preset(service="checkout"))
```
"""

from __future__ import annotations

from structlog.contextvars import get_contextvars

from structlog_enrich._version import __version__
from structlog_enrich.exceptions import ConfigurationError, MissingExtraError, SpanError, StructlogEnrichError
from structlog_enrich.logger import BoundLogger, bound_logger
from structlog_enrich.preset import preset
from structlog_enrich.processors.limits import Limits
from structlog_enrich.redaction import DEFAULT_POLICY, RedactionPolicy
from structlog_enrich.resource import Resource
from structlog_enrich.setup import Configured, configure
from structlog_enrich.trace import (
    Span,
    TraceContext,
    bind_contextvars,
    bound_contextvars,
    clear_contextvars,
    current_trace,
    entry,
    extract,
    inject,
    reset_contextvars,
    span,
    unbind_contextvars,
)

__all__ = [
    "DEFAULT_POLICY",
    "BoundLogger",
    "ConfigurationError",
    "Configured",
    "Limits",
    "MissingExtraError",
    "RedactionPolicy",
    "Resource",
    "Span",
    "SpanError",
    "StructlogEnrichError",
    "TraceContext",
    "__version__",
    "bind_contextvars",
    "bound_contextvars",
    "bound_logger",
    "clear_contextvars",
    "configure",
    "current_trace",
    "entry",
    "extract",
    "get_contextvars",
    "inject",
    "preset",
    "reset_contextvars",
    "span",
    "unbind_contextvars",
]
