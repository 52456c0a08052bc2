"""The bytes of one line, decoded as strictly as the wire is written.

Most decoders keep the last of two equal names, read `NaN`, and round an integer that is too big for them. Here each of
these comes to light.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, Final, NamedTuple, NoReturn

import orjson

from structlog_enrich.schema.values import INT_MAX, INT_MIN

__all__ = ["MAX_DEPTH", "Decoded", "DecodingError", "decode"]

MAX_DEPTH: Final = 254
"""How deep objects and lists may stand in each other, the line itself included: as deep as orjson writes them."""

_LONGEST_NUMBER: Final = 32


class DecodingError(ValueError):
    """Say why bytes are no JSON value of the wire.

    Args:
        rule: The rule that is broken, in a word.
        message: What is wrong, in a few words, without a piece of the bytes.
    """

    def __init__(self, rule: str, message: str) -> None:
        self.rule = rule
        self.message = message
        super().__init__(rule, message)


class Decoded(NamedTuple):
    """Hold what bytes mean.

    Attributes:
        value: The JSON value; of names that stand twice, the last.
        repeated: Each object in it that had a name more than once, with that name.
    """

    value: Any
    repeated: list[tuple[dict[str, Any], str]]


def decode(text: bytes) -> Decoded:
    """Return what *text* means.

    Raises:
        DecodingError: It isn't one JSON value in UTF-8, is too deep, or holds what no JSON writer should write.

    >>> decode(b'{"a": {"b": 1, "b": 2}}')
    Decoded(value={'a': {'b': 2}}, repeated=[({'b': 2}, 'b')])
    """
    try:
        value = orjson.loads(text)
        # Whoever writes as orjson does gets back what was written, unless a name stood twice or a number lost digits.
        if orjson.dumps(value) == text:
            return Decoded(value, [])
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        pass
    return _decoded_slowly(text)


def _decoded_slowly(text: bytes) -> Decoded:
    repeated: list[tuple[dict[str, Any], str]] = []

    def as_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            counted = Counter(name for name, _ in pairs)
            repeated.extend((found, name) for name, count in counted.items() if count > 1)
        return found

    try:
        value = json.loads(
            text.decode(), object_pairs_hook=as_object, parse_constant=_refuse_constant, parse_int=_integer
        )
    except UnicodeDecodeError as error:
        raise DecodingError("utf8", f"must be UTF-8, which byte {error.start + 1} isn't") from None
    except json.JSONDecodeError as error:
        raise DecodingError("json", f"must be one JSON object: {error.msg} (character {error.colno})") from None
    except RecursionError:
        _refuse_depth()
    if _depth(value) > MAX_DEPTH:
        _refuse_depth()
    if b"\\u" in text:
        _refuse_surrogates(value)
    return Decoded(value, repeated)


def _refuse_constant(name: str) -> NoReturn:
    raise DecodingError("not_finite", f"must have a string in place of {name}")


def _refuse_depth() -> NoReturn:
    raise DecodingError("depth", f"must not nest deeper than {MAX_DEPTH}")


def _refuse_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise DecodingError("surrogate", "must not have half of a surrogate pair") from None


def _integer(digits: str) -> int:
    # Thousands of digits take long to read, or are refused; all that matters of them is that they are too many.
    if len(digits) <= _LONGEST_NUMBER:
        return int(digits)
    return INT_MIN - 1 if digits.startswith("-") else INT_MAX + 1


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level := [each for each in level if isinstance(each, dict | list)]:
        level = [item for each in level for item in (each.values() if isinstance(each, dict) else each)]
        depth += 1
    return depth
