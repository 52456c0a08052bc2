"""Where in a line a value stands, as text: spelled as the policy's own paths are."""

from __future__ import annotations

from structlog_enrich.redaction.paths import Path, path_text

__all__ = ["Path", "path_text"]
