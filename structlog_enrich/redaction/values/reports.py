"""Secrets in reports that name a value apart from where it stands: of validation, of databases, of forms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Reports"]

_AROUND = 4_096
_INPUT_END = b", input_type="
_LONGEST_LINE, _LONGEST_NAME = 1_024, 256
_WORD = re.compile(rb"[A-Za-z_][A-Za-z0-9_]{2,63}")
_PARAMETERS = re.compile(rb"\[parameters: (\[?\(.{0,8192}?\)\]?)\](?:\s|\Z)", re.DOTALL)
_COLUMNS = re.compile(rb"\(([^()\n]{1,512})\Z")
_PART = re.compile(
    rb"form-data;[^\r\n]{0,200}?[ ;]name=\"([^\"\r\n]{1,128})\"[^\r\n]{0,200}"
    rb"(?:\r?\n[^\r\n]{1,200}){0,4}\r?\n\r?\n([^\r\n]{1,4096})"
)


class Reports:
    """Find values whose name stands elsewhere in the report.

    Args:
        classify: Returns the id of the rule that masks what stands under a name, or None when nothing does.
    """

    __slots__ = ("_classify",)

    def __init__(self, classify: Callable[[str], str | None]) -> None:
        self._classify = classify

    def find_input(self, data: bytes, at: int) -> list[tuple[int, int, str]]:
        """Return the input that pydantic prints from *at*, where the line above names a secret's field."""
        rule = self._rule_of(_line_above(data, at))
        if rule is None:
            return []
        start = at + len(b"input_value=")
        end = data.find(_INPUT_END, start, start + _AROUND)
        return [(start, end, rule)] if end > start else []

    def find_parameters(self, data: bytes, at: int) -> list[tuple[int, int, str]]:
        """Return the positional parameters that SQLAlchemy prints from *at*, where the statement names a secret."""
        found = _PARAMETERS.match(data, at)
        if found is None:
            return []
        # Of a statement that was cut, or isn't shown, nothing is known.
        shown = max(0, data.rfind(b"[SQL: ", max(0, at - _AROUND), at))
        statement = data[shown:at].rstrip() if data.startswith(b"[SQL: ", shown) else b""
        words = _WORD.findall(statement) if statement.endswith(b"]") else ()
        rule = next((rule for word in dict.fromkeys(words) if (rule := self._rule_of(word))), None)
        return [(*found.span(1), rule)] if rule else []

    def find_columns(self, data: bytes, at: int) -> list[tuple[int, int, str]]:
        """Return the values of PostgreSQL's `Key (a, b)=(1, 2)` around *at* whose columns name secrets."""
        columns = _COLUMNS.search(data[max(0, at - 520) : at])
        if columns is None:
            return []
        names = columns[1].split(b", ")
        place = at + len(b")=(")
        end = data.find(b")", place, place + _AROUND)
        rules = [self._rule_of(name.strip(b'"')) for name in names]
        if end < 0 or not any(rules):
            return []
        values = data[place:end].split(b", ")
        if len(values) != len(names):
            return [(place, end, next(filter(None, rules)))]
        spans = []
        for value, rule in zip(values, rules, strict=True):
            if rule:
                spans.append((place, place + len(value), rule))
            place += len(value) + len(b", ")
        return spans

    def find_part(self, data: bytes, at: int) -> list[tuple[int, int, str]]:
        """Return the value of the part of a form that begins at *at*, where its name is a secret's."""
        found = _PART.match(data, at)
        if found is None or (rule := self._rule_of(found[1])) is None:
            return []
        return [(*found.span(2), rule)]

    def _rule_of(self, name: bytes) -> str | None:
        return self._classify(name.decode("utf-8", "replace")) if name else None


def _line_above(data: bytes, at: int) -> bytes:
    """Return the line above that of *at*, empty where it begins with a blank or is too long for a field's name."""
    end = data.rfind(b"\n", max(0, at - _LONGEST_LINE), at)
    if end < 0:
        return b""
    start = data.rfind(b"\n", max(0, end - _LONGEST_LINE), end) + 1
    line = data[start:end]
    return line if len(line) <= _LONGEST_NAME and not line[:1].isspace() else b""
