"""See from their stacks who is logging, and wait for them: who hands a line over takes no lock."""

from __future__ import annotations

import sys
from time import monotonic_ns
from typing import TYPE_CHECKING, Final

from structlog_enrich.delivery.system import get_thread_ident, pause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType, FrameType

__all__ = ["are_others_logging", "await_callers", "is_logging", "stay"]

_BETWEEN_LOOKS: Final = 0.0005
_LOGGERS: Final = ("structlog.", "structlog_enrich.logger", "structlog_enrich.said")


def await_callers(code: CodeType, deadline: int) -> bool:
    """Wait until every other thread has left the calls of *code* that it is in now; return whether they have.

    Args:
        code: What hands over.
        deadline: When to stop waiting, in nanoseconds.
    """
    left = _calls_of(code)
    while left and monotonic_ns() < deadline:
        pause(_BETWEEN_LOOKS)
        # Calls that came later know already.
        left &= _calls_of(code)
    return not left


def stay(while_: Callable[[], bool]) -> None:
    """Keep the calling thread here as long as *while_* says so; meanwhile it counts as one that logs nothing."""
    while while_():
        pause(_BETWEEN_LOOKS)


def is_logging(frame: FrameType | None) -> bool:
    """Tell whether a thread whose stack ends with *frame* is amid a call of a logger."""
    return any(_is_a_logger(each.f_globals.get("__name__")) for each in _stack(frame))


def are_others_logging() -> bool:
    """Tell whether any other thread is amid a call of a logger."""
    return any(is_logging(top) for top in _others())


def _calls_of(code: CodeType) -> set[FrameType]:
    return {each for top in _others() for each in _stack(top) if each.f_code is code}


def _others() -> list[FrameType]:
    mine = get_thread_ident()
    # There is no other way to see another thread.
    return [top for ident, top in sys._current_frames().items() if ident != mine]  # noqa: SLF001


def _stack(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None and frame.f_code is not stay.__code__:
        yield frame
        frame = frame.f_back


def _is_a_logger(module: object) -> bool:
    return isinstance(module, str) and (module == "logging" or module.startswith(_LOGGERS))
