"""Who is logging: the service, its version, its environment and where it runs."""

from __future__ import annotations

from structlog_enrich.resource.detection import detect
from structlog_enrich.resource.findings import Candidate, Detection, Finding, Labels, Refused
from structlog_enrich.resource.model import Resource, Scalar
from structlog_enrich.resource.program import Program

__all__ = ["Candidate", "Detection", "Finding", "Labels", "Program", "Refused", "Resource", "Scalar", "detect"]
