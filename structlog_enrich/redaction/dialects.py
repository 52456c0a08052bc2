"""Where RE2 reads a pattern otherwise than `re`: what has no counterpart is refused, the rest is written for RE2."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["difference", "for_re2"]

_TOKEN: Final = re.compile(
    r"(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<escape>\\.)|(?P<group>\(\?[^:)<]*[:)<]?)|(?P<count>\{[0-9,]*\})"
    r"|(?P<end>\$)|.",
    re.DOTALL,
)
# Groups of both, and those that are refused by their own names.
_GROUP: Final = re.compile(r"\(\?(?:P[<=]|[=!>(]|<[=!]?|[ims]*(?:-[ims]+)?[:)])")
_COUNT: Final = re.compile(r"\{(?:0|[1-9][0-9]*)(?:,(?:[1-9][0-9]*|0)?)?\}")
# In a set these mean, or will mean, more than their characters.
_IN_SET: Final = re.compile(r"\A\[|\[:|&&|\|\||~~|--")
_ESCAPE_IN_SET: Final = re.compile(r"\\.", re.DOTALL)
# Of bytes, and with the vertical tab, which RE2 leaves out.
_BLANKS: Final = {r"\s": r"\t-\r\x20", r"\S": r"\x00-\x08\x0e-\x1f\x21-\xff"}


def difference(pattern: str) -> str | None:
    r"""Return the part of *pattern* that RE2 refuses or reads otherwise, None when there is none.

    >>> difference(r"(?i)a{2,3}\s$"), difference("(?x)a b"), difference("a{,3}b"), difference(r"a\Z")
    (None, '(?x)', '{,3}', '\\Z')
    """
    for kind, part in _parts(pattern):
        if (
            (kind == "escape" and part == r"\Z")
            or (kind == "group" and not _GROUP.match(part))
            or (kind == "count" and part != "{}" and not _COUNT.fullmatch(part))
            or (kind == "set" and _differs_in_set(part))
        ):
            return part
    return None


def for_re2(pattern: str) -> str:
    r"""Return *pattern* as RE2 must be told it to find what `re` finds, where `difference` found nothing.

    >>> print(for_re2(r"\sab[^\s]$"))
    [\t-\r\x20]ab[^\t-\r\x20](?m:$)
    """
    return "".join(_written(kind, part) for kind, part in _parts(pattern))


def _differs_in_set(part: str) -> bool:
    return (
        r"\b" in _ESCAPE_IN_SET.findall(part)
        or _IN_SET.search(_ESCAPE_IN_SET.sub("x", part[2 if part[1] == "^" else 1 :])) is not None
    )


def _written(kind: str | None, part: str) -> str:
    if kind == "set":
        return _ESCAPE_IN_SET.sub(lambda found: _BLANKS.get(found[0], found[0]), part)
    if kind == "escape":
        return f"[{_BLANKS[part]}]" if part in _BLANKS else part
    return "(?m:$)" if kind == "end" else part


def _parts(pattern: str) -> Iterator[tuple[str | None, str]]:
    return ((found.lastgroup, found[0]) for found in _TOKEN.finditer(pattern))
