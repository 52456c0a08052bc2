"""The models of the wire format, envelope 1.0.

```python
from structlog_enrich.schema.models import Line

for text in lines:
    line = Line.model_validate_json(text)
```
"""

from __future__ import annotations

from structlog_enrich.schema.classification import Classification
from structlog_enrich.schema.context import Context
from structlog_enrich.schema.error import Cause, Error, GroupMember
from structlog_enrich.schema.gap import Gap
from structlog_enrich.schema.line import Line
from structlog_enrich.schema.span import Link, Span

__all__ = [
    "Cause",
    "Classification",
    "Context",
    "Error",
    "Gap",
    "GroupMember",
    "Line",
    "Link",
    "Span",
]
