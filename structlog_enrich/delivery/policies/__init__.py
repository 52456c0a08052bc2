"""What becomes of a line for which there is no room."""

from __future__ import annotations

from structlog_enrich.delivery.policies.block import Block
from structlog_enrich.delivery.policies.drop import DropNewest, DropOldest
from structlog_enrich.delivery.policies.policy import Policy
from structlog_enrich.delivery.policies.reserve import Reserve
from structlog_enrich.delivery.policies.sample import Sample
from structlog_enrich.delivery.policies.spill import Spill

__all__ = ["Block", "DropNewest", "DropOldest", "Policy", "Reserve", "Sample", "Spill"]
