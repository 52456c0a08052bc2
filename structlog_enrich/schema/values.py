"""The values a line is made of.

Each type carries its rule twice where JSON Schema can state it, once where it can't. A fixed length stands beside each
pattern it fits: in some regular expression engines `$` also matches before a final newline.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, JsonValue, WithJsonSchema

__all__ = [
    "INT_MAX",
    "INT_MIN",
    "Count",
    "EventName",
    "Fingerprint",
    "Level",
    "Marks",
    "Object",
    "Ordinal",
    "Plain",
    "Scalar",
    "Scalars",
    "SchemaVersion",
    "SpanId",
    "Strings",
    "Text",
    "Timestamp",
    "TraceFlags",
    "TraceId",
    "Value",
    "renderable",
]

INT_MIN: Final = -(2**63)
INT_MAX: Final = 2**63 - 1


def _real_date(text: str) -> str:
    datetime.fromisoformat(text)
    return text


def _not_zero(text: str) -> str:
    if not text.strip("0"):
        msg = "must not be all zeros"
        raise ValueError(msg)
    return text


def renderable(value: Any) -> Any:
    """Return a JSON value as it came, when every number in it is one that the wire has.

    Args:
        value: The value, of any depth.

    Raises:
        ValueError: A number isn't finite, or is an integer that doesn't fit 64 bits.
    """
    if isinstance(value, dict):
        for item in value.values():
            renderable(item)
    elif isinstance(value, list):
        for item in value:
            renderable(item)
    elif isinstance(value, int) and not INT_MIN <= value <= INT_MAX:
        msg = "must be a decimal string when outside the 64-bit integers"
        raise ValueError(msg)
    elif isinstance(value, float) and not math.isfinite(value):
        msg = "must be a string when not finite"
        raise ValueError(msg)
    return value


Level = Literal["debug", "info", "warning", "error", "critical"]
"""How grave an event is."""

SchemaVersion = Annotated[str, Field(pattern=r"^1\.(0|[1-9][0-9]*)$")]
"""Any minor version of major version 1: within it no field is removed or retyped."""

Timestamp = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3])(:[0-5][0-9]){2}\.[0-9]{6}Z$",
        max_length=27,
        json_schema_extra={"format": "date-time"},
    ),
    AfterValidator(_real_date),
]
"""RFC 3339 in UTC with exactly six fractional digits and `Z`, so that text order is time order."""

TraceId = Annotated[
    str,
    Field(pattern=r"^[0-9a-f]{32}$", max_length=32, json_schema_extra={"not": {"const": "0" * 32}}),
    AfterValidator(_not_zero),
]
"""W3C Trace Context `trace-id`."""

SpanId = Annotated[
    str,
    Field(pattern=r"^[0-9a-f]{16}$", max_length=16, json_schema_extra={"not": {"const": "0" * 16}}),
    AfterValidator(_not_zero),
]
"""W3C Trace Context `parent-id`."""

TraceFlags = Annotated[str, Field(pattern=r"^[0-9a-f]{2}$", max_length=2)]
"""W3C Trace Context `trace-flags`."""

Fingerprint = Annotated[str, Field(pattern=r"^[0-9a-f]{12}$", max_length=12)]
"""The head of a hash: equal for equal things."""

EventName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]*$")]
"""A name that groups events, such as `payment.captured`."""

Text = Annotated[str, Field(min_length=1)]
"""A string that says something: what would be empty is left out."""

Count = Annotated[int, Field(ge=0, le=INT_MAX)]
"""An integer from 0."""

Ordinal = Annotated[int, Field(ge=1, le=INT_MAX)]
"""An integer from 1."""

Scalar = Annotated[
    str | int | float | bool,
    AfterValidator(renderable),
    WithJsonSchema({"type": ["string", "number", "boolean"]}),
]
"""A string, a finite number or a bool."""

Plain = Annotated[
    str | int | float | bool | None,
    AfterValidator(renderable),
    WithJsonSchema({"type": ["string", "number", "boolean", "null"]}),
]
"""A scalar, or null when an application bound None."""

Value = Annotated[JsonValue, AfterValidator(renderable), WithJsonSchema({})]
"""Any JSON value whose integers fit 64 bits."""

Object = Annotated[dict[str, Value], Field(min_length=1)]
"""An object with something in it."""

Scalars = Annotated[dict[str, Scalar], Field(min_length=1)]
"""An object of scalars with something in it."""

Strings = Annotated[dict[str, str], Field(min_length=1)]
"""An object of strings with something in it."""

Marks = Annotated[list[Annotated[str, Field(pattern=r"^[\s\S]+:[^:]+$")]], Field(min_length=1)]
"""Marks of the form `path:rule`; the rule follows the last colon, since a path may hold more of them."""
