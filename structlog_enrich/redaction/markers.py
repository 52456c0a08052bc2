"""What stands in place of a secret."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["DROP", "MARKER", "is_marker", "marker"]

MARKER: Final = re.compile(rb"\[REDACTED:[^\[\]\s\x00-\x1f]{1,256}\]")
"""A marker in a text. A rule is named by a key or a path of a team's own, so nearly anything may stand in it."""


def marker(rule: str) -> str:
    """Return what stands in place of what *rule* found.

    >>> marker("github-token")
    '[REDACTED:github-token]'
    """
    return f"[REDACTED:{rule}]"


def is_marker(text: str) -> bool:
    """Tell whether a text is a marker and nothing else: what was masked before is not masked again.

    >>> is_marker("[REDACTED:jwt]"), is_marker("[REDACTED:jwt] and more")
    (True, False)
    """
    return text.startswith("[REDACTED:") and MARKER.fullmatch(text.encode("utf-8", "surrogatepass")) is not None


class _Dropped:
    """Say that nothing stands in place of a value; there is one of it, `DROP`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "DROP"

    def __reduce__(self) -> str:
        return "DROP"


DROP: Final = _Dropped()
"""What a strategy returns for a value that goes with its key. Inside a text and a list a marker stands instead."""
