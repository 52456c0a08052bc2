"""Show a finished line to a person."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Literal

from structlog_enrich.processors.rendering import JSONRenderer, stream_of

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

__all__ = ["ConsoleRenderer"]

# C0, DEL, C1, the line separators and the bidi controls: a terminal obeys them, and none of them may come from data.
_UNSAFE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_UNSAFE_IN_BLOCK: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class ConsoleRenderer:
    """Write the event for a person: time, level, message, then the event's own data, then the stack.

    Args:
        when: `always`, or `terminal`: only for a wrapped logger whose stream is a terminal, JSON for any other.

    >>> line = {"timestamp": "2026-11-22T04:48:00.000123Z", "level": "info", "message": "paid", "payload": {"n": 1}}
    >>> ConsoleRenderer()(None, "info", line)
    '04:48:00.000 info     paid n=1'
    """

    __slots__ = ("_json", "_seen", "when")

    when: Literal["always", "terminal"]

    def __init__(self, when: Literal["always", "terminal"] = "always") -> None:
        self.when = when
        self._json = JSONRenderer()
        self._seen: tuple[Any, bool] = (self, False)

    def __repr__(self) -> str:
        return f"ConsoleRenderer({self.when!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return ConsoleRenderer, (self.when,)

    def __call__(self, logger: WrappedLogger, method_name: str, event_dict: EventDict) -> Any:
        seen = self._seen
        if seen[0] is not logger:
            seen = self._seen = (logger, self.when == "always" or _is_terminal(logger))
        if not seen[1]:
            return self._json(logger, method_name, event_dict)
        return self._json.handed(logger, _text(event_dict).encode())


def _is_terminal(logger: WrappedLogger) -> bool:
    isatty = getattr(stream_of(logger), "isatty", None)
    return callable(isatty) and bool(isatty())


def _text(line: EventDict) -> str:
    parts = [str(line.get("timestamp", ""))[11:23], f"{line.get('level', ''):<8}", _safe(line.get("message", ""))]
    for name in ("context", "payload"):
        parts.extend(f"{_safe(key)}={_safe(value)}" for key, value in line.get(name, {}).items())
    text = " ".join(part for part in parts if part)
    error = line.get("error")
    if error is not None:
        shown = error.get("stack") or f"{error['type']}: {error['message']}"
        text += "\n" + _UNSAFE_IN_BLOCK.sub(_escaped, shown)
    return text


def _safe(value: Any) -> str:
    return _UNSAFE.sub(_escaped, value if isinstance(value, str) else repr(value))


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
