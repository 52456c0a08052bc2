"""Turn a finished line into what the wrapped logger takes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, Literal

import orjson

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.processors.encoding import ascii_only, encode, escape_controls
from structlog_enrich.processors.handover import NO_TRACEBACK, accepts_bytes, are_terminals, are_utf8, streams_of
from structlog_enrich.processors.redact import Redact

if TYPE_CHECKING:
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
    stream other than UTF-8 has `\\uhhhh` for what isn't ASCII.

    Args:
        output: `auto` decides by the wrapped logger; `bytes` and `str` decide for it.
        terminal: What to render with instead where all the wrapped logger's streams are terminals; None is JSON there
            too.
        max_line: Bytes that a line of escaped text may have, newline included, since escaping makes a line that fitted
            longer; None leaves it so.
        total: What walks an event that orjson refuses, because it went through no `Redact` or deceived it; default
            one with the default policy and limits.

    Raises:
        ConfigurationError: An *output* that is none of the three.

    >>> JSONRenderer()(None, "info", {"event": "paid", "amount": 9.9})
    '{"event":"paid","amount":9.9}'
    """

    __slots__ = ("_kind", "_seen", "_total", "max_line", "output", "terminal")

    output: Output
    terminal: Processor | None
    max_line: int | None

    def __init__(
        self,
        output: Output = "auto",
        *,
        terminal: Processor | None = None,
        max_line: int | None = None,
        total: Redact | None = None,
    ) -> None:
        if output not in _OUTPUTS:
            raise ConfigurationError("output", f"must be one of {', '.join(_OUTPUTS)}", received=f"{output!r:.80}")
        self.output = output
        self.terminal = terminal
        self.max_line = max_line
        self._total = Redact() if total is None else total
        self._seen: tuple[Any, int] = (self, _TEXT)
        self._kind: tuple[type, list[Any], int] = (object, [], _TEXT)

    def __repr__(self) -> str:
        given = [] if self.output == "auto" else [repr(self.output)]
        if self.terminal is not None:
            given.append(f"terminal={self.terminal!r}")
        if self.max_line is not None:
            given.append(f"max_line={self.max_line}")
        return f"JSONRenderer({', '.join(given)})"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self.output, self.terminal, self.max_line, self._total)

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
            if self.max_line is not None and len(text) >= self.max_line:
                from structlog_enrich.processors.fit import refit  # noqa: PLC0415 (loaded with `Redact`)

                refit(event_dict, self.max_line)  # type: ignore[arg-type]
                text = ascii_only(encode(event_dict).decode())
        return text if form <= _ASCII else ((text,), NO_TRACEBACK)

    def _look_at(self, logger: WrappedLogger) -> int:
        # Without caching structlog makes a new logger for each call, so what was found is kept for all of one kind that
        # share a stream.
        streams = streams_of(logger)
        kind, known, form = self._kind
        if kind is not type(logger) or len(streams) != 1 or len(known) != 1 or known[0] is not streams[0]:
            form = self._form_for(logger, streams)
            self._kind = (type(logger), streams, form)
        # One tuple each, replaced whole: threads with different loggers never see a mixture. A logger of the standard
        # library may have other handlers next time.
        if not isinstance(logger, logging.Logger):
            self._seen = (logger, form)
        return form

    def _form_for(self, logger: WrappedLogger, streams: list[Any]) -> int:
        if self.output == "bytes":
            return _BYTES
        if self.terminal is not None and self.output == "auto" and are_terminals(streams):
            return _TERMINAL
        if isinstance(logger, logging.Logger):
            return _STDLIB if are_utf8(streams) else _STDLIB_ASCII
        if self.output == "auto" and accepts_bytes(logger):
            return _BYTES
        return _TEXT if are_utf8(streams) else _ASCII


def _rebuild(output: Output, terminal: Processor | None, max_line: int | None, total: Redact) -> JSONRenderer:
    return JSONRenderer(output, terminal=terminal, max_line=max_line, total=total)
