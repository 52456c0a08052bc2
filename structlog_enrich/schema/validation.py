"""Whether lines keep the contract: what the models say of each, and what can only be seen in its bytes.

Where a rule has a counterpart in the published JSON Schema, both say the same of the same line. Only here, because no
JSON Schema can tell: the rules of `BEYOND_JSON_SCHEMA`.

```python
with open("shop.jsonl", "rb") as file:
    for finding in validate(read_lines(file)):
        ...
```
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from pydantic import ValidationError

from structlog_enrich.schema.decoding import DecodingError, decode
from structlog_enrich.schema.fields import FIELDS
from structlog_enrich.schema.models import Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pydantic_core import ErrorDetails

__all__ = ["BEYOND_JSON_SCHEMA", "MAX_LINE", "Finding", "read_lines", "validate"]

MAX_LINE: Final = 131_072
"""Bytes of a line, its end included, that a service writes unless it says otherwise."""

BEYOND_JSON_SCHEMA: Final = frozenset(
    {
        *("too_long", "torn", "crlf", "bom", "blank", "unescaped"),
        *("utf8", "json", "not_finite", "surrogate", "depth", "duplicate"),
    }
)
"""The rules about bytes. Besides, `type` asks for integers without a fraction, and `value` for what the schema's own
comment names."""

_BOM: Final = b"\xef\xbb\xbf"
# What some reader takes for the end of a line, and DEL and the C1 controls, which the wire escapes alike.
_UNESCAPED: Final = re.compile(rb"[\r\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8\xa9]")
_KNOWN: Final = frozenset(FIELDS)
_PLAIN: Final = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST_KEY: Final = 128
_LONGEST_PATH: Final = 512
_RULES: Final = {
    "missing": "required",
    "literal_error": "enum",
    "string_pattern_mismatch": "pattern",
    "string_too_short": "length",
    "string_too_long": "length",
    "too_short": "length",
    "too_long": "length",
    "greater_than_equal": "range",
    "less_than_equal": "range",
    "finite_number": "value",
    "value_error": "value",
}
_OF_UNION: Final = frozenset({"str", "int", "float", "bool"})
_MESSAGES: Final = {
    "missing": "must be there",
    "dict_type": "must be an object",
    "model_type": "must be an object",
}
_SHOULD: Final = re.compile("^(Input|String|List|Dictionary) should ")


class _Readable(Protocol):
    def readline(self, size: int, /) -> bytes: ...


class Finding(NamedTuple):
    """Say what was found in a line.

    Attributes:
        line: The number of the line, from 1.
        path: Where in it, as `redacted` spells it: `payload.cards[3]["a.b"]`; empty for the line as a whole.
        rule: The rule, in a word that programs may compare.
        message: What the rule asks for, in a few words, without the value, which may be a secret.
        violation: Whether the contract is broken; else it is information.
    """

    line: int
    path: str
    rule: str
    message: str
    violation: bool


def read_lines(file: _Readable, *, max_line: int = MAX_LINE) -> Iterator[bytes]:
    """Yield the lines of a binary file, each with its end, in bounded memory.

    Args:
        file: What is read, to its end.
        max_line: Bytes of the longest line, its end included. Of a longer one only the first `max_line + 1` are
            yielded, which is how `validate` knows it.

    >>> import io
    >>> list(read_lines(io.BytesIO(b"one\\ntwo and more\\nend"), max_line=4))
    [b'one\\n', b'two a', b'end']
    """
    size = max_line + 1
    while line := file.readline(size):
        yield line
        while len(line) == size and not line.endswith(b"\n"):
            line = file.readline(size)


def validate(lines: Iterable[bytes], *, strict: bool = False, max_line: int = MAX_LINE) -> Iterator[Finding]:
    """Yield what is wrong with *lines*, and what is worth knowing, as it goes through them.

    Args:
        lines: The lines, each with its end, such as `read_lines` yields.
        strict: Whether a top-level name that this version doesn't know is a violation; else it is information.
        max_line: Bytes of the longest line, its end included. A longer one isn't examined further.

    >>> [(each.line, each.path, each.rule) for each in validate([b'{"level":"gold"}\\n', b"[1]\\n"])][-2:]
    [(1, 'enrichment', 'required'), (2, '', 'type')]
    """
    for number, line in enumerate(lines, 1):
        for path, rule, message in _findings(line, max_line):
            yield Finding(number, path, rule, message, strict or rule != "unknown")


def _findings(line: bytes, max_line: int) -> Iterator[tuple[str, str, str]]:
    if len(line) > max_line:
        yield "", "too_long", f"must have at most {max_line:,} bytes"
        return
    whole = line.endswith(b"\n")
    if not whole:
        yield "", "torn", "must end with \\n"
    text = line.removesuffix(b"\n")
    if text.endswith(b"\r"):
        yield "", "crlf", "must end with \\n alone, without \\r"
        text = text[:-1]
    if text.startswith(_BOM):
        yield "", "bom", "must not begin with a byte order mark"
        text = text.removeprefix(_BOM)
    if not text.strip():
        if whole:
            yield "", "blank", "must not be blank"
        return
    try:
        value, repeated = decode(text)
    except DecodingError as error:
        # That a torn line can't be decoded is no second finding.
        if whole:
            yield "", error.rule, error.message
        return
    if (not text.isascii() or b"\x7f" in text or b"\r" in text) and _UNESCAPED.search(text):
        yield "", "unescaped", "must have \\u escapes for DEL, C1 controls and line separators"
    if repeated:
        names: dict[int, list[str]] = {}
        for each, name in repeated:
            names.setdefault(id(each), []).append(name)
        yield from _repetitions(value, (), names)
    try:
        Line.model_validate(value)
    except ValidationError as error:
        yield from _violations(value, error.errors(include_url=False, include_context=False))
    if isinstance(value, dict) and not value.keys() <= _KNOWN:
        for name in value:
            if name not in _KNOWN:
                yield _path_text((name,)), "unknown", "isn't a name that this version knows"


def _violations(value: Any, errors: Iterable[ErrorDetails]) -> Iterator[tuple[str, str, str]]:
    told: set[tuple[str | int, ...]] = set()
    for error in errors:
        kind, path = error["type"], _located(value, error)
        rule = "type" if kind.endswith("_type") else _RULES.get(kind, kind)
        message = _MESSAGES.get(kind) or _SHOULD.sub("must ", error["msg"]).removeprefix("Value error, ")
        if rule == "type" and path != error["loc"] and error["loc"][-1] in _OF_UNION:
            # Each member of a union complains on its own.
            if path in told:
                continue
            told.add(path)
            message = "must be a string, a number or a boolean"
        yield _path_text(path), rule, message


def _located(value: Any, error: ErrorDetails) -> tuple[str | int, ...]:
    """Return the part of an error's location that is a path in *value*; the rest names members of the schema."""
    location = error["loc"]
    if error["type"] == "missing":
        return location
    for length, step in enumerate(location):
        if value is error["input"]:
            return location[:length]
        try:
            value = value[step]
        except (LookupError, TypeError):
            return location[:length]
    return location


def _repetitions(
    value: Any, path: tuple[str | int, ...], names: Mapping[int, Sequence[str]]
) -> Iterator[tuple[str, str, str]]:
    items: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        for name in names.get(id(value), ()):
            yield _path_text((*path, name)), "duplicate", "must stand once in its object"
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for step, item in items:
        yield from _repetitions(item, (*path, step), names)


def _path_text(path: Iterable[str | int]) -> str:
    text = "".join(map(_segment, path)).removeprefix(".")
    return text if len(text) <= _LONGEST_PATH else f"{text[: _LONGEST_PATH - 1]}…"


def _segment(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    if _PLAIN.fullmatch(step) and len(step) <= _LONGEST_KEY:
        return f".{step}"
    quoted = step[:_LONGEST_KEY].replace("\\", "\\\\").replace('"', '\\"')
    return f'["{quoted}"]'
