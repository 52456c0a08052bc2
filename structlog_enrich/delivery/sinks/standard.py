"""Find the sink for what a caller names."""

from __future__ import annotations

import errno
import io
import os
import stat
import sys
from contextlib import suppress
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

from structlog_enrich.delivery.sinks.descriptor import Descriptor
from structlog_enrich.delivery.sinks.file import File
from structlog_enrich.delivery.sinks.pipe import Pipe
from structlog_enrich.delivery.sinks.sink import Sink
from structlog_enrich.delivery.system import fcntl
from structlog_enrich.exceptions import ConfigurationError

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["opened", "sink_for", "standard"]


def sink_for(sink: int | str | PathLike[str] | Sink) -> Sink:
    """Return what writes to *sink*.

    Args:
        sink: `"stdout"` or `"stderr"`, an open file descriptor, the path of a file, or a sink, which is returned as it
            is. A file named `stdout` is `"./stdout"`.

    Raises:
        ConfigurationError: It is none of these, or can't be opened.
    """
    if isinstance(sink, str) and sink.lower() in {"stdout", "stderr"} and not sink.islower():
        rule, remedy = 'must be "stdout" or "stderr" in small letters', f'A file of that name is "./{sink}"'
        raise ConfigurationError("sink", rule, received=repr(sink), remedy=remedy)
    try:
        if isinstance(sink, str) and sink in {"stdout", "stderr"}:
            return standard(sink)
        if isinstance(sink, int) and not isinstance(sink, bool):
            return opened(sink)
        if isinstance(sink, str | os.PathLike) and str(sink):
            return File(sink)
    except ConfigurationError:
        # It says what is wrong with the stream.
        raise
    except (OSError, ValueError) as error:
        received = f"{sink!r:.200} ({getattr(error, 'strerror', None) or error})"
        remedy = _remedy(sink) if isinstance(error, OSError) else ""
        raise ConfigurationError("sink", "must be what can be written to", received=received, remedy=remedy) from None
    remedy = "Pass the descriptor of an open file, file.fileno()" if _is_file(sink) else ""
    if isinstance(sink, Sink) and not isinstance(sink, type) and callable(sink.write) and not remedy:
        if not iscoroutinefunction(sink.write):
            return sink
        remedy = "Its write() can't be a coroutine: it is called in a thread"
    rule = 'must be "stdout", "stderr", an open file descriptor, a path, or have write(lines) and close()'
    raise ConfigurationError("sink", rule, received=f"{sink!r:.80}", remedy=remedy)


def opened(fd: int) -> Descriptor:
    """Return what writes to the open descriptor *fd*.

    Raises:
        OSError: It isn't open, or only for reading.
    """
    mode = os.fstat(fd).st_mode
    if fcntl is not None and fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
        raise OSError(errno.EBADF, "It is open for reading only")
    return Pipe(fd) if stat.S_ISFIFO(mode) else Descriptor(fd)


def standard(name: str) -> Descriptor:
    """Return what writes to where `sys.stdout` or `sys.stderr` leads at this moment.

    What the program has printed so far goes first.

    Raises:
        ConfigurationError: The process has none, or it leads to no file descriptor.
    """
    for stream in (getattr(sys, name), getattr(sys, f"__{name}__")):
        fd = _descriptor_of(stream)
        if fd is not None:
            with suppress(OSError, ValueError):
                stream.flush()
            return opened(fd)
    rule = "must lead to a file descriptor"
    received = type(getattr(sys, name)).__name__
    raise ConfigurationError(f"sys.{name}", rule, received=received, remedy="Pass a descriptor, a path or a sink")


def _remedy(sink: object) -> str:
    if isinstance(sink, int):
        return "Pass the number of a descriptor that is open for writing"
    if isinstance(sink, str) and sink in {"stdout", "stderr"}:
        return "Start the process with an open one, or pass a path"
    if str(sink).startswith("~"):
        return "Path(path).expanduser() leads to the home directory"
    # As of a named pipe that nobody reads yet.
    return "File(path, must_open=False) waits for what can't be opened yet"


def _is_file(sink: object) -> bool:
    """Tell whether it is what `open` returns or alike, whose `write` takes one text and not a list of lines."""
    return hasattr(sink, "writelines")


def _descriptor_of(stream: Any) -> int | None:
    try:
        return int(stream.fileno())
    except (AttributeError, OSError, ValueError, io.UnsupportedOperation):
        return None
