"""Which spans are active in a thread or task, and what becomes of it when a context outlives them."""

from __future__ import annotations

from contextvars import Context, ContextVar, copy_context
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.trace.abandoned import is_collecting
from structlog_enrich.trace.noting import bind_own, note_here, open_for, restore_bound

if TYPE_CHECKING:
    from structlog_enrich.trace.context import TraceContext
    from structlog_enrich.trace.ids import IdSource
    from structlog_enrich.trace.operation import Operation

__all__ = ["ACTIVE", "Activation"]

_Active = tuple["TraceContext", Any, "IdSource"]
"""A span that is active: its trace, what its ids need to make active again what was so before, and those ids."""

ACTIVE: Final[ContextVar[tuple[_Active, ...]]] = ContextVar("_structlog_enrich.active", default=())
"""What was activated in this thread or task, outermost first."""

_FEW: Final = 8
_FROM_OUTSIDE: Final = ("server", "consumer")


class Activation:
    """Make a span the active one of a thread or task, and what was so before active again."""

    kind: str
    operation: Operation | None
    trace: TraceContext
    _ids: IdSource
    _ended: bool

    # Whether it became active in a finaliser that the collector runs, which may undo it; else the collector may not.
    _by_collector: bool = False
    # What the ids need to make active again what was so within, and the spans that were, while it is suspended.
    _within: tuple[Any, tuple[_Active, ...]] | None = None
    # The context in which an entry became active, before anything was bound for it.
    _before: Context | None = None
    # What was active where it became so last, with spans that had ended; None where there were none.
    _outer: tuple[_Active, ...] | None = None
    # Where it became active in the context of an entry that had ended: that context, and what was active there.
    _left: tuple[Context, tuple[_Active, ...], Any, IdSource] | None = None

    def activate(self) -> None:
        """Make it the active span of this thread or task.

        After `suspend`, what was active within it is so again. An entry binds again what was bound for it.
        """
        if is_collecting():
            self._by_collector = True
        outer = ACTIVE.get()
        operation = self.operation
        if operation is not None:
            if outer and self.kind in _FROM_OUTSIDE:
                outer = self._leave_ended(outer)
            self._before = open_for(operation)
        active = _without_ended(outer) if outer else ()
        # What has ended may be left only afterwards, as a request is whose work goes on behind its answer.
        self._outer = None if active is outer or len(active) == len(outer) else outer
        active = (*active, (self.trace, self._ids.activate(self.trace), self._ids))
        if self._within is not None:
            state, inner = self._within
            self._ids.restore(state)
            active += inner
        token = ACTIVE.set(active)
        if operation is not None and not self._ended:
            operation.home = token

    def bind(self, name: str, value: Any) -> None:
        """Bind one name for an entry that has just become active, such as the id that came with a request."""
        if self.operation is not None:
            bind_own(self.operation, name, value)

    def suspend(self) -> None:
        """Deactivate it until it is activated again, as between two items of a generator."""
        active = ACTIVE.get()
        place = _place_of(self.trace, active)
        if place is None or (is_collecting() and not self._by_collector):
            return
        if self.operation is not None:
            note_here(self.operation)
        # What `activate` returns is the state of now, which holds what is active within.
        self._within = (self._ids.activate(self.trace), active[place + 1 :])
        self.deactivate()

    def deactivate(self) -> None:
        """Make active again what was so before it, in this thread or task; where it isn't active, nothing happens.

        What became active within it and was never deactivated is active no longer. An entry also binds again what was
        bound before it, and nothing else: nothing of it may leak to the next one.
        """
        active = ACTIVE.get()
        # Almost always it is the innermost.
        place = len(active) - 1 if active and active[-1][0] is self.trace else _place_of(self.trace, active)
        if place is None or (is_collecting() and not self._by_collector):
            return
        ACTIVE.set(active[:place] if self._outer is None else self._outer)
        self._ids.restore(active[place][1])
        if self._before is not None:
            restore_bound(self._before)
        if self._left is not None:
            self._come_back(*self._left)
            self._left = None

    def _leave_ended(self, active: tuple[_Active, ...]) -> tuple[_Active, ...]:
        """Leave an entry that is active here and has ended, and what was bound within it, until this one is left.

        A server may begin a request in the context of the one before it on the same connection, as uvicorn does after
        a large body and between pipelined requests. Within an entry that goes on nothing is left.

        Returns:
            What is active here then.
        """
        while active and (operation := active[-1][0]._operation) is not None and operation.before is not None:  # noqa: SLF001 (kept there for the whole room)
            if not operation.is_over:
                break
            place = next(place for place, each in enumerate(active) if each[0]._operation is operation)  # noqa: SLF001
            trace, state, ids = active[place]
            if self._left is None:
                here = copy_context()
                # What `activate` returns is the state of now.
                now = ids.activate(trace)
                ids.restore(now)
                self._left = (here, active, now, ids)
            ids.leave(state)
            active = active[:place]
            restore_bound(operation.before)
        return active

    def _come_back(self, here: Context, active: tuple[_Active, ...], state: Any, ids: IdSource) -> None:
        ids.restore(state)
        ACTIVE.set(active)
        restore_bound(here)


def _place_of(trace: TraceContext, active: tuple[_Active, ...]) -> int | None:
    """Return where the span of *trace* is among the *active* ones, or None."""
    for place in range(len(active) - 1, -1, -1):
        if active[place][0] is trace:
            return place
    return None


def _without_ended(active: tuple[_Active, ...]) -> tuple[_Active, ...]:
    """Return *active* without the spans that have ended, where there are many or the innermost has.

    A task goes on in a copy of the context it was started in, and so does what it starts: work that starts its
    successor would carry along every one before it.
    """
    if len(active) > _FEW or active[-1][0]._is_over:  # noqa: SLF001 (kept there for us)
        return tuple(each for each in active if not each[0]._is_over)  # noqa: SLF001
    return active
