"""Attributes as an exporter takes them."""

from __future__ import annotations

import enum
import json
import uuid
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.trace.attributes import exportable


class Colour(enum.Enum):
    """A value that stands for another."""

    RED = "red"


class Text(str):
    """Text that isn't quite."""

    __slots__ = ()


class Number(enum.IntEnum):
    """A number that isn't quite."""

    ONE = 1


class Mute:
    """A value that can't be shown."""

    def __str__(self) -> str:
        raise RuntimeError


class TestExportable:
    """`exportable`, which never raises."""

    @pytest.mark.parametrize(
        ("expected", "value"),
        [
            ("x", "x"),
            ("y", Text("y")),
            (True, True),
            (3, 3),
            (1, Number.ONE),
            (0.5, 0.5),
            ((1 << 63) - 1, (1 << 63) - 1),
            (-(1 << 63), -(1 << 63)),
            (str(1 << 63), 1 << 63),
            (str(-(1 << 63) - 1), -(1 << 63) - 1),
            ("red", Colour.RED),
            ("9.90", Decimal("9.90")),
            ("00000000-0000-0000-0000-000000000000", uuid.UUID(int=0)),
            ("caf\u00e9", "caf\u00e9".encode()),
            ("\N{REPLACEMENT CHARACTER}", b"\xff"),
            ("a?", "a\ud800"),
            (["a", "b"], ["a", "b"]),
            (["a?"], ("a\ud800",)),
            ([], []),
            (["red", "red"], [Colour.RED, Colour.RED]),
            ("['a', 1]", ["a", 1]),
            (f"[{1 << 63}, 1]", [1 << 63, 1]),
            (["['a']"], [["a"]]),
            ("{'a': 1}", {"a": 1}),
        ],
        ids=repr,
    )
    def test_values(self, expected: Any, value: Any) -> None:
        """What has a type of OpenTelemetry's stays, what hasn't becomes text."""
        found = exportable({"name": value})["name"]

        assert (type(expected), expected) == (type(found), found)

    def test_a_value_that_fails(self) -> None:
        """A value that can't be shown is named by its type."""
        assert exportable({"name": Mute()})["name"].endswith(".Mute>")

    def test_names(self) -> None:
        """A name that is no text is left out, and so is a value that is None."""
        given: dict[Any, Any] = {"": 1, 5: 1, None: 1, "gone": None, "a\ud800": 1, "kept": 0}

        assert {"a?": 1, "kept": 0} == exportable(given)

    @given(
        st.dictionaries(
            st.text(st.characters(), max_size=5),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary(),
                lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
                max_leaves=5,
            ),
            max_size=5,
        )
    )
    def test_any(self, attributes: dict[str, Any]) -> None:
        """Whatever goes in, Unicode and numbers of 64 bits come out, and lists of one type."""
        found = exportable(attributes)

        json.dumps(found, ensure_ascii=False).encode()
        for each in found.values():
            items = each if type(each) is list else [each]
            assert {type(item) for item in items} <= {str, bool, int, float}
            assert len({type(item) for item in items}) <= 1
            assert all(-(1 << 63) <= item < 1 << 63 for item in items if type(item) is int)
