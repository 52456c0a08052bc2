"""Values of every kind, subclasses that fail or lie among them, and how they are written."""

from __future__ import annotations

import collections
import enum
import numbers
from dataclasses import InitVar, dataclass, field
from typing import Any, ClassVar, NamedTuple

import attrs
import pydantic

from structlog_enrich.processors import Redact

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
