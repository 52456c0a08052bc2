"""What a failure is called where it is counted."""

from __future__ import annotations

import errno
from typing import Final

__all__ = ["RECURSIVE", "reason_of"]

RECURSIVE: Final = "recursive"
"""Why a line is lost that a sink of someone's own logs as it writes."""


def reason_of(error: BaseException) -> str:
    """Return what a loss is called that *error* causes: the system's name for it in lower case, else its type's.

    >>> reason_of(OSError(errno.ENOSPC, "No space left on device"))
    'enospc'
    """
    number = error.errno if isinstance(error, OSError) else None
    return type(error).__name__ if number is None else errno.errorcode.get(number, str(number)).lower()
