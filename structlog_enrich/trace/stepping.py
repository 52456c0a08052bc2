"""Go on with a generator, one step at a time, each within its span."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, cast

from structlog_enrich.trace.abandoned import is_collecting
from structlog_enrich.trace.context import CURRENT
from structlog_enrich.trace.noting import restore_bound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextvars import Context

    from structlog_enrich.trace.operation import Operation
    from structlog_enrich.trace.spans import Span

__all__ = ["astepped", "astepped_abroad", "end", "entry_here", "sheltered", "stepped", "stepped_abroad"]


def entry_here() -> Operation | None:
    """Return what the spans of the entry that is active here share; None outside any."""
    trace = CURRENT.get()
    return None if trace is None else trace._operation  # noqa: SLF001 (kept there for the whole room)


def end(span: Span, error: BaseException | None, *, abroad: bool) -> None:
    """End *span*, in the context it began in when that was in another entry: `abroad`."""
    if abroad:
        cast("Context", span._refuge).run(span.end, error)  # noqa: SLF001
    else:
        span.end(error)


def stepped(span: Span, resume: Callable[[], Any]) -> Any:
    """Take one step, in which *span* is the active one."""
    span.activate()
    try:
        return resume()
    finally:
        span.suspend()


def stepped_abroad(span: Span, resume: Callable[[], Any]) -> Any:
    """Take one step in another entry than the one that *span* belongs to."""
    with _bound_as_begun(span):
        return stepped(span, resume)


def sheltered(span: Span, resume: Callable[[], Any]) -> Any:
    """Take one step for the garbage collector, which may set nothing where it happens to run."""
    return cast("Context", span._refuge).run(stepped, span, resume)  # noqa: SLF001


async def astepped(span: Span, resume: Callable[[], Any]) -> Any:
    """Take one asynchronous step, in which *span* is the active one."""
    span.activate()
    try:
        return await resume()
    finally:
        span.suspend()


async def astepped_abroad(span: Span, resume: Callable[[], Any]) -> Any:
    """Take one asynchronous step in another entry than the one that *span* belongs to."""
    with _bound_as_begun(span):
        return await astepped(span, resume)


@contextmanager
def _bound_as_begun(span: Span) -> Iterator[None]:
    """Bind what was bound where *span* began, and nothing else, within a `with` block.

    Its lines are of that entry, not of the one that goes on with it. All other variables stay those of the latter, as
    without a span.
    """
    here, home = copy_context(), cast("Context", span._refuge)  # noqa: SLF001
    collected = is_collecting()
    restore_bound(home)
    try:
        yield
    finally:
        # Where the collector closes it, nothing may be set; what a finaliser began it may end.
        if collected or not is_collecting():
            restore_bound(here)
