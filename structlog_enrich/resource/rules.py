"""What a value and a label may be: the rules that the environment and a team's own code share."""

from __future__ import annotations

from typing import Final

__all__ = ["HEX", "LABEL_NAME", "MAX_LABELS", "MAX_LENGTH", "is_hex", "is_label_name"]

MAX_LENGTH: Final = 256
"""As many characters as a value has."""

MAX_LABELS: Final = 32
"""As many labels as a line carries of one kind."""

HEX: Final = "0123456789abcdef"

_MAX_NAME: Final = 64
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"

LABEL_NAME: Final = f"1 to {_MAX_NAME} letters, digits, `_`, `.` and `-`"
"""How a message says what the name of a label is made of."""


def is_label_name(name: str) -> bool:
    """Return whether a label may have this *name*.

    >>> is_label_name("fast-cart"), is_label_name("fast cart")
    (True, False)
    """
    return 0 < len(name) <= _MAX_NAME and not name.strip(_LETTERS)


def is_hex(text: str, length: int) -> bool:
    """Return whether *text* is *length* hexadecimal digits in lower case, as ids are written."""
    return len(text) == length and not text.strip(HEX)
