"""What a value holds, read without any code of its own wherever another way leads there.

What a class of the standard library keeps is read by that class's methods, fields by the instance's own dict and slots.
Only what is a mapping, a set or a sequence by nothing but its methods is read through them.
"""

from __future__ import annotations

from base64 import b64encode
from collections import ChainMap, UserDict, UserList, UserString, deque
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import Enum
from itertools import islice
from types import GetSetDescriptorType, MappingProxyType, MemberDescriptorType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from structlog.exceptions import DropEvent

from structlog_enrich.redaction.fields import NO_FIELDS, fields_of
from structlog_enrich.redaction.kinds import bases_of, is_lazy, name_of, namespace_of

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ABSENT", "Told", "Unordered", "base64_text", "bytes_text", "key_text", "members_of", "plainer", "told_by"]

ABSENT: Final = object()
"""What stands for what isn't there."""

_ORDERED: Final[tuple[Any, ...]] = (list, tuple, deque)
_UNORDERED: Final[tuple[Any, ...]] = (set, frozenset)
_DESCRIBED: Final = ("__dataclass_fields__", "__attrs_attrs__", "__pydantic_fields__", "__struct_fields__")
# By name, as importing them would cost every service.
_MODELS: Final = frozenset({("pydantic.main", "BaseModel"), ("pydantic.v1.main", "BaseModel")})
# A column may be named like a method, so each kind of row is asked by the one name that none can take.
_ROWS: Final[Mapping[tuple[object, str], Callable[[Any], Any]]] = {
    ("sqlite3", "Row"): lambda row: row.keys(),
    ("sqlalchemy.engine.row", "Row"): lambda row: row._fields,
}
_EXTRA: Final = "__pydantic_extra__"
_ARGS: Final = vars(BaseException)["args"].__get__
_CAUSE: Final = vars(BaseException)["__cause__"].__get__
_CONTEXT: Final = vars(BaseException)["__context__"].__get__
_EXCEPTIONS: Final = vars(BaseExceptionGroup)["exceptions"].__get__
_KEYS: Final = frozenset({int, float, bool, type(None)})


class Unordered(list[Any]):
    """Hold the elements of a set, which have no place."""


class Told(NamedTuple):
    """Hold what an exception says.

    Attributes:
        args: What it was made with.
        text: What it is written as, by its own `__str__`; empty when that fails.
        more: Its notes, its cause and context, and the exceptions of a group.
    """

    args: list[Any]
    text: str
    more: list[Any]


def plainer(value: Any) -> Any:
    """Return the value of an enum's member, the bytes of a view or the text in a `UserString`; `ABSENT` for all else.

    >>> plainer(memoryview(b"ok")), plainer(UserString("ok")), plainer(1) is ABSENT
    (b'ok', 'ok', True)
    """
    kind = type(value)
    if kind is memoryview:
        return bytes(value)
    bases = bases_of(kind)
    if Enum in bases:
        return _own(value).get("_value_", ABSENT)
    return _own(value).get("data", ABSENT) if UserString in bases else ABSENT


def members_of(value: Any, most: int) -> Any:
    """Return what is in a container or an object with fields: a new `dict`, `list` or `Unordered`; `ABSENT` if neither.

    Args:
        value: Anything.
        most: How many members are taken of what is read through its own methods, which may have no end.

    Raises:
        Exception: Whatever those methods raise.

    >>> members_of({"a": 1}.keys(), 10), members_of(ChainMap({"a": 1}, {"b": 2}), 10), members_of(1, 10) is ABSENT
    (['a'], {'b': 2, 'a': 1}, True)
    """
    kind = type(value)
    if issubclass(kind, dict):
        return dict.copy(value)
    for base in _ORDERED:
        if issubclass(kind, base):
            named = _named(value, kind) if base is tuple else None
            return list(base.__iter__(value)) if named is None else named
    for base in _UNORDERED:
        if issubclass(kind, base):
            return Unordered(base.__iter__(value))
    fields = _fields(value, kind)
    if fields is not None:
        return fields
    if kind is range or is_lazy(kind):
        return ABSENT
    return _wrapped(value, kind, most)


def told_by(error: BaseException) -> Told:
    """Return what an exception says, its own code only asked for its text.

    >>> told_by(ValueError("no funds")).text
    'no funds'
    """
    notes = _own(error).get("__notes__", ())
    inner = (_CAUSE(error), _CONTEXT(error), *(_EXCEPTIONS(error) if isinstance(error, BaseExceptionGroup) else ()))
    return Told(
        list(_ARGS(error)),
        _text(error),
        [*(notes if type(notes) in {list, tuple} else ()), *(each for each in inner if each is not None)],
    )


