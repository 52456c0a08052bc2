"""Values whose key stands beside them rather than before: headers, name and value, options of a command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["name_beside", "named_items"]

_NAMES: Final = frozenset({"field", "header", "key", "label", "name", "param", "parameter", "property", "setting"})
_VALUES: Final = frozenset({"content", "data", "text", "val", "value"})
_LONGEST: Final = 128
_PAIR: Final = 2


def name_beside(mapping: Mapping[Any, Any], key: str) -> str | None:
    """Return under which name the value under *key* stands, where *mapping* names it by another key.

    >>> name_beside({"name": "DB_PASSWORD", "value": "hunter2"}, "value"), name_beside({"value": 1}, "value")
    ('DB_PASSWORD', None)
    """
    if key.lower() not in _VALUES:
        return None
    return next((name for each, given in mapping.items() if _in_names(each) and (name := _name(given))), None)


def named_items(items: Sequence[Any]) -> dict[int, str]:
    """Return under which names the elements of a list or tuple stand: of a pair the second, after `--option` the next.

    >>> named_items(("Authorization", "Bearer x")), named_items(["psql", "--password", "hunter2"])
    ({1: 'Authorization'}, {2: 'password'})
    """
    if len(items) == _PAIR and (name := _name(items[0])) is not None and not name.startswith("-"):
        return {1: name}
    return {
        at + 1: name.lstrip("-")
        for at, item in enumerate(items[:-1])
        if (name := _name(item)) is not None and name.startswith("-") and "=" not in name
    }


def _in_names(key: Any) -> bool:
    return type(key) is str and key.lower() in _NAMES


def _name(given: Any) -> str | None:
    if type(given) is bytes:
        given = given[:_LONGEST].decode("latin-1")
    return given if type(given) is str and 0 < len(given) <= _LONGEST else None
