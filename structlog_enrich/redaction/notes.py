"""What a line says of what was masked or cut, which looks like what it is about: `payload.password:password`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Container

__all__ = ["apart"]

_SEGMENT: Final = re.compile(r'\.?([A-Za-z0-9_-]+)|\["((?:[^"\\]|\\.)*)"\]|\[[0-9]+\]')
_CUT: Final = re.compile(r"max_[a-z]{1,24}")


def apart(given: Any, rules: Container[str], clean: Callable[[str], bool]) -> tuple[list[str], list[Any]]:
    """Return the notes among *given*, and what is none: a caller's own value under that name.

    Args:
        given: What stands under `redacted` or `truncated`.
        rules: The ids that a note may end with.
        clean: Tells whether a text holds no secret; no name in a note's path may be one.

    >>> apart(["payload.password:password", "password:hunter2"], {"password"}, lambda text: True)
    (['payload.password:password'], ['password:hunter2'])
    """
    if type(given) is not list:
        return [], [given]
    notes: list[str] = []
    others: list[Any] = []
    for each in given:
        (notes if type(each) is str and _is_note(each, rules, clean) else others).append(each)
    return notes, others


def _is_note(text: str, rules: Container[str], clean: Callable[[str], bool]) -> bool:
    path, colon, rule = text.rpartition(":")
    if not colon or (rule not in rules and not _CUT.fullmatch(rule)):
        return False
    # A path that was cut ends with an ellipsis.
    path, at = path.removesuffix("…"), 0
    while at < len(path):
        segment = _SEGMENT.match(path, at)
        if segment is None or not clean(segment[1] or segment[2] or ""):
            return False
        at = segment.end()
    return True
