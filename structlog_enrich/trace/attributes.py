"""The attributes of a span as an exporter takes them."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["exportable"]

_SMALLEST: Final = -(1 << 63)
_LARGEST: Final = (1 << 63) - 1


def exportable(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return *attributes* with values of the types that OpenTelemetry has, and nothing that an exporter chokes on.

    An exporter sends spans by the hundred, and a batch with one value that it can't encode is lost as a whole: an
    integer of more than 64 bits, or text that isn't Unicode.

    Args:
        attributes: Names to values. A name that is no text, and a value that is None, is left out. Of lists and tuples
            those of one scalar type stay; every other value becomes text.

    Source: OpenTelemetry specification, "Common", section "Attribute".

    >>> exportable({"retries": 3, "of": ["a", "b"], "ratio": 0.5, "mixed": ["a", 1], "huge": 1 << 63, "gone": None})
    {'retries': 3, 'of': ['a', 'b'], 'ratio': 0.5, 'mixed': "['a', 1]", 'huge': '9223372036854775808'}
    """
    return {
        _unicode(name): _value(value)
        for name, value in attributes.items()
        if isinstance(name, str) and name and value is not None
    }


def _value(value: Any) -> Any:
    kind = type(value)
    if kind is list or kind is tuple:
        items = [_scalar(item) for item in value]
        if len({*map(type, items)}) <= 1:
            return items
    return _scalar(value)


def _scalar(value: Any) -> Any:
    kind = type(value)
    if kind is str:
        return _unicode(value)
    if kind is bool or kind is float or (kind is int and _SMALLEST <= value <= _LARGEST):
        return value
    try:
        if isinstance(value, Enum):
            return _scalar(value.value)
        return _unicode(value.decode(errors="replace") if kind is bytes else str(value))
    except Exception:  # noqa: BLE001 (a value's own methods)
        return f"<{kind.__module__}.{kind.__qualname__}>"


def _unicode(text: str) -> str:
    return text if text.isascii() else text.encode(errors="replace").decode()
