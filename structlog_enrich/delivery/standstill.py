"""Let those who log hand over what they are at before a signal ends the process."""

from __future__ import annotations

import sys
from contextlib import suppress
from time import monotonic_ns
from typing import TYPE_CHECKING, Final

from structlog_enrich.delivery.callers import are_others_logging, is_logging, stay
from structlog_enrich.delivery.system import get_thread_ident, pause, start_thread

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from structlog_enrich.delivery.loggers import Watch

__all__ = ["Standstill"]

_SECOND: Final = 1_000_000_000
_PATIENCE: Final = 0.25
_BETWEEN_LOOKS: Final = 0.0005


class Standstill:
    """Bring those who log to a stand where they have handed over their line, and then end the process.

    A line has its number before it is handed over. One that a signal cuts off in between, in the thread that it
    interrupts or in another, would be missing, and nobody could say why.

    Args:
        watch: Says to the caller that there is something to be done first.
        patience: Seconds that anybody stays at most, should the process not end.

    Attributes:
        is_wanted: Whether who has handed a line over is to call `arrive`.
    """

    __slots__ = ("_end", "_interrupted", "_patience", "_watch", "is_wanted")

    def __init__(self, watch: Watch, patience: float) -> None:
        self._watch = watch
        self._patience = patience
        self.forget()

    def forget(self) -> None:
        """Begin anew in a forked child."""
        self._end: Callable[[], object] | None = None
        self._interrupted = 0
        self.is_wanted = False

    def begin(self, end: Callable[[], object], frame: FrameType | None, ask_again: Callable[[int], object]) -> None:
        """Call *end* when nobody is amid a call of a logger: now, or when the interrupted one has handed its line over.

        Calls that hand nothing over, or take long, are waited for 250 ms. A second signal meanwhile ends it at once.

        Args:
            end: Ends the process; where it returns, all goes on.
            frame: Where the calling thread was interrupted.
            ask_again: Sends the signal again, to the thread with that number; called by a thread of its own.
        """
        is_second, self._end = self._end is not None, end
        self._interrupted = get_thread_ident()
        self.is_wanted = self._watch.attention = True
        if is_second or not is_logging(frame) or not self._is_asked_again(ask_again):
            self._do()

    def arrive(self) -> None:
        """Stay, as one who has handed over what it was at; the one that was interrupted ends the process."""
        if get_thread_ident() == self._interrupted:
            self._do()
        elif is_logging(sys._getframe()):  # noqa: SLF001 (others gave their line no number)
            latest = monotonic_ns() + int(self._patience * _SECOND)
            stay(lambda: self.is_wanted and monotonic_ns() < latest)

    def _do(self) -> None:
        end, self._end = self._end, None
        if end is None:
            # What is logged amid it.
            return
        try:
            latest = monotonic_ns() + int(_PATIENCE * _SECOND)
            while are_others_logging() and monotonic_ns() < latest:
                pause(_BETWEEN_LOOKS)
            end()
        finally:
            self.is_wanted = False

    def _is_asked_again(self, ask_again: Callable[[int], object]) -> bool:
        def ask() -> None:
            pause(_PATIENCE)
            if self._end is end:
                ask_again(interrupted)

        end, interrupted = self._end, self._interrupted
        # Where none can be started it is done now.
        with suppress(RuntimeError):
            start_thread(ask, "structlog-enrich signal")
            return True
        return False
