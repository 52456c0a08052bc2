"""How much of one event is written."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

from structlog_enrich.exceptions import ConfigurationError

__all__ = ["DEFAULT_LIMITS", "MAX_NOTES", "SHORTEST", "Limits"]

MAX_NOTES: Final = 64
"""Entries of `redacted` and of `truncated`: a list of ten thousand passwords must not make a line of notes."""

SHORTEST: Final = 64
"""Characters that are left of every text, however long the line is."""

_RANGES: Final = {
    "max_string": (SHORTEST, 1 << 24),
    "max_items": (1, 1 << 20),
    "max_depth": (1, 64),
    "max_stack": (SHORTEST, 1 << 24),
    "max_line": (8_192, 1 << 28),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bound what one event may write; what is cut is named in the line's `truncated`.

    Args:
        max_string: Characters of one string, its mark `…[+N]` included.
        max_items: Items of one list or object.
        max_depth: How deep objects may stand in each other; deeper ones become `[DEPTH]`.
        max_stack: Characters of a rendered stack.
        max_line: Bytes of the whole line, its newline included. Collectors refuse lines above 256 KiB.

    Raises:
        ConfigurationError: A limit that isn't a whole number within its range.

    >>> Limits(max_string=1_000).max_string
    1000
    """

    max_string: int = 8_192
    max_items: int = 256
    max_depth: int = 16
    max_stack: int = 32_768
    max_line: int = 131_072

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            least, most = _RANGES[each.name]
            if type(value) is not int or not least <= value <= most:
                rule = f"must be a whole number from {least:,} to {most:,}"
                raise ConfigurationError(each.name, rule, received=f"{value!r:.80}")


DEFAULT_LIMITS: Final = Limits()
"""The limits unless a service says otherwise."""
