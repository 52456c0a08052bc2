"""What values hold, read past their own code."""

from __future__ import annotations

import enum
import sqlite3
from collections import ChainMap, UserDict, UserList, UserString
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import pydantic
import pydantic.v1
import pytest

from structlog_enrich.redaction.members import ABSENT, Unordered, bytes_text, key_text, members_of, plainer, told_by


class Trap:
    """What runs code whenever it is looked at."""

    def __getattr__(self, name: str) -> Any:
        """Fail."""
        raise AssertionError(name)

    __iter__ = __len__ = __str__ = __repr__ = __getattr__  # type: ignore[assignment]


class Kind(enum.Enum):
    """An enum that says something else."""

    X = "held"

    @property
    def value(self) -> Any:  # type: ignore[override]
        """Say something else."""
        return "said"


@dataclass(slots=True)
class Slotted:
    """A dataclass of which one field isn't set."""

    a: int
    unset: int = field(init=False)


class Model(pydantic.BaseModel):
    """A model that takes what it doesn't know."""

    model_config = pydantic.ConfigDict(extra="allow")
    a: int


class OldModel(pydantic.v1.BaseModel):
    """A model as they were."""

    a: int


def row() -> sqlite3.Row:
    """Return a row of a database."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.row_factory = sqlite3.Row
        found: sqlite3.Row = connection.execute("select 1 as a, 2 as keys").fetchone()
    finally:
        connection.close()
    return found


class TestMembers:
    """`members_of`, by kinds of containers."""

    @pytest.mark.parametrize(
        ("expected", "value"),
        [
            ({"a": 1}, UserDict(a=1)),
            ({"a": 1}, MappingProxyType({"a": 1})),
            ({"a": 1, "b": 2}, ChainMap({"a": 1}, {"a": 3, "b": 2})),
            ([1, 2], UserList([1, 2])),
            ([1], UserList(UserList([1]))),
            ({"a": 1}, Slotted(1)),
            ({"a": 1, "b": 2}, Model(a=1, b=2)),
            ({"a": 1}, OldModel(a=1)),
            ({"a": 1, "keys": 2}, row()),
            (Unordered(["a"]), {"a": 1}.keys()),
            (Unordered([1]), frozenset({1})),
            (ABSENT, range(10**12)),
            (ABSENT, iter([1])),
            (ABSENT, {"a": 1}.values()),
            (ABSENT, Trap()),
            (ABSENT, "text"[:0] or 1),
        ],
        ids=range(16),
    )
    def test_each(self, expected: Any, value: Any) -> None:
        """What is in it, in a container of a kind that says whether it has names or an order."""
        found = members_of(value, 10)
        assert expected == found
        assert type(expected) is type(found)

    def test_is_a_copy(self) -> None:
        """The caller's own container is never returned."""
        for value in ({"a": 1}, [1], UserDict(a=1)):
            assert value is not members_of(value, 10)


class TestPlainer:
    """`plainer`, for what is one value in another."""

    def test_each(self) -> None:
        """What the member of an enum holds counts, whatever it says."""
        assert ["held", "x", b"y"] == [plainer(each) for each in (Kind.X, UserString("x"), memoryview(b"y"))]
        assert all(plainer(each) is ABSENT for each in ("x", 1, b"x", [1], Trap(), Kind))


class TestTold:
    """`told_by`, for exceptions."""

    def test_each_part(self) -> None:
        """Arguments, text, notes, cause, context and members."""
        error = ExceptionGroup("two", [ValueError("x")])
        error.__cause__, error.__context__ = KeyError("y"), OSError("z")
        error.add_note("n")
        told = told_by(error)
        assert "two (1 sub-exception)" == told.text
        assert ["n", "KeyError('y')", "OSError('z')", "ValueError('x')"] == [
            each if type(each) is str else repr(each) for each in told.more
        ]

    def test_a_text_that_fails(self) -> None:
        """It says nothing."""
        odd = type("OddError", (Exception,), {"__str__": lambda _: 1 / 0})
        assert (["x"], "", []) == told_by(odd("x"))


class TestTexts:
    """`key_text` and `bytes_text`."""

    @pytest.mark.parametrize(
        ("expected", "key"),
        [
            ("a", "a"),
            ("a", b"a"),
            ("ÿa", b"\xffa"),
            ("1", 1),
            ("None", None),
            ("('a', b'b')", ("a", b"b")),
            ("Kind.X", Kind.X),
            ("<Trap>", Trap()),
        ],
        ids=range(8),
    )
    def test_keys(self, expected: str, key: Any) -> None:
        """As on a line; what can't be read is the name of its class."""
        assert expected == key_text(key)

    def test_bytes(self) -> None:
        """Each can be made bytes again."""
        for each in (b"a", bytearray("ż".encode()), bytes(range(256))):
            text, encoding = bytes_text(each)
            assert each == text.encode(encoding)
