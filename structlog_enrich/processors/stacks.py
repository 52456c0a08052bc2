"""Show a person what went wrong: the stack, or what is known without one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.processors.colours import BAD, BOLD, DIM, FINE, PLACE, Paint
from structlog_enrich.processors.harmless import harmless_block
from structlog_enrich.processors.values import safe_repr

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["error_block", "stack_block"]

# Of exception groups: `  | `, `  + ` before a headline, `  +-+--- 1 ---` between members.
_MARGIN: Final = re.compile(r"(?: *\+[-+]{2,}(?: [\d.]+ -+)?$| *\| ?| *\+ (?=Exception))?")
_HEADLINE: Final = re.compile(
    r"(?:Exception Group )?Traceback \(most recent call last\):$|Stack \(most recent call last\):$"
    r"|The above exception was the direct cause of |During handling of the above exception, "
)
_FRAME: Final = re.compile(r'(  File ")(.*)(", line )(\d+)(?:(, in )(.*))?')
_POINTER: Final = re.compile(r" +[~^][~^ ]*")
_EXCEPTION: Final = re.compile(r"([^\W\d][\w.<>]*)(:.*)?")
_DEEPEST: Final = 4
_RELATIONS: Final = {"cause": "caused by ", "context": "while handling "}


def error_block(error: dict[Any, Any], paint: Paint) -> str:
    """Return the stack of *error*, or its type, message, notes, causes and members where it has none.

    Most recent frame last, as Python prints it, so that editors find the places.

    >>> from structlog_enrich.processors.colours import plain
    >>> cause = {"type": "OSError", "message": "no route", "relation": "cause"}
    >>> print(error_block({"type": "ValueError", "message": "no rate", "causes": [cause]}, plain))
    ValueError: no rate
    caused by OSError: no route
    """
    stack = error.get("stack")
    if stack is None:
        return "\n".join(_described(error, "", 0, paint))
    return stack_block(stack if isinstance(stack, str) else safe_repr(stack), paint)


def stack_block(stack: str, paint: Paint) -> str:
    """Return the lines of *stack*, a traceback as Python prints it: its places and the exception stand out."""
    return "\n".join(_painted(harmless_block(stack), paint))


def _painted(stack: str, paint: Paint) -> Iterator[str]:
    expected = True
    for line in stack.split("\n"):
        margin = _MARGIN.match(line)[0]  # type: ignore[index]
        rest, left = line[len(margin) :], paint(DIM, margin)
        if frame := _FRAME.fullmatch(rest):
            expected = True
            opening, path, middle, number, before, name = frame.groups("")
            place = paint(DIM, opening) + paint(PLACE, path) + paint(DIM, middle) + paint(FINE, number)
            yield left + place + paint(DIM, before) + paint(BOLD, name)
        elif _HEADLINE.match(rest) or not rest:
            expected = True
            yield left + paint(DIM, rest)
        elif _POINTER.fullmatch(rest):
            yield left + paint(BAD, rest)
        elif expected and (found := _EXCEPTION.fullmatch(rest)):
            # What follows is the rest of its message, and notes.
            expected = False
            yield left + paint(BAD, found[1]) + (found[2] or "")
        else:
            yield left + rest


def _described(error: dict[Any, Any], margin: str, depth: int, paint: Paint) -> Iterator[str]:
    relation = error.get("relation")
    prefix = paint(DIM, margin + (_RELATIONS.get(relation, "") if isinstance(relation, str) else ""))
    message = _block(error.get("message", ""))
    yield prefix + paint(BAD, _block(error.get("type", ""))) + (message and f": {message}")
    yield from (paint(DIM, margin) + _block(note) for note in _list(error, "notes"))
    if depth < _DEEPEST:
        for name, more in (("exceptions", "  | "), ("causes", "")):
            for each in _list(error, name):
                if isinstance(each, dict):
                    yield from _described(each, margin + more, depth + 1, paint)


def _list(error: dict[Any, Any], name: str) -> list[Any]:
    found = error.get(name)
    return found if isinstance(found, list) else []


def _block(value: Any) -> str:
    return harmless_block(value if isinstance(value, str) else safe_repr(value))
