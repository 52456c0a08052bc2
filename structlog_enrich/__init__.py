"""One trustworthy envelope on every log line, for structlog.

```python
import structlog
from structlog_enrich import preset

structlog.configure(processors=preset(service="checkout"))
```
"""

from __future__ import annotations

from structlog.contextvars import (
    bind_contextvars,
    bound_contextvars,
    clear_contextvars,
    get_contextvars,
    reset_contextvars,
    unbind_contextvars,
)

from structlog_enrich._version import __version__
from structlog_enrich.exceptions import ConfigurationError, StructlogEnrichError
from structlog_enrich.logger import BoundLogger, bound_logger
from structlog_enrich.preset import preset
from structlog_enrich.processors.limits import Limits
from structlog_enrich.redaction import DEFAULT_POLICY, RedactionPolicy
from structlog_enrich.resource import Resource
from structlog_enrich.trace import TraceContext, current_trace

__all__ = [
    "DEFAULT_POLICY",
    "BoundLogger",
    "ConfigurationError",
    "Limits",
    "RedactionPolicy",
    "Resource",
    "StructlogEnrichError",
    "TraceContext",
    "__version__",
    "bind_contextvars",
    "bound_contextvars",
    "bound_logger",
    "clear_contextvars",
    "current_trace",
    "get_contextvars",
    "preset",
    "reset_contextvars",
    "unbind_contextvars",
]
