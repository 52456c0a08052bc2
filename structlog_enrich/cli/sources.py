"""Where lines come from: a stream, a file, or a file that is written, turned over and cut while it is read."""

from __future__ import annotations

import errno
import gzip
import io
import os
import stat
import sys
import time
import zlib
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["UNREADABLE", "Complain", "Followed", "Once", "Reader", "Source", "is_compressed", "opened", "reason"]

Complain: TypeAlias = Callable[[str, str], None]
"""Say of which file something can't be read, and why."""

UNREADABLE: Final = (OSError, EOFError, zlib.error)
"""What is raised by a file that can't be opened, or not be read any further."""

_STDIN: Final = "-"
_CHUNK: Final = 256 * 1024
_LONGEST: Final = 1024 * 1024
_SIGNS: Final = 64
_LINGER: Final = 10.0


class Source(NamedTuple):
    """Hold a file that is open.

    Attributes:
        file: What is read, decompressed.
        raw: What it is read from, which tells how far that is.
    """

    file: io.BufferedReader | gzip.GzipFile
    raw: io.FileIO


@contextmanager
def opened(path: str) -> Iterator[Source]:
    """Open a file for reading, and close it.

    Args:
        path: The name; `-` is standard input, and what ends in .gz is decompressed.

    Raises:
        OSError: It can't be opened; while it is read, any of `UNREADABLE`.
    """
    # Python has none where the shell closed it, `<&-`, and the next file that is opened takes its number.
    if path == _STDIN and sys.stdin is None:
        raise OSError(errno.EBADF, "there is no standard input")
    with open(0 if path == _STDIN else path, "rb", buffering=0, closefd=path != _STDIN) as raw:
        yield Source(gzip.GzipFile(fileobj=raw) if is_compressed(path) else io.BufferedReader(raw), raw)


def is_compressed(path: str) -> bool:
    """Tell whether a file is compressed, which its name says."""
    return path.endswith(".gz")


def reason(error: Exception) -> str:
    """Return why a file can't be read, in a few words."""
    if isinstance(error, EOFError):
        return "it ends within the compressed data"
    if isinstance(error, zlib.error):
        return "its compressed data are damaged"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


class Reader:
    """Cut what a file holds into lines. What isn't ended by a newline waits for its rest, up to 1 MiB of it.

    Args:
        file: Opened in binary; unbuffered where it is read again after its end. It is closed by `close()`.
    """

    __slots__ = ("_file", "_last", "_read", "_rest")

    def __init__(self, file: io.FileIO | io.BufferedReader | gzip.GzipFile) -> None:
        self._file = file
        # As much as is there, without waiting for more.
        self._read = file.read if isinstance(file, io.FileIO) else file.read1
        self._rest = b""
        self._last = b""

    def lines(self) -> Iterator[bytes]:
        """Yield the lines that are there by now and weren't before."""
        if self._is_rewritten():
            yield from self.rest()
            self._last = b""
            self._file.seek(0)
        while chunk := self._read(_CHUNK):
            self._last = (self._last + chunk)[-_SIGNS:]
            first, *others = chunk.split(b"\n")
            self._rest += first
            if others:
                yield self._rest
                self._rest = others.pop()
                yield from others
            if len(self._rest) >= _LONGEST:
                yield from self.rest()

    def rest(self) -> Iterator[bytes]:
        """Yield what isn't ended and won't be, if there is any."""
        rest, self._rest = self._rest, b""
        if rest:
            yield rest

    def is_at(self, path: str) -> bool:
        """Tell whether the file is still the one at *path*, or there is none."""
        try:
            there = Path(path).stat()
        except OSError:
            return True
        return os.path.samestat(there, os.fstat(self._file.fileno()))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _is_rewritten(self) -> bool:
        # Its size alone wouldn't tell: it may have grown again since it was cut.
        if not self._last or not stat.S_ISREG(os.fstat(self._file.fileno()).st_mode):
            return False
        self._file.seek(-len(self._last), os.SEEK_CUR)
        return self._file.read(len(self._last)) != self._last


class Once:
    """Read a file to its end, the last line too when no newline ends it.

    Args:
        path: The name; `-` is standard input, and what ends in .gz is decompressed.
        complain: Told why it can't be read.
    """

    __slots__ = ("_complain", "_path")

    def __init__(self, path: str, complain: Complain) -> None:
        self._path = path
        self._complain = complain

    def lines(self) -> Iterator[bytes]:
        """Yield the lines, each as soon as it is there."""
        try:
            with opened(self._path) as source:
                reader = Reader(source.file)
                yield from reader.lines()
                yield from reader.rest()
        except UNREADABLE as error:
            self._complain(self._path, reason(error))


class Followed:
    """Read a file by its name, whatever becomes of it, as `tail -F` does.

    A file that is missing is waited for. One that was moved away is read on beside its successor until it has been
    quiet for 10 seconds, since whoever writes to it may not have noticed. One that was cut is read from its beginning.
    A FIFO isn't waited for.

    Args:
        path: The name, of a file that isn't compressed.
        complain: Told why it can't be read, once until it can.
    """

    __slots__ = ("_complain", "_current", "_earlier", "_path", "_reason")

    def __init__(self, path: str, complain: Complain) -> None:
        self._path = path
        self._complain = complain
        self._reason: str | None = None
        self._current: Reader | None = None
        self._earlier: dict[Reader, float] = {}

    def lines(self) -> Iterator[bytes]:
        """Yield the lines that are there by now and weren't before."""
        try:
            for reader in [*self._earlier]:
                yield from self._last_words(reader)
            if self._current is not None:
                # Asked before it is read, so that what comes in between isn't taken for its end.
                stays = self._current.is_at(self._path)
                yield from self._current.lines()
                if stays:
                    return
                self._earlier[self._current] = time.monotonic() + _LINGER
                self._current = None
            self._current = Reader(_opened_at_once(self._path))
            yield from self._current.lines()
            self._reason = None
        except OSError as error:
            if (said := reason(error)) != self._reason:
                self._reason = said
                self._complain(self._path, said)

    def close(self) -> None:
        """Close whatever is open."""
        for reader in (*self._earlier, *filter(None, [self._current])):
            reader.close()

    def _last_words(self, reader: Reader) -> Iterator[bytes]:
        quiet = True
        for line in reader.lines():
            quiet = False
            yield line
        now = time.monotonic()
        if not quiet:
            self._earlier[reader] = now + _LINGER
        elif now >= self._earlier[reader]:
            del self._earlier[reader]
            yield from reader.rest()
            reader.close()


def _opened_at_once(path: str) -> io.FileIO:
    # A FIFO would be open only when somebody writes to it, and nothing of the other files be shown till then.
    return open(path, "rb", buffering=0, opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0)))
