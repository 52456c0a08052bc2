"""What a sink must offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Sink", "offered"]


@runtime_checkable
class Sink(Protocol):
    """Take finished lines somewhere. One thread at a time calls it, and never one that logs.

    What it has taken counts as written, so it keeps nothing back: `Writer.close` closes it, and not the exit of the
    process, where others may log yet. What it can't take it says by what it returns or raises; then it is offered the
    same lines again, from the first that wasn't written whole.

    It may also have `wait(timeout)`, which returns when it may take more, at most *timeout* seconds later; `is_gone`,
    true once nobody will ever read what is written; `repaired`, how many torn lines it has ended; `reopen()`, called
    before the next lines after someone asked for it; and `forget()`, called in a forked child, which must neither write
    nor take a lock.
    """

    def write(self, lines: Sequence[bytes], /) -> int:
        """Write *lines* in their order, each ended by a newline, which they are without.

        Returns:
            How many were written whole; 0 when none can be at this moment.

        Raises:
            OSError: Nothing more can be written until something changes; any other exception is taken likewise.
        """
        ...

    def close(self) -> None:
        """Let go of what it holds; lines that come later open it again or fail."""
        ...


def offered(sink: Sink, name: str) -> Callable[[], Any]:
    """Return the method of *sink* that it may have, or one that does nothing."""
    return getattr(sink, name, None) or _nothing


def _nothing() -> None:
    return
