"""Statements of SQL that name a column apart from its value: in rows of values, and in a driver's arguments."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.redaction.values.rule import BUDGET_RULE
from structlog_enrich.redaction.values.shapes import is_placeholder, matched_to
from structlog_enrich.redaction.values.tuples import BLANKS, literal_within, row_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from structlog_enrich.redaction.values.tuples import Row

__all__ = ["Statements", "is_column"]

_Span = tuple[int, int, str]
_Column = tuple[bytes, "str | None"]
# How the placeholder of a column's value is called; None where the value itself stands.
_Place = tuple["bytes | None", _Column]

_LONGEST_COLUMNS: Final = 4_096
_MOST_COLUMNS: Final = 256
# How many rows and placeholders of a statement are read; the rest is masked.
_MOST_ROWS: Final = 2_048
_MOST_PLACES: Final = 8_192
# What may stand between the columns and their values: blanks, a comment, what a database adds.
_BEFORE_VALUES: Final = re.compile(
    rb"(?:\s|\\[nrt]|/\*[^*]{0,256}\*/|(?i:overriding\s{1,8}(?:system|user)\s{1,8}value)"
    rb"|(?i:output\s)[\w\s.,*\[\]\"`]{1,512})*+\Z"
)
_AROUND_NAME: Final = b" \t\r\n\\\"'`[]"
_FIRST_ROW: Final = re.compile(rb"(?i:values?)%b(?i:row)?%b(?=\()" % (BLANKS, BLANKS))
_NEXT_ROW: Final = re.compile(rb"%b,%b(?i:row)?%b(?=\()" % (BLANKS, BLANKS, BLANKS))
# What a driver puts an argument for, by turn or by number.
_PLACEHOLDER: Final = re.compile(rb"%s|\?|\$[0-9]{1,5}\b|:[0-9]{1,5}\b|@[pP][0-9]{1,5}\b")
_PIECE: Final = re.compile(
    rb"(?P<values>\b(?i:values?)%b(?i:row)?%b\()|(?P<value>%b"
    rb"|'(?:[^'\\]|\\.)*+'|(?<![\w.])(?:[0-9.]{1,32}|(?i:null))\b)" % (BLANKS, BLANKS, _PLACEHOLDER.pattern),
    re.DOTALL,
)
_COMPARED: Final = re.compile(
    rb"([A-Za-z_][A-Za-z0-9_]{0,63})\\{0,15}[\"`\]]?\s{0,8}(?:=|<>|!=|\s(?i:i?like)\s)\s{0,8}\Z"
)
_COMPARISONS: Final = frozenset({b"=", b">", b"e", b"E"})
_VERB: Final = re.compile(rb"(?i:\b(?:insert|replace|update|merge|upsert|delete|select|with)\b)")
_ARGUMENTS: Final = re.compile(rb"[^()\[\]}]{1,64}?(?=[(\[])")
_NUMBERED: Final = re.compile(rb"(?:, )?(\$[0-9]{1,5}) = ('(?:[^']|'')*+(?:'|\Z)|[^\s,']{1,256})")
_LIST: Final = re.compile(rb"(?i:\b(?:into|table|index|on|key|unique|conflict)\b[ ]{1,4}[^()\s]{0,128}[ ]{0,4}\Z)")
_TWO: Final = 2
_NUMBER: Final = re.compile(rb"[+-]?[0-9]{1,18}")
_BARE: Final = re.compile(rb"(?!\$[A-Za-z_]{0,32}\$)[^\"'0-9+-][^\"']*")


class Statements:
    """Find values and arguments whose column a statement names elsewhere.

    Args:
        classify: Returns the id of the rule that masks what stands under a column, or None when nothing does.
        judge: Has the last word where *classify* named a rule; see `Scanner`.
    """

    __slots__ = ("_classify", "_judge")

    def __init__(
        self, classify: Callable[[str], str | None], judge: Callable[[str, Any], str | None] | None = None
    ) -> None:
        self._classify = classify
        self._judge = judge

    def find_values(self, data: bytes, at: int) -> list[_Span]:
        """Return the values for columns of secrets in all rows of the `VALUES` at *at*, and their arguments."""
        columns = self._columns(data, at)
        if not _rule_among(columns):
            return []
        spans: list[_Span] = []
        bound: list[_Column] = []
        place = at
        for read, row in enumerate(_rows(data, at)):
            if read == _MOST_ROWS:
                return [*spans, (place, len(data), BUDGET_RULE)]
            spans += self._row(data, row, columns) or _nothing(at)
            bound += [column for name, column in _places(data, row, columns) if name]
            place = row.end
        start = matched_to(_ARGUMENTS, data, place)
        given = _arguments(data, start) if start > place and _rule_among(bound) else []
        if all(len(row.items) == len(bound) for row in given):
            spans += [span for row in given for span in self._row(data, row, bound)]
        return spans

    def find_arguments(self, data: bytes, at: int) -> list[_Span]:
        """Return those of Django's `args=` at *at* that the statement before it has for columns of secrets."""
        columns = [column for _, column in self._bound(data, data.rfind(b"args=", 0, at) + 1, at)]
        rows = _arguments(data, at + len(b"args=")) if _rule_among(columns) else []
        return [span for row in rows for span in self._row(data, row, columns)] or _nothing(at, len(columns))

    def find_numbered(self, data: bytes, at: int) -> list[_Span]:
        """Return those of PostgreSQL's `parameters: $1 = 'x'` at *at* that the statement before it has so."""
        bound = self._bound(data, data.rfind(b": $1 = ", 0, at) + 1, at)
        columns = {name: column for name, column in bound if column[1]}
        spans: list[_Span] = []
        place = data.find(b"$", at)
        while columns and (found := _NUMBERED.match(data, place)):
            if found[1] in columns:
                spans += self._value(data, found.span(2), columns[found[1]])
            place = found.end()
        return spans or _nothing(at, len(bound))

    def _columns(self, data: bytes, at: int) -> list[_Column]:
        """Return the columns in the brackets right before *at*."""
        window = data[max(0, at - _LONGEST_COLUMNS) : at]
        end = window.rfind(b")")
        start = window.rfind(b"(", 0, max(end, 0))
        if start < 0 or not _BEFORE_VALUES.match(window, end + 1):
            return []
        names = window[start + 1 : end].split(b",", _MOST_COLUMNS)
        return [self._column(name.strip(_AROUND_NAME).rpartition(b".")[2].strip(_AROUND_NAME)) for name in names]

    def _column(self, name: bytes) -> _Column:
        return name, self._classify(name.decode("utf-8", "replace")) if name else None

    def _bound(self, data: bytes, start: int, end: int) -> list[_Place]:
        """Return for which columns the statement before *end* has placeholders, or values where it has none."""
        verb = _VERB.search(data, start, end)
        places: list[_Place] = []
        at = verb.end() if verb else end
        while piece := _PIECE.search(data, at, end):
            at = piece.end()
            if len(places) > _MOST_PLACES:
                return [*places, (b"?", (b"", BUDGET_RULE))]
            columns = self._columns(data, piece.start()) if piece["values"] else []
            for row in islice(_rows(data, piece.start()), _MOST_ROWS) if columns else ():
                places += _places(data, row, columns)
                at = row.end
            if piece["value"]:
                name = piece["value"] if _PLACEHOLDER.fullmatch(piece["value"]) else None
                before = data[max(start, piece.start() - 96) : piece.start()]
                of = _COMPARED.search(before) if before.rstrip()[-1:] in _COMPARISONS else None
                places.append((name, self._column(of[1] if of else b"")))
        return [place for place in places if place[0]] or places

    def _row(self, data: bytes, row: Row, columns: list[_Column]) -> list[_Span]:
        if len(row.items) != len(columns) and (row.is_closed or len(row.items) > len(columns)):
            # Which of them stands where is open.
            shown = [item for item in row.items if not _is_nothing(data[slice(*item)])]
            rule = _rule_among(columns)
            return [(shown[0][0], shown[-1][1], rule)] if shown and rule else []
        found = [span for each in zip(row.items, columns, strict=False) for span in self._value(data, *each)]
        if not row.is_closed and row.items and (rule := _rule_among(columns)):
            # A text that ends where another one begins wasn't understood.
            start, end = row.items[-1]
            found += [(start, end, rule)] if data.count(b"'", start, end) > _TWO else []
        return found

    def _value(self, data: bytes, item: tuple[int, int], column: _Column) -> list[_Span]:
        name, rule = column
        value = data[slice(*item)]
        if rule is None or _is_nothing(value):
            return []
        start, end = literal_within(data, *item)
        if self._judge is not None:
            given = int(value) if _NUMBER.fullmatch(value) else data[start:end].decode("utf-8", "replace")
            rule = self._judge(name.decode("utf-8", "replace"), given)
        return [(start, end, rule)] if rule and not is_placeholder(data[start:end].strip()) else []


