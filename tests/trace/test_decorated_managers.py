"""Context managers made of generators, with a span above or below."""

from __future__ import annotations

import asyncio
import functools
import inspect
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich import bind_contextvars, entry, get_contextvars, span

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@pytest.fixture
def lent(written: Any) -> Any:
    """Return a context manager's function, without a span."""

    @contextmanager
    def lent(name: str, *, swallows: bool = False) -> Iterator[str]:
        """Lend it."""
        written.say("before")
        try:
            yield name
        except ValueError:
            if not swallows:
                raise
        written.say("after")

    return lent


@pytest.fixture
def lent_later(lent: Any, written: Any) -> Any:
    """Return an asynchronous context manager's function, without a span."""

    @asynccontextmanager
    async def lent_later(name: str, *, swallows: bool = False) -> AsyncIterator[str]:
        """Lend it."""
        await asyncio.sleep(0)
        with lent(name, swallows=swallows):
            yield name

    return lent_later


def inside(written: Any) -> dict[str, bool]:
    """Return, of each line before the last, which ends the span, whether it was in the span."""
    *others, end = written.lines()
    return {line["message"]: line["span_id"] == end["span_id"] for line in others}


class TestAbove:
    """`@span` above `@contextmanager`: the span goes from entering to leaving, the block is in it."""

    @pytest.mark.parametrize("made", [lambda lent: lent, lambda lent: functools.partial(lent)], ids=["it", "partial"])
    def test_the_block(self, made: Any, lent: Any, written: Any) -> None:
        """It is as if the span were around the block; what is never entered has none."""
        decorated = span("x")(made(lent))

        decorated("unused")
        with decorated("book") as book:
            written.say("within")

        assert "book" == book
        assert {"before": True, "within": True, "after": True} == inside(written)
        assert "x" == written.lines()[-1]["message"]

    def test_asynchronous_ones(self, lent_later: Any, written: Any) -> None:
        """So with an asynchronous one, also in a stack of them."""
        decorated = span("x")(lent_later)

        async def main() -> str:
            async with AsyncExitStack() as stack:
                book = await stack.enter_async_context(decorated("book"))
                written.say("within")
                await asyncio.sleep(0)
            return book

        assert "book" == asyncio.run(main())
        assert {"before": True, "within": True, "after": True} == inside(written)

    @pytest.mark.parametrize("error", [ValueError("no"), StopIteration(1), KeyboardInterrupt()], ids=repr)
    def test_errors(self, error: BaseException, lent: Any, written: Any) -> None:
        """What the block raises comes out, the same object."""
        with pytest.raises(type(error)) as caught, span("x")(lent)("book"):
            raise error

        assert error is caught.value
        assert ("error" if isinstance(error, Exception) else "ok") == written.lines()[-1]["span"]["status"]

    @pytest.mark.parametrize("error", [ValueError("no"), StopAsyncIteration(1), KeyError("no")], ids=repr)
    def test_asynchronous_errors(self, error: Exception, lent_later: Any, written: Any) -> None:
        """So with an asynchronous one."""

        async def main() -> None:
            with pytest.raises(type(error)) as caught:
                async with span("x")(lent_later)("book"):
                    raise error
            assert error is caught.value

        asyncio.run(main())

        assert "error" == written.lines()[-1]["span"]["status"]

    def test_errors_it_swallows(self, lent: Any, lent_later: Any, written: Any) -> None:
        """What the context manager itself swallows is no failure."""

        async def main() -> None:
            async with span("x")(lent_later)("book", swallows=True):
                raise ValueError

        with span("x")(lent)("book", swallows=True):
            raise ValueError
        asyncio.run(main())

        assert ["before", "after", "x"] * 2 == written.messages()
        assert ["ok", "ok"] == [line["span"]["status"] for line in written.lines() if "span" in line]

    def test_wrong_arguments(self, lent: Any, written: Any) -> None:
        """They are an error where they would be without a span, or as the block is entered; the span ends."""
        with pytest.raises(TypeError, match="missing 1 required"), span("x")(lent)():
            pass

        assert "error" == written.line()["span"]["status"]

    def test_as_a_decorator(self, lent: Any, lent_later: Any, written: Any) -> None:
        """What such a call returns is a decorator, too: a span for each call."""

        @span("x")(lent)("book")
        def work() -> int:
            return 5

        @span("x")(lent_later)("book")
        async def later() -> int:
            return 5

        assert [5, 5, 5, 5] == [work(), work(), asyncio.run(later()), asyncio.run(later())]
        assert ["before", "after", "x"] * 4 == written.messages()

    def test_what_it_says_of_itself(self, lent: Any) -> None:
        """Its name, its words and its signature are its own."""
        decorated = span("x")(lent)

        assert ("lent", "Lend it.", inspect.signature(lent)) == (
            decorated.__name__,
            decorated.__doc__,
            inspect.signature(decorated),
        )

    def test_methods(self, written: Any) -> None:
        """Methods of every kind."""

        class Shop:
            @span("a")
            @contextmanager
            def a(self) -> Iterator[Any]:
                yield self

            @span("b")
            @classmethod
            @contextmanager
            def b(cls) -> Iterator[Any]:
                yield cls

        shop = Shop()
        with shop.a() as itself, Shop.b() as its_class:
            written.say("within")

        assert (shop, Shop) == (itself, its_class)
        assert ["within", "b", "a"] == written.messages()

    def test_an_entry(self, lent: Any, written: Any) -> None:
        """What is bound in the block is on the entry's line, and nowhere after."""
        with entry("x")(lent)("book"):
            bind_contextvars(order_id="o-1")

        assert {} == get_contextvars()
        assert {"order_id": "o-1"} == written.lines()[-1]["context"]


class TestBelow:
    """`@span` below `@contextmanager`: around the generator, of which the block is no part."""

    def test_the_block(self, written: Any) -> None:
        """It keeps the span around it; the span lasts until the block is left."""

        @contextmanager
        @span("x")
        def lent() -> Iterator[None]:
            written.say("before")
            yield
            written.say("after")

        with lent():
            written.say("within")

        assert {"before": True, "within": False, "after": True} == inside(written)
