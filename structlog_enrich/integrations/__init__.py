"""One module for each framework and client, imported by name; each needs its framework and no other."""

from __future__ import annotations

__all__: list[str] = []
