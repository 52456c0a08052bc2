"""What must never leave the process, and what stands in its place."""

from __future__ import annotations

from structlog_enrich.redaction.policy import DEFAULT_POLICY, RedactionPolicy

__all__ = ["DEFAULT_POLICY", "RedactionPolicy"]
