"""Say on standard error what can't be said in the stream."""

from __future__ import annotations

import os
from functools import cache
from typing import Final

from structlog_enrich.delivery.system import poll_for_room, write

__all__ = ["notice", "standard_error"]

_STANDARD_ERROR: Final = 2
_LONGEST: Final = 500


@cache
def standard_error() -> os.stat_result | None:
    """Return what standard error led to at the first call, which is the first writer's; None where it was closed."""
    try:
        return os.fstat(_STANDARD_ERROR)
    except OSError:
        return None


def notice(text: str) -> None:
    """Write one line to standard error, unless that would wait or fail, or its number is another's by now."""
    said = f"structlog-enrich: {text}"[:_LONGEST].encode("utf-8", "backslashreplace") + b"\n"
    try:
        if _is_still_standard_error() and poll_for_room(_STANDARD_ERROR, 0):
            write(_STANDARD_ERROR, said)
    except OSError:
        return


def _is_still_standard_error() -> bool:
    """Tell whether standard error is what it was, or was led elsewhere.

    Who closes it leaves its number to the next file that is opened, which is nothing of ours. Children inherit what the
    program has led there by `dup2`, but not what it has merely opened.
    """
    first = standard_error()
    found = os.fstat(_STANDARD_ERROR)
    return (first is not None and os.path.samestat(first, found)) or os.get_inheritable(_STANDARD_ERROR)
