"""Let each line be waited for, once something may end the process at any moment."""

from __future__ import annotations

from time import monotonic_ns
from typing import TYPE_CHECKING, Final

from structlog_enrich.delivery.options import deadline

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Settling"]

_SECOND: Final = 1_000_000_000
_PATIENCE: Final = 0.25
_LONG: Final = 0.05


class Settling:
    """Wait until all is written, while the sink takes any, and not too long in all.

    Args:
        flush: Waits for all that was handed over, until a time in nanoseconds and at most so many seconds while the
            sink takes nothing; returns whether all is written.
        timeout: Seconds to wait at most, all waits of more than 50 ms together.

    Attributes:
        is_wanted: Whether who has handed a line over is to call `wait`.
    """

    __slots__ = ("_flush", "_left", "_timeout", "is_wanted")

    def __init__(self, flush: Callable[[int, float], bool], timeout: float) -> None:
        self._flush = flush
        self._timeout = timeout
        self.forget()

    def forget(self) -> None:
        """Begin anew in a forked child."""
        self._left = self._timeout
        self.is_wanted = False

    def wait(self, since: int | None = None) -> None:
        """Wait, from *since* on in nanoseconds; where that was in vain nobody is to call it any more."""
        began = monotonic_ns()
        self.is_wanted = self._flush(deadline(self._left, since), _PATIENCE)
        took = (monotonic_ns() - began) / _SECOND
        if took > _LONG:
            self._left -= took
