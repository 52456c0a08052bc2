"""What stands in place of a secret."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["DROP", "DROPPED", "MARKER", "is_marker", "marker", "rules_in", "without_markers"]

MARKER: Final = re.compile(rb"\[REDACTED:[^\[\]\s\x00-\x1f]{1,256}\]")
"""A marker in a text. A rule is named by a key or a path of a team's own, so nearly anything may stand in it."""

_OPENING: Final = "[REDACTED:"


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
    return text.startswith(_OPENING) and MARKER.fullmatch(text.encode("utf-8", "surrogatepass")) is not None


def rules_in(text: str) -> tuple[str, ...]:
    """Return what the markers in a text name.

    >>> rules_in("from [REDACTED:email] to [REDACTED:phone]")
    ('email', 'phone')
    """
    if _OPENING not in text:
        return ()
    found = (each[0].decode("utf-8", "replace") for each in MARKER.finditer(text.encode("utf-8", "surrogatepass")))
    return tuple(each.removeprefix(_OPENING).removesuffix("]") for each in found)


def without_markers(text: str, between: str) -> str:
    """Return a text with *between* in place of each marker.

    >>> without_markers("token=[REDACTED:token] and more", "x")
    'token=x and more'
    """
    if _OPENING not in text:
        return text
    return MARKER.sub(between.encode(), text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


class _Dropped:
    """Say that nothing stands in place of a value; there is one of it, `DROP`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "DROP"

    def __reduce__(self) -> str:
        return "DROP"


DROP: Final = _Dropped()
"""What a strategy returns for a value that goes with its key. Inside a text and a list a marker stands instead."""

DROPPED: Final = marker("dropped")
"""What stands there: in a list a gap would give what follows another place."""
