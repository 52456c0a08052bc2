"""Objects of which nothing is known: read as text, unless that would do something."""

from __future__ import annotations

from typing import Any, Final

from structlog.exceptions import DropEvent

from structlog_enrich.redaction.kinds import bases_of, is_lazy, name_of, namespace_of

__all__ = ["shown"]

# What is written as its `str`, which is all it is. By name, as importing them would cost every service.
_TEXT_TYPES: Final = frozenset(
    {
        ("decimal", "Decimal"),
        ("fractions", "Fraction"),
        ("pathlib", "PurePath"),
        ("pathlib._local", "PurePath"),
        ("uuid", "UUID"),
    }
)


def shown(value: Any) -> Any:
    """Return an object's `repr`; the name of its type where that fails, and the object itself where it is lazy.

    Numbers, paths and UUIDs are what `str` makes of them.

    >>> from types import SimpleNamespace
    >>> shown(SimpleNamespace(password="hunter2"))
    "namespace(password='hunter2')"
    """
    kind = type(value)
    if is_lazy(kind):
        return value
    is_text = any((namespace_of(base).get("__module__"), name_of(base)) in _TEXT_TYPES for base in bases_of(kind))
    try:
        return str.__str__(str(value) if is_text else repr(value))
    except (Exception, DropEvent):  # noqa: BLE001 (a stranger's __repr__)
        return f"<{name_of(kind)}>"
