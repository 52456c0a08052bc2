"""structlog's own functions for bound context, which also note what they do for the entry they run in.

A context variable that is set in a thread or a task is set in a copy, and whoever started it can't see it: the line
that ends a request, written outside, would lack what a synchronous endpoint bound. So each of these does what
structlog's does, and notes it where all copies see it.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any, Final

from structlog import contextvars as theirs

from structlog_enrich.trace.context import CURRENT
from structlog_enrich.trace.seen import SEEN, Seen, bound_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextvars import ContextVar, Token

    from structlog_enrich.trace.operation import Operation

__all__ = [
    "bind_contextvars",
    "bind_noted",
    "bind_own",
    "bound_contextvars",
    "clear_contextvars",
    "note_here",
    "note_news",
    "open_for",
    "reset_contextvars",
    "restore_bound",
    "unbind_contextvars",
    "variable_of",
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
    """Bind nothing any more, as at the start of a unit of work."""
    names = theirs.get_contextvars()
    theirs.clear_contextvars()
    trace = CURRENT.get()
    if trace is not None and (shared := trace._operation) is not None:  # noqa: SLF001 (kept there for the whole room)
        shared.noted = dict.fromkeys([*shared.noted, *names], ...)
        SEEN.set(Seen({}))


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
        before = theirs.get_contextvars()
        _note({name: before.get(name, ...) for name in kw})


_VARIABLES: Final[dict[str, ContextVar[Any]]] = {}


def variable_of(name: str) -> ContextVar[Any]:
    """Return structlog's own variable for the bound *name*: setting it binds the name, in a tenth of the time."""
    variable = _VARIABLES.get(name)
    if variable is None:
        variable = Context().run(lambda: theirs.bind_contextvars(**{name: None})[name].var)
        _VARIABLES[name] = variable
    return variable


def open_for(operation: Operation) -> Context:
    """Make ready here for *operation*, whose entry becomes active, and return the context of before.

    What was noted for it, where it was active before, is bound again.
    """
    before = operation.before = copy_context()
    if SEEN.get() is not None:
        SEEN.set(None)
    if operation.noted:
        bind_noted(operation)
        operation.before = copy_context()
    return before


def restore_bound(before: Context) -> None:
    """Bind what was bound in *before*, and nothing else.

    Set back by value and not by token, which would be refused in another context than its own.
    """
    was = before.get
    for variable, value in copy_context().items():
        if was(variable, ...) is not value and variable.name.startswith(theirs.STRUCTLOG_KEY_PREFIX):
            variable.set(was(variable, ...))
    SEEN.set(before.get(SEEN))


def bind_own(operation: Operation, name: str, value: Any) -> None:
    """Bind *name* as an adapter does that has just begun an entry.

    On the line that ends the entry it stands even when everything was unbound in between.
    """
    operation.own = (name, value)
    variable_of(name).set(value)


def note_news(operation: Operation, names: list[str], values: list[Any]) -> Seen:
    """Note for *operation* what is bound here, *names* to *values*, and wasn't when this context was looked at last.

    What isn't news isn't noted: a task goes on showing what was bound when it began, long after the entry has bound
    something else.

    Returns:
        What is now known to be bound here.
    """
    before = _known(operation)
    bound = dict(zip(names, values, strict=True))
    news = {name: value for name, value in bound.items() if before.get(name, ...) is not value}
    operation.noted.update({**dict.fromkeys(before.keys() - bound.keys(), ...), **news})
    seen = Seen(bound)
    SEEN.set(seen)
    return seen


def note_here(operation: Operation) -> None:
    """Note for *operation* what is news of all that is bound here."""
    note_news(operation, *bound_in(copy_context()))


def _known(operation: Operation) -> dict[str, Any]:
    seen = SEEN.get()
    if seen is not None:
        return seen.bound
    # Nobody has looked since the entry became active.
    own = {} if operation.own is None else dict([operation.own])
    return own if operation.before is None else {**own, **dict(zip(*bound_in(operation.before), strict=True))}


def bind_noted(operation: Operation) -> None:
    """Bind here what was bound for *operation*, wherever that happened."""
    for name, value in operation.noted.copy().items():
        variable_of(name).set(value)
    if operation.own is not None:
        name, value = operation.own
        if (variable := variable_of(name)).get(...) is ...:
            variable.set(value)


def _note(values: dict[str, Any]) -> None:
    trace = CURRENT.get()
    if trace is not None and (shared := trace._operation) is not None:  # noqa: SLF001
        # What structlog's own functions have bound here meanwhile stays to be found by the next look.
        known = {**_known(shared), **values}
        for name in [name for name, value in values.items() if value is ...]:
            del known[name]
        SEEN.set(Seen(known))
        shared.noted.update(values)
