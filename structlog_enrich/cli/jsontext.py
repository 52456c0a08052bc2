"""JSON that is read to be written again: every number as it was spelled, and each of two equal names."""

from __future__ import annotations

import json
import re
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Document", "read", "written"]

# More digits Python doesn't make a number of.
_MOST_DIGITS: Final = 4_000
# No UTF-8 has the surrogates; a line of ours has none of the others but escaped.
_HIDDEN: Final = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# Half of the surrogates stand for bytes that are no UTF-8, where there are any.
_HIDDEN_BESIDE_BYTES: Final = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udc7f\udd00-\udfff]")


class Document(NamedTuple):
    """Hold what a text of JSON says.

    Attributes:
        value: Of dicts, lists, texts and numbers.
        objects: All dicts in it.
        numbers: How each number that Python would spell otherwise was spelled, by its identity.
    """

    value: Any
    objects: list[dict[str, Any]]
    numbers: Mapping[int, tuple[float, str]]


class _Again(str):
    """Be a name that its object has already: it is kept beside the other, unequal to all but itself."""

    __slots__ = ()
    __hash__ = object.__hash__
    __eq__ = object.__eq__
    __ne__ = object.__ne__


def read(text: str) -> Document | None:
    """Return what *text* says, or None when it isn't JSON.

    >>> read('{"n": 1.10, "n": 2}').value
    {'n': 1.1, 'n': 2}
    >>> read("{torn") is None
    True
    """
    objects: list[dict[str, Any]] = []
    numbers: dict[int, tuple[float, str]] = {}

    def made(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            found = {}
            for name, value in pairs:
                found[_Again(name) if name in found else name] = value
        objects.append(found)
        return found

    def spelled(raw: str) -> float:
        number = float(raw)
        # The number is kept too, so that no other gets its identity.
        numbers[id(number)] = number, raw
        return number

    def whole(raw: str) -> float:
        return spelled(raw) if raw == "-0" or len(raw) > _MOST_DIGITS else int(raw)

    try:
        value = json.loads(
            text, object_pairs_hook=made, parse_float=spelled, parse_int=whole, parse_constant=_refuse
        )  # fmt: skip
    except (ValueError, RecursionError):
        return None
    return Document(value, objects, numbers)


def written(value: Any, document: Document, text: str) -> str:
    """Return *value* as JSON without spaces.

    Args:
        value: The value of *document*, or what is left of it.
        document: What was read.
        text: What it was read from: ASCII stays ASCII; a lone surrogate that stands for a byte stays that.

    >>> text = '{"n": 1.10, "note": "caf\\\\u00e9"}'
    >>> document = read(text)
    >>> written({**document.value, "more": None}, document, text)
    '{"n":1.10,"note":"caf\\\\u00e9","more":null}'
    """
    if text.isascii():
        return _written(value, document.numbers, encode_basestring_ascii)
    hidden = _HIDDEN_BESIDE_BYTES if _holds_bytes(text) else _HIDDEN
    return _written(value, document.numbers, lambda each: hidden.sub(_escape, encode_basestring(each)))


def _written(value: Any, numbers: Mapping[int, tuple[float, str]], quoted: Callable[[str], str]) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, dict):
        items = (f"{quoted(name)}:{_written(each, numbers, quoted)}" for name, each in value.items())
        return f"{{{','.join(items)}}}"
    if isinstance(value, list):
        return f"[{','.join(_written(each, numbers, quoted) for each in value)}]"
    return numbers[id(value)][1] if id(value) in numbers else json.dumps(value)


def _holds_bytes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)
