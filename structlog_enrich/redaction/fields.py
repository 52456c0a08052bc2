"""Which fields of a class are marked sensitive: found once for each class, whatever the class does.

A class is read from its own namespaces, by `type` and never through itself, so neither a metaclass nor a descriptor is
asked. An annotation that can't be evaluated is evaluated as far as it goes; where it names `Sensitive` and nothing
can be made of it, the field counts as secret.
"""

from __future__ import annotations

import builtins
import inspect
import sys
import typing
from typing import TYPE_CHECKING, Any, Final, NamedTuple, get_args

from structlog_enrich.redaction.class_cache import ClassCache
from structlog_enrich.redaction.kinds import bases_of, namespace_of
from structlog_enrich.redaction.sensitive import Sensitive, stricter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["NO_FIELDS", "Fields", "fields_of", "fields_within", "is_like"]

_DEPTH: Final = 16
_LONGEST: Final = 4_096
# What an annotation may name, also one in a function that imported it.
_COMMON: Final[Mapping[str, Any]] = {
    **vars(builtins),
    **{name: getattr(typing, name) for name in typing.__all__},
    "Sensitive": Sensitive,
    "typing": typing,
    "t": typing,
}


class Fields(NamedTuple):
    """What the annotations of a class say.

    Attributes:
        marks: The marked fields by name.
        within: For a field that holds a `TypedDict` or several, which ones: the value itself is a dict that can't tell.
    """

    marks: Mapping[str, Sensitive]
    within: Mapping[str, tuple[type, ...]]


NO_FIELDS: Final = Fields({}, {})
"""What most classes say."""


def fields_of(kind: type) -> Fields:
    """Return what the annotations of a class say of its fields; never raises.

    >>> from typing import Annotated
    >>> class Account:
    ...     email: Annotated[str, Sensitive("hash")]
    ...     plan: str
    >>> dict(fields_of(Account).marks)
    {'email': Sensitive('hash', classification='secret')}
    """
    return _FIELDS.of(kind)


def is_like(value: Mapping[Any, Any], kind: type) -> bool:
    """Tell whether a dict has the keys that a `TypedDict` asks for, and no others.

    >>> from typing import TypedDict
    >>> Point = TypedDict("Point", {"x": int, "y": int})
    >>> is_like({"x": 1, "y": 2}, Point), is_like({"x": 1}, Point)
    (True, False)
    """
    required: frozenset[str] = namespace_of(kind)["__required_keys__"]
    optional: frozenset[str] = namespace_of(kind)["__optional_keys__"]
    return required <= value.keys() <= required | optional


def fields_within(value: Mapping[Any, Any], kinds: tuple[type, ...]) -> Fields:
    """Return what those of several `TypedDict`s say that have a field of the name of one of a dict's keys.

    An annotation named them, so a dict that has more keys, or fewer, is still one of them.

    >>> from typing import Annotated, TypedDict
    >>> Account = TypedDict("Account", {"mail": Annotated[str, Sensitive()]})
    >>> (
    ...     list(fields_within({"mail": "x", "more": 1}, (Account,)).marks),
    ...     fields_within({"a": {}}, (Account,)) is NO_FIELDS,
    ... )
    (['mail'], True)
    """
    marks: dict[str, Sensitive] = {}
    within: dict[str, tuple[type, ...]] = {}
    for fields in map(fields_of, kinds):
        if not value.keys().isdisjoint((*fields.marks, *fields.within)):
            for name, mark in fields.marks.items():
                marks[name] = stricter(marks[name], mark) if name in marks else mark
            for name, inner in fields.within.items():
                within[name] = (*within.get(name, ()), *inner)
    return Fields(marks, within) if marks or within else NO_FIELDS


def _read(kind: type) -> Fields:
    marks: dict[str, Sensitive] = {}
    within: dict[str, tuple[type, ...]] = {}
    for base in reversed(_bases(kind)):
        space = namespace_of(base)
        names = _Names(base, space)
        for name, hint in _hints(base, space):
            # A class that annotates a field anew says all there is to say.
            marks.pop(name, None)
            within.pop(name, None)
            _note(name, hint, names, marks, within)
        for name, hint in _described(space):
            _note(name, hint, names, marks, within)
    return Fields(marks, within) if marks or within else NO_FIELDS


