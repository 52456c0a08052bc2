"""What may be decorated: whatever is called as a function, however it came to be one."""

from __future__ import annotations

import abc
import asyncio
import functools
import inspect
from collections.abc import AsyncIterator, Coroutine, Generator, Iterator
from typing import Any

import pytest

from structlog_enrich import bind_contextvars, current_trace, entry, get_contextvars, span
from structlog_enrich.exceptions import ConfigurationError


async def work(written: Any, number: int = 5) -> int:
    """Be a coroutine function."""
    await asyncio.sleep(0)
    written.say("inside")
    return number


def rows(written: Any, count: int = 2) -> Iterator[int]:
    """Be a generator function."""
    for number in range(count):
        written.say("inside")
        yield number


async def pages(written: Any, count: int = 2) -> AsyncIterator[int]:
    """Be an asynchronous generator function."""
    for number in range(count):
        written.say("inside")
        yield number
        await asyncio.sleep(0)


class Called:
    """Be called as one of these, as an object."""

    def __init__(self, function: Any) -> None:
        if inspect.isasyncgenfunction(function):
            self.__class__ = CalledAsPages
        elif inspect.isgeneratorfunction(function):
            self.__class__ = CalledAsRows
        else:
            self.__class__ = CalledAsWork


class CalledAsWork(Called):
    """A coroutine."""

    async def __call__(self, written: Any) -> int:
        """Do it."""
        return await work(written)


class CalledAsRows(Called):
    """A generator."""

    def __call__(self, written: Any) -> Iterator[int]:
        """Do it."""
        yield from rows(written)


class CalledAsPages(Called):
    """An asynchronous generator."""

    async def __call__(self, written: Any) -> AsyncIterator[int]:
        """Do it."""
        async for number in pages(written):
            yield number


def undeclared(function: Any) -> Any:
    """Return a plain function that returns what *function* does."""

    @functools.wraps(function)
    def call(*args: Any, **kw: Any) -> Any:
        return function(*args, **kw)

    return call


class Passing:
    """Hand on to another what is sent and thrown."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def send(self, value: Any) -> Any:
        """Go on."""
        return self._inner.send(value)

    def throw(self, *error: Any) -> Any:
        """Fail."""
        return self._inner.throw(*error)


class Compiled(Passing, Coroutine[Any, Any, Any]):
    """Be a coroutine of a class of its own, as a compiler for Python makes them."""

    def close(self) -> None:
        """Close."""
        self._inner.close()

    def __await__(self) -> Any:
        return self._inner.__await__()


class CompiledRows(Passing, Generator[Any, Any, Any]):
    """Be a generator of a class of its own."""


def compiled(function: Any) -> Any:
    """Return a plain function that returns what *function* does, as an object of another class."""
    around = {work: Compiled, rows: CompiledRows}.get(function, lambda inner: inner)
    return lambda *args: around(function(*args))


HOW = {
    "function": lambda function: function,
    "partial": functools.partial,
    "partial of a partial": lambda function: functools.partial(functools.partial(function)),
    "object": Called,
    "partial of an object": lambda function: functools.partial(Called(function)),
    "undeclared": undeclared,
    "partial of an undeclared one": lambda function: functools.partial(undeclared(function)),
    "compiled": compiled,
}


@pytest.fixture(params=HOW)
def made(request: pytest.FixtureRequest) -> Any:
    """Return each way to make something callable of a function."""
    return HOW[request.param]


class TestKinds:
    """The span lasts as long as the work, whatever was decorated."""

    def inside(self, written: Any) -> list[bool]:
        """Return, for each line of the work, whether it was in the span; the line that ends this must be the last."""
        *inside, end = written.lines()
        assert "x" == end["message"]
        return [line["span_id"] == end["span_id"] for line in inside if line["message"] == "inside"]

    def test_coroutines(self, made: Any, written: Any) -> None:
        """A coroutine has it until it is done."""
        call = span("x")(made(work))

        assert 5 == asyncio.run(awaited(call(written)))
        assert [True] == self.inside(written)

    def test_generators(self, made: Any, written: Any) -> None:
        """A generator has it until its end, and only while it runs."""
        for _ in span("x")(made(rows))(written):
            assert None is current_trace()

        assert [True, True] == self.inside(written)

    def test_asynchronous_generators(self, made: Any, written: Any) -> None:
        """So has an asynchronous one."""

        async def main() -> None:
            async for _ in span("x")(made(pages))(written):
                assert None is current_trace()

        asyncio.run(main())

        assert [True, True] == self.inside(written)

    @pytest.mark.parametrize("how", ["function", "partial", "object"])
    def test_declared(self, how: str) -> None:
        """What says which kind it is, is decorated as one of that kind."""
        made = HOW[how]

        assert inspect.iscoroutinefunction(span("x")(made(work)))
        assert inspect.isgeneratorfunction(span("x")(made(rows)))
        assert inspect.isasyncgenfunction(span("x")(made(pages)))

    def test_an_entry(self, written: Any) -> None:
        """What an entry binds before and while its coroutine runs is on its line, and nowhere else."""

        @entry("x")
        def call() -> Any:
            bind_contextvars(before=1)

            async def inner() -> None:
                bind_contextvars(later=2)

            return inner()

        async def main() -> dict[str, Any]:
            doing = call()
            between = get_contextvars()
            await doing
            return {**between, **get_contextvars()}

        assert {} == asyncio.run(main())
        assert {"before": 1, "later": 2} == written.line()["context"]

    def test_errors(self, written: Any) -> None:
        """What fails in an undeclared coroutine fails there, the same object, and ends the span."""
        error = ValueError("no")

        async def fail() -> None:
            raise error

        with pytest.raises(ValueError, match="no") as caught:
            asyncio.run(awaited(span("x")(undeclared(fail))()))

        assert error is caught.value
        assert "error" == written.line()["span"]["status"]

    def test_other_results(self, written: Any) -> None:
        """Whatever else a function returns, it returns: a future or a file is the caller's."""
        loop = asyncio.new_event_loop()
        future = loop.create_future()
        for value in (future, None, [], iter([1]), map(str, ()), int):
            assert value is span("x")(lambda value=value: value)()
        loop.close()

        assert ["x"] * 6 == written.messages()


