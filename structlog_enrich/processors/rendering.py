"""Turn a finished line into what the wrapped logger takes."""

from __future__ import annotations

import codecs
import logging
import sys
from typing import TYPE_CHECKING, Any, Final, Literal

import orjson
from structlog import BytesLogger, PrintLogger

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.processors.encoding import ascii_only, escape_controls
from structlog_enrich.processors.redact import Redact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from structlog.typing import EventDict, Processor, WrappedLogger

__all__ = ["JSONRenderer"]

Output = Literal["auto", "bytes", "str"]

_OUTPUTS: Final = ("auto", "bytes", "str")

_DEL: Final = 0x7F

# How a line is handed over.
_BYTES, _TEXT, _ASCII, _STDLIB, _STDLIB_ASCII, _TERMINAL = range(6)
_ESCAPED: Final = frozenset({_ASCII, _STDLIB_ASCII})


class JSONRenderer:
    """Write the event as one line of JSON, in the form the wrapped logger takes.

    `bytes` for `structlog.BytesLogger` and whatever else has `accepts_bytes = True`. `((line,), {"exc_info": False})`
    for a `logging.Logger`, which would append the raw traceback otherwise. `str` for all others. Text that goes to a
    stream other than UTF-8 has `\\uXXXX` for what isn't ASCII.

    Args:
        output: `auto` decides by the wrapped logger; `bytes` and `str` decide for it.
        terminal: What to render with instead where the wrapped logger's stream is a terminal; None is JSON there too.

    Raises:
        ConfigurationError: An *output* that is none of the three.

    >>> JSONRenderer()(None, "info", {"event": "paid", "amount": 9.9})
    '{"event":"paid","amount":9.9}'
    """

    __slots__ = ("_kind", "_seen", "_stdout", "_total", "output", "terminal")

    output: Output
    terminal: Processor | None

    def __init__(self, output: Output = "auto", *, terminal: Processor | None = None) -> None:
        if output not in _OUTPUTS:
            raise ConfigurationError("output", f"must be one of {', '.join(_OUTPUTS)}", received=f"{output!r:.80}")
        self.output = output
        self.terminal = terminal
        self._total = Redact()
        self._stdout: Any = getattr(PrintLogger(), "_file", None)
        self._seen: tuple[Any, int] = (self, _TEXT)
        self._kind: tuple[type, Any, int] = (object, None, _TEXT)

    def __repr__(self) -> str:
        given = [] if self.output == "auto" else [repr(self.output)]
        if self.terminal is not None:
            given.append(f"terminal={self.terminal!r}")
        return f"JSONRenderer({', '.join(given)})"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self.output, self.terminal)

    def __call__(
        self, logger: WrappedLogger, method_name: str, event_dict: EventDict
    ) -> bytes | str | tuple[tuple[str], dict[str, bool]]:
        known, form = self._seen
        if known is not logger:
            form = self._look_at(logger)
        if form == _TERMINAL:
            shown: str = self.terminal(logger, method_name, event_dict)  # type: ignore[misc, assignment]
            return shown
        try:
            line = orjson.dumps(event_dict)
        except TypeError:
            # A hand-made chain without `Redact`, or a value that deceived it.
            line = orjson.dumps(self._total(logger, method_name, event_dict))
        if not line.isascii() or _DEL in line:
            line = escape_controls(line)
        if form == _BYTES:
            return line
        text = line.decode()
        if form in _ESCAPED:
            text = ascii_only(text)
        return text if form <= _ASCII else ((text,), {"exc_info": False})

    def _look_at(self, logger: WrappedLogger) -> int:
        # structlog's loggers keep their stream under a private name and tell it nowhere else. Without caching structlog
        # makes a new logger for each call, so what was found is kept for all of one kind that share a stream.
        stream = getattr(logger, "_file", None)
        if stream is self._stdout and isinstance(logger, PrintLogger):
            # Made for the standard output of back then, it prints to that of now.
            stream = sys.stdout
        kind, known_stream, form = self._kind
        if kind is not type(logger) or known_stream is not stream or stream is None:
            form = self._form_for(logger, stream)
            self._kind = (type(logger), stream, form)
        # One tuple each, replaced whole: threads with different loggers never see a mixture.
        self._seen = (logger, form)
        return form

    def _form_for(self, logger: WrappedLogger, stream: Any) -> int:
        if self.output == "bytes":
            return _BYTES
        if isinstance(logger, logging.Logger):
            return _STDLIB if all(map(_is_utf8, _streams(logger))) else _STDLIB_ASCII
        if self.output == "auto" and (
            isinstance(logger, BytesLogger) or getattr(logger, "accepts_bytes", False) is True
        ):
            return _BYTES
        if self.terminal is not None and _is_terminal(stream):
            return _TERMINAL
        return _TEXT if _is_utf8(stream) else _ASCII


def _rebuild(output: Output, terminal: Processor | None) -> JSONRenderer:
    return JSONRenderer(output, terminal=terminal)


def _streams(logger: logging.Logger) -> Iterator[Any]:
    # What the handlers write to; one that has no stream yet knows at least its encoding.
    current: logging.Logger | None = logger
    while current is not None:
        for handler in current.handlers:
            yield getattr(handler, "stream", None) or handler
        current = current.parent if current.propagate else None


def _is_terminal(stream: Any) -> bool:
    isatty = getattr(stream, "isatty", None)
    return callable(isatty) and bool(isatty())


def _is_utf8(stream: Any) -> bool:
    # A stream that doesn't say is taken for standard output.
    encoding: Any = getattr(stream, "encoding", None) or getattr(sys.stdout, "encoding", None)
    try:
        return codecs.lookup(encoding).name == "utf-8"
    except (LookupError, TypeError):
        return False
