"""Write to an open file descriptor."""

from __future__ import annotations

import errno
import os
import sys
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from structlog_enrich.delivery.system import poll_for_room

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Descriptor"]

_CLOSED: Final = -1


class Descriptor:
    """Write to a file, a terminal, a socket or whatever else is open.

    The descriptor is duplicated, so that the program may close its own or lead it elsewhere, and nothing is ever
    written into what gets its number next. Where all descriptors are closed, as daemons do, the given one is duplicated
    again if it is still the same. A line that was written in part is gone on with where it stopped.

    Args:
        fd: An open file descriptor.

    Raises:
        OSError: It isn't open.
    """

    __slots__ = ("_begun", "_fd", "_opened", "fd")

    def __init__(self, fd: int) -> None:
        self.fd = fd
        # How much of the first line was written the last time.
        self._begun = 0
        self._fd = os.dup(fd)
        self._opened = os.fstat(self._fd)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.fd})"

    def __del__(self, is_finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
        # The end of the process closes it; until then other finalisers may log.
        if not is_finalizing():
            self.close()

    @property
    def is_amid_a_line(self) -> bool:
        """Tell whether a line was written in part."""
        return self._begun > 0

    def status(self) -> os.stat_result:
        """Return what the system says of what is open.

        Raises:
            OSError: It was closed, here or by someone who closes what isn't theirs.
        """
        found = os.fstat(self._fd)
        if not os.path.samestat(found, self._opened):
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return found

    def end_line(self) -> None:
        """End a line that another process has begun.

        Raises:
            OSError: That can't be written.
        """
        self._put(b"\n")

    def write(self, lines: Sequence[bytes], /) -> int:
        self._require()
        data = b"\n".join([*lines, b""])
        begun = self._begun
        written = self._put(memoryview(data)[begun:] if begun else data) + begun
        if written == len(data):
            self._begun = 0
            return len(lines)
        ends = list(accumulate(len(line) + 1 for line in lines))
        count = bisect_right(ends, written)
        self._begun = written - (ends[count - 1] if count else 0)
        return count

    def sync(self) -> None:
        """Wait until the disk has what was written.

        Raises:
            OSError: It can't be told, or there is no disk.
        """
        os.fsync(self._fd)

    def wait(self, timeout: float) -> None:
        """Wait for room, at most *timeout* seconds."""
        poll_for_room(self._fd, timeout)

    def close(self) -> None:
        """Close the duplicate."""
        if self._is_ours():
            os.close(self._fd)
        self._fd = _CLOSED

    def forget(self) -> None:
        """Leave to the parent the rest of the line it has begun."""
        self._begun = 0

    def _is_ours(self) -> bool:
        """Tell whether the duplicate still is what it was."""
        try:
            self.status()
        except (AttributeError, OSError):
            # It couldn't be made; or it was closed, and its number may be another's.
            return False
        return True

    def _require(self) -> None:
        """Write to nobody else's: where the duplicate was closed, make another if that can be."""
        if not self._is_ours():
            self._duplicate_again()

    def _duplicate_again(self) -> None:
        if self._fd == _CLOSED or not os.path.samestat(os.fstat(self.fd), self._opened):
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        self._fd = os.dup(self.fd)

    def _put(self, data: bytes | memoryview) -> int:
        """Write as much of *data* as goes at this moment, and return how much that is."""
        try:
            return os.write(self._fd, data)
        except BlockingIOError:
            return 0
