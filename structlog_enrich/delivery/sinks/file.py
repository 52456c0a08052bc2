"""Append to a file that others may rotate."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from structlog_enrich.delivery.sinks.descriptor import Descriptor
from structlog_enrich.delivery.sinks.pipe import Pipe
from structlog_enrich.delivery.system import fcntl, pause
from structlog_enrich.exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["File"]

_APPEND: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)
_PERMISSIONS: Final = 0o7777
_TRIES: Final = 50
_BETWEEN_TRIES: Final = 0.001


class File:
    """Append to the file at *path*, whichever that is at the time.

    Before each batch it is looked up again, so after a rename, a removal or a new mount the next lines go to a new
    file; a line that was begun is ended in the old one, or written anew where that was removed or cut. The file is open
    for appending only, so a truncated one is gone on with at its new end. What a crash left of a last line is ended
    before the first new one.

    A named pipe may stand at *path* as well; while nobody reads it, opening it fails and is tried again. One that is
    open stays so, and what nobody has read of it yet the next reader gets.

    Args:
        path: The file, which is made when it isn't there; its directory isn't.
        mode: The permissions of a new file, less what the process's umask takes away.
        durable: Whether lines count as written only when the disk itself has them, so that a power cut takes none of
            these. Each batch then costs a sync; one that fails is written again, so that lines may be there twice.
            What has no disk, as a named pipe or a terminal, isn't synced.
        must_open: Whether a file that can't be opened is refused at construction; else it is tried again until it can.

    Raises:
        ConfigurationError: *path* is no path, or *mode* no permissions.
        OSError: It can't be opened, and must be.

    Attributes:
        repaired: How many torn last lines were ended.
    """

    __slots__ = ("_identity", "_is_asked", "_is_synced", "_open", "_size", "durable", "mode", "path", "repaired")

    def __init__(
        self, path: str | os.PathLike[str], *, mode: int = 0o644, durable: bool = False, must_open: bool = True
    ) -> None:
        if not isinstance(path, str | os.PathLike):
            raise ConfigurationError("path", "must be a path", received=f"{path!r:.80}")
        if type(mode) is not int or not 0 <= mode <= _PERMISSIONS:
            raise ConfigurationError("mode", "must be permissions, as 0o644", received=f"{mode!r:.80}")
        # Of now, wherever the program goes later.
        self.path: Final = str(Path(path).absolute())
        self.mode: Final = mode
        self.durable: Final = durable
        self.repaired = 0
        self._open: Descriptor | None = None
        self._identity: tuple[int, int] | None = None
        # Of the file with a line in part.
        self._size = 0
        self._is_asked = self._is_synced = False
        if must_open:
            self._reopen()

    def __repr__(self) -> str:
        return f"File({self.path!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return _file, (self.path, self.mode, self.durable)

    def write(self, lines: Sequence[bytes], /) -> int:
        current = self._open
        if current is None:
            current = self._reopen()
        elif self._must_reopen(current):
            self.close()
            current = self._reopen()
        try:
            count = current.write(lines)
        except BrokenPipeError:
            # What lies in a named pipe stays there for its next reader, unless another one stands at its path.
            if self._found() != self._identity:
                self.close()
            raise
        if current.is_amid_a_line:
            with suppress(OSError):
                self._size = current.status().st_size
        if self._is_synced and count:
            current.sync()
        return count

    def wait(self, timeout: float) -> None:
        """Wait for room, at most *timeout* seconds."""
        if self._open is not None:
            self._open.wait(timeout)

    def reopen(self) -> None:
        """Open it anew before the next line, even though it is the same file."""
        self._is_asked = True

    def close(self) -> None:
        """Close it; the next line opens it again."""
        current, self._open = self._open, None
        if current is not None:
            current.close()

    def forget(self) -> None:
        """Open it anew in a forked child, which has repaired nothing yet."""
        self._is_asked = True
        self.repaired = 0
        if self._open is not None:
            self._open.forget()

    def _must_reopen(self, current: Descriptor) -> bool:
        try:
            found = current.status()
        except OSError:
            # Someone has closed it.
            return True
        moved = self._found() != self._identity
        if not current.is_amid_a_line:
            # As above.
            return moved or (self._is_asked and not stat.S_ISFIFO(found.st_mode))
        if not stat.S_ISREG(found.st_mode):
            return False
        if found.st_size > self._size:
            # Another process has written behind what was begun, which is torn.
            current.tear()
        # Also what keeps a full disk full: a removed file that is held open.
        is_removed = moved and not found.st_nlink
        return is_removed or found.st_size < self._size

    def _found(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self.path)  # noqa: PTH116 (before each batch)
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _reopen(self) -> Descriptor:
        self._is_asked = False
        fd = os.open(self.path, _APPEND, self.mode)
        try:
            found = os.fstat(fd)
            self._identity = found.st_dev, found.st_ino
            is_pipe = stat.S_ISFIFO(found.st_mode)
            made = Pipe(fd) if is_pipe else Descriptor(fd)
            # Neither a pipe nor a terminal has a disk behind it.
            self._is_synced = self.durable and stat.S_ISREG(found.st_mode)
        finally:
            os.close(fd)
        if stat.S_ISREG(found.st_mode) and found.st_size:
            self._end_torn_line(made)
        self._open = made
        return made

    def _end_torn_line(self, made: Descriptor) -> None:
        """End a last line that lacks its end, once, however many open the file at the same time."""
        try:
            fd = os.open(self.path, os.O_RDONLY)
        except OSError:
            # What can't be read is taken for whole.
            return
        try:
            if not _is_torn(fd):
                return
            _lock(fd)
            if _is_torn(fd):
                # Not through the sink: it is no line of anybody's.
                made.end_line()
                self.repaired += 1
        finally:
            os.close(fd)


def _is_torn(fd: int) -> bool:
    """Tell whether the last line lacks its end; one that still grows is taken for whole."""
    with suppress(OSError):
        size = os.fstat(fd).st_size
        os.lseek(fd, max(0, size - 1), os.SEEK_SET)
        if os.read(fd, 1) in {b"\n", b""}:
            return False
        # Another process may be amid a write, which shows by and by: the system answers this when that is done.
        os.lseek(fd, 0, getattr(os, "SEEK_DATA", os.SEEK_SET))
        return os.fstat(fd).st_size == size
    return False


def _lock(fd: int) -> None:
    """Be the only one of those who do so; a stranger's lock isn't waited for."""
    for _ in range(_TRIES if fcntl else 0):
        with suppress(OSError):
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        pause(_BETWEEN_TRIES)


def _file(path: str, mode: int, durable: bool) -> File:  # noqa: FBT001 (for pickle alone)
    return File(path, mode=mode, durable=durable, must_open=False)
