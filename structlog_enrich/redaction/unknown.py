"""Objects of which nothing is known: read by their `repr`, unless that would do something."""

from __future__ import annotations

from typing import Any

from structlog.exceptions import DropEvent

from structlog_enrich.redaction.kinds import is_lazy

__all__ = ["shown"]


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
