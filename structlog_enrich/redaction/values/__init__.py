"""What a secret looks like inside a text."""

from __future__ import annotations

from structlog_enrich.redaction.values.clouds import CLOUDS
from structlog_enrich.redaction.values.contexts import CONTEXTS
from structlog_enrich.redaction.values.forges import FORGES
from structlog_enrich.redaction.values.messaging import MESSAGING
from structlog_enrich.redaction.values.models import MODELS
from structlog_enrich.redaction.values.payments import PAYMENTS
from structlog_enrich.redaction.values.pii import PII_RULES
from structlog_enrich.redaction.values.rule import Rule
from structlog_enrich.redaction.values.scanner import Scanner
from structlog_enrich.redaction.values.services import SERVICES
from structlog_enrich.redaction.values.stores import STORES

__all__ = ["DEFAULT_RULES", "PII_RULES", "Rule", "Scanner"]

DEFAULT_RULES = FORGES + CLOUDS + STORES + MODELS + PAYMENTS + MESSAGING + SERVICES + CONTEXTS
"""What is found unless a service says otherwise."""
