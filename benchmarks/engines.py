"""With google-re2 or without it: which of both scans the values, for the rest of a process."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal

from structlog_enrich import DEFAULT_POLICY

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["scan_with"]


def scan_with(engine: Literal["re", "re2"]) -> None:
    """Let the default policy scan with *engine*: `re` hides google-re2, as where it isn't installed.

    Raises:
        RuntimeError: It scans with the other one: google-re2 isn't installed, or the scanner was there before.
    """
    if engine == "re":
        # What is None here can't be imported.
        modules: dict[str, ModuleType | None] = sys.modules  # type: ignore[assignment]
        modules["re2"] = None
    found = DEFAULT_POLICY.compiled.scanner.engine
    if found != engine:
        msg = f"values are scanned with {found}, not with {engine}: is google-re2 of the group bench installed?"
        raise RuntimeError(msg)
