"""Each row of "How values are rendered", subclasses that lie included."""

from __future__ import annotations

import array
import collections
import datetime
import decimal
import enum
import fractions
import itertools
import numbers
import pathlib
import sys
import types
import uuid
import weakref
import zoneinfo
from dataclasses import InitVar, dataclass, field
from typing import Any, ClassVar, NamedTuple
from unittest import mock

import attrs
import pydantic
import pytest
from structlog.exceptions import DropEvent

from structlog_enrich.processors import Redact
from structlog_enrich.processors.values import SECRET, bytes_text, safe_repr, simpler, unreadable
from structlog_enrich.processors.walk import cut

MODULE = __name__


def written(value: Any) -> Any:
    """Return what is written for *value*."""
    return Redact()(None, "info", {"value": value})["value"]


def failing(base: type, *names: str, error: type[BaseException] = ValueError) -> type:
    """Return a subclass of *base* whose methods of these *names* raise *error*."""

    def method(*_args: object, **_kw: object) -> Any:
        raise error

    return type("Failing", (base,), dict.fromkeys(names, method))


class Colour(enum.Enum):
    """Have values of two kinds."""

    RED = "red"
    ALL = ("red", 2)


class Size(enum.IntEnum):
    """Be a number."""

    BIG = 3


class Mode(enum.StrEnum):
    """Be a text."""

    FAST = "fast"


class Old(str, enum.Enum):  # noqa: UP042 (the old kind is what is tested)
    """Be a text as it was done before `StrEnum`."""

    KEY = "key"


class Bits(enum.Flag):
    """Be a set of bits."""

    A = 1
    B = 2


class Point(NamedTuple):
    """Have two places."""

    x: int
    y: Any


Pair = collections.namedtuple("Pair", "left right")  # noqa: PYI024 (the untyped kind is what is tested)


@dataclass
class Order:
    """Have fields, and what only looks like one."""

    number: int
    parts: list[Any] = field(default_factory=list)
    kind: ClassVar[str] = "order"
    seed: InitVar[int] = 0


@dataclass(frozen=True, slots=True)
class Frozen:
    """Have slots and no way to change."""

    number: int


@dataclass(slots=True)
class Unset:
    """Have a slot that nothing was put into."""

    number: int
    late: Any

    def __init__(self) -> None:
        """Set one of two."""
        self.number = 1


class Child(Order):
    """Inherit fields without being decorated."""


@attrs.define
class Parcel:
    """Have attributes, one of them private."""

    weight: int
    _seal: str = "intact"


@attrs.frozen(slots=False)
class Stamp:
    """Have a frozen attribute."""

    price: float


class Customer(pydantic.BaseModel):
    """Have a secret."""

    model_config = pydantic.ConfigDict(extra="allow")
    name: str
    card: pydantic.SecretStr
    pin: pydantic.SecretBytes = pydantic.SecretBytes(b"1234")

    @pydantic.field_serializer("name")
    def _serialised(self, value: str) -> str:
        msg = f"a serializer isn't ours to run: {value}"
        raise AssertionError(msg)


class MySecret(pydantic.SecretStr):
    """Be a secret by inheritance."""


class Whole:
    """Be an integer as numpy's are: by registration."""

    def __init__(self, number: int) -> None:
        """Hold the *number*."""
        self.number = number

    def __int__(self) -> int:
        """Return the number."""
        return self.number


numbers.Integral.register(Whole)


class Single(Whole):
    """Be a real number by registration."""

    def __float__(self) -> float:
        """Return the number as a float."""
        return float(self.number)


class Half:
    """Be a real number by registration, and no integer."""

    def __float__(self) -> float:
        """Return a half."""
        return 0.5


numbers.Real.register(Half)


class Meta(type):
    """Break whoever asks what the class is."""

    @property
    def __module__(cls) -> str:  # type: ignore[override]
        """Fail."""
        raise ValueError


class Trap:
    """Note whatever is asked of it."""

    asked: ClassVar[list[str]] = []

    def __getattr__(self, name: str) -> Any:
        """Note the *name*."""
        self.asked.append(name)
        return None

    def __repr__(self) -> str:
        """Return a name."""
        return "Trap()"