def _bases(kind: type) -> tuple[type, ...]:
    # A `TypedDict` is a plain dict to `type`; whom it was made of it remembers itself.
    given = namespace_of(kind).get("__orig_bases__", ()) if _is_typed_dict(kind) else ()
    inherited = (base for each in given if _is_typed_dict(each) for base in _bases(each))
    return (*bases_of(kind)[:-1], *inherited)


def _hints(base: type, space: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if "__annotations__" not in space and not any(name.startswith("__annotate") for name in space):
        return
    try:
        annotations = inspect.get_annotations(base)
    except Exception:  # noqa: BLE001 (an odd namespace, or names that aren't there yet)
        annotations = space.get("__annotations__") or {}
    if type(annotations) is dict:
        yield from ((name, hint) for name, hint in annotations.items() if type(name) is str)


def _described(space: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    # What attrs, dataclasses and pydantic wrote down: metadata, and annotations they could evaluate and we can't.
    for field in space.get("__attrs_attrs__", ()):
        yield field.name, _Metadata(tuple(field.metadata.values()))
    for name, field in (space.get("__dataclass_fields__") or {}).items():
        yield name, _Metadata(tuple(field.metadata.values()))
    for name, field in (space.get("__pydantic_fields__") or {}).items():
        yield name, _Metadata(tuple(field.metadata))
        yield name, field.annotation


class _Metadata:
    """Look like `Annotated` with nothing under it."""

    def __init__(self, metadata: tuple[Any, ...]) -> None:
        self.__metadata__ = metadata


def _note(
    name: str, hint: Any, names: _Names, marks: dict[str, Sensitive], within: dict[str, tuple[type, ...]]
) -> None:
    for found in _found(hint, names, _DEPTH):
        if type(found) is Sensitive:
            marks[name] = stricter(marks[name], found) if name in marks else found
        else:
            within[name] = (*within.get(name, ()), found)


def _found(hint: Any, names: _Names, depth: int) -> Iterator[Any]:
    if depth <= 0:
        return
    hint = getattr(hint, "__forward_arg__", hint)
    if type(hint) is str:
        yield from _of_text(hint, names, depth)
        return
    if type(hint) is Sensitive:
        yield hint
        return
    if isinstance(hint, type) and not get_args(hint):
        if _is_typed_dict(hint):
            yield hint
        # `NewType` on old interpreters and classes end here.
        return
    yield from (each for each in getattr(hint, "__metadata__", ()) if type(each) is Sensitive)
    for each in (getattr(hint, "__value__", None), getattr(hint, "__supertype__", None), *get_args(hint)):
        if each is not None:
            yield from _found(each, names, depth - 1)


def _of_text(text: str, names: _Names, depth: int) -> Iterator[Any]:
    found: list[Any] = []
    if len(text) <= _LONGEST:
        try:
            # As `typing.get_type_hints` does; a name that isn't there stands for anything.
            found = list(_found(eval(text, {"__builtins__": {}}, names), names, depth - 1))  # noqa: S307
        except Exception:  # noqa: BLE001 (an annotation needs no meaning)
            found = []
    if not any(type(each) is Sensitive for each in found) and "Sensitive" in text:
        yield Sensitive()
    yield from found


def _is_typed_dict(kind: Any) -> bool:
    return isinstance(kind, type) and dict in bases_of(kind) and "__total__" in namespace_of(kind)


class _Names(dict[str, Any]):
    """The names that an annotation sees; any other is an `_Unknown`."""

    def __init__(self, base: type, space: Mapping[str, Any]) -> None:
        super().__init__()
        module = sys.modules.get(str(space.get("__module__")))
        self._spaces = (space, vars(module) if module is not None else {}, _COMMON)

    def __missing__(self, name: str) -> Any:
        for space in self._spaces:
            if name in space:
                return space[name]
        return _Unknown()


class _Unknown:
    """Stand for a name that can't be found, and for what an annotation does with it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, _item: Any) -> Any:
        return self

    def __call__(self, *_arguments: Any, **_named: Any) -> Any:
        return self

    def __or__(self, other: Any) -> Any:
        return other if isinstance(other, _Unknown) else _Both(other)

    __ror__ = __or__


class _Both:
    """Stand for a union with what is unknown."""

    def __init__(self, known: Any) -> None:
        self.__supertype__ = known

    def __or__(self, other: Any) -> Any:
        return _Both((self.__supertype__ | other) if not isinstance(other, _Unknown | _Both) else self.__supertype__)

    __ror__ = __or__


_FIELDS: Final = ClassCache(_read, NO_FIELDS)
