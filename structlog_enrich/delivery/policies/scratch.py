"""A file without a name, for what is read back by who wrote it."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from typing import TYPE_CHECKING, Final

from structlog_enrich.delivery.system import duplicate, read, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

__all__ = ["Scratch"]

_CLOSED: Final = -1


class Scratch:
    """Hold bytes on disk until the process ends; nobody else can open it.

    A program that closes every descriptor, as daemons do, closes this one too, and what it opens next gets the number.
    That is neither read, written nor closed.

    Args:
        directory: Where it is made; None for the system's place for such files.

    Raises:
        OSError: It can't be made.
    """

    __slots__ = ("_fd", "_opened")

    def __init__(self, directory: str | PathLike[str] | None) -> None:
        with tempfile.TemporaryFile(dir=directory, buffering=0) as file:
            self._fd = duplicate(file.fileno())
        self._opened = os.fstat(self._fd)

    def __del__(self, is_finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
        # The end of the process closes it.
        if not is_finalizing():
            self.close()

    def read(self, at: int, size: int) -> bytes:
        """Return *size* bytes from *at* on.

        Raises:
            OSError: They can't be read, there are fewer, or the descriptor is another's by now.
        """
        self._require()
        os.lseek(self._fd, at, os.SEEK_SET)
        data = read(self._fd, size)
        if len(data) < size:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return data

    def write(self, at: int, data: bytes) -> None:
        """Write *data* from *at* on.

        Raises:
            OSError: It can't be written, has no room, or the descriptor is another's by now.
        """
        self._require()
        os.lseek(self._fd, at, os.SEEK_SET)
        if write(self._fd, data) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def close(self) -> None:
        """Let go of it."""
        try:
            self._require()
        except (AttributeError, OSError):
            # It couldn't be made, or is another's.
            self._fd = _CLOSED
            return
        mine, self._fd = self._fd, _CLOSED
        os.close(mine)

    def _require(self) -> None:
        if not os.path.samestat(os.fstat(self._fd), self._opened):
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
