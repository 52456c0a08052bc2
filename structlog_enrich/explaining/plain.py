"""Events compared and copied without asking a stranger's value anything."""

from __future__ import annotations

from typing import Any, Final

from structlog_enrich.processors.inflight import PRIVATE

__all__ = ["lost_names", "new_names", "plain", "same"]

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
    """Return the names below which *after* has a value that it wasn't given by a move or a change of name.

    What was moved or renamed stands no longer where it stood: a value that is there twice was added, whatever it is.

    >>> new_names({"level": "info", "n": 1}, {"severity": "info", "m": {"n": 2}})
    ('m',)
    >>> new_names({"service": "shop"}, {"service": "shop", "app": "shop"})
    ('app',)
    """
    return _unmatched(after, before)


def lost_names(before: dict[Any, Any], after: dict[Any, Any]) -> tuple[str, ...]:
    """Return the names that are gone from *before* with a value that was neither moved nor renamed.

    >>> lost_names({"level": "info", "seq": 3}, {"severity": "info"})
    ('seq',)
    """
    return tuple(name for name in _unmatched(before, after) if name not in after)


def _unmatched(one: dict[Any, Any], other: dict[Any, Any]) -> tuple[str, ...]:
    """Return the names below which *one* differs from *other* by a value that *other* has at no place of its own."""
    mine, theirs = _leaves(dict(one)), _leaves(dict(other))
    elsewhere = {_key(leaf) for path, leaf in theirs.items() if path not in mine or _key(mine[path]) != _key(leaf)}
    found = {
        path[0]: None
        for path, leaf in mine.items()
        if (path not in theirs or _key(theirs[path]) != _key(leaf)) and _key(leaf) not in elsewhere
    }
    return tuple(str(name) for name in found if name != PRIVATE)


def _key(leaf: Any) -> tuple[Any, ...]:
    return (type(leaf), leaf) if type(leaf) in _SCALARS else (None, id(leaf))


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> dict[tuple[Any, ...], Any]:
    """Return what *value* holds that is no dict and no list, each by the names that lead there."""
    if len(path) < _DEEPEST and type(value) in {dict, list}:
        items = value.items() if type(value) is dict else enumerate(value)
        return {place: leaf for name, each in items for place, leaf in _leaves(each, (*path, name)).items()}
    return {path: value}