def is_column(data: bytes, start: int, end: int) -> bool:
    """Tell whether the quoted name from *start* to *end* is one of a statement's columns, whose neighbour is another.

    >>> text = b'INSERT INTO users ("password", "name") VALUES'
    >>> is_column(text, 20, 28), is_column(b"('password', 'hunter2')", 2, 10)
    (True, False)
    """
    quote = data[start - 1 : start]
    if quote == b"`" or (quote == b'"' and (data[start - 2 : start - 1] == b"." or data[end + 1 : end + 2] == b".")):
        return True
    bracket = data.rfind(b"(", max(0, start - _LONGEST_COLUMNS), start)
    return bracket >= 0 and _LIST.search(data, max(0, bracket - 140), bracket) is not None


def _rows(data: bytes, at: int) -> Iterator[Row]:
    """Yield the rows of the `VALUES` at *at*."""
    found = _FIRST_ROW.match(data, at)
    while found and (row := row_at(data, found.end())):
        yield row
        found = _NEXT_ROW.match(data, row.end)


def _arguments(data: bytes, at: int) -> list[Row]:
    """Return the arguments at *at*; of a statement that was run many times those of each."""
    found = row_at(data, at)
    if found is None:
        return []
    several = [row for start, _ in found.items if (row := row_at(data, start)) is not None]
    return several if len(several) == len(found.items) else [found]


def _nothing(at: int, times: int = 1) -> list[_Span]:
    # What was read costs something, also where nothing is found.
    return [(at, at, BUDGET_RULE)] * times


def _places(data: bytes, row: Row, columns: Iterable[_Column]) -> Iterator[_Place]:
    for item, column in zip(row.items, columns, strict=False):
        value = data[slice(*item)]
        names = () if value[:1] in {b"'", b'"'} else _PLACEHOLDER.findall(value)
        yield from ((name, column) for name in names or (None,))


def _is_nothing(value: bytes) -> bool:
    # A placeholder, a word such as NULL, or a call without a text in it.
    return not value or _BARE.fullmatch(value) is not None


def _rule_among(columns: Iterable[_Column]) -> str | None:
    return next((rule for _, rule in columns if rule), None)
