"""Make one value simpler by one step, until JSON can take it.

Types are judged by `type(value)` and never by `isinstance`, which believes a `__class__` that lies and wakes lazy
proxies. Nothing is consumed: an iterator is written by its `repr`.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime
import enum
import numbers
from collections import UserString, deque
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from structlog.exceptions import DropEvent

from structlog_enrich.processors.description import type_name
from structlog_enrich.redaction.kinds import is_lazy, is_secret_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["BASE64", "SECRET", "Unordered", "bytes_text", "safe_repr", "simpler", "unreadable"]

BASE64: Final = "base64:"
"""What stands before bytes that are no text."""
SECRET: Final = object()
"""What `simpler` returns for a value whose type says that it is a secret."""

_CACHE_SIZE: Final = 1_024


class Unordered(list[Any]):
    """Hold the elements of a set, to be sorted once each is rendered."""


def simpler(value: Any, most: int) -> Any:
    """Return *value* one step closer to JSON: a scalar, a fresh `dict`, a fresh `list` or an `Unordered`.

    Args:
        value: Anything that isn't already a plain scalar, dict, list or tuple.
        most: How many items of a container are looked at; one more is taken, so that the caller sees there are more.

    Returns:
        What the wire format says about the type, else its `repr`; `SECRET` for types such as pydantic's `SecretStr`.
        The parts of a container are not rendered yet.

    Raises:
        Exception: Whatever the value's own methods raise.

    Source: `docs/wire-format.md`, "How values are rendered".

    >>> from decimal import Decimal
    >>> simpler(Decimal("9.90"), 10), simpler({3}, 10), simpler(datetime.timedelta(minutes=1), 10)
    ('9.90', [3], 60.0)
    """
    kind = type(value)
    rule = _RULES.get(kind)
    if rule is None:
        rule = _rule_of(kind)
        if len(_RULES) >= _CACHE_SIZE:
            _RULES.clear()
        _RULES[kind] = rule
    return rule(value, most)


def safe_repr(value: Any) -> str:
    """Return `repr(value)`, or `<module.Class>` when that fails.

    >>> class Broken:
    ...     def __repr__(self):
    ...         raise ValueError
    >>> safe_repr(Broken()).endswith("Broken>")
    True
    """
    try:
        return str.__str__(repr(value))
    except (Exception, DropEvent):  # noqa: BLE001 (a stranger's __repr__)
        return unreadable(value)


def unreadable(value: Any) -> str:
    """Return what stands for a value whose own code failed: the name of its type, and nothing it holds.

    >>> unreadable(1.5)
    '<float>'
    """
    return f"<{type_name(type(value))}>"


def bytes_text(value: bytes) -> str:
    """Return bytes as UTF-8 text, else as `base64:…`.

    >>> bytes_text(b"ok"), bytes_text(bytes([255]))
    ('ok', 'base64:/w==')
    """
    try:
        return bytes.decode(value)
    except UnicodeDecodeError:
        return BASE64 + base64.b64encode(value).decode()


# One function for each way to be simpler. Base-class methods are called on the base class, past any override.


def _repr(value: Any, _most: int) -> str:
    return safe_repr(value)


def _unread(value: Any, _most: int) -> str:
    return unreadable(value)


def _text(value: Any, _most: int) -> str:
    return str.__str__(str(value))


def _plain_text(value: str, _most: int) -> str:
    return str.__str__(value)


def _integer(value: Any, _most: int) -> int:
    return int(value)


def _plain_integer(value: int, _most: int) -> int:
    return int.__add__(value, 0)


def _real(value: Any, _most: int) -> float:
    return float(value)


def _plain_real(value: float, _most: int) -> float:
    return float.__add__(value, 0.0)


def _bytes(value: bytearray | memoryview, _most: int) -> str:
    return bytes_text(bytes(value))


def _plain_bytes(value: bytes, _most: int) -> str:
    return bytes_text(value)


def _datetime(value: datetime.datetime, _most: int) -> str:
    offset = datetime.datetime.utcoffset(value)
    if offset is not None and offset.total_seconds() % 60:
        # RFC 3339 has whole minutes only; local times before the railways had others.
        value = datetime.datetime.astimezone(value, datetime.UTC)
    text = datetime.datetime.isoformat(value)
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def _date(value: datetime.date, _most: int) -> str:
    return datetime.date.isoformat(value)


def _time(value: datetime.time, _most: int) -> str:
    return datetime.time.isoformat(value)


def _seconds(value: datetime.timedelta, _most: int) -> float:
    return datetime.timedelta.total_seconds(value)


def _enum(value: enum.Enum, _most: int) -> Any:
    return value.value


def _exception(value: BaseException, _most: int) -> str:
    return f"{type_name(type(value))}: {value}"


def _secret(_value: Any, _most: int) -> object:
    return SECRET


def _dict(value: dict[Any, Any], most: int) -> dict[Any, Any]:
    try:
        return dict(islice(dict.items(value), most + 1))
    except RuntimeError:
        # Another thread changed it meanwhile; a copy is one atomic step.
        return dict(islice(dict.copy(value).items(), most + 1))


def _mapping(value: Mapping[Any, Any], most: int) -> dict[Any, Any]:
    return {key: value[key] for key in islice(value, most + 1)}


def _list(value: list[Any], most: int) -> list[Any]:
    return list(islice(list.__iter__(value), most + 1))


def _tuple(value: tuple[Any, ...], most: int) -> list[Any]:
    return list(islice(tuple.__iter__(value), most + 1))


def _deque(value: deque[Any], most: int) -> list[Any]:
    return list(islice(deque.__iter__(value), most + 1))


def _sequence(value: Sequence[Any], most: int) -> list[Any]:
    return [value[index] for index in range(min(len(value), most + 1))]


def _range(value: range, most: int) -> list[Any]:
    return list(value[: most + 1])


def _set(value: set[Any], most: int) -> Unordered:
    return Unordered(islice(set.__iter__(value), most + 1))


def _frozenset(value: frozenset[Any], most: int) -> Unordered:
    return Unordered(islice(frozenset.__iter__(value), most + 1))


def _abstract_set(value: AbstractSet[Any], most: int) -> Unordered:
    return Unordered(islice(value, most + 1))


def _namedtuple(value: Any, _most: int) -> dict[str, Any]:
    return dict(zip(type(value)._fields, tuple.__iter__(value), strict=False))


# A row of a database is a sequence that knows the names of its columns; a column may be named like a method.
def _sqlite_row(value: Any, _most: int) -> dict[str, Any]:
    return dict(zip(value.keys(), value, strict=False))


def _sqlalchemy_row(value: Any, _most: int) -> dict[str, Any]:
    return dict(zip(value._fields, value, strict=False))


def _fields(names: Iterable[str]) -> Callable[[Any, int], dict[str, Any]]:
    names = tuple(names)

    def read(value: Any, _most: int) -> dict[str, Any]:
        # A field may be unset (a slot before __init__ is done): then it isn't there.
        found = ((name, getattr(value, name, SECRET)) for name in names)
        return {name: each for name, each in found if each is not SECRET}

    return read


def _pydantic_model(value: Any, _most: int) -> dict[str, Any]:
    # The instance's own dict: `model_dump` would run serializers.
    return {**vars(value), **(getattr(value, "__pydantic_extra__", None) or {})}


_BASES: Final[tuple[tuple[type, Callable[[Any, int], Any]], ...]] = (
    (enum.Enum, _enum),
    (str, _plain_text),
    (int, _plain_integer),
    (float, _plain_real),
    (bytes, _plain_bytes),
    (bytearray, _bytes),
    (memoryview, _bytes),
    (UserString, _text),
    (datetime.datetime, _datetime),
    (datetime.date, _date),
    (datetime.time, _time),
    (datetime.timedelta, _seconds),
    (BaseException, _exception),
)
_CONTAINERS: Final[tuple[tuple[type, Callable[[Any, int], Any]], ...]] = (
    (dict, _dict),
    (list, _list),
    (tuple, _tuple),
    (deque, _deque),
    (range, _range),
    (set, _set),
    (frozenset, _frozenset),
)
_ABSTRACT: Final[tuple[tuple[type, Callable[[Any, int], Any]], ...]] = (
    (numbers.Integral, _integer),
    (numbers.Real, _real),
    (Mapping, _mapping),
    (AbstractSet, _abstract_set),
    (Sequence, _sequence),
)
# By name, since importing them would make each service start later for what most never log.
_TEXT_TYPES: Final = frozenset(
    {
        ("decimal", "Decimal"),
        ("fractions", "Fraction"),
        ("pathlib", "PurePath"),
        ("pathlib._local", "PurePath"),
        ("uuid", "UUID"),
    }
)
_MODEL_TYPES: Final = frozenset({("pydantic.main", "BaseModel"), ("pydantic.v1.main", "BaseModel")})
_ROW_TYPES: Final = {("sqlalchemy.engine.row", "Row"): _sqlalchemy_row, ("sqlite3", "Row"): _sqlite_row}

_RULES: dict[type, Callable[[Any, int], Any]] = {}


def _rule_of(kind: Any) -> Callable[[Any, int], Any]:
    bases = kind.__mro__
    own = {name for base in bases for name in base.__dict__ if name.startswith("__")}
    if is_secret_type(kind):
        return _secret
    if is_lazy(kind):
        return _unread
    for base, rule in _BASES:
        if base in bases:
            return rule
    if any((base.__module__, base.__name__) in _TEXT_TYPES for base in bases):
        return _text
    if tuple in bases and any("_fields" in base.__dict__ for base in bases):
        return _namedtuple
    if "__dataclass_fields__" in own:
        return _fields(field.name for field in dataclasses.fields(kind))
    if "__attrs_attrs__" in own:
        return _fields(attribute.name for attribute in kind.__attrs_attrs__)
    if "__pydantic_fields__" in own or any((base.__module__, base.__name__) in _MODEL_TYPES for base in bases):
        return _pydantic_model
    for base, rule in _CONTAINERS:
        if base in bases:
            return rule
    for base in bases:
        if (base.__module__, base.__name__) in _ROW_TYPES:
            return _ROW_TYPES[base.__module__, base.__name__]
    for base, rule in _ABSTRACT:
        if issubclass(kind, base):
            return rule
    return _repr
