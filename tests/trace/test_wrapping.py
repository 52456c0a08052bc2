"""A span around each call of a function, whatever kind of function it is."""

from __future__ import annotations

import asyncio
import gc
import inspect
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from structlog_enrich import bind_contextvars, entry, get_contextvars, span

if TYPE_CHECKING:
    from collections.abc import Iterator


def spans(written: Any) -> dict[str, str]:
    """Return which span each line without one was written in, by its message."""
    names = {line["span_id"]: line["span"]["name"] for line in written.lines() if "span" in line}
    return {line["message"]: names.get(line["span_id"], "") for line in written.lines() if "span" not in line}


class TestFunctions:
    """Functions and coroutines."""

    def test_each_call(self, written: Any) -> None:
        """Each has a span of its own, and its arguments, result and name are its own."""

        @span("add", kind="client", attributes={"a": 1}, attempt=2)
        def add(one: int, /, two: int = 2, *, three: int) -> int:
            """Add."""
            return one + two + three

        assert [6, 9] == [add(1, three=3), add(1, 5, three=3)]
        assert ("add", "Add.", "(one: 'int', /, two: 'int' = 2, *, three: 'int') -> 'int'") == (
            add.__name__,
            add.__doc__,
            str(inspect.signature(add)),
        )
        first, second = written.lines()
        assert first["span_id"] != second["span_id"]
        assert first["span"] | {"duration_ms": 0} == second["span"] | {"duration_ms": 0}
        assert ("client", 2, {"a": 1}) == tuple(first["span"][name] for name in ("kind", "attempt", "attributes"))

    def test_recursion(self, written: Any) -> None:
        """A call within a call is its child."""

        @span("down")
        def down(number: int) -> int:
            return down(number - 1) if number else 0

        down(3)
        inner, *_, outer = written.lines()

        assert 4 == len({line["span_id"] for line in written.lines()})
        assert [line["parent_span_id"] for line in written.lines()[:-1]] == [
            line["span_id"] for line in written.lines()[1:]
        ]
        assert inner["trace_id"] == outer["trace_id"]

    def test_errors(self, written: Any) -> None:
        """An exception ends the span and goes on, the same object."""
        error = ValueError("no")

        @span("x")
        def fail() -> None:
            raise error

        with pytest.raises(ValueError, match="no") as caught:
            fail()

        assert error is caught.value
        assert "ValueError" == written.line()["error"]["type"]

    def test_coroutines(self, written: Any) -> None:
        """The span lasts until the coroutine is done; one that is never awaited has none."""

        @span("x")
        async def work() -> int:
            await asyncio.sleep(0)
            written.log.info("inside")
            return 5

        work().close()
        assert inspect.iscoroutinefunction(work)
        assert 5 == asyncio.run(work())
        assert {"inside": "x"} == spans(written)
        assert ["inside", "x"] == written.messages()

    def test_methods(self, written: Any) -> None:
        """Methods, class methods and static ones, in either order of the decorators."""

        class Shop:
            @span("plain")
            def plain(self, number: int) -> tuple[Any, int]:
                return self, number

            @span("above")
            @classmethod
            def above(cls, number: int) -> tuple[Any, int]:
                return cls, number

            @classmethod
            @span("below")
            def below(cls, number: int) -> tuple[Any, int]:
                return cls, number

            @span("static above")
            @staticmethod
            def static_above(number: int) -> int:
                return number

            @staticmethod
            @span("static below")
            def static_below(number: int) -> int:
                return number

        shop = Shop()

        assert [(shop, 1), (Shop, 2), (Shop, 3), 4, 5] == [
            shop.plain(1),
            shop.above(2),
            shop.below(3),
            shop.static_above(4),
            Shop.static_below(5),
        ]
        assert ["plain", "above", "below", "static above", "static below"] == written.messages()

    def test_a_span_that_was_used_meanwhile(self, written: Any) -> None:
        """What decorates is a copy of what the span was then."""
        one = span("x", attributes={"a": 1})

        @one
        def call() -> None: ...

        with one:
            one.set_attribute("b", 2)
            call()

        assert [{"a": 1}, {"a": 1, "b": 2}] == [line["span"]["attributes"] for line in written.lines()]

    def test_entries_in_a_loop(self, written: Any) -> None:
        """A worker's function enters anew each time, and leaves nothing to the next."""

        @entry("job")
        def job(number: int) -> dict[str, Any]:
            before = get_contextvars()
            bind_contextvars(job_id=number)
            structlog.contextvars.bind_contextvars(other=number)
            return before

        assert [{}, {}, {}] == [job(number) for number in range(3)]
        assert 3 == len({line["trace_id"] for line in written.lines()})
        assert [{"job_id": number, "other": number} for number in range(3)] == [
            line["context"] for line in written.lines()
        ]


