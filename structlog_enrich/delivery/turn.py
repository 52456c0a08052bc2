"""Let one thread at a time do what others would disturb."""

from __future__ import annotations

from sys import is_finalizing
from typing import TYPE_CHECKING, TypeVar

from structlog_enrich.delivery.system import allocate_rlock

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Turn"]

Result = TypeVar("Result")


class Turn:
    """Be taken by one thread at a time; who finds it taken goes on without.

    >>> turn = Turn()
    >>> turn.take(lambda: turn.take(lambda: "within", otherwise="amid it"), otherwise="taken")
    'amid it'
    """

    __slots__ = ("_lock",)

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Be free, whoever has it, which is stopped for good or in another process."""
        # It knows its owner: a signal's handler that comes amid it leaves all to that.
        self._lock = allocate_rlock()

    def is_mine(self) -> bool:
        """Tell whether the calling thread has it, further up its stack."""
        return bool(self._lock._is_owned())  # noqa: SLF001 (what `threading.Condition` asks it, too)

    def take(self, act: Callable[[], Result], otherwise: Result) -> Result:
        """Return what *act* does; *otherwise* where any thread has it already."""
        if self.is_mine():
            return otherwise
        if is_finalizing():
            # No other thread runs any more.
            self.renew()
        lock = self._lock
        try:
            return act() if lock.acquire(blocking=False) else otherwise
        finally:
            # Also when a signal's handler raises right after it was taken; none comes between a question and this.
            try:  # noqa: SIM105 (one may raise in there, too)
                lock.release()
            except RuntimeError:
                pass
