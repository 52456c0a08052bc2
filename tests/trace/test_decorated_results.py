"""What a decorated call returns can do all that it can without a span."""

from __future__ import annotations

import asyncio
import functools
import inspect
import types
from collections.abc import AsyncGenerator, Coroutine, Generator, Iterator
from typing import Any

import pytest

from structlog_enrich import span


async def answered() -> int:
    """Answer."""
    await asyncio.sleep(0)
    return 5


async def awaited(doing: Any) -> Any:
    """Await *doing*."""
    return await doing


def passed_on(name: str) -> Any:
    """Return a method that calls that of the object within."""
    return lambda self, *values: getattr(self._within, name)(*values)


class Rows(Generator[Any, Any, Any]):
    """Be a generator of a class of its own."""

    send, throw = map(passed_on, ("send", "throw"))

    def __init__(self, within: Any) -> None:
        self._within = within


class Request(Coroutine[Any, Any, Any]):
    """Be awaited, as clients for HTTP have it."""

    send, throw, close, __await__ = map(passed_on, ("send", "throw", "close", "__await__"))

    def __init__(self, within: Any) -> None:
        self._within = within


class Entered(Request):
    """Be a context manager, too."""

    async def __aenter__(self) -> Any:
        return await self

    async def __aexit__(self, *error: object) -> None: ...


class Cancellable(Request):
    """Have a method more."""

    def cancel(self) -> None:
        """Give it up."""
        self.close()


class Numbered(Request):
    """Have an attribute more."""

    def __init__(self, within: Any) -> None:
        super().__init__(within)
        self.number = 5


class Counted(Generator[int, None, None]):
    """Be a generator that says how long it is."""

    def send(self, value: Any) -> int:
        """Go on."""
        raise StopIteration

    def throw(self, *error: Any) -> int:
        """Fail."""
        raise error[0]

    def __len__(self) -> int:
        return 0


class Pages(AsyncGenerator[int, None]):
    """Be an asynchronous generator that can be taken from by number."""

    async def asend(self, value: Any) -> int:
        """Go on."""
        raise StopAsyncIteration

    async def athrow(self, *error: Any) -> int:
        """Fail."""
        raise error[0]

    def __getitem__(self, number: int) -> int:
        return number


class TestMore:
    """Objects that are a coroutine or a generator, and something besides, are returned as they are."""

    @pytest.mark.parametrize("kind", [Entered, Cancellable, Numbered])
    def test_coroutines(self, kind: Any, written: Any) -> None:
        """The span ends as the call returns."""
        made = kind(answered())

        assert made is span("x")(lambda: made)()
        assert "ok" == written.line()["span"]["status"]
        assert 5 == asyncio.run(awaited(made))
        assert 1 == len(written.lines())

    def test_as_a_context_manager(self, written: Any) -> None:
        """So what is entered without a span is entered with one."""

        @span("get")
        def get() -> Any:
            return Entered(answered())

        async def main() -> Any:
            async with get() as answer:
                return answer

        assert 5 == asyncio.run(main())

    @pytest.mark.parametrize("kind", [Counted, Pages])
    def test_generators(self, kind: Any, written: Any) -> None:
        """So with generators of both kinds."""
        made = kind()

        assert made is span("x")(lambda: made)()
        assert ["x"] == written.messages()

    def test_nothing_more(self, written: Any) -> None:
        """One that is only awaited has its span until it is done."""
        assert 5 == asyncio.run(awaited(span("x")(lambda: (written.say("called"), Request(answered()))[1])()))
        assert ["called", "x"] == written.messages()


class TestTypesCoroutine:
    """Generators that can be awaited, as `types.coroutine` makes them."""

    @pytest.fixture(params=["declared", "partial", "undeclared", "of another class"])
    def decorated(self, request: pytest.FixtureRequest, written: Any) -> Any:
        """Return such a function with a span."""

        @types.coroutine
        def work() -> Iterator[Any]:
            written.say("inside")
            yield
            written.say("inside")
            return 5

        plain = types.coroutine(lambda: Rows(work()))
        made = {"declared": work, "partial": functools.partial(work), "undeclared": lambda: work()}
        return span("x")(made.get(request.param, plain))

    def test_awaited(self, decorated: Any, written: Any) -> None:
        """They still can."""
        assert 5 == asyncio.run(awaited(decorated()))
        assert ["inside", "inside", "x"] == written.messages()
        assert 1 == len({line["span_id"] for line in written.lines()})

    def test_iterated(self, decorated: Any, written: Any) -> None:
        """And so can they be iterated, and delegated to."""

        @types.coroutine
        def outer() -> Any:
            return (yield from decorated())

        assert [None] == [*decorated()]
        assert 5 == asyncio.run(awaited(outer()))

    def test_as_a_task(self, written: Any) -> None:
        """One that is a coroutine besides may be a task."""

        async def main() -> Any:
            return await asyncio.create_task(span("x")(types.coroutine(lambda: Rows(numbered())))())

        def numbered() -> Iterator[Any]:
            yield
            return 5

        assert 5 == asyncio.run(main())
        assert "ok" == written.line()["span"]["status"]

    def test_generators(self) -> None:
        """A plain generator doesn't become one that can be awaited."""

        @span("x")
        def rows() -> Iterator[int]:
            yield 1

        assert not inspect.isawaitable(rows())


class Refusing:
    """Be an attribute that can't be asked for."""

    def __get__(self, *_: object) -> Any:
        raise ValueError("no")


class TestMethods:
    """The methods of an object that is called as a function."""

    def test_a_cache(self, written: Any) -> None:
        """A cached function can be asked and cleared, and is asked but once."""

        @span("x")
        @functools.lru_cache
        def double(number: int) -> int:
            written.say("inside")
            return 2 * number

        assert [4, 4] == [double(2), double(2)]
        assert (1, 1) == double.cache_info()[:2]
        double.cache_clear()
        assert 4 == double(2)
        assert ["inside", "x", "x", "inside", "x"] == written.messages()
        assert {"maxsize": 128, "typed": False} == double.cache_parameters()

    def test_a_single_dispatch(self, written: Any) -> None:
        """More may be registered."""

        @span("x")
        @functools.singledispatch
        def told(one: Any) -> str:
            return "any"

        told.register(int, lambda _: "int")

        assert ["int", "any"] == [told(1), told("")]

    def test_objects(self, written: Any) -> None:
        """A task of a queue is still sent; its properties aren't asked for, and its own attributes win."""

        class Task:
            def __init__(self) -> None:
                self.named = "task"

            def __call__(self) -> str:
                return "called"

            def delay(self) -> str:
                return "sent"

            @classmethod
            def named(cls) -> str:  # type: ignore[no-redef]
                return "class"

            broken = Refusing()

        task: Any = span("x")(Task())

        assert ("called", "sent", "task") == (task(), task.delay(), task.named)
        assert "broken" not in vars(task)
