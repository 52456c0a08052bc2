"""What a person sees of a line, and in which order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import orjson

from structlog_enrich.processors.colours import BAD, BOLD, DIM, FINE, KEY, LEVELS, SERVICE, WARN, Paint
from structlog_enrich.processors.harmless import harmless
from structlog_enrich.processors.stacks import error_block, stack_block
from structlog_enrich.processors.values import safe_repr
from structlog_enrich.processors.wrapping import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Layout"]

_WORD: Final = re.compile(r"[^\s=\"']+")
_NAMED: Final = ("gap", "truncated", "faults")
# What fills a screen at each start, and what nobody watches a screen for.
_FOR_PROGRAMS: Final = {"log.start": ("processors",)}
_TRACE: Final = 8
_LEVEL: Final = 8
_WIDEST: Final = 20
_CLIENT_ERROR, _SERVER_ERROR = 400, 500
# Below the message, where that leaves most of the row to what is shown.
_INDENTS: Final = ((72, " " * 23), (16, " " * 4), (0, ""))


class Layout:
    """Write a line for a person: time, level, message, its data, what befell it, its logger, then the stack.

    One line for one event, and below it the lines of its stack when it has one; for a terminal each is broken into rows
    of its width. Whatever the line holds, the colours are the only thing in it that a terminal obeys.

    Args:
        paint: Gives a text its colour, or doesn't.
        service: Show which service wrote the line, in a column that is as wide as the widest name so far.
        today: A date, `2026-11-22`; a line of another day is shown with its own. None shows no date.

    >>> from structlog_enrich.processors.colours import plain
    >>> line = {"timestamp": "2026-11-22T04:48:00.000123Z", "level": "info", "message": "paid", "service": "till"}
    >>> Layout(plain, service=True, today="2026-11-23")(line)
    '2026-11-22 04:48:00.000Z info     till paid'
    """

    __slots__ = ("_paint", "_service", "_today", "_widest")

    def __init__(self, paint: Paint, *, service: bool = False, today: str | None = None) -> None:
        self._paint = paint
        self._service = service
        self._today = today
        self._widest = 0

    def __call__(self, line: Mapping[str, Any], width: int = 0) -> str:
        """Return what is shown of *line*, in rows of *width* cells; 0 sets no bounds."""
        paint = self._paint
        level = line.get("level", "")
        parts = [self._time(line.get("timestamp", "")), _level(level, paint)]
        if self._service:
            parts.append(self._column(_text(line.get("service", ""))))
        parts.append(paint(BOLD, _text(line.get("message", ""))))
        if span := _object(line, "span"):
            parts.append(_ended(span, paint))
        blocks = []
        hidden = _FOR_PROGRAMS.get(_text(line.get("event_name", "")), ())
        for name, colour in (("context", DIM), ("payload", KEY)):
            for key, value in _object(line, name).items():
                if key in hidden:
                    continue
                if key == "stack" and isinstance(value, str):
                    blocks.append(stack_block(value, paint, width))
                else:
                    parts.append(_pair(_text(key), value, colour, paint))
        parts += [_pair(name, line[name], WARN, paint) for name in _NAMED if line.get(name) is not None]
        # Behind the data, so that messages stand below one another.
        if (logger := line.get("logger")) is not None:
            parts.append(_pair("logger", logger, DIM, paint))
        if trace := _trace(line):
            parts.append(paint(DIM, f"trace={trace}"))
        if error := _object(line, "error"):
            blocks.append(error_block(error, paint, width))
        return "\n".join([fold(filter(None, parts), width, _indent(width)), *blocks])

    def _time(self, timestamp: Any) -> str:
        text = _text(timestamp)
        time = text[11:23]
        if not time:
            return ""
        day = "" if self._today in {None, text[:10]} else f"{text[:10]} "
        return self._paint(DIM, f"{day}{time}Z")

    def _column(self, service: str) -> str:
        self._widest = max(self._widest, min(len(service), _WIDEST))
        return self._paint(SERVICE, service) + " " * (self._widest - len(service))


def _indent(width: int) -> str:
    return next(indent for least, indent in _INDENTS if width >= least)


def _level(level: Any, paint: Paint) -> str:
    text = _text(level)
    # The blanks stay outside, so that a background ends with the word.
    return paint(LEVELS.get(text, WARN), text) + " " * (_LEVEL - len(text))


def _trace(line: Mapping[str, Any]) -> str:
    # Outside of any span, where `span_id` is the process's own, all lines of the process have one trace.
    trace = line.get("trace_id")
    if not isinstance(trace, str) or _text(line.get("span_id")) == _text(line.get("boot_id")):
        return ""
    return harmless(trace[:_TRACE])


def _ended(span: dict[Any, Any], paint: Paint) -> str:
    # Of a span that ends, what a person looks for first.
    if "duration_ms" not in span:
        return paint(DIM, _text(span.get("phase", "")))
    return f"({', '.join(_facts(span, paint))})"


def _facts(span: dict[Any, Any], paint: Paint) -> Iterator[str]:
    attributes = _object(span, "attributes")
    code, how = attributes.get("http.response.status_code"), span.get("outcome", span.get("status"))
    if code is not None:
        yield paint(_colour_of(code), _text(code))
    if how is not None:
        yield paint(FINE if _text(how) == "ok" else BAD, _text(how))
    yield f"{_text(span['duration_ms'])} ms"
    where = attributes.get("url.full", attributes.get("url.path"))
    if where is not None:
        yield _text(where)


def _colour_of(code: Any) -> str:
    if not isinstance(code, int) or code < _CLIENT_ERROR:
        return FINE
    return WARN if code < _SERVER_ERROR else BAD


def _pair(key: str, value: Any, colour: str, paint: Paint) -> str:
    return f"{paint(colour, f'{key}=')}{_value(value)}"


def _object(line: Mapping[str, Any], name: str) -> dict[Any, Any]:
    # In a hand-made chain it may be anything.
    found = line.get(name)
    return found if isinstance(found, dict) else {}


def _value(value: Any) -> str:
    if isinstance(value, str) and _WORD.fullmatch(value):
        return harmless(value)
    try:
        return harmless(orjson.dumps(value).decode())
    except TypeError:
        return _text(value)


def _text(value: Any) -> str:
    return harmless(value if isinstance(value, str) else safe_repr(value))
