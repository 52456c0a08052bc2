"""Show a person what went wrong: the stack, or what is known without one."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.processors.colours import BAD, BOLD, DIM, FINE, PLACE, Paint
from structlog_enrich.processors.harmless import harmless, harmless_block
from structlog_enrich.processors.values import safe_repr
from structlog_enrich.processors.wrapping import cells, cut, fold

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["error_block", "stack_block"]

# Of exception groups: `  | `, `  + ` before a headline, `  +-+--- 1 ---` between members.
_MARGIN: Final = re.compile(r"(?: *\+[-+]{2,}(?: [\d.]+ -+)?$| *\| ?| *\+ (?=Exception))?")
_RULE: Final = re.compile(r" *\+[-+]{2,}(?: [\d.]+ -+)?")
_HEADLINE: Final = re.compile(
    r"(?:Exception Group )?Traceback \(most recent call last\):$|Stack \(most recent call last\):$"
    r"|The above exception was the direct cause of |During handling of the above exception, "
)
_FRAME: Final = re.compile(r'(  File ")(.*)(", line )(\d+)(?:(, in )(.*))?')
_POINTER: Final = re.compile(r" +[~^][~^ ]*")
_EXCEPTION: Final = re.compile(r"([^\W\d][\w.<>]*)(:.*)?")
_DEEPEST: Final = 4
_DEEPER: Final = 4
_RELATIONS: Final = {"cause": "caused by ", "context": "while handling "}


def error_block(error: dict[Any, Any], paint: Paint, width: int = 0) -> str:
    """Return the stack of *error*, or its type, message, notes, causes and members where it has none.

    Most recent frame last, as Python prints it, so that editors find the places.

    Args:
        error: As a line has it.
        paint: Gives a text its colour, or doesn't.
        width: Cells of a row, behind which lines are broken; 0 sets no bounds.

    >>> from structlog_enrich.processors.colours import plain
    >>> cause = {"type": "OSError", "message": "no route", "relation": "cause"}
    >>> print(error_block({"type": "ValueError", "message": "no rate", "causes": [cause]}, plain))
    ValueError: no rate
    caused by OSError: no route
    """
    stack = error.get("stack")
    if stack is None:
        return "\n".join(_described(error, "", 0, paint, width))
    return stack_block(_text(stack), paint, width)


def stack_block(stack: str, paint: Paint, width: int = 0) -> str:
    """Return the lines of *stack*, a traceback as Python prints it: its places and the exception stand out.

    Source that has to be broken keeps its pointers below each of its rows.
    """
    return "\n".join(_rows(harmless_block(stack).split("\n"), paint, width))


def _rows(lines: list[str], paint: Paint, width: int) -> Iterator[str]:
    expected, pointed = True, False
    for line, below in zip_longest(lines, lines[1:], fillvalue=""):
        if pointed:
            # Shown with its source.
            pointed = False
            continue
        if width and _RULE.fullmatch(line):
            yield paint(DIM, line[:width])
            continue
        margin = _fitting(_MARGIN.match(line)[0], width)  # type: ignore[index]
        rest = line[len(margin) :]
        pointed = bool(width) and below.startswith(margin) and bool(_POINTER.fullmatch(below, len(margin)))
        if pointed and cells(line) > width:
            yield from _together(rest, below[len(margin) :], margin, paint, width)
            continue
        pointed = False
        painted, expected = _painted(rest, paint, expected=expected)
        yield _row(painted, rest, margin, paint, width)


def _fitting(margin: str, width: int) -> str:
    # One that leaves no room is none.
    return margin if not width or len(margin) < width // 2 else ""


def _room(width: int, margin: str) -> int:
    # What may be left blank, half at most; a wide character needs two cells.
    return max((width - len(margin)) // 2 - 1, 0)


def _row(painted: str, rest: str, margin: str, paint: Paint, width: int) -> str:
    begun = paint(DIM, margin)
    if not width:
        return begun + painted
    blanks = len(rest) - len(rest.lstrip(" ")) + _DEEPER
    hanging = paint(DIM, margin.replace("+", "|")) + " " * min(blanks, _room(width, margin))
    return fold([painted], width, hanging, begun)


def _together(source: str, pointers: str, margin: str, paint: Paint, width: int) -> Iterator[str]:
    left = paint(DIM, margin)
    text = source.lstrip(" ")
    indent = min(len(source) - len(text), _room(width, margin))
    pointers = pointers[len(source) - len(text) :]
    while text:
        head, text = cut(text, width - len(margin) - indent)
        if not head:
            # A terminal of one cell: there is no row for a wide character.
            head, text = text[0], text[1:]
        under, pointers = pointers[: cells(head)].rstrip(), pointers[cells(head) :]
        yield left + " " * indent + head
        if under:
            yield left + " " * indent + paint(BAD, under)


def _painted(line: str, paint: Paint, *, expected: bool) -> tuple[str, bool]:
    """Return *line* in its colours, and whether the next may name an exception."""
    if frame := _FRAME.fullmatch(line):
        opening, path, middle, number, before, name = frame.groups("")
        place = paint(DIM, opening) + paint(PLACE, path) + paint(DIM, middle) + paint(FINE, number)
        return place + paint(DIM, before) + paint(BOLD, name), True
    if _HEADLINE.match(line) or not line:
        return paint(DIM, line), True
    if _POINTER.fullmatch(line):
        return paint(BAD, line), expected
    if expected and (found := _EXCEPTION.fullmatch(line)):
        # What follows is the rest of its message, and notes.
        return paint(BAD, found[1]) + (found[2] or ""), False
    return line, expected


def _described(error: dict[Any, Any], margin: str, depth: int, paint: Paint, width: int) -> Iterator[str]:
    relation = error.get("relation")
    before = _RELATIONS.get(relation, "") if isinstance(relation, str) else ""
    kind, message = harmless(_text(error.get("type", ""))), _lines(error.get("message", ""))
    first = paint(DIM, before) + paint(BAD, kind) + (message[0] and f": {message[0]}")
    left = _fitting(margin, width)
    for row in (first, *message[1:], *(row for note in _list(error, "notes") for row in _lines(note))):
        yield _row(row, row, left, paint, width)
    if depth < _DEEPEST:
        for name, inner in (("exceptions", "  | "), ("causes", "")):
            for each in _list(error, name):
                if isinstance(each, dict):
                    yield from _described(each, margin + inner, depth + 1, paint, width)


def _list(error: dict[Any, Any], name: str) -> list[Any]:
    found = error.get(name)
    return found if isinstance(found, list) else []


def _lines(value: Any) -> list[str]:
    return harmless_block(_text(value)).split("\n")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else safe_repr(value)
