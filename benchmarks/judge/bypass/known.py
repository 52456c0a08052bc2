"""The cases that aren't as they should be, each with its reason. A test holds these lists to be exact.

What stands in `KNOWN_LEAKS` is what the documentation names as a limit; a case that is mended leaves the list.
"""

from __future__ import annotations

from typing import Final

__all__ = ["KNOWN_ALTERED", "KNOWN_FAULTS", "KNOWN_LEAKS"]

_AGAIN: Final = "behind a marker another look begins, and finds more of the same"

KNOWN_LEAKS: Final[dict[str, str]] = {
    "libraries: parsed URL": "user:password@host has neither scheme nor port, like an address behind a name",
    "texts: prose, a token": "neither a sign nor `is` stands between key and value",
    "texts: assignment across a line break": "a value ends with its line",
    "texts: token of a provider across a line break": "a value ends with its line",
    "texts: cut by others: token of a provider": "half a token has no token's form",
}
"""Where a secret comes out."""

KNOWN_FAULTS: Final[dict[str, str]] = {
    "robustness: 1 MB behind it: at signs": _AGAIN,
    "robustness: 1 MB before it: at signs": _AGAIN,
}
"""Where no secret comes out, and something else isn't right."""

KNOWN_ALTERED: Final[dict[str, str]] = {}
"""Harmless events that are altered."""
