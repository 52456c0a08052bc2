"""Who is logging: the service, its version, its environment and where it runs."""

from __future__ import annotations

from structlog_enrich.resource.model import Resource, Scalar

__all__ = ["Resource", "Scalar"]
