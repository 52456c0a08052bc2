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
# What a statement has where a driver puts a value, and of which type that is.
_TYPE: Final = rb"(?:::[A-Za-z][A-Za-z0-9_ ]{0,32})?(?=[\s,;)\]\"'\\]|\Z)"
_PARAMETER: Final = re.compile(
    rb"(?:%%s|\?|\$[0-9]{1,4}|%%\([A-Za-z_][A-Za-z0-9_]{0,63}\)s|[:@](?:p|param|arg|bind)?_?[0-9]{1,4})%b" % _TYPE
)
_NAMED: Final = re.compile(rb"[:@]([A-Za-z_]{1,64}(?:_[0-9]{1,3})?)%b" % _TYPE)
_SPEAKS: Final = re.compile(rb"(?i:pass|pwd|\bpw|token|secret|key|hash|value|param)")
_CLAUSE: Final = re.compile(rb"(?i:\b(?:set|where|and|or|on|having)\s{1,8}[\w.\"`\[\\]{0,128}\Z)")
# Of the object whose method it is.
_OWN: Final = re.compile(rb"(?:self|this|cls)\._{0,2}([A-Za-z][A-Za-z0-9_]*)")
_AFTER_OWN: Final = re.compile(rb"[ ]{0,4}(?:;|\\?[\r\n]|\\n|(?:or|if|and)\b|\Z)")
_AHEAD: Final = frozenset({b"", b"(", b",", b"{"})
_BEHIND: Final = frozenset({b")", b",", b"}"})


def is_expression(key: bytes, data: bytes, before: int, at: int) -> bool:
    """Tell whether what stands at *at*, unquoted, is code rather than a value; the key begins at *before*.

    >>> is_expression(b"token", b'token = os.environ["TOKEN"]', 0, 8)
    True
    >>> is_expression(b"token", b"call(token=token)", 5, 11), is_expression(b"token", b"token=hunter2", 0, 6)
    (True, False)
    """
    return (
        _EXPRESSION.match(data, at) is not None
        or _PARAMETER.match(data, at) is not None
        or _is_named(key, data, before, at)
        or _is_argument(key, data, before, at)
        or _is_taken(key, data, at)
    )


def _is_named(key: bytes, data: bytes, before: int, at: int) -> bool:
    # `:token` is named like its column, or stands in a statement; `:hunter` may be a secret.
    found = _NAMED.match(data, at)
    if found is None:
        return False
    word = key.rpartition(b"_")[2].rpartition(b".")[2].lower()
    if word in found[1].lower() or _SPEAKS.search(found[1]):
        return True
    return _CLAUSE.search(data, max(0, before - 140), before) is not None


def _is_argument(key: bytes, data: bytes, before: int, at: int) -> bool:
    # `login(password=password)`: a variable is often named like what it is given to.
    end = at + len(key)
    if not data.startswith(key, at) or data[end : end + 1] not in _BEHIND:
        return False
    return data[max(0, before - 64) : before].rstrip(b" \t\r\n\"'")[-1:] in _AHEAD


def _is_taken(key: bytes, data: bytes, at: int) -> bool:
    # `self.token = token`: an object takes a variable of the same name, on every other line of a stack.
    own = _OWN.fullmatch(key)
    return (
        own is not None
        and data[at - 2 : at] == b"= "
        and data.startswith(own[1], at)
        and _AFTER_OWN.match(data, at + len(own[1])) is not None
    )
