"""Show a finished line to a person."""

from __future__ import annotations

import codecs
import logging
import os
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.processors.colours import asked_for, coloured, plain, shows_colours
from structlog_enrich.processors.handover import NO_TRACEBACK, accepts_bytes, encoding_of, streams_of
from structlog_enrich.processors.harmless import encodable
from structlog_enrich.processors.layout import Layout

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

__all__ = ["ConsoleRenderer"]

_PLAIN: Final = Layout(plain)
_COLOURED: Final = Layout(coloured)


class ConsoleRenderer:
    """Write the event for a person: time, level, logger, message, its data, what befell it, then the stack.

    Texts with blanks are quoted, objects and lists written as JSON. `truncated`, `faults` and, inside a span, the first
    8 characters of the trace id are shown; the rest of the header is not. One event is one line, however wide; only
    a stack has lines of its own. Control characters in the data are written as `\\uhhhh`, so that none reaches the
    terminal, and what the stream can't encode is escaped. It is handed over as `JSONRenderer` does: bytes to a logger
    of bytes, a tuple to a `logging.Logger`, text to all others.

    Args:
        colors: True and False decide. None leaves it to the environment, which is read here and once: `NO_COLOR`, then
            `FORCE_COLOR`, then `TERM=dumb`; and where that says nothing, to the wrapped logger: colours where all its
            streams are terminals, on Windows those of Windows Terminal.

    >>> line = {"timestamp": "2026-11-22T04:48:00.000123Z", "level": "info", "message": "paid", "payload": {"n": 1}}
    >>> ConsoleRenderer(colors=False)(None, "info", line)
    '04:48:00.000Z info     paid n=1'
    """

    __slots__ = ("_asked", "_seen", "colors")

    colors: bool | None

    def __init__(self, *, colors: bool | None = None) -> None:
        self.colors = colors
        self._asked = asked_for(os.environ) if colors is None else colors
        self._seen: tuple[list[Any], Layout, list[str]] = self._look_at([])

    def __repr__(self) -> str:
        return "ConsoleRenderer()" if self.colors is None else f"ConsoleRenderer(colors={self.colors})"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self.colors,)

    def __call__(
        self, logger: WrappedLogger, method_name: str, event_dict: EventDict
    ) -> bytes | str | tuple[tuple[str], dict[str, bool]]:
        streams = streams_of(logger)
        known, layout, encodings = self._seen
        if len(known) != len(streams) or any(one is not other for one, other in zip(known, streams, strict=True)):
            # One tuple, replaced whole: threads with different loggers never see a mixture.
            self._seen = _, layout, encodings = self._look_at(streams)
        text = layout(event_dict)
        if accepts_bytes(logger):
            return text.encode()
        text = encodable(text, encodings)
        return ((text,), NO_TRACEBACK) if isinstance(logger, logging.Logger) else text

    def _look_at(self, streams: list[Any]) -> tuple[list[Any], Layout, list[str]]:
        asked = shows_colours(streams, os.environ) if self._asked is None else self._asked
        encodings = [each for each in map(encoding_of, streams) if each and not _is_utf8(each)]
        return streams, _COLOURED if asked else _PLAIN, encodings


def _is_utf8(encoding: str) -> bool:
    try:
        return codecs.lookup(encoding).name == "utf-8"
    except LookupError:
        return False


def _rebuild(colors: bool | None) -> ConsoleRenderer:  # noqa: FBT001 (as pickle gives it)
    return ConsoleRenderer(colors=colors)
