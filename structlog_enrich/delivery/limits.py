"""Survive the process's limit of a file's size, also where its signal is deadly, as it is before Python ignores it."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["bear_limits", "limits_borne"]

# Windows has no such limit. The system then says `EFBIG`, as of any other failure.
_TOO_LARGE: Final[Any] = getattr(signal, "SIGXFSZ", None)


def bear_limits() -> None:
    """Let the calling thread, which is one of ours, get no signal when a file may not grow any more."""
    if _TOO_LARGE is not None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {_TOO_LARGE})


@contextmanager
def limits_borne() -> Iterator[None]:
    """Let the calling thread, which is one of the program's, get none for what is written meanwhile."""
    if _TOO_LARGE is None or signal.getsignal(_TOO_LARGE) is not signal.SIG_DFL:
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {_TOO_LARGE})
    try:
        yield
    finally:
        if _TOO_LARGE not in before:
            if _TOO_LARGE in signal.sigpending():
                signal.sigwait({_TOO_LARGE})
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {_TOO_LARGE})