def key_text(key: Any) -> str:
    """Return as which name a key counts, as on a line; never raises.

    >>> key_text(b"token"), key_text(("user", 1))
    ('token', "('user', 1)")
    """
    kind = type(key)
    if issubclass(kind, str):
        return str.__str__(key)
    if issubclass(kind, bytes):
        return bytes_text(key)[0]
    if kind in _KEYS:
        return str(key)
    return f"<{name_of(kind)}>" if is_lazy(kind) else _text(key) or f"<{name_of(kind)}>"


def bytes_text(value: bytes | bytearray) -> tuple[str, str]:
    """Return bytes as a text, and in which encoding: where they are no UTF-8, a character for each byte.

    >>> bytes_text(b"ok"), bytes_text(bytes([255]))
    (('ok', 'utf-8'), ('ÿ', 'latin-1'))
    """
    plain = bytes.__getitem__(value, slice(None)) if isinstance(value, bytes) else bytes(memoryview(value))
    try:
        return plain.decode(), "utf-8"
    except UnicodeDecodeError:
        return plain.decode("latin-1"), "latin-1"


def base64_text(text: str) -> str:
    """Return what a line writes of bytes that are no text.

    >>> base64_text(bytes_text(bytes([255]))[0])
    'base64:/w=='
    """
    return f"base64:{b64encode(text.encode('latin-1')).decode()}"


def _text(value: Any) -> str:
    try:
        return str.__str__(str(value))
    except (Exception, DropEvent):  # noqa: BLE001 (a stranger's __str__)
        return ""


def _own(value: Any) -> dict[str, Any]:
    # By the descriptor that the interpreter made: a class may define a `__dict__` of its own.
    for base in bases_of(type(value)):
        descriptor = namespace_of(base).get("__dict__")
        if isinstance(descriptor, GetSetDescriptorType):
            own = descriptor.__get__(value)
            return own if type(own) is dict else {}
    return {}


def _named(value: Any, kind: type) -> dict[str, Any] | None:
    names = next((space["_fields"] for base in bases_of(kind) if "_fields" in (space := namespace_of(base))), None)
    return None if names is None else dict(zip(names, tuple.__iter__(value), strict=False))


def _fields(value: Any, kind: type) -> dict[str, Any] | None:
    names: list[str] = []
    is_model = False
    for base in reversed(bases_of(kind)):
        space = namespace_of(base)
        is_model |= (space.get("__module__"), name_of(base)) in _MODELS
        for each in _DESCRIBED:
            names += [field if isinstance(field, str) else field.name for field in space.get(each, ())]
    if not names and not is_model and fields_of(kind) is NO_FIELDS:
        return None
    own = _own(value)
    extra = _slot(value, kind, _EXTRA) if is_model else None
    slots = {name: _slot(value, kind, name) for name in names if name not in own}
    found = {**own, **{name: each for name, each in slots.items() if each is not ABSENT}}
    return {**found, **extra} if type(extra) is dict else found


def _slot(value: Any, kind: type, name: str) -> Any:
    for base in bases_of(kind):
        descriptor = namespace_of(base).get(name)
        if isinstance(descriptor, MemberDescriptorType):
            try:
                return descriptor.__get__(value)
            except AttributeError:
                return ABSENT
    return ABSENT


def _wrapped(value: Any, kind: type, most: int) -> Any:
    bases = bases_of(kind)
    if UserDict in bases or UserList in bases:
        return members_of(_own(value).get("data"), most)
    if ChainMap in bases:
        maps = [members_of(each, most) for each in reversed(_own(value).get("maps", ()))]
        return {key: each for one in maps if type(one) is dict for key, each in one.items()}
    if kind is MappingProxyType:
        return dict(value)
    for base in bases:
        if (names := _ROWS.get((namespace_of(base).get("__module__"), name_of(base)))) is not None:
            return dict(zip(names(value), value, strict=False))
    if issubclass(kind, Mapping):
        return {key: value[key] for key in islice(iter(value), most)}
    if issubclass(kind, AbstractSet):
        return Unordered(islice(iter(value), most))
    if issubclass(kind, Sequence):
        return [value[at] for at in range(min(len(value), most))]
    return ABSENT
