"""Show a finished line to a person."""

from __future__ import annotations

import codecs
import logging
import os
from functools import cache
from operator import is_
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.processors.colours import coloured as _coloured
from structlog_enrich.processors.colours import plain, shows_colours
from structlog_enrich.processors.handover import NO_TRACEBACK, accepts_bytes, are_terminals, encoding_of, streams_of
from structlog_enrich.processors.harmless import encodable
from structlog_enrich.processors.width import asked_width, files_of, width_of

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

    from structlog_enrich.processors.layout import Layout

__all__ = ["ConsoleRenderer"]


class _Seen(NamedTuple):
    streams: list[Any]
    layout: Layout
    width: int
    terminals: tuple[int, ...]
    encodings: list[str]


class ConsoleRenderer:
    """Write the event for a person: time, level, message, its data, what befell it, its logger, then the stack.

    Texts with blanks are quoted, objects and lists written as JSON. `truncated`, `faults` and, inside a span, the first
    8 characters of the trace id are shown; the rest of the header is not. What is wider than the terminal goes on in
    rows of its own, nothing is left out; into a file or a pipe an event is one line, and only a stack has more. What a
    terminal would obey in the data is written as Python's escapes, and so is what the stream can't encode. It is handed
    over as `JSONRenderer` does: bytes to a logger of bytes, a tuple to a `logging.Logger`, text to all others.

    Args:
        colors: True and False decide. None leaves it to the environment, which is read here and once: `NO_COLOR`, then
            `FORCE_COLOR`, then `TERM=dumb`; and where that says nothing, to the wrapped logger: colours where all its
            streams are terminals, on Windows those of Windows Terminal.
        width: Cells of a row; 0 sets no bounds. None leaves it to the wrapped logger: where all its streams are
            terminals `COLUMNS`, which is read here and once, or else what the narrowest of them has at that moment, and
            no bounds everywhere else.

    Raises:
        ConfigurationError: A *width* that is neither None nor 0 or more.

    >>> line = {"timestamp": "2026-11-22T04:48:00.000123Z", "level": "info", "message": "paid", "payload": {"n": 1}}
    >>> ConsoleRenderer(colors=False)(None, "info", line)
    '04:48:00.000Z info     paid n=1'
    """

    __slots__ = ("_asked", "_seen", "_shown", "colors", "width")

    colors: bool | None
    width: int | None

    def __init__(self, *, colors: bool | None = None, width: int | None = None) -> None:
        if width is not None and (type(width) is not int or width < 0):
            raise ConfigurationError("width", "must be None or an integer, 0 or more", received=f"{width!r:.80}")
        self.colors = colors
        self.width = width
        self._asked = asked_width(os.environ)
        # Without a terminal, and with one.
        self._shown: Final = tuple(
            shows_colours(os.environ, watched=each) if colors is None else colors for each in (False, True)
        )
        self._seen: _Seen | None = None

    def __repr__(self) -> str:
        given = (("colors", self.colors), ("width", self.width))
        return f"ConsoleRenderer({', '.join(f'{name}={value}' for name, value in given if value is not None)})"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self.colors, self.width)

    def __call__(
        self, logger: WrappedLogger, method_name: str, event_dict: EventDict
    ) -> bytes | str | tuple[tuple[str], dict[str, bool]]:
        streams, seen = streams_of(logger), self._seen
        if seen is None or len(seen.streams) != len(streams) or not all(map(is_, seen.streams, streams)):
            # One tuple, replaced whole: threads with different loggers never see a mixture.
            self._seen = seen = self._look_at(streams)
        text = seen.layout(event_dict, seen.width or width_of(seen.terminals))
        if accepts_bytes(logger):
            return encodable(text, seen.encodings).encode(seen.encodings[0] if seen.encodings else "utf-8")
        text = encodable(text, seen.encodings)
        return ((text,), NO_TRACEBACK) if isinstance(logger, logging.Logger) else text

    def _look_at(self, streams: list[Any]) -> _Seen:
        watched = are_terminals(streams)
        width = self.width if self.width is not None else self._asked if watched else 0
        terminals = files_of(streams) if watched and self.width is None and not width else ()
        encodings = [each for each in map(encoding_of, streams) if each and not _is_utf8(each)]
        return _Seen(streams, _layout(coloured=self._shown[watched]), width, terminals, encodings)


@cache
def _layout(*, coloured: bool) -> Layout:
    # Most services never show a line to a person, and needn't import how.
    from structlog_enrich.processors.layout import Layout  # noqa: PLC0415

    return Layout(_coloured if coloured else plain)


def _is_utf8(encoding: str) -> bool:
    try:
        return codecs.lookup(encoding).name == "utf-8"
    except LookupError:
        return False


def _rebuild(colors: bool | None, width: int | None) -> ConsoleRenderer:  # noqa: FBT001 (as pickle gives it)
    return ConsoleRenderer(colors=colors, width=width)
