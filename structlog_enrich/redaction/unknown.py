"""Objects of which nothing is known: read by their `repr`, unless that would do something."""

from __future__ import annotations

from typing import Any, Final

from structlog.exceptions import DropEvent

from structlog_enrich.redaction.class_cache import ClassCache
from structlog_enrich.redaction.fields import bases_of

__all__ = ["is_lazy", "shown"]

_LAZY_TYPES: Final = frozenset({("django.db.models.query", "QuerySet"), ("django.utils.functional", "Promise")})


def shown(value: Any) -> Any:
    """Return an object's `repr`; the name of its type where that fails, and the object itself where it is lazy.

    >>> from types import SimpleNamespace
    >>> shown(SimpleNamespace(password="hunter2"))
    "namespace(password='hunter2')"
    """
    kind = type(value)
    if is_lazy(kind):
        return value
    try:
        return str.__str__(repr(value))
    except (Exception, DropEvent):  # noqa: BLE001 (a stranger's __repr__)
        return f"<{kind.__name__}>"


def is_lazy(kind: type) -> bool:
    """Tell whether an object of a class stands for another that it would go and fetch; never raises.

    >>> is_lazy(dict)
    False
    """
    return _LAZY.of(kind)


def _is_lazy(kind: type) -> bool:
    return any(
        "__class__" in (space := type.__dict__["__dict__"].__get__(base))
        or (space.get("__module__"), type.__dict__["__name__"].__get__(base)) in _LAZY_TYPES
        for base in bases_of(kind)[:-1]
    )


_LAZY: Final = ClassCache(_is_lazy, otherwise=True)
