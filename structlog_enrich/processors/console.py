"""Show a finished line to a person."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

__all__ = ["ConsoleRenderer"]

# C0, DEL, C1, the line separators and the bidi controls: a terminal obeys them, and none of them may come from data.
_UNSAFE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_UNSAFE_IN_BLOCK: Final = re.compile(_UNSAFE.pattern.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f"))


class ConsoleRenderer:
    """Write the event for a person: time, level, message, then the event's own data, then the stack.

    Control characters in the data are written as `\\uXXXX`, so that none reaches the terminal.

    >>> line = {"timestamp": "2026-11-22T04:48:00.000123Z", "level": "info", "message": "paid", "payload": {"n": 1}}
    >>> ConsoleRenderer()(None, "info", line)
    '04:48:00.000 info     paid n=1'
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "ConsoleRenderer()"

    def __call__(self, logger: WrappedLogger, method_name: str, event_dict: EventDict) -> str:
        return _text(event_dict)


def _text(line: EventDict) -> str:
    parts = [
        _safe(line.get("timestamp", ""))[11:23],
        f"{_safe(line.get('level', '')):<8}",
        _safe(line.get("message", "")),
    ]
    for name in ("context", "payload"):
        parts.extend(f"{_safe(key)}={_safe(value)}" for key, value in _object(line, name).items())
    text = " ".join(part for part in parts if part)
    if error := _object(line, "error"):
        shown = error.get("stack") or f"{error.get('type')}: {error.get('message')}"
        text += "\n" + _UNSAFE_IN_BLOCK.sub(_escaped, str(shown))
    return text


def _object(line: EventDict, name: str) -> dict[Any, Any]:
    # In a hand-made chain it may be anything.
    found = line.get(name)
    return found if isinstance(found, dict) else {}


def _safe(value: Any) -> str:
    return _UNSAFE.sub(_escaped, value if isinstance(value, str) else repr(value))


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
