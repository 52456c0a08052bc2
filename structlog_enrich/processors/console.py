"""Show a finished line to a person."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any, Final

import orjson

from structlog_enrich.processors.handover import NO_TRACEBACK, accepts_bytes, encoding_of, streams_of

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

__all__ = ["ConsoleRenderer"]

# C0, DEL, C1, the line separators and the bidi controls: a terminal obeys them, and none of them may come from data.
_UNSAFE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_UNSAFE_IN_BLOCK: Final = re.compile(_UNSAFE.pattern.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f"))
_WORD: Final = re.compile(r"[^\s=\"']+")


class ConsoleRenderer:
    """Write the event for a person: time, level, logger, message, its data, what befell it, then the stack.

    Texts with blanks are quoted, objects and lists written as JSON. `truncated` and `faults` are shown; the rest of the
    header is not. Control characters in the data are written as `\\uhhhh`, so that none reaches the terminal, and what
    the stream can't encode is escaped. It is handed over as `JSONRenderer` does: bytes to a logger of bytes, a tuple to
    a `logging.Logger`, text to all others.

    >>> line = {"timestamp": "2026-11-22T04:48:00.000123Z", "level": "info", "message": "paid", "payload": {"n": 1}}
    >>> ConsoleRenderer()(None, "info", line)
    '04:48:00.000Z info     paid n=1'
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "ConsoleRenderer()"

    def __call__(
        self, logger: WrappedLogger, method_name: str, event_dict: EventDict
    ) -> bytes | str | tuple[tuple[str], dict[str, bool]]:
        text = _text(event_dict)
        if accepts_bytes(logger):
            return text.encode()
        text = _encodable(text, streams_of(logger))
        return ((text,), NO_TRACEBACK) if isinstance(logger, logging.Logger) else text


def _text(line: EventDict) -> str:
    time = _safe(line.get("timestamp", ""))[11:23]
    parts = [time and f"{time}Z", f"{_safe(line.get('level', '')):<8}", _named("logger", line)]
    parts += [_safe(line.get("message", "")), _ended(_object(line, "span"))]
    blocks = []
    for name in ("context", "payload"):
        for key, value in _object(line, name).items():
            if key == "stack" and isinstance(value, str):
                blocks.append(value)
            else:
                parts.append(f"{_safe(key)}={_value(value)}")
    parts += [_named("truncated", line), _named("faults", line)]
    if error := _object(line, "error"):
        blocks.append(error.get("stack") or f"{error.get('type')}: {error.get('message')}")
    text = " ".join(part for part in parts if part)
    return "\n".join([text, *(_UNSAFE_IN_BLOCK.sub(_escaped, str(block)) for block in blocks)])


def _ended(span: dict[Any, Any]) -> str:
    # Of a span that ends, what a person looks for first.
    if "duration_ms" not in span:
        return _safe(span.get("phase", ""))
    attributes = _object(span, "attributes")
    code, where = attributes.get("http.response.status_code"), attributes.get("url.full", attributes.get("url.path"))
    how = span.get("outcome") or span.get("status")
    facts = [_safe(each) for each in (code, how, f"{span['duration_ms']} ms", where) if each is not None]
    return f"({', '.join(facts)})"


def _named(name: str, line: EventDict) -> str:
    value = line.get(name)
    return "" if value is None else f"{name}={_value(value)}"


def _object(line: EventDict, name: str) -> dict[Any, Any]:
    # In a hand-made chain it may be anything.
    found = line.get(name)
    return found if isinstance(found, dict) else {}


def _value(value: Any) -> str:
    if isinstance(value, str) and _WORD.fullmatch(value):
        return _safe(value)
    try:
        return _safe(orjson.dumps(value).decode())
    except TypeError:
        return _safe(value)


def _safe(value: Any) -> str:
    return _UNSAFE.sub(_escaped, value if isinstance(value, str) else repr(value))


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _encodable(text: str, streams: list[Any]) -> str:
    for stream in streams:
        if encoding := encoding_of(stream):
            try:
                text = text.encode(encoding, "backslashreplace").decode(encoding)
            except LookupError:
                text = text.encode("ascii", "backslashreplace").decode()
    return text
