"""The one call: structlog, the standard library's `logging`, and what nobody caught."""

from __future__ import annotations

from structlog_enrich.setup.configuring import Configured, configure

__all__ = ["Configured", "configure"]