class TestGenerators:
    """Generators: a span from the first item to the end, active only while they run."""

    def test_only_while_it_runs(self, written: Any) -> None:
        """Who takes the items has a span of their own, and is never in the generator's."""

        @span("rows")
        def rows() -> Iterator[int]:
            written.log.info("first")
            yield 1
            with span("query"):
                written.log.info("query 1")
                yield 2
                written.log.info("query 2")
            written.log.info("last")

        with span("taker"):
            for number in rows():
                written.say(f"taken {number}")

        assert {
            "first": "rows",
            "taken 1": "taker",
            "query 1": "query",
            "taken 2": "taker",
            "query 2": "query",
            "last": "rows",
        } == spans(written)
        assert written.named("rows")["span_id"] == written.named("query")["parent_span_id"]
        assert written.named("taker")["span_id"] == written.named("rows")["parent_span_id"]

    def test_taking_turns(self, written: Any) -> None:
        """Two that are taken from in turn don't mix, whichever ends first."""

        @span("a")
        def one() -> Iterator[None]:
            for number in range(2):
                written.say(f"a{number}")
                yield

        @span("b")
        def two() -> Iterator[None]:
            with span("b's"):
                for number in range(3):
                    written.say(f"b{number}")
                    yield

        first, second = one(), two()
        for items in (first, second, first, second, first, second, second):
            next(items, None)

        assert {"a0": "a", "a1": "a", "b0": "b's", "b1": "b's", "b2": "b's"} == spans(written)
        assert ["boot", "boot"] == [
            "boot" if written.named(name)["parent_span_id"] == written.named(name)["boot_id"] else "" for name in "ab"
        ]

    def test_send_throw_and_return(self, written: Any) -> None:
        """All that goes in and out of a generator still does."""

        @span("x")
        def echo() -> Any:
            got: Any = None
            while got != "stop":
                try:
                    got = yield got
                except ValueError as error:
                    got = error
            return "done"

        items, error = echo(), ValueError("in")

        assert [None, "a", None, error, "b"] == [
            next(items),
            items.send("a"),
            items.send(None),
            items.throw(error),
            items.send("b"),
        ]
        with pytest.raises(StopIteration) as stopped:
            items.send("stop")
        assert "done" == stopped.value.value
        assert inspect.isgeneratorfunction(echo)
        assert "ok" == written.line()["span"]["status"]

    @pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), GeneratorExit()], ids=repr)
    def test_what_it_does_not_catch(self, error: BaseException, written: Any) -> None:
        """What is thrown in and not caught comes out, the same object."""

        @span("x")
        def items() -> Iterator[int]:
            yield 1

        taken: Any = items()
        next(taken)
        with pytest.raises(type(error)) as caught:
            taken.throw(error)

        assert error is caught.value
        assert ("error" in written.line()) == isinstance(error, Exception)

    def test_closed_early(self, written: Any) -> None:
        """It cleans up within its span, which is no failure; the one that never began has no span."""

        @span("x")
        def items() -> Iterator[int]:
            try:
                yield 1
                yield 2
            finally:
                written.log.info("cleaned")

        items().close()
        for _ in items():
            break
        gc.collect()

        assert ["cleaned", "x"] == written.messages()
        assert {"cleaned": "x"} == spans(written)
        assert "ok" == written.named("x")["span"]["status"]

    def test_what_closing_returns(self, written: Any) -> None:
        """What it returns when it is closed, newer Pythons hand on; so it is here."""

        def items() -> Any:
            try:
                yield 1
            except GeneratorExit:
                return "closed"

        def closed(taken: Any) -> Any:
            next(taken)
            return taken.close()

        assert closed(items()) == closed(span("x")(items)())
        assert "ok" == written.line()["span"]["status"]

    def test_one_that_refuses_to_close(self, written: Any) -> None:
        """It is told so as without a span, and so is one that fails while it closes."""

        @span("stubborn")
        def stubborn() -> Iterator[int]:
            for _ in range(2):
                with suppress(GeneratorExit):
                    yield 1

        @span("failing")
        def failing() -> Iterator[int]:
            try:
                yield 1
            finally:
                raise ValueError("no")

        for items, kind in ((stubborn(), RuntimeError), (failing(), ValueError)):
            next(items)
            with pytest.raises(kind):
                items.close()  # type: ignore[attr-defined]
        del items
        gc.collect()

        assert {"failing": "error", "stubborn": "ok"} == {
            line["message"]: line["span"]["status"] for line in written.lines()
        }

    def test_wrong_arguments(self, written: Any) -> None:
        """They are an error of its first item, which ends the span."""

        @span("x")
        def items(number: int) -> Iterator[int]:
            yield number

        with pytest.raises(TypeError, match="missing 1 required"):
            next(items())  # type: ignore[call-arg]

        assert "TypeError" == written.line()["error"]["type"]

    def test_delegation(self, written: Any) -> None:
        """`yield from` goes through both ways."""

        @span("inner")
        def inner() -> Any:
            got = yield 1
            return got * 2

        @span("outer")
        def outer() -> Any:
            got = yield from inner()
            yield got

        items = outer()

        assert [1, 10] == [next(items), items.send(5)]
        items.close()
        assert written.named("outer")["span_id"] == written.named("inner")["parent_span_id"]

    def test_what_an_entry_binds(self, written: Any) -> None:
        """It is bound while the generator runs, and not in the code that takes its items."""

        @entry("rows")
        def rows() -> Iterator[Any]:
            bind_contextvars(ours=1)
            yield get_contextvars()
            structlog.contextvars.bind_contextvars(theirs=2)
            yield get_contextvars()
            yield get_contextvars()

        seen = [(dict(inside), dict(get_contextvars())) for inside in rows()]

        assert [({"ours": 1}, {}), ({"ours": 1, "theirs": 2}, {}), ({"ours": 1, "theirs": 2}, {})] == seen
        assert {"ours": 1, "theirs": 2} == written.line()["context"]
