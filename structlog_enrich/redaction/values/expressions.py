"""Source code, as stacks and messages about code quote it: there a value is an expression and no secret."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["is_expression"]

_EXPRESSION: Final = re.compile(
    # A field of an f-string or of a template, `{password!r:>10}`.
    rb"\{[A-Za-z_][A-Za-z0-9_.]*(?:![rsa])?(?::[^{}\"'\s]{0,32})?\}(?![A-Za-z0-9])"
    # A call that a word of the language introduces, `new Auth()`.
    rb"|(?:new|await|yield)[ ]{1,4}[A-Za-z_][A-Za-z0-9_.]*\("
    # What a mapping holds under a name, `os.environ["TOKEN"]`.
    rb"|[a-z_][A-Za-z0-9_.]*\[(?:\"[A-Za-z_-]+\"|'[A-Za-z_-]+')\]"
    # A constant of a module, `settings.SECRET_KEY`.
    rb"|(?:[a-z_]+\.)+[A-Z][A-Z_]+(?![A-Za-z0-9])"
)
_AHEAD: Final = frozenset({b"", b"(", b",", b"{"})
_BEHIND: Final = frozenset({b")", b",", b"}"})


def is_expression(key: bytes, data: bytes, before: int, at: int) -> bool:
    """Tell whether what stands at *at*, unquoted, is code rather than a value; the key begins at *before*.

    >>> is_expression(b"token", b'token = os.environ["TOKEN"]', 0, 8)
    True
    >>> is_expression(b"token", b"call(token=token)", 5, 11), is_expression(b"token", b"token=hunter2", 0, 6)
    (True, False)
    """
    return _EXPRESSION.match(data, at) is not None or _is_argument(key, data, before, at)


def _is_argument(key: bytes, data: bytes, before: int, at: int) -> bool:
    # `login(password=password)`: a variable is often named like what it is given to.
    end = at + len(key)
    if not data.startswith(key, at) or data[end : end + 1] not in _BEHIND:
        return False
    return data[max(0, before - 64) : before].rstrip(b" \t\r\n\"'")[-1:] in _AHEAD
