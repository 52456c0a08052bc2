"""What is bound is found once and known until something changes, and never a moment longer."""

from __future__ import annotations

import gc
import weakref
from contextvars import Context, ContextVar, copy_context
from typing import Any

import pytest
from structlog.contextvars import bind_contextvars, unbind_contextvars

from structlog_enrich.trace import seen
from structlog_enrich.trace.seen import SEEN, Seen, bound_in, can_tell_maps, key_of, map_of


class TestMapOf:
    """The immutable map behind a context."""

    def test_this_interpreter_tells(self) -> None:
        """Every CPython that is supported makes contexts in the way that is relied on."""
        assert can_tell_maps() is True

    def test_the_same_until_a_variable_is_set(self) -> None:
        """A copy has the map of its original; setting, resetting and running elsewhere make another."""
        variable: ContextVar[Any] = ContextVar("variable", default=None)

        def steps() -> None:
            first = map_of(copy_context())
            assert first is map_of(copy_context()) is copy_context().run(lambda: map_of(copy_context()))
            token = variable.set(1)
            second = map_of(copy_context())
            assert second is not first
            copy_context().run(variable.set, 2)
            assert second is map_of(copy_context())
            variable.reset(token)
            assert map_of(copy_context()) is not second

        Context().run(steps)

    @pytest.mark.parametrize(
        "referents",
        [[], ["always the same"], [object()], None],
        ids=["nothing", "constant", "no weak reference", "new"],
    )
    def test_another_interpreter(self, referents: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where contexts are made otherwise, that is found out."""
        monkeypatch.setattr(seen.gc, "get_referents", lambda _context: [{}] if referents is None else referents)

        assert can_tell_maps() is False


class TestSeen:
    """What was seen."""

    def test_it_dies_with_its_context(self) -> None:
        """Neither the map nor a value is held after the context is gone, without any help of the collector."""

        class Value:
            """An object that can be watched."""

        def steps() -> list[weakref.ref[Any]]:
            value = Value()
            bind_contextvars(value=value)
            here = Seen({"value": value})
            SEEN.set(here)
            here.map = weakref.ref(map_of(copy_context()))
            assert here.map() is map_of(copy_context())
            return [weakref.ref(value), here.map]  # type: ignore[list-item]

        gc.disable()
        try:
            dead = [each() for each in Context().run(steps)]
        finally:
            gc.enable()

        assert [None, None] == dead

    def test_what_it_shows(self) -> None:
        """Names, and never a value."""
        assert "<Seen(a, b)>" == repr(Seen({"a": "secret", "b": "secret"}))


class TestBoundIn:
    """What is bound in a context."""

    def test_names_and_values(self) -> None:
        """What structlog bound and did not unbind, in one order."""
        context = Context()
        context.run(bind_contextvars, a=1, b=None, c=3)
        context.run(unbind_contextvars, "c")
        context.run(ContextVar("foreign").set, 1)

        assert {"a": 1, "b": None} == dict(zip(*bound_in(context), strict=True))

    def test_the_private_key(self) -> None:
        """Under the one name that travels in the event itself, nothing can be bound."""
        context = Context()
        context.run(lambda: bind_contextvars(_structlog_enrich="theirs", _structlog_enrich_="ours"))

        assert ["_structlog_enrich_"] == bound_in(context)[0]

    def test_key_of(self) -> None:
        """structlog's prefix tells its variables from all others."""
        assert ["a", "", None] == [key_of(ContextVar(name)) for name in ("structlog_a", "structlog_", "structlog")]
