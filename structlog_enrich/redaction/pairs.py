"""Values whose key stands beside them rather than before: headers, name and value, options of a command."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.redaction.commands import named_arguments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

__all__ = ["NAMES", "VALUES", "name_beside", "named_items"]

# Of several the first says most: `{"key": "api_key", "name": "the shop's", "value": …}`.
_NAMING: Final = ("key", "header", "property", "field", "param", "parameter", "setting", "loc", "name", "label")
_NAMED: Final = ("content", "data", "input", "text", "val", "value")
_LONGEST: Final = 128
_PAIR: Final = 2
_TEXTS: Final = frozenset({str, bytes})
_NAME: Final = re.compile(r"[a-z]+(?:[_-][a-z]+)*")
_DASHES: Final = frozenset({"-", b"-"})
_RULES: Final = frozenset({"---", b"---"})


def _spelled(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(each for name in names for each in (name, name.title(), name.upper()))


_NAMES_IN_ORDER: Final = _spelled(_NAMING)
NAMES: Final = frozenset(_NAMES_IN_ORDER)
"""Under what an entry may say what another entry of the same dict is."""
VALUES: Final = frozenset(_spelled(_NAMED))
"""Under what that other entry stands."""


def name_beside(mapping: Mapping[Any, Any], key: str) -> str | None:
    """Return under which name the value under *key* stands, where *mapping* names it by another key.

    >>> name_beside({"name": "DB_PASSWORD", "value": "hunter2"}, "value"), name_beside({"value": 1}, "value")
    ('DB_PASSWORD', None)
    >>> name_beside({"loc": ["body", "password"], "input": "hunter2"}, "input")
    'body.password'
    """
    if key not in VALUES:
        return None
    return next((name for each in _NAMES_IN_ORDER if each in mapping and (name := _named_by(mapping, each))), None)


def named_items(items: Sequence[Any], rule_for: Callable[[str], str | None] | None = None) -> dict[int, str]:
    """Return under which names the elements of a list or tuple stand: of a pair the second, after `--option` the next.

    Args:
        items: The elements.
        rule_for: Returns the rule of a name. With it two names of secrets are a list of names and no pair.

    >>> named_items(("Authorization", "Bearer x")), named_items(["psql", "--password", "hunter2"])
    ({1: 'Authorization'}, {2: 'password'})
    >>> named_items(["sshpass", "-p", "hunter2"]), named_items(["mysql", "-phunter2"])
    ({2: 'password'}, {1: 'password'})
    """
    # No option begins with three dashes; the first line of a key does.
    dashed = [
        at for at, item in enumerate(items) if type(item) in _TEXTS and item[:1] in _DASHES and item[:3] not in _RULES
    ]
    named = named_arguments([_text(item) for item in items], dashed) if dashed else {}
    if len(items) != _PAIR or dashed[:1] == [0] or named or (name := _text(items[0])) is None:
        return named
    if "=" in name or ": " in name:
        # What is assigned in it already is no name.
        return {}
    return {} if rule_for is not None and _is_name(_text(items[1]), rule_for) else {1: name}


def _named_by(mapping: Mapping[Any, Any], key: str) -> str | None:
    given = mapping[key]
    if type(given) is not list and type(given) is not tuple:
        return _text(given)
    if mapping.get("type") == "missing":
        # What pydantic says of a field that isn't there: then the input is what it should be in.
        return None
    return ".".join(each for each in given[:_LONGEST] if type(each) is str)[-_LONGEST:] or None


def _is_name(text: str | None, rule_for: Callable[[str], str | None]) -> bool:
    # With a capital or a digit, `Secret1`, it may be the password itself.
    return text is not None and _NAME.fullmatch(text) is not None and rule_for(text) is not None


def _text(given: Any) -> str | None:
    if type(given) is bytes:
        given = given[:_LONGEST].decode("latin-1")
    return given if type(given) is str and 0 < len(given) <= _LONGEST else None
