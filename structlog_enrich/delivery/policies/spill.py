"""Keep on disk what has no room in memory."""

from __future__ import annotations

import struct
import tempfile
from typing import IO, TYPE_CHECKING, Final

from structlog_enrich.delivery.policies.policy import WithoutState
from structlog_enrich.exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    from structlog_enrich.delivery.queue import Queue
    from structlog_enrich.delivery.records import Record

__all__ = ["Spill"]

_HEAD: Final = struct.Struct("<IBq")


class Spill(WithoutState):
    """Keep lines that have no room in a file, and write them in their order once there is room again.

    From the first line that goes there until the file is empty, every line goes there, so that none overtakes another.
    What has no room there either is lost, the newest first. The file has no name, so nothing is left of it when the
    process ends, and nobody else reads it. It is written by the thread that decides on lines, never by one that logs.

    Args:
        max_bytes: How long the file may become before it is empty again.
        directory: Where it is made; default the system's place for such files.

    Raises:
        ConfigurationError: *max_bytes* isn't positive.

    >>> Spill(max_bytes=1_000_000)
    Spill(max_bytes=1000000)
    """

    __slots__ = ("_directory", "_file", "_read", "_written", "elsewhere", "max_bytes")

    def __init__(self, *, max_bytes: int = 1 << 30, directory: str | PathLike[str] | None = None) -> None:
        super().__init__()
        if type(max_bytes) is not int or max_bytes < 1:
            raise ConfigurationError("max_bytes", "must be a positive whole number", received=f"{max_bytes!r:.80}")
        self.max_bytes = max_bytes
        self._directory = directory
        self.forget()

    def __repr__(self) -> str:
        return f"Spill(max_bytes={self.max_bytes})"

    @property
    def free(self) -> tuple[int, int]:
        return (0, 0) if self.elsewhere else self._budget

    def forget(self) -> None:
        self._file: IO[bytes] | None = None
        self._read = self._written = 0
        self.elsewhere = 0

    def admit(self, queue: Queue) -> None:
        self._replay(queue)
        while queue.held:
            record = queue.held[0]
            if not self.elsewhere and queue.fits(record):
                queue.store(queue.next_held())
            else:
                self._keep(queue, queue.next_held())

    def abandoned(self) -> Iterator[Record]:
        while self.elsewhere:
            yield self._oldest()
        self.forget()

    def _replay(self, queue: Queue) -> None:
        while self.elsewhere and queue.depth_bytes < queue.max_bytes // 2 and len(queue.stored) < queue.max_records:
            try:
                queue.store(self._oldest())
            except (OSError, struct.error) as error:
                self._lose(queue, type(error).__name__)
        if not self.elsewhere and self._file is not None:
            self._file.close()
            self.forget()

    def _lose(self, queue: Queue, reason: str) -> None:
        # The file can't be read: of what it holds only the number is known.
        for _ in range(self.elsewhere):
            queue.drop((b"", 1, 0), f"spill_{reason.lower()}")
        self.elsewhere = 0

    def _oldest(self) -> Record:
        file = self._file
        if file is None:
            raise OSError
        file.seek(self._read)
        size, level, handed = _HEAD.unpack(file.read(_HEAD.size))
        line = file.read(size)
        if len(line) < size:
            raise OSError
        self._read += _HEAD.size + size
        self.elsewhere -= 1
        return line, level, handed

    def _keep(self, queue: Queue, record: Record) -> None:
        line, level, handed = record
        size = _HEAD.size + len(line)
        if self._written + size > self.max_bytes:
            queue.drop(record)
            return
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self._directory, buffering=0)  # noqa: SIM115 (kept)
            self._file.seek(self._written)
            if self._file.write(_HEAD.pack(len(line), level, handed) + line) != size:
                # The disk is full: what was written of it is written over by the next.
                raise OSError  # noqa: TRY301
        except OSError as error:
            queue.drop(record, f"spill_{type(error).__name__.lower()}")
            return
        self._written += size
        self.elsewhere += 1
