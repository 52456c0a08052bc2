"""Exceptions, values and keys, drawn by Hypothesis from all that Python can make."""

from __future__ import annotations

import collections
import types
from functools import partial
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.never_raises.specimens import ERRORS, SPECIMENS, Meta, TextError, failing_error

if TYPE_CHECKING:
    from collections.abc import Callable


EXAMPLES = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


class Recipe:
    """Make a value when it is wanted: Hypothesis looks at what it draws, and hostile objects don't bear being seen.

    Its `repr` says what it makes, for the report of a failing example.
    """

    def __init__(self, name: str, make: Callable[[], Any]) -> None:
        self.name = name
        self.make = make

    def __repr__(self) -> str:
        return self.name


def made(drawn: Any) -> Any:
    """Return the value that *drawn* stands for."""
    return drawn.make() if type(drawn) is Recipe else drawn


def container(kind: Callable[[Any], Any], inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Recipe]:
    """Return a strategy of *kind* filled from a list of *inner*."""
    name = getattr(kind, "__name__", "?")
    return st.lists(inner, max_size=5).map(
        lambda items: Recipe(f"{name}({items!r})", lambda: kind([made(item) for item in items]))
    )


def mapping(
    kind: Callable[[Any], Any], names: st.SearchStrategy[Any], inner: st.SearchStrategy[Any], size: int = 5
) -> st.SearchStrategy[Recipe]:
    """Return a strategy of *kind* filled from a dict of *names* to *inner*."""
    return st.dictionaries(names, inner, max_size=size).map(
        lambda items: Recipe(
            f"{kind.__name__}({items!r})", lambda: kind({name: made(item) for name, item in items.items()})
        )
    )


hostile = st.sampled_from(sorted(SPECIMENS)).map(lambda name: Recipe(f"<{name}>", SPECIMENS[name]))
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.complex_numbers(),
    st.text(st.characters(codec=None), max_size=80),
    st.binary(max_size=30),
    st.decimals(),
    st.fractions(),
    st.uuids(),
    st.datetimes(timezones=st.none() | st.timezones()),
    st.dates(),
    st.times(),
    st.timedeltas(),
    hostile,
    hostile,
)
keys = st.one_of(
    st.text(st.characters(codec=None), max_size=20), st.sampled_from(["password", "self", "event", "level", "user_id"])
)
odd_keys = st.one_of(keys, st.none(), st.booleans(), st.integers(), st.floats(), st.binary(max_size=5), st.uuids())
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        container(list, inner),
        container(tuple, inner),
        container(collections.deque, inner),
        container(collections.UserList, inner),
        mapping(dict, odd_keys, inner),
        mapping(types.MappingProxyType, odd_keys, inner),
        mapping(collections.UserDict, odd_keys, inner),
        st.sets(st.integers() | st.text(max_size=5) | st.floats(), max_size=5),
    ),
    max_leaves=15,
)
keywords = mapping(dict, keys, values, 6)


def _raised(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as caught:
        return caught


PASTS: dict[str, Callable[[BaseException], BaseException | None]] = {
    "no cause": lambda _error: None,
    "itself as cause": lambda error: error,
    "a cause": lambda _error: ValueError("cause"),
    "a failing cause": lambda _error: TextError(),
    "a group as cause": lambda _error: ExceptionGroup("group", [Meta("OddError", (Exception,), {})()]),
}
KINDS: dict[str, Callable[[Any], BaseException]] = {
    "ValueError": lambda value: ValueError(value),
    "KeyError": lambda value: KeyError(value),
    "KeyboardInterrupt": lambda _value: KeyboardInterrupt(),
    "long name": lambda value: type("N" * 100_000, (Exception,), {"__module__": 5})(value),
    "no Unicode": lambda _value: UnicodeEncodeError("utf-8", "\ud800", 0, 1, "no"),
    "group": lambda value: ExceptionGroup("many", [ValueError(value), TextError(), ExceptionGroup("in", [KeyError()])]),
    **{f"exception raising {each.__name__}": partial(failing_error, each) for each in ERRORS},
    "failing text": lambda _value: TextError(),
    "failing class": lambda _value: Meta("OddError", (Exception,), {})(),
}


@st.composite
def exceptions(draw: st.DrawFn) -> Recipe:
    """Draw an exception with a past: causes, contexts, notes, members, messages that fail."""
    kind, value = draw(st.sampled_from(sorted(KINDS))), draw(values)
    notes = draw(st.lists(st.text(st.characters(codec=None), max_size=20), max_size=2))
    odd_notes = draw(st.none() | values)
    past, context = draw(st.sampled_from(sorted(PASTS))), draw(st.booleans())
    raised = draw(st.booleans())

    def make() -> BaseException:
        error = KINDS[kind](made(value))
        for note in notes:
            error.add_note(note)
        if odd_notes is not None:
            error.__notes__ = made(odd_notes)  # type: ignore[attr-defined]
        if context:
            error.__context__ = PASTS[past](error)
        else:
            error.__cause__ = PASTS[past](error)
        return _raised(error) if raised else error

    return Recipe(f"<{kind} of {value!r}, notes {notes!r} {odd_notes!r}, {past}, {context=}, {raised=}>", make)
