"""structlog's own functions for bound context, which also note what they do for the entry they run in.

A context variable that is set in a thread or a task is set in a copy, and whoever started it can't see it: the line
that ends a request, written outside, would lack what a synchronous endpoint bound. So each of these does what
structlog's does, and notes it where all copies see it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from structlog import contextvars as theirs

from structlog_enrich.trace.context import CURRENT
from structlog_enrich.trace.noting import is_home_of, known_here, variable_of
from structlog_enrich.trace.seen import SEEN, Seen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextvars import Token

__all__ = [
    "bind_contextvars",
    "bound_contextvars",
    "clear_contextvars",
    "reset_contextvars",
    "unbind_contextvars",
]


def bind_contextvars(**kw: Any) -> Mapping[str, Token[Any]]:
    """Bind *kw* to every later line of this thread or task, and to the line that ends the entry it runs in.

    A name that is bound already gets the new value. A call's own keyword of that name wins on its line.

    Returns:
        The tokens for `reset_contextvars`.

    >>> tokens = bind_contextvars(request_id="req-1")
    >>> reset_contextvars(**tokens)
    """
    tokens = theirs.bind_contextvars(**kw)
    _note(kw)
    return tokens


def unbind_contextvars(*keys: str) -> None:
    """Bind the names *keys* no longer; a name that isn't bound is no mistake."""
    theirs.unbind_contextvars(*keys)
    _note(dict.fromkeys(keys, ...))


def clear_contextvars() -> None:
    """Bind nothing any more, as at the start of a unit of work.

    In a task or a thread that was started within an entry, this begins work of its own: what is bound there afterwards
    is on the line that ends the entry only where that has no such name.
    """
    names = theirs.get_contextvars()
    theirs.clear_contextvars()
    trace = CURRENT.get()
    if trace is not None and (shared := trace._operation) is not None:  # noqa: SLF001 (kept there for the whole room)
        is_apart = not is_home_of(shared)
        if not is_apart:
            shared.noted = dict.fromkeys([*shared.noted, *names], ...)
            shared.aside = {}
        SEEN.set(Seen({}, is_apart=is_apart))


def reset_contextvars(**kw: Token[Any]) -> None:
    """Give each name the value it had before the `bind_contextvars` that returned its token."""
    theirs.reset_contextvars(**kw)
    _note({name: token.var.get(...) for name, token in kw.items()})


@contextmanager
def bound_contextvars(**kw: Any) -> Iterator[None]:
    """Bind *kw* within a `with` block or, as a decorator, within a function; then each name is as it was before.

    >>> with bound_contextvars(order_id="o-1"):
    ...     pass
    """
    try:
        with theirs.bound_contextvars(**kw):
            _note(kw)
            yield
    finally:
        _note({name: variable_of(name).get(...) for name in kw})


def _note(values: dict[str, Any]) -> None:
    trace = CURRENT.get()
    if trace is not None and (shared := trace._operation) is not None:  # noqa: SLF001
        known, is_apart = known_here(shared)
        # What structlog's own functions have bound here meanwhile stays to be found by the next look.
        bound = {**known, **values}
        for name in [name for name, value in values.items() if value is ...]:
            del bound[name]
        SEEN.set(Seen(bound, is_apart=is_apart))
        if not shared.is_over:
            (shared.aside if is_apart else shared.noted).update(values)
