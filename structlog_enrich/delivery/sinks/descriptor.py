"""Write to an open file descriptor."""

from __future__ import annotations

import errno
import os
import stat
import sys
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from structlog_enrich.delivery.system import duplicate, poll_for_room, write

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Descriptor"]

_CLOSED: Final = -1
_UNKNOWN: Final = -1
# The writer offers less at a time, or one line.
_AT_ONCE: Final = 2 << 20


class Descriptor:
    """Write to a file, a terminal, a socket or whatever else is open.

    The descriptor is duplicated, so that the program may close its own or lead it elsewhere, and nothing is ever
    written into what gets its number next. Where all descriptors are closed, as daemons do, the given one is duplicated
    again if it is still the same. A line that was written in part is gone on with where it stopped; where that can't be
    known, or another line is offered next, what is there of it is ended and stands apart.

    Args:
        fd: An open file descriptor.

    Raises:
        OSError: It isn't open.

    Attributes:
        is_gone: Whether nobody reads it any more, and nobody can begin to.
    """

    __slots__ = ("_begun", "_fd", "_line", "_opened", "fd", "is_gone")

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.is_gone = False
        # How much of which line was written the last time; unknown while that is being done.
        self._begun = 0
        self._line = b""
        self._fd = duplicate(fd)
        self._opened = os.fstat(self._fd)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.fd})"

    def __del__(self, is_finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
        # The end of the process closes it; until then other finalisers may log.
        if not is_finalizing():
            self.close()

    @property
    def is_amid_a_line(self) -> bool:
        """Tell whether a line was written in part, or may have been."""
        return self._begun != 0

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
        begun = self._begun
        if begun and (begun == _UNKNOWN or lines[0] != self._line):
            # Whoever reads the lines skips a torn one; gone on with at the wrong place it would spoil another.
            if not self._put(b"\n"):
                return 0
            self._begun = begun = 0
        is_large = len(lines[0]) >= _AT_ONCE
        few = lines[:1] if is_large else lines
        data = lines[0] if is_large else b"\n".join([*few, b""])
        rest = memoryview(data)[begun:] if begun else data
        # A signal's handler may raise before it is known how much went.
        self._begun = _UNKNOWN
        try:
            written = self._put_ended(rest) if is_large else self._put(rest)
        except OSError as error:
            # What the system refuses it hasn't begun; an error without a number is a handler's own. Whoever reads next
            # may not have the beginning of a line that lacks more than its end.
            has_gone = error.errno == errno.EPIPE
            if error.errno is not None and not (has_gone and 0 < begun < len(lines[0])):
                self._begun = begun
            self.is_gone = has_gone and has_no_name(self._opened)
            raise
        self.is_gone = False
        written += begun
        if written == len(data) + is_large:
            self._line = b""
            self._begun = 0
            return len(few)
        ends = list(accumulate(len(line) + 1 for line in few))
        count = bisect_right(ends, written)
        self._line = few[count]
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
        if not self._is_ours():
            self._fd = _CLOSED
            return
        # By no call in between: of several who close, one does.
        mine, self._fd = self._fd, _CLOSED
        if mine != _CLOSED:
            os.close(mine)

    def tear(self) -> None:
        """Write anew, behind the end of a line, what was begun."""
        self._begun = _UNKNOWN

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
        self._fd = duplicate(self.fd)

    def _put(self, data: bytes | memoryview) -> int:
        """Write as much of *data* as goes at this moment, and return how much that is."""
        try:
            return write(self._fd, data)
        except BlockingIOError:
            return 0

    def _put_ended(self, line: bytes | memoryview) -> int:
        """Write as much of *line* and its end as goes at this moment, without a copy, and return how much that is."""
        if not hasattr(os, "writev"):
            return self._put(b"".join((line, b"\n")))
        try:
            # Not one after the other: what others append to the same file would come between.
            return os.writev(self._fd, (line, b"\n"))
        except BlockingIOError:
            return 0


def has_no_name(opened: os.stat_result) -> bool:
    """Tell whether it is a socket, or a pipe that nobody can open by its name: whoever read it last was the last."""
    if not stat.S_ISFIFO(opened.st_mode):
        return stat.S_ISSOCK(opened.st_mode)
    try:
        ends = os.pipe()
    except OSError:
        # No descriptor is left to compare it with.
        return False
    try:
        # All of that kind stand on one device of their own, and those with a name on a disk's.
        return os.fstat(ends[0]).st_dev == opened.st_dev
    finally:
        for each in ends:
            os.close(each)