class Proxy:
    """Stand for another object that must not be fetched."""

    @property
    def __class__(self) -> type:  # type: ignore[override]
        """Fetch it."""
        msg = "evaluated"
        raise AssertionError(msg)

    def __repr__(self) -> str:
        """Fetch it."""
        msg = "evaluated"
        raise AssertionError(msg)


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


class TestUnknown:
    """Objects of which nothing is known but how they show themselves."""

    @pytest.mark.parametrize("error", [ValueError, RecursionError, MemoryError, DropEvent, StopIteration])
    def test_a_failing_repr(self, error: type[BaseException]) -> None:
        """What fails to show itself is named by its type."""
        assert f"<{MODULE}.Failing>" == written(failing(object, "__repr__", error=error)())

    @pytest.mark.parametrize("result", [5, None, b"x"])
    def test_a_repr_that_is_no_text(self, result: Any) -> None:
        """A `repr` that returns something else has failed."""
        value = type("Odd", (), {"__repr__": lambda _self: result})()
        assert f"<{MODULE}.Odd>" == written(value)

    def test_a_repr_that_is_an_odd_text(self) -> None:
        """A text that overrides everything is read past it."""
        text = failing(str, "__str__", "__len__", "encode", "isascii")("odd")
        value = type("Odd", (), {"__repr__": lambda _self: text})()
        assert (str, "odd") == (type(written(value)), written(value))

    def test_a_long_repr(self) -> None:
        """A `repr` is cut like any text."""
        value = type("Long", (), {"__repr__": lambda _self: "x" * 1_000_000})()
        assert cut("x" * 1_000_000, 8_192) == written(value)

    def test_a_class_that_fails(self) -> None:
        """An object whose very class can't be asked is still written."""
        odd = Meta("Odd", (), {"__repr__": None})
        assert "<object>" == written(odd())

    @pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
    def test_what_must_pass(self, error: type[BaseException]) -> None:
        """What ends the program isn't swallowed."""
        with pytest.raises(error):
            written(failing(object, "__repr__", error=error)())

    def test_an_exception_that_cannot_say(self) -> None:
        """An exception with a failing `str` is named by its type."""
        assert f"<{MODULE}.Failing>" == written(failing(ValueError, "__str__")())

    def test_numbers_that_fail(self) -> None:
        """A registered number that can't be converted is named by its type."""
        value = failing(Whole, "__int__")(5)
        assert f"<{MODULE}.Failing>" == written(value)

    def test_memory_that_is_gone(self) -> None:
        """A released `memoryview` is named by its type."""
        memory = memoryview(b"abc")
        memory.release()
        assert "<memoryview>" == written(memory)

    def test_no_attribute_is_asked_for(self) -> None:
        """An unknown object is shown by its `repr` and asked for nothing else."""
        assert "Trap()" == written(Trap())
        assert [] == Trap.asked

    def test_mock(self) -> None:
        """A mock has every attribute and claims any class; it is named."""
        value = mock.MagicMock(spec=dict)
        assert "<unittest.mock.MagicMock>" == written(value)
        assert [] == value.mock_calls


