"""Where lines come from: a stream, a file, or a file that is written, turned over and cut while it is read."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO

__all__ = ["Complain", "Followed", "Once", "Reader"]

Complain = Callable[[str, OSError], None]
"""Say of which file something can't be read, and why."""

_STDIN: Final = "-"
_CHUNK: Final = 256 * 1024
_LONGEST: Final = 1024 * 1024
_SIGNS: Final = 64
_LINGER: Final = 10.0


class Reader:
    """Cut what a file holds into lines. What isn't ended by a newline waits for its rest, up to 1 MiB of it.

    Args:
        file: Opened in binary and unbuffered; it is closed by `close()`.
    """

    __slots__ = ("_file", "_last", "_rest")

    def __init__(self, file: FileIO) -> None:
        self._file = file
        self._rest = b""
        self._last = b""

    def lines(self) -> Iterator[bytes]:
        """Yield the lines that are there by now and weren't before."""
        if self._is_rewritten():
            yield from self.rest()
            self._file.seek(0)
        while chunk := self._file.read(_CHUNK):
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
        rest, self._rest, self._last = self._rest, b"", b""
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
        path: The name; `-` is standard input.
        complain: Told why it can't be read.
    """

    __slots__ = ("_complain", "_path")

    def __init__(self, path: str, complain: Complain) -> None:
        self._path = path
        self._complain = complain

    def lines(self) -> Iterator[bytes]:
        """Yield the lines, each as soon as it is there."""
        try:
            with _opened(0 if self._path == _STDIN else self._path) as file:
                reader = Reader(file)
                yield from reader.lines()
                yield from reader.rest()
        except OSError as error:
            self._complain(self._path, error)


class Followed:
    """Read a file by its name, whatever becomes of it, as `tail -F` does.

    A file that is missing is waited for. One that was moved away is read on beside its successor until it has been
    quiet for 10 seconds, since whoever writes to it may not have noticed. One that was cut is read from its beginning.

    Args:
        path: The name.
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
            self._current = Reader(_opened(self._path))
            yield from self._current.lines()
            self._reason = None
        except OSError as error:
            if error.strerror != self._reason:
                self._reason = error.strerror
                self._complain(self._path, error)

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


def _opened(path: str | int) -> FileIO:
    return open(path, "rb", buffering=0, closefd=path != 0)
