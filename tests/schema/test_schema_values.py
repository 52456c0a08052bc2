"""The values of a line: what each accepts and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ConfigDict, TypeAdapter, ValidationError

from structlog_enrich.schema import values

STRICT = ConfigDict(strict=True, allow_inf_nan=False)


def accepts(name: str, text: str) -> bool:
    """Return whether the type of that name accepts the JSON *text*."""
    try:
        TypeAdapter(getattr(values, name), config=STRICT).validate_json(text)
    except ValidationError:
        return False
    return True


class TestValues:
    """Each type of `structlog_enrich.schema.values`."""

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("SchemaVersion", '"1.0"'),
            ("SchemaVersion", '"1.12"'),
            ("Timestamp", '"2024-02-29T23:59:59.000000Z"'),
            ("TraceId", f'"{"0" * 31}1"'),
            ("SpanId", f'"{"0" * 15}f"'),
            ("TraceFlags", '"00"'),
            ("Fingerprint", f'"{"0" * 12}"'),
            ("EventName", '"payment.captured_2"'),
            ("Count", "0"),
            ("Count", str(2**63 - 1)),
            ("Ordinal", "1"),
            ("Scalar", '""'),
            ("Scalar", "true"),
            ("Scalar", "-1.5e300"),
            ("Scalar", str(-(2**63))),
            ("Value", "null"),
            ("Value", f'[{{"deep": [{2**63 - 1}, 1e-9, "x", false]}}]'),
            ("Marks", '["payload[\\"a:b\\"]:rule"]'),
            ("Marks", '["module.<locals>.stage:ValueError"]'),
        ],
    )
    def test_accepted(self, name: str, text: str) -> None:
        """What the contract allows is valid, up to its limits."""
        assert accepts(name, text)

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("SchemaVersion", '"2.0"'),
            ("SchemaVersion", '"1.00"'),
            ("SchemaVersion", '"1"'),
            ("SchemaVersion", "1.0"),
            ("Timestamp", '"2025-02-29T00:00:00.000000Z"'),
            ("Timestamp", '"2026-11-22T04:48:00.000Z"'),
            ("Timestamp", '"2026-11-22T04:48:00.000123+00:00"'),
            ("Timestamp", '"2026-11-22T04:48:60.000123Z"'),
            ("Timestamp", '"0000-01-01T00:00:00.000000Z"'),
            ("TraceId", f'"{"0" * 32}"'),
            ("TraceId", f'"{"A" * 32}"'),
            ("SpanId", f'"{"0" * 16}"'),
            ("SpanId", f'"{"a" * 17}"'),
            ("TraceFlags", '"1"'),
            ("Fingerprint", f'"{"g" * 12}"'),
            ("EventName", '"Payment"'),
            ("EventName", '"payment\\n"'),
            ("Count", "-1"),
            ("Count", "true"),
            ("Count", "1.0"),
            ("Count", '"1"'),
            ("Count", str(2**63)),
            ("Ordinal", "0"),
            ("Scalar", "null"),
            ("Scalar", "[]"),
            ("Scalar", str(2**63)),
            ("Scalar", "NaN"),
            ("Value", f"[{-(2**63) - 1}]"),
            ("Value", '{"a": [Infinity]}'),
            ("Object", "{}"),
            ("Scalars", "{}"),
            ("Strings", '{"a": 1}'),
            ("Marks", "[]"),
            ("Marks", '["rule"]'),
            ("Marks", '[":rule"]'),
            ("Marks", '["path:"]'),
        ],
    )
    def test_refused(self, name: str, text: str) -> None:
        """What the contract forbids is invalid, just past its limits, and nothing is coerced."""
        assert not accepts(name, text)

    @pytest.mark.parametrize("value", [1, 1.5, True, "one"])
    def test_a_scalar_stays_what_it_is(self, value: Any) -> None:
        """No member of the union takes a value away from another."""
        validated = TypeAdapter(values.Scalar, config=STRICT).validate_python(value)

        assert (type(value), value) == (type(validated), validated)
