"""What is bound for an entry: noted wherever it is seen, so that the line that ends the entry has it."""

from __future__ import annotations

from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any, Final

from structlog import contextvars as theirs

from structlog_enrich.trace.context import CURRENT
from structlog_enrich.trace.seen import SEEN, Seen, bound_in

if TYPE_CHECKING:
    from contextvars import ContextVar

    from structlog_enrich.trace.operation import Operation

__all__ = [
    "bind_noted",
    "bind_own",
    "close_for",
    "is_home_of",
    "known_here",
    "note_here",
    "note_news",
    "open_for",
    "restore_bound",
    "variable_of",
]

# structlog's own register, so that we never set another variable than it reads. Without it the variable is asked for.
_VARIABLES: Final[dict[str, ContextVar[Any]]] = getattr(theirs, "_CONTEXT_VARS", {})


def variable_of(name: str) -> ContextVar[Any]:
    """Return structlog's own variable for the bound *name*: setting it binds the name, in a tenth of the time."""
    variable = _VARIABLES.get(theirs.STRUCTLOG_KEY_PREFIX + name)
    if variable is None:
        variable = Context().run(lambda: theirs.bind_contextvars(**{name: None})[name].var)
    return variable


def open_for(operation: Operation) -> Context:
    """Make ready here for *operation*, whose entry becomes active, and return the context of before.

    What was noted for it, where it was active before, is bound again.
    """
    before = operation.before = copy_context()
    if SEEN.get() is not None:
        SEEN.set(None)
    if operation.noted:
        for name, value in operation.noted.copy().items():
            variable_of(name).set(value)
        _bind_own(operation)
        operation.before = copy_context()
    return before


def close_for(operation: Operation) -> None:
    """Let go of what was noted for *operation*, which has ended; a task may outlive it for long, and shares it."""
    operation.is_over = True
    operation.home = None
    if operation.noted or operation.aside:
        operation.noted, operation.aside = {}, {}
    # One that began within another that has ended would hold that one, and so on; see `Activation._leave_ended`.
    if operation.before is not None and (outer := operation.before.get(CURRENT)) is not None and outer._is_over:  # noqa: SLF001 (kept there for the whole room)
        operation.before = None


def restore_bound(before: Context) -> None:
    """Bind what was bound in *before*, and nothing else.

    Set back by value and not by token, which would be refused in another context than its own.
    """
    was = before.get
    here = copy_context()
    for variable, value in here.items():
        if was(variable, ...) is not value and variable.name.startswith(theirs.STRUCTLOG_KEY_PREFIX):
            variable.set(was(variable, ...))
    for variable, value in before.items():
        # To reset a name that was bound outside takes its variable out of the context.
        if variable not in here and variable.name.startswith(theirs.STRUCTLOG_KEY_PREFIX):
            variable.set(value)
    SEEN.set(before.get(SEEN))


def bind_own(operation: Operation, name: str, value: Any) -> None:
    """Bind *name* as an adapter does that has just begun an entry.

    On the line that ends the entry it stands even when everything was unbound in between.
    """
    operation.own = (name, value)
    variable_of(name).set(value)


def note_news(operation: Operation, names: list[str], values: list[Any], *, is_home: bool | None = None) -> Seen:
    """Note for *operation* what is bound here, *names* to *values*, and wasn't when this context was looked at last.

    What isn't news isn't noted: a task goes on showing what was bound when it began, long after the entry has bound
    something else.

    Args:
        operation: What it is bound for.
        names: All that is bound here.
        values: Their values, in the same order.
        is_home: Whether this is the context in which the entry is active, or stands for it; None is to find out.

    Returns:
        What is now known to be bound here.
    """
    known, is_apart = known_here(operation)
    bound: dict[str, Any] = {}
    for name, value in zip(names, values, strict=True):
        # As structlog has it where two variables have one name: the first counts.
        bound.setdefault(name, value)
    news = {name: value for name, value in bound.items() if known.get(name, ...) is not value}
    gone = known.keys() - bound.keys()
    if gone and len(news) == len(bound) and not is_apart:
        # Nothing is left of what was there: somebody has cleared it.
        is_apart = not (is_home_of(operation) if is_home is None else is_home)
    if not operation.is_over:
        if is_apart:
            operation.aside.update(news)
        else:
            operation.noted.update({**dict.fromkeys(gone, ...), **news})
    seen = Seen(bound, (names, values), is_apart=is_apart)
    SEEN.set(seen)
    return seen


def note_here(operation: Operation, *, is_home: bool | None = None) -> None:
    """Note for *operation* what is news of all that is bound here."""
    note_news(operation, *bound_in(copy_context()), is_home=is_home)


def bind_noted(operation: Operation, *, is_home: bool) -> None:
    """Bind here, for the line that ends *operation*, what was bound for it wherever that happened.

    Args:
        operation: What ends.
        is_home: Whether it ends where it is active: then what is bound here stays bound, though others have unbound it.
    """
    if is_home and (operation.noted or operation.aside):
        # What was bound here last counts, over what was noted of elsewhere before.
        note_here(operation, is_home=True)
    noted = operation.noted.copy()
    for name, value in noted.items():
        if value is not ... or not is_home:
            variable_of(name).set(value)
    for name, value in operation.aside.copy().items():
        if name not in noted and (variable := variable_of(name)).get(...) is ...:
            variable.set(value)
    _bind_own(operation)


def _bind_own(operation: Operation) -> None:
    if operation.own is not None:
        name, value = operation.own
        if (variable := variable_of(name)).get(...) is ...:
            variable.set(value)


def known_here(operation: Operation) -> tuple[dict[str, Any], bool]:
    """Return what was bound here when it was looked at last, and whether this context is apart."""
    seen = SEEN.get()
    if seen is not None:
        return seen.bound, seen.is_apart
    # Nobody has looked since the entry became active.
    before = {} if operation.before is None else dict(zip(*bound_in(operation.before), strict=True))
    # The adapter's own name was bound after that, over what an entry around this one has under it.
    return before if operation.own is None else before | dict([operation.own]), False


def is_home_of(operation: Operation) -> bool:
    """Return whether this is the context in which the entry of *operation* is active, and no copy of it."""
    # A token is taken back only in the context that it was made in, and in no copy of it.
    token = operation.home
    if token is None:
        return False
    value = token.var.get()
    try:
        token.var.reset(token)
    except (RuntimeError, ValueError):
        return False
    operation.home = token.var.set(value)
    return True
