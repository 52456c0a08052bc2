"""Events compared and copied without asking a stranger's value anything."""

from __future__ import annotations

from typing import Any, Final

from structlog_enrich.processors.inflight import PRIVATE

__all__ = ["new_names", "plain", "same"]

_SCALARS: Final = frozenset({str, int, float, bool, type(None), bytes})
_DEEPEST: Final = 16


def plain(value: Any, depth: int = 0) -> Any:
    """Return *value* with its dicts and lists copied, down to 16 levels; all else is the very object.

    >>> event = {"event": "paid", "items": [1]}
    >>> copied = plain(event)
    >>> copied == event, copied["items"] is event["items"]
    (True, False)
    """
    if depth < _DEEPEST:
        if type(value) is dict:
            return {key: plain(each, depth + 1) for key, each in value.items()}
        if type(value) is list:
            return [plain(each, depth + 1) for each in value]
    return value


def same(one: Any, other: Any, depth: int = 0) -> bool:
    """Tell whether *one* and *other* are alike: texts and numbers by value, dicts and lists by what they hold.

    All else is alike only when it is the very object: its own comparison is a stranger's code.

    >>> same({"n": [1]}, {"n": [1]}), same(1, True)
    (True, False)
    """
    if one is other:
        return True
    if type(one) is not type(other) or depth >= _DEEPEST:
        return False
    if type(one) in _SCALARS:
        return bool(one == other)
    if type(one) is dict:
        return one.keys() == other.keys() and all(same(each, other[key], depth + 1) for key, each in one.items())
    if type(one) is list:
        return len(one) == len(other) and all(same(*pair, depth + 1) for pair in zip(one, other, strict=True))
    return False


def new_names(before: dict[Any, Any], after: dict[Any, Any]) -> tuple[str, ...]:
    """Return the names below which *after* holds a value that is nowhere in *before*, however it was moved or renamed.

    >>> new_names({"level": "info", "n": 1}, {"severity": "info", "m": {"n": 2}})
    ('m',)
    """
    known = _leaves(before)
    scalars = {(type(leaf), leaf) for leaf in known if type(leaf) in _SCALARS}
    objects = {id(leaf) for leaf in known}
    return tuple(
        str(name)
        for name, value in after.items()
        if name != PRIVATE
        and any(
            (type(leaf), leaf) not in scalars if type(leaf) in _SCALARS else id(leaf) not in objects
            for leaf in _leaves(value)
        )
    )


def _leaves(value: Any, depth: int = 0) -> list[Any]:
    if depth < _DEEPEST:
        if type(value) is dict:
            return [leaf for each in value.values() for leaf in _leaves(each, depth + 1)]
        if type(value) is list:
            return [leaf for each in value for leaf in _leaves(each, depth + 1)]
    return [value]
