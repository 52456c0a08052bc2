"""Read small files of the system: bounded, and without an error ever leaving."""

from __future__ import annotations

import os
from typing import Final

__all__ = ["MAX_BYTES", "exists", "read", "size"]

MAX_BYTES: Final = 65_536
"""How much of a file is read, in bytes."""

# Nothing here may wait: not for a pipe that stands where a file should be.
_FLAGS: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def read(root: str, path: str, limit: int = MAX_BYTES) -> str:
    """Return the first *limit* bytes of the file *path* below *root*, or nothing where there is no such file.

    What isn't UTF-8 becomes what can't be printed, so that nobody takes it for a value.

    >>> read("/", "/proc/self/no-such-file")
    ''
    """
    try:
        file = os.open(_below(root, path), _FLAGS)
    except (OSError, ValueError):
        return ""
    try:
        return _read(file, limit).decode("utf-8", "surrogateescape")
    except OSError:
        return ""
    finally:
        os.close(file)


def size(root: str, path: str) -> int:
    """Return how many bytes the file *path* below *root* has: none where there is none, or something else."""
    try:
        return os.stat(_below(root, path)).st_size  # noqa: PTH116 (pathlib would make each service start later)
    except (OSError, ValueError):
        return 0


def exists(root: str, path: str) -> bool:
    """Return whether there is a file *path* below *root*."""
    return os.path.exists(_below(root, path))  # noqa: PTH110 (pathlib would make each service start later)


def _below(root: str, path: str) -> str:
    return f"{root.rstrip('/')}/{path.lstrip('/')}" if root.strip("/") else path


def _read(file: int, limit: int) -> bytes:
    # The kernel hands out what it makes up, such as /proc, a page at a time.
    parts: list[bytes] = []
    while limit > 0 and (part := os.read(file, limit)):
        parts.append(part)
        limit -= len(part)
    return b"".join(parts)
