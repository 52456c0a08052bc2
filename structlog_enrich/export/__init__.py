"""Artifacts generated from the schema and the redaction rules, so that none of them can drift from it.

`python -m structlog_enrich.export` writes them into a checkout; with `--check` it names those that are stale.
"""

from __future__ import annotations

__all__: list[str] = []