class TestDescriptors:
    """Methods of every kind, in either order of the decorators."""

    def test_kinds(self, written: Any) -> None:
        """A class method and a static one may be a coroutine or a generator."""

        class Shop:
            @span("a")
            @classmethod
            async def a(cls) -> Any:
                return cls

            @classmethod
            @span("b")
            async def b(cls) -> Any:
                return cls

            @span("c")
            @staticmethod
            def c() -> Iterator[int]:
                yield 1

            @staticmethod
            @span("d")
            def d() -> Iterator[int]:
                yield 1

            @property
            @span("e")
            def e(self) -> int:
                return 5

        assert (Shop, Shop) == (asyncio.run(Shop().a()), asyncio.run(Shop.b()))
        assert ([1], [1], 5) == ([*Shop().c()], [*Shop.d()], Shop().e)
        assert ["a", "b", "c", "d", "e"] == written.messages()

    def test_abstract(self) -> None:
        """An abstract method stays one."""

        class Shop(abc.ABC):
            @span("a")
            @abc.abstractmethod
            def a(self) -> None: ...

            @span("b")
            @classmethod
            @abc.abstractmethod
            def b(cls) -> None: ...

        assert {"a", "b"} == Shop.__abstractmethods__


class TestRefused:
    """What isn't called as a function is, is refused where it is decorated, with what to do instead."""

    @pytest.mark.parametrize("begin", [span, entry])
    @pytest.mark.parametrize("kind", [int, type("Shop", (), {}), abc.ABC], ids=repr)
    def test_classes(self, begin: Any, kind: Any) -> None:
        """A class would no longer be one."""
        with pytest.raises(ConfigurationError, match="Decorate its methods"):
            begin("x")(kind)

    @pytest.mark.parametrize(
        "other",
        [
            property(lambda _: 5),
            functools.cached_property(lambda _: 5),
            functools.partialmethod(work),
            functools.singledispatchmethod(lambda _: 5),
            5,
            None,
            "name",
            classmethod(property(lambda _: 5)),
            staticmethod(int),
        ],
        ids=lambda other: type(other).__name__,
    )
    def test_others(self, other: Any) -> None:
        """So is what can't be called."""
        with pytest.raises(ConfigurationError, match="function must be a function, not "):
            span("x")(other)

    def test_a_coroutine(self) -> None:
        """So is a coroutine, in place of its function."""
        doing = asyncio.sleep(0)
        with pytest.raises(ConfigurationError, match="next to the function"):
            span("x")(doing)  # type: ignore[type-var]
        doing.close()


async def awaited(doing: Any) -> Any:
    """Await *doing*."""
    return await doing
