"""What stands in place of a secret: one class for each way, made once and called for each value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction.markers import DROP, marker

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DROP", "MASK", "Call", "Drop", "Fixed", "Mask", "Partial", "Strategy", "Truncate", "plain_text"]

_LONGEST_FIXED: Final = 256
# How many characters at the end of a text of at least so many may be shown.
_SHOWN: Final = ((32, 4), (16, 3), (8, 2), (5, 1))
_MOST_SHOWN: Final = 4
_LONGEST_SHOWN: Final = 64
# By name: importing them would cost every service, and `str` of exactly these types says what they are.
_TEXT_TYPES: Final = frozenset(
    {
        ("datetime", "date"),
        ("datetime", "datetime"),
        ("decimal", "Decimal"),
        ("ipaddress", "IPv4Address"),
        ("ipaddress", "IPv6Address"),
        ("uuid", "UUID"),
    }
)
_MOST_BITS: Final = 4_096


class Strategy(Protocol):
    """Whatever replaces a value.

    Attributes:
        name: What `Sensitive("…")` and `strategies={rule: "…"}` call it.
        reveals: Whether a part of the value stays readable: then it is never used for passwords and their like.
    """

    @property
    def name(self) -> str: ...

    @property
    def reveals(self) -> bool: ...

    def __call__(self, value: Any, path: str, rule: str) -> Any:
        """Return what stands for *value* at *path*, which *rule* found."""


@dataclass(frozen=True, slots=True)
class Mask:
    """Replace a value by a marker with the id of the rule: the default.

    >>> Mask()("hunter2", "payload.password", "password")
    '[REDACTED:password]'
    """

    name: ClassVar[str] = "mask"
    reveals: ClassVar[bool] = False

    def __call__(self, value: Any, path: str, rule: str) -> str:
        return marker(rule)


MASK: Final = Mask()
"""What is done where nothing else is said, and where anything else fails."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Leave a value out, with its key.

    >>> Drop()("hunter2", "payload.password", "password")
    DROP
    """

    name: ClassVar[str] = "drop"
    reveals: ClassVar[bool] = False

    def __call__(self, value: Any, path: str, rule: str) -> object:
        return DROP


@dataclass(frozen=True, slots=True)
class Fixed:
    """Replace a value by one text, the same for all.

    Args:
        text: At most 256 printable characters.

    Raises:
        ConfigurationError: *text* isn't that.

    >>> Fixed("***")("hunter2", "payload.password", "password")
    '***'
    """

    text: str
    name: ClassVar[str] = "fixed"
    reveals: ClassVar[bool] = False

    def __post_init__(self) -> None:
        text = self.text
        if not isinstance(text, str) or len(text) > _LONGEST_FIXED or not text.isprintable():
            raise ConfigurationError(
                "text", f"must be at most {_LONGEST_FIXED} printable characters", received=f"{text!r:.80}"
            )

    def __call__(self, value: Any, path: str, rule: str) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Partial:
    """Show the end of a text and put stars in place of the rest, of which at most 64 are written.

    How much is shown grows with the text: nothing of fewer than 5 characters, then 1, of 8 then 2, of 16 then 3, of 32
    and more 4. What is neither text nor a number is masked.

    Args:
        most: The most characters that are shown, 1 to 4.

    Raises:
        ConfigurationError: *most* isn't 1 to 4.

    Source: the scrubber of the Datadog Agent.

    >>> Partial()("4111111111111111", "payload.card", "card"), Partial()("1234", "payload.n", "card")
    ('*************111', '****')
    """

    most: int = _MOST_SHOWN
    name: ClassVar[str] = "partial"
    reveals: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if type(self.most) is not int or not 1 <= self.most <= _MOST_SHOWN:
            raise ConfigurationError("most", f"must be 1 to {_MOST_SHOWN} characters", received=f"{self.most!r:.80}")

    def __call__(self, value: Any, path: str, rule: str) -> str:
        text = plain_text(value)
        if text is None:
            return marker(rule)
        size = len(text)
        shown = min(next((shown for least, shown in _SHOWN if size >= least), 0), self.most)
        return "*" * min(size - shown, _LONGEST_SHOWN - shown) + text[size - shown :]


@dataclass(frozen=True, slots=True)
class Truncate:
    """Keep the beginning of a text. What is neither text nor a number is masked.

    Args:
        length: How many characters are kept, 1 to 1,024, and never more than half of the text.

    Raises:
        ConfigurationError: *length* isn't 1 to 1,024.

    >>> Truncate(4)("SW1A 2AA", "payload.postcode", "postcode"), Truncate(4)("SW1A", "payload.postcode", "postcode")
    ('SW1A…', 'SW…')
    """

    length: int
    name: ClassVar[str] = "truncate"
    reveals: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if type(self.length) is not int or not 1 <= self.length <= 1_024:  # noqa: PLR2004 (said above)
            raise ConfigurationError("length", "must be 1 to 1024 characters", received=f"{self.length!r:.80}")

    def __call__(self, value: Any, path: str, rule: str) -> str:
        text = plain_text(value)
        if text is None:
            return marker(rule)
        if text.endswith("…") and len(text) <= self.length + 1:
            return text
        return text[: min(self.length, len(text) // 2)] + "…"


@dataclass(frozen=True, slots=True)
class Call:
    """Ask a function what stands in place of a value. Whatever it raises, the value is masked.

    Args:
        function: Takes the value, its path and the id of the rule. What it returns is written without another look.

    Raises:
        ConfigurationError: *function* can't be called.

    >>> Call(lambda value, path, rule: f"{len(value)} characters")("hunter2", "payload.password", "password")
    '7 characters'
    """

    function: Callable[[Any, str, str], Any]
    name: ClassVar[str] = "call"
    # What it shows is its author's to answer for.
    reveals: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise ConfigurationError("function", "must be callable", received=f"{type(self.function).__name__}")

    def __repr__(self) -> str:
        # Never the function's own `repr`: that of a partial or of an object may show what it holds.
        kind = type(self.function)
        module, name = getattr(self.function, "__module__", ""), getattr(self.function, "__qualname__", "")
        return f"Call({module}.{name})" if name else f"Call({kind.__module__}.{kind.__qualname__})"

    def __call__(self, value: Any, path: str, rule: str) -> Any:
        return self.function(value, path, rule)


def plain_text(value: Any) -> str | None:
    """Return a text, bytes, a number or one of a few standard types as text; None for anything else.

    None of the value's own code runs.

    >>> plain_text(b"ok"), plain_text(4111), plain_text([1])
    ('ok', '4111', None)
    """
    kind = type(value)
    if issubclass(kind, str):
        return str.__str__(value)
    if kind is bool:
        return None
    if kind is int and value.bit_length() <= _MOST_BITS:
        return int.__repr__(value)
    if kind is float:
        return float.__repr__(value)
    if kind is bytes or kind is bytearray:
        return bytes(value).decode("utf-8", "backslashreplace")
    if (kind.__module__, kind.__name__) in _TEXT_TYPES:
        return str(value)
    return None
