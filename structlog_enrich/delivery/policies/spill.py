"""Keep on disk what has no room in memory."""

from __future__ import annotations

import errno
import struct
from os import PathLike
from typing import TYPE_CHECKING, Any, Final, Self

from structlog_enrich.delivery.policies.policy import WithoutState
from structlog_enrich.delivery.policies.scratch import Scratch
from structlog_enrich.delivery.reasons import reason_of
from structlog_enrich.delivery.records import LEVELS
from structlog_enrich.exceptions import ConfigurationError

if TYPE_CHECKING:
    from structlog_enrich.delivery.queue import Queue
    from structlog_enrich.delivery.records import Record

__all__ = ["Spill"]

_UNUSABLE: Final = {errno.EACCES, errno.ENOENT, errno.ENOTDIR, errno.EPERM, errno.EROFS}
_HEAD: Final = struct.Struct("<IBq")


class Spill(WithoutState):
    """Keep lines that have no room in a file, and write them in their order once there is room again.

    From the first line that goes there until the file is empty, every line goes there, so that none overtakes another.
    What has no room there either is lost, the newest first. The file has no name, so nothing is left of it when the
    process ends, and nobody else reads it. It is written by the thread that decides on lines, and by one that logs only
    where there is no other.
    What was read gives its place to what comes.

    Args:
        max_bytes: How long the file may become; lines are lost only where those that it holds at that moment and the
            next one, each with 13 bytes more, are longer.
        directory: Where it is made; default the system's place for such files.

    Raises:
        ConfigurationError: *max_bytes* isn't positive, or *directory* no path; or, as a writer is made with it,
            *directory* takes no file.

    >>> Spill(max_bytes=1_000_000)
    Spill(max_bytes=1000000)
    """

    __slots__ = ("_directory", "_file", "_levels", "_read", "_written", "max_bytes")

    def __init__(self, *, max_bytes: int = 1 << 30, directory: str | PathLike[str] | None = None) -> None:
        super().__init__()
        if type(max_bytes) is not int or max_bytes < 1:
            raise ConfigurationError("max_bytes", "must be a positive whole number", received=f"{max_bytes!r:.80}")
        if directory is not None and not isinstance(directory, str | bytes | PathLike):
            raise ConfigurationError("directory", "must be a path", received=f"{directory!r:.80}")
        self.max_bytes = max_bytes
        self._directory = directory
        self._file: Scratch | None = None
        self._begin()

    def __repr__(self) -> str:
        return f"Spill(max_bytes={self.max_bytes})"

    @property
    def elsewhere(self) -> int:
        return sum(self._levels)

    @property
    def free(self) -> tuple[int, int]:
        return (0, 0) if self.elsewhere else self._budget

    def begin(self, max_bytes: int, max_records: int) -> Self:
        try:
            # Also lets `tempfile` decide now on folder and names: a child forked amid that would wait for its lock.
            Scratch(self._directory).close()
        except OSError as error:
            # What has no room at this moment may have some later.
            if error.errno in _UNUSABLE:
                where = self._directory or "the system's folder"
                received = f"{where!r:.200} ({error.strerror})"
                raise ConfigurationError("directory", "must be where a file can be made", received=received) from None
        return super().begin(max_bytes, max_records)

    def admit(self, queue: Queue) -> None:
        self._replay(queue)
        while queue.held:
            record = queue.held.oldest()
            if not self.elsewhere and queue.fits(record):
                queue.store_next()
            else:
                self._keep(queue, record)

    def abandon(self, queue: Queue, reason: str) -> None:
        try:
            while self.elsewhere:
                record = self._oldest()
                read, levels = self._without(record)
                queue.drop(record[0], record[1], reason)
                self._read, self._levels = read, levels
        except OSError:
            self._lose_unreadable(queue, reason)
        self.forget()

    def forget(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None
        self._begin()

    def _begin(self) -> None:
        # Counted over all that goes through the file, which goes on at its beginning where it would become too long.
        self._read = self._written = 0
        # How many of each level the file holds.
        self._levels = [0] * len(LEVELS)

    def _replay(self, queue: Queue) -> None:
        """Store what the file holds, once half of the memory is free, so that it isn't read line by line."""
        try:
            while self.elsewhere and queue.depth_bytes < max(1, queue.max_bytes // 2):
                record = self._oldest()
                if not queue.fits(record):
                    return
                read, levels = self._without(record)
                with queue.lock:
                    queue.stored.append(record)
                    # Nothing is called between the one and the other: a signal's handler may raise.
                    self._read, self._levels = read, levels
        except OSError as error:
            self._lose_unreadable(queue, f"spill_{reason_of(error)}")
        if not self.elsewhere:
            self.forget()

    def _lose_unreadable(self, queue: Queue, reason: str) -> None:
        """Lose what can't be read, of which only the levels are known."""
        for level in range(len(LEVELS)):
            while self._levels[level]:
                queue.drop(None, level, reason)
                self._levels[level] -= 1

    def _oldest(self) -> Record:
        size, level, handed = _HEAD.unpack(self._get(self._read, _HEAD.size))
        return self._get(self._read + _HEAD.size, size), level, handed

    def _without(self, record: Record) -> tuple[int, list[int]]:
        """Return where the file is read on after *record*, and how many of each level it holds then."""
        line, level, _ = record
        return self._read + _HEAD.size + len(line), [count - (each == level) for each, count in enumerate(self._levels)]

    def _keep(self, queue: Queue, record: Record) -> None:
        line, level, handed = record
        size = _HEAD.size + len(line)
        if self._written + size - self._read > self.max_bytes:
            queue.drop_next()
            return
        try:
            if self._file is None:
                self._file = Scratch(self._directory)
            self._put(self._written, _HEAD.pack(len(line), level, handed) + line)
        except OSError as error:
            # What was written of it is written over by the next.
            queue.drop_next(f"spill_{reason_of(error)}")
            return
        queue.held.pop()
        self._written += size
        self._levels[level] += 1

    def _get(self, start: int, size: int) -> bytes:
        """Return *size* bytes from *start* on."""
        # Where a line is elsewhere there is a file.
        file: Any = self._file
        at = start % self.max_bytes
        first = min(size, self.max_bytes - at)
        data: bytes = file.read(at, first)
        return data + file.read(0, size - first) if size > first else data

    def _put(self, start: int, data: bytes) -> None:
        """Write *data* from *start* on."""
        file: Any = self._file
        at = start % self.max_bytes
        first = self.max_bytes - at
        for place, part in ((at, data[:first]), (0, data[first:])):
            if part:
                file.write(place, part)
