"""What the master of a server and its workers import alike: one writer for all of them."""

from __future__ import annotations

from structlog_enrich import configure
from structlog_enrich.delivery import Writer

configure(service="shop", writer=Writer("stdout"))
