"""What a class is, told by its own namespaces: neither a metaclass nor an instance is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.redaction.class_cache import ClassCache

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["bases_of", "is_lazy", "is_secret_type", "name_of", "namespace_of"]

_SECRET_MODULES: Final = frozenset({"pydantic.types", "pydantic.v1.types"})
_SECRET_NAMES: Final = frozenset({"SecretStr", "SecretBytes", "Secret", "_SecretBase", "_SecretField"})
_LAZY_TYPES: Final = frozenset({("django.db.models.query", "QuerySet"), ("django.utils.functional", "Promise")})
# `type`'s own descriptors, which no metaclass stands in front of.
_MRO: Final = type.__dict__["__mro__"].__get__
_NAMESPACE: Final = type.__dict__["__dict__"].__get__
_NAME: Final = type.__dict__["__name__"].__get__


def bases_of(kind: type) -> tuple[type, ...]:
    """Return a class and whatever it is made of, the nearest first.

    >>> bases_of(bool)
    (<class 'bool'>, <class 'int'>, <class 'object'>)
    """
    bases: tuple[type, ...] = _MRO(kind)
    return bases


def namespace_of(kind: type) -> Mapping[str, Any]:
    """Return what a class itself defines."""
    space: Mapping[str, Any] = _NAMESPACE(kind)
    return space


def name_of(kind: type) -> str:
    """Return the name a class was made with.

    >>> name_of(bool)
    'bool'
    """
    name: str = _NAME(kind)
    return name


def is_secret_type(kind: type) -> bool:
    """Tell whether a class is pydantic's `SecretStr`, `SecretBytes` or `Secret`, or made of one; never raises."""
    return _SECRETS.of(kind)


def is_lazy(kind: type) -> bool:
    """Tell whether an object of a class stands for another that it would go and fetch; never raises.

    >>> is_lazy(dict)
    False
    """
    return _LAZY.of(kind)


def _is_secret(kind: type) -> bool:
    return any(
        namespace_of(base).get("__module__") in _SECRET_MODULES and name_of(base) in _SECRET_NAMES
        for base in bases_of(kind)
    )


def _is_lazy(kind: type) -> bool:
    # A type with a `__class__` of its own stands for another object, and its `repr` may go and fetch that.
    return any(
        "__class__" in (space := namespace_of(base)) or (space.get("__module__"), name_of(base)) in _LAZY_TYPES
        for base in bases_of(kind)[:-1]
    )


_SECRETS: Final = ClassCache(_is_secret, otherwise=False)
_LAZY: Final = ClassCache(_is_lazy, otherwise=True)
