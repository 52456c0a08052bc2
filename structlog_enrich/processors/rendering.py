"""Turn a finished line into what the wrapped logger takes."""

from __future__ import annotations

import codecs
import logging
import sys
from typing import TYPE_CHECKING, Any, Final, Literal

import orjson
from structlog import BytesLogger

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.processors.encoding import ascii_only, encode, escape_controls
from structlog_enrich.processors.redact import Redact

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

__all__ = ["JSONRenderer", "stream_of"]

Output = Literal["auto", "bytes", "str"]

_OUTPUTS: Final = ("auto", "bytes", "str")

# How a line is handed over.
_BYTES, _TEXT, _ASCII, _STDLIB = range(4)


class JSONRenderer:
    """Write the event as one line of JSON, in the form the wrapped logger takes.

    `bytes` for `structlog.BytesLogger` and whatever else has `accepts_bytes = True`. `((line,), {"exc_info": False})`
    for a `logging.Logger`, which would append the raw traceback otherwise. `str` for all others, with `\\uXXXX` for
    what isn't ASCII unless the logger's stream is UTF-8.

    Args:
        output: `auto` decides by the wrapped logger; `bytes` and `str` decide for it.

    Raises:
        ConfigurationError: An *output* that is none of the three.

    >>> JSONRenderer()(None, "info", {"event": "paid", "amount": 9.9})
    '{"event":"paid","amount":9.9}'
    """

    __slots__ = ("_seen", "_total", "output")

    output: Output

    def __init__(self, output: Output = "auto") -> None:
        if output not in _OUTPUTS:
            raise ConfigurationError("output", f"must be one of {', '.join(_OUTPUTS)}", received=f"{output!r:.80}")
        self.output = output
        self._total = Redact()
        self._seen: tuple[Any, int] = (self, _TEXT)

    def __repr__(self) -> str:
        return "JSONRenderer()" if self.output == "auto" else f"JSONRenderer({self.output!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return JSONRenderer, (self.output,)

    def __call__(
        self, logger: WrappedLogger, method_name: str, event_dict: EventDict
    ) -> bytes | str | tuple[tuple[str], dict[str, bool]]:
        try:
            line = orjson.dumps(event_dict)
        except TypeError:
            # A hand-made chain without `Redact`, or a value that deceived it.
            line = encode(self._total(logger, method_name, event_dict))
        if not line.isascii() or b"\x7f" in line:
            line = escape_controls(line)
        seen = self._seen
        if seen[0] is logger and seen[1] == _BYTES:
            return line
        return self.handed(logger, line)

    def handed(self, logger: WrappedLogger, line: bytes) -> bytes | str | tuple[tuple[str], dict[str, bool]]:
        """Return *line* in the form that *logger* takes."""
        seen = self._seen
        if seen[0] is not logger:
            # One tuple, replaced whole: threads with different loggers never see a mixture.
            seen = self._seen = (logger, self._form_for(logger))
        form = seen[1]
        if form == _BYTES:
            return line
        text = line.decode()
        if form == _STDLIB:
            return (text,), {"exc_info": False}
        return text if form == _TEXT else ascii_only(text)

    def _form_for(self, logger: WrappedLogger) -> int:
        if self.output == "bytes":
            return _BYTES
        if isinstance(logger, logging.Logger):
            return _STDLIB
        if self.output == "auto" and (isinstance(logger, BytesLogger) or getattr(logger, "accepts_bytes", False) is True):
            return _BYTES
        return _TEXT if is_utf8(stream_of(logger)) else _ASCII


def stream_of(logger: WrappedLogger) -> Any:
    """Return the stream that *logger* writes to, or None when it doesn't say."""
    # structlog keeps it under a private name; a logger that has none is asked for nothing else.
    return getattr(logger, "_file", None)


def is_utf8(stream: Any) -> bool:
    """Tell whether text written to *stream* is encoded as UTF-8; a stream that doesn't say is taken for standard output."""
    encoding = getattr(stream, "encoding", None) or getattr(sys.stdout, "encoding", None)
    try:
        return codecs.lookup(encoding).name == "utf-8"
    except (LookupError, TypeError):
        return False
