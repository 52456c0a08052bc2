"""Who is logging: the service, its version, its environment and where it runs."""

from __future__ import annotations

from structlog_enrich.resource.model import Resource

__all__ = ["Resource"]
