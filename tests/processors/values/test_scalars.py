"""Each row of "How values are rendered" that is one text, one number or nothing; and subclasses that lie."""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import itertools
import pathlib
import sys
import uuid
import zoneinfo
from typing import Any

import pytest
from structlog.exceptions import DropEvent

from structlog_enrich.processors.texts import cut
from tests.processors.values.specimens import Bits, Colour, Half, Mode, Old, Single, Size, Whole, failing, written


class TestScalars:
    """Values that are one text, one number or nothing."""

    @pytest.mark.parametrize(
        ("expected", "value"),
        [
            (None, None),
            (True, True),
            (0, 0),
            (2**63 - 1, 2**63 - 1),
            (-(2**63), -(2**63)),
            ("9223372036854775808", 2**63),
            ("-9223372036854775809", -(2**63) - 1),
            ("18446744073709551616", 2**64),
            ("1208925819614629174706176", 2**80),
            (1.5, 1.5),
            (5e-324, 5e-324),
            ("NaN", float("nan")),
            ("Infinity", float("inf")),
            ("-Infinity", float("-inf")),
            ("text", "text"),
            ("a\ufffdb\ufffd", "a\ud800b\udfff"),
            ("é", "é".encode()),
            ("", b""),
            ("base64:/w==", b"\xff"),
            ("ab", bytearray(b"ab")),
            ("ac", memoryview(b"abcd")[::2]),
            ("9.90", decimal.Decimal("9.90")),
            ("sNaN", decimal.Decimal("sNaN")),
            ("1/3", fractions.Fraction(1, 3)),
            ("00000000-0000-0000-0000-000000000007", uuid.UUID(int=7)),
            ("/srv/a", pathlib.PurePosixPath("/srv/a")),
            ("C:\\a", pathlib.PureWindowsPath("C:\\a")),
            ("user", collections.UserString("user")),
            ("red", Colour.RED),
            (["red", 2], Colour.ALL),
            (3, Size.BIG),
            ("fast", Mode.FAST),
            ("key", Old.KEY),
            (3, Bits.A | Bits.B),
            ("(1+2j)", 1 + 2j),
            ("Ellipsis", ...),
            ("<class 'int'>", int),
            (7, Whole(7)),
            (7, Single(7)),
            ("1208925819614629174706176", Whole(2**80)),
            (0.5, Half()),
            ("ValueError: no funds", ValueError("no funds")),
            ("KeyboardInterrupt: ", KeyboardInterrupt()),
            ("structlog.exceptions.DropEvent: ", DropEvent()),
        ],
        ids=itertools.count(),
    )
    def test_rows(self, expected: Any, value: Any) -> None:
        """Each row of the table, and its neighbours."""
        assert (type(expected), expected) == (type(written(value)), written(value))

    def test_digits_without_end(self) -> None:
        """An integer of ten thousand digits costs no more than its length: it is written in hexadecimal, cut."""
        assert cut(hex(10**10_000), 8_192) == written(10**10_000)
        assert "1" + "0" * 4_000 == written(10**4_000)

    def test_fewer_digits_allowed(self) -> None:
        """Where the interpreter was told to make fewer digits, hexadecimal stands in."""
        before = sys.get_int_max_str_digits()
        try:
            sys.set_int_max_str_digits(640)
            assert hex(10**1_000) == written(10**1_000)
        finally:
            sys.set_int_max_str_digits(before)


