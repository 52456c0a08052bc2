"""Say on standard error what can't be said in the stream."""

from __future__ import annotations

import os
from typing import Final

from structlog_enrich.delivery.system import poll_for_room

__all__ = ["notice"]

_STANDARD_ERROR: Final = 2
_LONGEST: Final = 500


def notice(text: str) -> None:
    """Write one line to standard error, unless that would wait or fail."""
    said = f"structlog-enrich: {text}"[:_LONGEST].encode("utf-8", "backslashreplace") + b"\n"
    try:
        if poll_for_room(_STANDARD_ERROR, 0):
            os.write(_STANDARD_ERROR, said)
    except OSError:
        return
