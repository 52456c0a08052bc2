"""Sinks that keep what they take, fail when they are told to, and take as much as they are told to."""

from __future__ import annotations

import errno
import os
import threading
from typing import TYPE_CHECKING

from structlog_enrich.delivery.system import pause

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Collecting", "Failing", "Gated", "Short", "Slow", "failure"]


def failure(number: int = errno.EIO) -> OSError:
    """Return what the system would raise with that error number."""
    return OSError(number, os.strerror(number))


class Collecting:
    """Keep every line, and how many there were each time."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.batches: list[int] = []
        self.is_closed = False

    def write(self, lines: Sequence[bytes], /) -> int:
        self.lines += lines
        self.batches.append(len(lines))
        return len(lines)

    def close(self) -> None:
        self.is_closed = True


class Short(Collecting):
    """Take at most *most* lines at a time."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def write(self, lines: Sequence[bytes], /) -> int:
        return super().write(lines[: self.most])


class Slow(Short):
    """Take at most *most* lines at a time, and *seconds* for them."""

    def __init__(self, most: int, seconds: float) -> None:
        super().__init__(most)
        self.seconds = seconds

    def write(self, lines: Sequence[bytes], /) -> int:
        pause(self.seconds)
        return super().write(lines)


class Failing(Collecting):
    """Fail with `error` as long as it is set."""

    def __init__(self, error: BaseException | None = None) -> None:
        super().__init__()
        self.error = error

    def write(self, lines: Sequence[bytes], /) -> int:
        if self.error is not None:
            raise self.error
        return super().write(lines)


class Gated(Collecting):
    """Take nothing, and let who writes wait, until `gate` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.is_entered = threading.Event()

    def write(self, lines: Sequence[bytes], /) -> int:
        self.is_entered.set()
        self.gate.wait()
        return super().write(lines)
