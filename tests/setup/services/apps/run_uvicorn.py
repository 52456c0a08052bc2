"""Configure first, and start uvicorn after, which then configures `logging` for itself."""

from __future__ import annotations

import sys

import uvicorn
from witness import testify

from structlog_enrich import configure

testify()
configure(service="shop", renderer="json")
uvicorn.run("shop_asgi:app", host="127.0.0.1", port=int(sys.argv[1]))