class TestTimes:
    """Moments, days and spans of time."""

    @pytest.mark.parametrize(
        ("expected", "value"),
        [
            ("2026-11-22T04:48:00.000123", datetime.datetime(2026, 11, 22, 4, 48, 0, 123)),  # noqa: DTZ001
            ("2026-11-22T04:48:00Z", datetime.datetime(2026, 11, 22, 4, 48, tzinfo=datetime.UTC)),
            (
                "2026-11-22T04:48:00+05:30",
                datetime.datetime(
                    2026, 11, 22, 4, 48, tzinfo=datetime.timezone(datetime.timedelta(hours=5, minutes=30))
                ),
            ),
            (
                "2026-11-22T04:48:00-03:00",
                datetime.datetime(2026, 11, 22, 4, 48, tzinfo=zoneinfo.ZoneInfo("America/Sao_Paulo")),
            ),
            ("1899-12-31T23:50:39Z", datetime.datetime(1900, 1, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Paris"))),
            ("2026-11-22", datetime.date(2026, 11, 22)),
            ("04:48:00.000001", datetime.time(4, 48, 0, 1)),
            (90.5, datetime.timedelta(minutes=1, seconds=30.5)),
            (-1e-06, datetime.timedelta(microseconds=-1)),
        ],
    )
    def test_rows(self, expected: Any, value: Any) -> None:
        """RFC 3339 with whole minutes of offset; naive without `Z`; spans in seconds."""
        assert expected == written(value)

    def test_a_zone_that_fails(self) -> None:
        """A time zone that raises costs this value only."""
        zone = failing(datetime.tzinfo, "utcoffset")()
        assert "<datetime.datetime>" == written(datetime.datetime(2026, 1, 1, tzinfo=zone))

    def test_a_zone_at_the_end_of_time(self) -> None:
        """A moment that has no place in UTC costs this value only."""
        zone = datetime.timezone(datetime.timedelta(hours=1, seconds=1))
        assert "<datetime.datetime>" == written(datetime.datetime.min.replace(tzinfo=zone))


class TestSubclasses:
    """Subclasses are read past whatever they override."""

    @pytest.mark.parametrize(
        ("expected", "value"),
        [
            ("plain", failing(str, "__str__", "__repr__", "__len__", "__iter__", "encode", "__format__")("plain")),
            (5, failing(int, "__int__", "__index__", "__str__", "__repr__", "__add__")(5)),
            (1.5, failing(float, "__float__", "__str__", "__repr__", "__sub__", "__eq__")(1.5)),
            ("NaN", failing(float, "__float__")("nan")),
            ("ab", failing(bytes, "decode", "__bytes__", "__iter__")(b"ab")),
            ({"a": 1}, failing(dict, "items", "keys", "__iter__", "__len__", "__getitem__", "__bool__", "copy")(a=1)),
            ([1, 2], failing(list, "__iter__", "__len__", "__getitem__", "__bool__", "copy")([1, 2])),
            ([1, 2], failing(tuple, "__iter__", "__len__", "__getitem__", "__bool__")((1, 2))),
            ([1, 2], failing(set, "__iter__", "__len__", "__contains__", "copy")({1, 2})),
            ([1, 2], failing(frozenset, "__iter__", "__len__", "__contains__", "copy")({1, 2})),
            ([1, 2], failing(collections.deque, "__iter__", "__len__", "__getitem__")([1, 2])),
            ("2026-11-22", failing(datetime.date, "isoformat", "__str__")(2026, 11, 22)),
            ("2026-01-01T00:00:00", failing(datetime.datetime, "isoformat", "__str__", "utcoffset")(2026, 1, 1)),
            (1.0, failing(datetime.timedelta, "total_seconds", "__str__")(seconds=1)),
        ],
        ids=itertools.count(),
    )
    def test_overrides_are_passed_by(self, expected: Any, value: Any) -> None:
        """What the base class holds is written, as the base class has it."""
        assert (type(expected), expected) == (type(written(value)), written(value))

    @pytest.mark.parametrize("kind", [collections.OrderedDict, collections.Counter, dict])
    def test_dicts(self, kind: Any) -> None:
        """Kinds of dict are objects."""
        assert {"a": 1, "b": 2} == written(kind({"a": 1, "b": 2}))

    def test_defaultdict_makes_nothing(self) -> None:
        """Reading a `defaultdict` doesn't fill it."""
        value = collections.defaultdict(list, a=1)
        assert {"a": 1} == written(value)
        assert ["a"] == list(value)

    def test_a_value_that_lies_about_its_class(self) -> None:
        """What something claims to be isn't believed: it stands for another object, and is named only."""
        claimed = type("Claimed", (), {"__class__": property(lambda _self: dict), "__module__": "here"})
        assert "<here.Claimed>" == written(claimed())
