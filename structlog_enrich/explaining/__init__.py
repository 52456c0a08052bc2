"""Say what a chain does, stage by stage, and what is wrong with it."""

from __future__ import annotations

from structlog_enrich.explaining.explaining import explain
from structlog_enrich.explaining.probing import PROBE
from structlog_enrich.explaining.report import Mistake, Report, Stage

__all__ = ["PROBE", "Mistake", "Report", "Stage", "explain"]
