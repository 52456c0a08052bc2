"""Where a command writes bytes: standard output, or a file that is there only when it is whole."""

from __future__ import annotations

import gzip
import os
import stat
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from structlog_enrich.cli.sources import is_compressed

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["UnwritableError", "is_same", "writing"]


class UnwritableError(Exception):
    """Say why a file can't be written."""


@contextmanager
def writing(path: str | None) -> Iterator[IO[bytes]]:
    """Open a file for writing while the block runs.

    It is written beside its place, and takes it when the block ends; when the block raises, what stood there stays. A
    file that isn't a regular one, such as a FIFO, is written to as it is.

    Args:
        path: The name; what ends in .gz is compressed. None is standard output, which is left open.

    Raises:
        UnwritableError: The file can't be written. An `OSError` of standard output is passed on.
    """
    if path is None:
        yield sys.stdout.buffer
        return
    try:
        # What a link leads to, so that the link stays.
        place = Path(path).resolve()
        with _special(place) if place.exists() and not place.is_file() else _beside(place) as raw:
            if not is_compressed(path):
                yield raw
                return
            with gzip.GzipFile("", "wb", fileobj=raw) as file:
                yield file  # type: ignore[misc]  # all that a file opened for writing needs
    except OSError as error:
        raise UnwritableError(error.strerror or type(error).__name__) from None


def is_same(path: str | None, file: Any) -> bool:
    """Tell whether what is written to *path*, None for standard output, comes into the regular file that is read."""
    read = os.fstat(file.fileno())
    try:
        there = os.fstat(sys.stdout.fileno()) if path is None else Path(path).stat()
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(read.st_mode) and os.path.samestat(read, there)


def _special(place: Path) -> IO[bytes]:
    return place.open("wb")


@contextmanager
def _beside(place: Path) -> Iterator[IO[bytes]]:
    # Named like no other that is being written, and with the permissions that a new file has here.
    beside = place.with_name(f".{place.name}.{os.getpid()}-{time.monotonic_ns()}")
    mode = stat.S_IMODE(place.stat().st_mode) if place.exists() else None
    try:
        with beside.open("xb") as raw:
            if mode is not None:
                beside.chmod(mode)
            yield raw
            raw.flush()
            os.fsync(raw.fileno())
        beside.replace(place)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
