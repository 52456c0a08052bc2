"""Write to a pipe that other processes may write to as well."""

from __future__ import annotations

import errno
import os
import select
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from structlog_enrich.delivery.sinks.descriptor import Descriptor, has_no_name
from structlog_enrich.delivery.system import duplicate, fcntl, pause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["Pipe"]

# What a pipe takes whole or not at all.
_AT_ONCE: Final = getattr(select, "PIPE_BUF", 512)
_OWN: Final = "/proc/self/fd"
_BETWEEN_TRIES: Final = 0.005
_FOR_NOW: Final = frozenset({errno.ENXIO, errno.EMFILE, errno.ENFILE})


class Pipe(Descriptor):
    """Write to a pipe: lines that fit into `PIPE_BUF` bytes, 4,096 on Linux, whole whoever else writes.

    On Linux the pipe is opened anew, so that whether it blocks is this process's own affair and the writer's thread
    never gets stuck in it; and longer lines are written under a lock of the pipe that every process with this library
    heeds. A pipe of another user, as many a container has it, can't be opened anew: there a lock of the process keeps
    longer lines whole. Elsewhere they may be torn by others.
    """

    __slots__ = ("_is_own", "_is_refused", "_is_to_be_opened", "_is_unread", "_lock")

    def __init__(self, fd: int) -> None:
        super().__init__(fd)
        # Whether another had the lock the last time.
        self._is_refused = False
        self._open_own()

    def _open_own(self) -> None:
        """Open the pipe once more, for this process alone, and find what locks it."""
        self._is_own = self._is_unread = self._is_to_be_opened = False
        self._lock: Callable[[int, int], object] | None = None
        try:
            own = _opened(f"{_OWN}/{self._fd}")
        except PermissionError:
            # Another user's. A lock of what is open would be one for all that have inherited it.
            self._lock = fcntl.lockf
        except (AttributeError, OSError) as error:
            # Another system; or nobody reads it now, or no descriptor is left, and later it can be opened, and locked.
            code = getattr(error, "errno", None)
            self._is_unread = code == errno.ENXIO
            self._is_to_be_opened = code in _FOR_NOW
        else:
            os.close(self._fd)
            self._fd, self._is_own, self._lock = own, True, fcntl.flock

    def _duplicate_again(self) -> None:
        super()._duplicate_again()
        self._open_own()

    def write(self, lines: Sequence[bytes], /) -> int:
        # Before it is locked, too.
        self._require()
        if self._is_to_be_opened:
            self._open_own()
            if self._is_unread:
                self.is_gone = has_no_name(self._opened)
                raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
        done = 0
        with self._locked(exclusively=self.is_amid_a_line or len(lines[0]) >= _AT_ONCE) as may_write:
            self._is_refused = not may_write
            if not may_write:
                return 0
            if self._begun or len(lines[0]) >= _AT_ONCE:
                return super().write(lines[:1])
            while done < len(lines) and (count := self._few(lines, done)):
                try:
                    written = super().write(lines[done : done + count])
                except OSError as error:
                    # Those before are written, whoever reads the next.
                    if done and error.errno is not None:
                        break
                    raise
                done += written
                if written < count:
                    break
        return done

    @staticmethod
    def _few(lines: Sequence[bytes], start: int) -> int:
        """Return how many lines from *start* on go at once."""
        size, end = 0, start
        while end < len(lines) and (size := size + len(lines[end]) + 1) <= _AT_ONCE:
            end += 1
        return end - start

    @contextmanager
    def _locked(self, *, exclusively: bool) -> Iterator[bool]:
        """Hold the pipe's lock: many may write short lines at once, and nobody while another writes a long one."""
        lock = self._lock
        if lock is None:
            yield True
            return
        # What is open for writing alone can't be locked for several by a process.
        kind = fcntl.LOCK_EX if exclusively or not self._is_own else fcntl.LOCK_SH
        may_write = True
        try:
            # Within this: a signal's handler may raise right after it.
            if self._begun <= 0:
                try:
                    lock(self._fd, kind | fcntl.LOCK_NB)
                except BlockingIOError:
                    may_write = False
            yield may_write
        finally:
            # In the midst of a line it is kept.
            if may_write and not self._begun:
                try:  # noqa: SIM105 (likewise)
                    lock(self._fd, fcntl.LOCK_UN)
                except OSError:
                    pass

    def wait(self, timeout: float) -> None:
        if self._is_refused:
            # When another's lock is free nobody tells.
            pause(_BETWEEN_TRIES)
        else:
            super().wait(timeout)

    def forget(self) -> None:
        super().forget()
        # What the parent opened has the parent's lock.
        self._is_to_be_opened = True


def _opened(path: str) -> int:
    fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return duplicate(fd)
    finally:
        os.close(fd)
