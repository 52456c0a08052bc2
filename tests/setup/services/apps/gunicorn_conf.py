"""What gunicorn reads before it configures `logging` for itself."""

from __future__ import annotations

from witness import is_ours, testify

from structlog_enrich import configure

if is_ours("before"):
    testify()
    configure(service="shop", renderer="json")

accesslog = "-"
workers = 2
