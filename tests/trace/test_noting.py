"""What is noted for an entry is what structlog has bound, and is let go with the entry."""

from __future__ import annotations

import weakref
from contextvars import Context, ContextVar, copy_context
from typing import Any

import pytest
import structlog
from structlog import contextvars as theirs

import structlog_enrich
from structlog_enrich import (
    bind_contextvars,
    entry,
    get_contextvars,
)
from structlog_enrich.trace import noting


class TestNoting:
    """Whose variables are used, what is noted, and how long it is held."""

    def test_more_variables_than_are_remembered(self, written: Any) -> None:
        """Whatever other libraries keep in the context, what is bound is told from it."""

        def many() -> None:
            with entry("x"):
                for number in range(5_000):
                    ContextVar(f"theirs{number}").set(number)
                bind_contextvars(a=1)
            assert {} == get_contextvars()

        copy_context().run(many)

        assert {"a": 1} == written.line()["context"]

    def test_two_variables_of_one_name(self, written: Any) -> None:
        """As structlog has it, the first counts, on the first line and on each that follows."""
        second = ContextVar("structlog_twice", default=...)

        def steps() -> None:
            with entry("x"):
                theirs.bind_contextvars(twice="theirs")
                second.set("second")
                for name in ("1", "2", "3"):
                    written.log.info(name, expected=theirs.merge_contextvars(None, "info", {})["twice"])

        Context().run(steps)

        for line in written.lines()[:3]:
            assert line["payload"]["expected"] == line["context"]["twice"]

    def test_never_another_variable_than_structlogs(self) -> None:
        """When structlog takes another variable for a name, so do we."""
        variable = noting.variable_of("replaced")
        replaced: ContextVar[Any] = ContextVar("structlog_replaced", default=...)
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(vars(theirs)["_CONTEXT_VARS"], "structlog_replaced", replaced)
            assert variable is not noting.variable_of("replaced") is replaced

    def test_without_their_register(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where structlog keeps it elsewhere, the variable is asked for."""
        monkeypatch.setattr(noting, "_VARIABLES", {})

        assert theirs.bind_contextvars(asked=1)["asked"].var is noting.variable_of("asked")

    @pytest.mark.parametrize("module", [structlog_enrich, theirs], ids=["ours", "theirs"])
    def test_reset_of_what_was_bound_outside(self, module: Any, written: Any) -> None:
        """After the entry it is bound again, as everything is."""
        tokens = module.bind_contextvars(x=1)
        with entry("x"):
            module.reset_contextvars(**tokens)
            assert {} == get_contextvars()
        after = get_contextvars()
        theirs.clear_contextvars()

        assert {"x": 1} == after

    def test_nothing_is_held_after_the_entry(self, written: Any) -> None:
        """What was bound inside, seen on a line or noted, is let go with the entry, in this context and in a task."""

        class Value:
            """An object that can be watched."""

        def work() -> list[Any]:
            value, other = Value(), Value()
            with entry("x"):
                theirs.bind_contextvars(value=value)
                written.log.info("line")
                copy_context().run(bind_contextvars, other=other)
                late = copy_context()
                late.run(theirs.unbind_contextvars, "value")
            kept.append(late)
            return [weakref.ref(value), weakref.ref(other)]

        kept: list[Any] = []
        dead = work()
        kept[0].run(written.log.info, "late")

        assert [None, None] == [each() for each in dead]

    def test_variable_of(self) -> None:
        """Setting it binds the name, for structlog as for us, and finding it binds nothing."""
        variable = noting.variable_of("a-very-new-name")
        before = dict(get_contextvars())
        variable.set(5)

        assert ({}, {"a-very-new-name": 5}) == (before, get_contextvars())
        assert variable is noting.variable_of("a-very-new-name")
        assert "a-very-new-name" in structlog.contextvars.get_contextvars()