class TestNothingIsConsumed:
    """Iterators stay where they are, and lazy objects stay asleep."""

    @pytest.mark.parametrize(
        "make",
        [
            lambda: iter([1, 2]),
            lambda: (each for each in [1, 2]),
            lambda: map(int, "12"),
            lambda: zip([1, 2], strict=True),
            lambda: reversed([1, 2]),
            lambda: itertools.count(1),
            lambda: iter({1, 2}),
            lambda: filter(None, [1, 2]),
            lambda: enumerate([1, 2]),
        ],
        ids=itertools.count(),
    )
    def test_iterators(self, make: Any) -> None:
        """An iterator is written by its `repr` and is not advanced."""
        iterator, other = make(), make()
        assert repr(iterator) == written(iterator)
        assert next(other) == next(iterator)

    def test_coroutines(self) -> None:
        """A coroutine is neither run nor closed."""

        async def answer() -> int:
            return 42

        coroutine = answer()
        assert repr(coroutine) == written(coroutine)
        with pytest.raises(StopIteration, match="42"):
            coroutine.send(None)

    def test_proxies(self) -> None:
        """A proxy that lies about its class is named, and what it stands for isn't fetched."""
        assert f"<{MODULE}.Proxy>" == written(Proxy())

    def test_weak_proxies(self) -> None:
        """A weak proxy is shown as what it is, dead or alive."""
        target = Trap()
        assert written(weakref.proxy(target)).startswith("<weakproxy at")

    @pytest.mark.parametrize(
        ("module", "name"), [("django.db.models.query", "QuerySet"), ("django.utils.functional", "Promise")]
    )
    def test_django(self, module: str, name: str) -> None:
        """A query isn't run and a translation isn't looked up, in subclasses neither."""
        base = type(name, (), {"__module__": module, "__repr__": None, "__iter__": None, "__len__": None})
        child = type("Child", (base,), {"__module__": "shop"})
        assert [f"<{module}.{name}>", "<shop.Child>"] == written([base(), child()])

    def test_a_sequence_of_its_own(self) -> None:
        """A registered sequence is read by its places, and only as many as are written."""
        read: list[int] = []

        class Rows(collections.abc.Sequence[int]):
            def __len__(self) -> int:
                return 10**6

            def __getitem__(self, index: Any) -> Any:
                read.append(index)
                return index

        assert 256 == len(written(Rows()))
        assert list(range(257)) == read

    def test_a_mapping_of_its_own(self) -> None:
        """A mapping without an end is read as far as is written."""

        class Endless(collections.abc.Mapping[str, int]):
            def __len__(self) -> int:
                raise ValueError

            def __iter__(self) -> Any:
                return (f"k{each}" for each in itertools.count())

            def __getitem__(self, key: str) -> int:
                return len(key)

        assert 256 == len(written(Endless()))

    def test_a_set_of_its_own(self) -> None:
        """A registered set is a list."""

        class Pair(collections.abc.Set[int]):
            def __len__(self) -> int:
                return 2

            def __iter__(self) -> Any:
                return iter([2, 1])

            def __contains__(self, item: object) -> bool:
                raise ValueError

        assert [1, 2] == written(Pair())


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


class TestFunctions:
    """The functions by themselves."""

    def test_the_cache_is_bounded(self) -> None:
        """Types made without end are rendered right and not kept without end."""
        for number in range(3_000):
            assert [number] == simpler(type("Made", (list,), {})([number]), 5)

    def test_secret_is_told(self) -> None:
        """A secret by its type is told by a mark of its own."""
        assert SECRET is simpler(pydantic.SecretStr("x"), 5)

    def test_one_more_than_asked(self) -> None:
        """One item more than asked for shows that there are more."""
        assert [[0, 1, 2]] * 3 == [simpler(each, 2) for each in (range(9), collections.deque(range(9)), set(range(9)))]
        assert {0: None, 1: None, 2: None} == simpler(dict.fromkeys(range(9)), 2)

    def test_safe_repr(self) -> None:
        """The `repr`, or the name of the type."""
        assert ["[1]", f"<{MODULE}.Failing>"] == [safe_repr([1]), safe_repr(failing(object, "__repr__")())]

    def test_unreadable(self) -> None:
        """The name of the type, and nothing that the value holds."""
        assert ["<int>", f"<{MODULE}.Trap>"] == [unreadable(5), unreadable(Trap())]

    def test_bytes_text(self) -> None:
        """Text where it is text."""
        assert ["ż", "base64:gA=="] == [bytes_text("ż".encode()), bytes_text(b"\x80")]

    def test_a_dict_that_changes_while_it_is_read(self) -> None:
        """It is read again from a copy; here a key changes it whenever it is hashed."""
        parcel: dict[Any, Any] = type("Parcel", (dict,), {})()

        class Key:
            def __hash__(self) -> int:
                parcel[f"more {len(parcel)}"] = len(parcel)
                return 1

        parcel[Key()] = "x"
        parcel["last"] = "y"
        assert {"x", "y"} < set(simpler(parcel, 100).values())
