"""Where the demo is read: how wide that is, which signs it knows, and whether anybody is left to read."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from typing import Final

__all__ = ["plain", "say", "width", "wrapped"]

_WIDEST: Final = 100
_NARROWEST: Final = 60
_PLAIN: Final = str.maketrans({"─": "-", "━": "=", "│": "|", "├": "|", "└": "`", "✓": "+", "✗": "x", "…": "~"})


def width() -> int:
    """Return how many columns there are to fill, from 60 to 100.

    `COLUMNS` wins over the terminal itself; where standard output is no terminal it is 100.
    """
    return max(_NARROWEST, min(shutil.get_terminal_size((_WIDEST, 0)).columns, _WIDEST))


def wrapped(text: str, columns: int, *, first: str = "", further: str = "") -> str:
    """Return *text*, one paragraph, in lines that fit.

    Args:
        text: What to wrap.
        columns: How wide a line may be.
        first: What stands before the first line.
        further: What stands before each further line.

    >>> print(wrapped("All of it is well.", 14, first="- ", further="  "))
    - All of it is
      well.
    """
    return textwrap.fill(text, columns, initial_indent=first, subsequent_indent=further, break_on_hyphens=False)


def plain(text: str) -> str:
    """Return *text* with its signs and lines in ASCII, for a terminal that knows no others.

    >>> plain("│  └─ ✓")
    '|  `- +'
    """
    return text.translate(_PLAIN)


def say(text: str) -> None:
    """Print *text*, in signs that standard output knows; once its reader has left, say nothing and go on."""
    if sys.stdout is None:
        return
    try:
        "─✓".encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = plain(text)
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # What is still in the buffer is written once more at the end, and must go somewhere.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
