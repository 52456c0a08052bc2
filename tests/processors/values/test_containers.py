"""Each row of "How values are rendered" that has parts, and the keys of what has them."""

from __future__ import annotations

import array
import collections
import contextlib
import itertools
import sqlite3
import types
import uuid
from dataclasses import dataclass
from typing import Any

import pydantic
import pytest
from structlog.exceptions import DropEvent

from structlog_enrich.processors import Redact
from tests.processors.values.specimens import (
    MODULE,
    Child,
    Customer,
    Frozen,
    Mode,
    MySecret,
    Old,
    Order,
    Pair,
    Parcel,
    Point,
    Stamp,
    Trap,
    Unset,
    failing,
    written,
)


class TestContainers:
    """Values that have parts."""

    @pytest.mark.parametrize(
        ("expected", "value"),
        [
            ([], ()),
            ({}, {}),
            ([[1], {"a": [2]}], ([1], {"a": (2,)})),
            ([1, 2], collections.deque([1, 2])),
            ([1, 2], collections.UserList([1, 2])),
            ({"a": 1}, collections.UserDict(a=1)),
            ({"a": 1}, types.MappingProxyType({"a": 1})),
            ({"a": 1, "b": 2}, collections.ChainMap({"a": 1}, {"a": 3, "b": 2})),
            ([0, 1, 2], range(3)),
            ([1, 2], array.array("i", [1, 2])),
            ([1, 2, 10], {10, 2, 1}),
            ([-1, 1.5, 2, "10", "2", "a"], {2, 1.5, -1, "a", "2", "10"}),
            ([1, "None", [1]], {1, "None", (1,)}),
            ([None, "a"], {"a", None}),
            (["a", "b"], {"b": 1, "a": 2}.keys()),
            ([["a", 2], ["b", 1]], {"b": 1, "a": 2}.items()),
            ({"x": 1, "y": [2]}, Point(1, (2,))),
            ({"left": 1, "right": 2}, Pair(1, 2)),
            ({"number": 1, "parts": [{"number": 2}]}, Order(1, [Frozen(2)])),
            ({"number": 1, "parts": []}, Child(1)),
            ({"number": 1}, Unset()),
            ({"weight": 1, "_seal": "intact"}, Parcel(1)),
            ({"price": 0.5}, Stamp(0.5)),
        ],
        ids=itertools.count(),
    )
    def test_rows(self, expected: Any, value: Any) -> None:
        """Each row of the table, and its neighbours."""
        assert expected == written(value)

    def test_rows_of_sqlite(self) -> None:
        """A row of a database has the names of its columns."""
        with contextlib.closing(sqlite3.connect(":memory:")) as connection:
            connection.row_factory = sqlite3.Row
            row = connection.execute("SELECT 1 AS number, 'a' AS keys").fetchone()
        assert {"number": 1, "keys": "a"} == written(row)

    def test_rows_of_sqlalchemy(self) -> None:
        """So has one of SQLAlchemy, whatever a column is called."""
        sqlalchemy = pytest.importorskip("sqlalchemy")
        engine = sqlalchemy.create_engine("sqlite://")
        with engine.connect() as connection:
            row = connection.execute(sqlalchemy.text("SELECT 1 AS number, 'a' AS keys")).one()
        engine.dispose()
        assert {"number": 1, "keys": "a"} == written(row)

    def test_pydantic_models(self) -> None:
        """A model is an object of its own fields; secrets are masked, serializers not run."""
        customer = Customer(name="Ada", card=pydantic.SecretStr("4111"), more=1)
        expected = {"name": "Ada", "card": "[REDACTED:secret]", "pin": "[REDACTED:secret]", "more": 1}
        assert expected == written(customer)

    @pytest.mark.parametrize(
        "value", [pydantic.SecretStr("hunter2"), pydantic.SecretBytes(b"hunter2"), MySecret("hunter2")]
    )
    def test_secrets_are_named(self, value: Any) -> None:
        """A secret by its type is masked wherever it stands, and noted."""
        line = Redact()(None, "info", {"a": [value], "b": {1: value}})
        assert {"a": ["[REDACTED:secret]"], "b": {"1": "[REDACTED:secret]"}} == {"a": line["a"], "b": line["b"]}
        assert ["a[0]:secret", "b.1:secret"] == line["redacted"]

    def test_a_field_that_fails(self) -> None:
        """A dataclass one of whose fields can't be read is named only."""

        @dataclass
        class Bad:
            number: int

            def __getattribute__(self, name: str) -> Any:
                raise ValueError

        assert written(Bad(1)).endswith("Bad>")


class TestKeys:
    """Keys are data too."""

    @pytest.mark.parametrize(
        ("expected", "key"),
        [
            ("1", 1),
            ("1.5", 1.5),
            ("nan", float("nan")),
            ("None", None),
            ("True", True),
            ("(1, 'a')", (1, "a")),
            ("raw", b"raw"),
            ("base64:/w==", b"\xff"),
            ("key", Old.KEY),
            ("fast", Mode.FAST),
            ("00000000-0000-0000-0000-000000000007", uuid.UUID(int=7)),
            ("a\ufffd", "a\ud800"),
            ("", ""),
            ("plain", type("Text", (str,), {"__str__": None, "__eq__": None, "__hash__": str.__hash__})("plain")),
            ("raw", type("Raw", (bytes,), {"decode": None})(b"raw")),
            ("Trap()", Trap()),
        ],
        ids=itertools.count(),
    )
    def test_rows(self, expected: str, key: Any) -> None:
        """A key is text: a text itself, bytes decoded, else its `str`."""
        assert {expected: 5} == written({key: 5})

    def test_collisions(self) -> None:
        """Keys that are written alike are numbered, and none is lost."""
        assert {"1": 0, "1#2": 1, "1#3": 2} == written({1: 0, "1": 1, b"1": 2})
        assert {"1#2": 0, "1": 1, "1#3": 2} == written({"1#2": 0, "1": 1, 1: 2})
        assert {"\ufffd": 0, "\ufffd#2": 1} == written(dict(zip("\ud800\udfff", (0, 1), strict=True)))

    def test_failing_keys(self) -> None:
        """A key whose `str` and `repr` fail is named by its type."""
        key = failing(object, "__str__", "__repr__")()
        assert {f"<{MODULE}.Failing>": 1} == written({key: 1})
        shown = type("Shown", (), {"__str__": None, "__repr__": lambda _self: "shown"})()
        assert {"shown": 1} == written({shown: 1})

    def test_keys_that_break_off(self) -> None:
        """A key may raise `DropEvent` and costs no event."""
        key = failing(object, "__str__", "__repr__", error=DropEvent)()
        assert {f"<{MODULE}.Failing>": 1} == written({key: 1})


class TestChangedMeanwhile:
    """A container that another thread changes while it is read."""

    def test_a_dict_that_grows(self) -> None:
        """Reading starts over from a copy, which is one step."""

        class Key:
            armed = False

            def __hash__(self) -> int:
                if self.armed:
                    value[f"new{len(value)}"] = 1
                return 1

            def __repr__(self) -> str:
                return "Key"

        value: dict[Any, Any] = {Key(): 1, "a": 2}
        Key.armed = True
        assert {"Key": 1, "a": 2} == {key: each for key, each in written(value).items() if not key.startswith("new")}
