"""What fails and what lies. Each is made anew for each example."""

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import types
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from structlog.exceptions import DropEvent

if TYPE_CHECKING:
    from collections.abc import Callable


# What fails and what lies. Each is made anew for each example.


def raiser(error: Callable[[], BaseException]) -> Callable[..., Any]:
    """Return a method that raises a fresh *error* however it is called."""

    def method(*_args: object, **_kw: object) -> Any:
        raise error()

    return method


def failing(error: Callable[[], BaseException], *names: str, bases: tuple[type, ...] = (object,)) -> type:
    """Return a class whose methods of these *names* all raise *error*."""
    return type("Failing", bases, {name: raiser(error) for name in names})


ERRORS: tuple[Callable[[], BaseException], ...] = (
    ValueError,
    RecursionError,
    MemoryError,
    UnicodeDecodeError.__mro__[1],
    DropEvent,
    AttributeError,
    StopIteration,
)
REPRS = ("__repr__", "__str__", "__format__")
EQUALITY = ("__eq__", "__bool__", "__len__", "__iter__", "__getattr__")


class LyingClass:
    """Claim to be an exception, a dict and a text, as a proxy does."""

    def __init__(self, claimed: type) -> None:
        self.claimed = claimed

    @property
    def __class__(self) -> type:  # type: ignore[override]
        """Return the class that this object isn't of."""
        return self.claimed


class RaisingClass:
    """Fail when asked for the class."""

    __class__ = property(raiser(ValueError))  # type: ignore[assignment]


class Meta(type):
    """Fail when asked what the class is."""

    __hash__ = raiser(ValueError)  # type: ignore[assignment]
    __module__ = property(raiser(DropEvent))  # type: ignore[assignment]


class Endless(collections.UserDict[str, Any]):
    """Never come to an end of its keys."""

    def __iter__(self) -> Any:
        """Yield keys for ever."""
        number = 0
        while True:
            yield f"key{number}"
            number += 1

    def __getitem__(self, key: object) -> Any:
        """Return another endless mapping."""
        return Endless()


@dataclass(slots=True)
class Slotted:
    """Have one field that was never set."""

    unset: Any

    def __init__(self) -> None:
        """Leave the field as it is."""


class ReprIsNoText:
    """Return from `__repr__` what isn't text."""

    def __repr__(self) -> str:
        """Return a number."""
        return 5  # type: ignore[return-value]


class Text(str):
    """Be a text that fails at every turn."""

    __slots__ = ()
    __str__ = __repr__ = __format__ = __len__ = __iter__ = encode = __eq__ = raiser(ValueError)  # type: ignore[assignment]
    __hash__ = str.__hash__


class TextError(Exception):
    """Return from `__str__` a text that is none of the plain ones."""

    def __str__(self) -> str:
        """Return a text that fails at every turn."""
        return Text("boo")


def failing_error(error: Callable[[], BaseException], _value: object) -> BaseException:
    """Return an exception that raises *error* when it is asked what it says."""
    failed: BaseException = failing(error, *REPRS, bases=(Exception,))()
    return failed


def cyclic_list() -> Any:
    """Return a list that holds itself."""
    found: list[Any] = [1]
    found.append(found)
    return found


def cyclic_dict() -> Any:
    """Return a dict that holds itself in a list."""
    found: dict[str, Any] = {}
    found["self"] = [found]
    return found


def deep(depth: int = 100_000) -> Any:
    """Return lists in lists."""
    found: Any = []
    for _ in range(depth):
        found = [found]
    return found


def laughs() -> Any:
    """Return a few lists that stand for a billion."""
    found: Any = ["ha"] * 10
    for _ in range(9):
        found = [found] * 10
    return found


def loud(log: Any) -> Any:
    """Return an object whose `repr` logs."""

    class Loud:
        def __repr__(self) -> str:
            log.info("from a repr")
            return "Loud()"

    return Loud()


SPECIMENS: dict[str, Callable[[], Any]] = {
    "a list in itself": cyclic_list,
    "a dict in itself": cyclic_dict,
    "100,000 lists deep": deep,
    "endless mapping": Endless,
    "unset slot": Slotted,
    "repr is no text": ReprIsNoText,
    "failing __class__": RaisingClass,
    "object": object,
    "failing class": lambda: Meta("Odd", (), {})(),
    "failing class of exception": lambda: Meta("OddError", (Exception,), {})(),
    "failing text": lambda: Text("plain inside"),
    "exception with failing text": lambda: TextError("x"),
    "2**80": lambda: 2**80,
    "10**10_000": lambda: 10**10_000,
    "lone surrogate": lambda: "\ud800 lone",
    "long texts": lambda: ("x" * 1_000_000, "\u2028" * 100_000),
    "long range": lambda: range(10**30),
    "strided memory": lambda: memoryview(b"abcd")[::2],
    "mapping proxy": lambda: types.MappingProxyType({"password": "hunter2"}),
    "generator": lambda: (each for each in [1]),
    "signalling NaN": lambda: decimal.Decimal("sNaN"),
    "odd offset": lambda: datetime.datetime(1, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=5, seconds=3))),
    "enum of an object": lambda: enum.Enum("Odd", {"A": object()}).A,  # type: ignore[attr-defined]
    **{f"proxy of {kind.__name__}": partial(LyingClass, kind) for kind in (ValueError, dict, str, tuple, bytes, int)},
}
for _error in ERRORS:
    for _bases, _names, _args in (
        ((object,), REPRS, ()),
        ((object,), REPRS + EQUALITY, ()),
        ((dict,), ("__iter__", "items", "keys", "__len__", "__bool__"), ([("password", "x")],)),
        ((list,), ("__iter__", "__len__", "__getitem__"), ([1],)),
        ((Exception,), (*REPRS, "__bool__", "__eq__"), ("x",)),
        ((int,), ("__int__", "__index__", "__bool__"), (3,)),
    ):
        SPECIMENS[f"{_bases[0].__name__} raising {_error.__name__}"] = partial(
            lambda error, names, bases, args: failing(error, *names, bases=bases)(*args), _error, _names, _bases, _args
        )
