"""Generators that go on, or are closed, in another entry than the one they began in."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from structlog_enrich import bind_contextvars, entry, get_contextvars, span

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

MARK: ContextVar[str] = ContextVar("mark", default="")


def told(written: Any) -> list[tuple[str, str, Any]]:
    """Return the message, the operation and what was bound, of each line."""
    return [(line["message"], line.get("operation", ""), line.get("context")) for line in written.lines()]


def begun_in(name: str, make: Callable[[], Any], **bound: Any) -> Any:
    """Return a generator that was begun in an entry, as a request of its own would."""

    def run() -> Any:
        with entry(name):
            structlog.contextvars.bind_contextvars(**bound)
            taken = make()
            next(taken)
        return taken

    return copy_context().run(run)


@pytest.fixture
def rows(written: Any) -> Any:
    """Return a generator function with a span, which says what it does and sets a variable."""

    @span("rows")
    def rows() -> Iterator[int]:
        token = MARK.set("rows")
        try:
            for number in range(9):
                written.say(f"row {number}")
                yield number
        finally:
            written.say("cleaned")
            if MARK.get() == "rows":
                MARK.reset(token)

    return rows


class TestGenerators:
    """What is written of it is of its own entry throughout."""

    @pytest.mark.parametrize("how", ["dropped", "closed"])
    def test_ended_in_another(self, how: str, rows: Any, written: Any) -> None:
        """Its lines have what was bound where it began, and nothing of the entry that ends it."""
        taken = begun_in("one", rows, user_id="alice", order_id="o-1")
        with entry("two"):
            structlog.contextvars.bind_contextvars(user_id="bob", cart_id="c-2")
            if how == "closed":
                taken.close()
            del taken
            assert {"user_id": "bob", "cart_id": "c-2"} == get_contextvars()

        alice = {"user_id": "alice", "order_id": "o-1"}
        assert [
            ("row 0", "one", alice),
            ("one", "one", alice),
            ("cleaned", "one", alice),
            ("rows", "one", alice),
            ("two", "two", {"user_id": "bob", "cart_id": "c-2"}),
        ] == told(written)

    def test_taken_in_another(self, rows: Any, written: Any) -> None:
        """So has each item that is made there; what it binds meanwhile stays where it belongs."""

        @span("x")
        def items() -> Iterator[None]:
            yield
            bind_contextvars(step=1)
            written.say("made")
            yield

        taken = begun_in("one", items, user_id="alice")
        with entry("two"):
            next(taken)
            assert {} == get_contextvars()
            next(taken, None)

        assert [
            ("one", "one", {"user_id": "alice"}),
            ("made", "one", {"user_id": "alice", "step": 1}),
            ("x", "one", {"user_id": "alice"}),
            ("two", "two", None),
        ] == told(written)

    def test_begun_outside_any(self, rows: Any, written: Any) -> None:
        """Outside any entry nothing is bound, so nothing is in an entry that ends it."""
        taken = rows()
        next(taken)
        with entry("two"):
            structlog.contextvars.bind_contextvars(user_id="bob")
            taken.close()

        assert [("row 0", "", None), ("cleaned", "", None), ("rows", "", None)] == told(written)[:-1]

    def test_ended_outside_any(self, rows: Any, written: Any) -> None:
        """Nor is what was bound in its entry lost outside."""
        begun_in("one", rows, user_id="alice").close()

        assert [("cleaned", "one", {"user_id": "alice"}), ("rows", "one", {"user_id": "alice"})] == told(written)[2:]

    def test_other_variables(self, rows: Any, written: Any) -> None:
        """Only what is bound goes home: a token of the same context is good, other variables are the closer's."""
        with entry("one"):
            taken = rows()
            next(taken)
        assert "rows" == MARK.get()
        with entry("two"):
            taken.close()

        assert "" == MARK.get()
        assert "ok" == written.named("rows")["span"]["status"]

    def test_within_the_same(self, written: Any) -> None:
        """Within its entry, and in a span or a thread of it, it sees what is bound since, and what it binds is seen."""

        @span("rows")
        def rows() -> Iterator[None]:
            for number in range(2):
                bind_contextvars(row=number)
                written.say(f"row {number}")
                yield

        with entry("one"):
            taken = rows()
            next(taken)
            structlog.contextvars.bind_contextvars(later=1)
            with span("step"):
                copy_context().run(next, taken)
            assert {"row": 0, "later": 1} == get_contextvars()

        assert {"row": 1, "later": 1} == written.named("row 1")["context"]

    def test_an_entry(self, written: Any) -> None:
        """An entry of its own goes on with what was bound for it, and nothing of whoever takes its items."""

        @entry("rows")
        def rows() -> Iterator[None]:
            for number in range(2):
                bind_contextvars(row=number)
                written.say(f"row {number}")
                yield

        taken = begun_in("one", rows, user_id="alice")
        with entry("two"):
            structlog.contextvars.bind_contextvars(cart_id="c-2")
            next(taken)
            taken.close()

        bound = {"user_id": "alice", "row": 1}
        assert (bound, bound) == (written.named("row 1")["context"], written.named("rows")["context"])
        assert {"cart_id": "c-2"} == written.named("two")["context"]


class TestAsyncGenerators:
    """The same, asynchronously."""

    @pytest.mark.parametrize("how", ["dropped", "closed"])
    def test_ended_in_another(self, how: str, written: Any) -> None:
        """Its lines have what was bound where it began, though it waits meanwhile."""

        @span("rows")
        async def rows() -> AsyncIterator[int]:
            try:
                yield 1
            finally:
                await asyncio.sleep(0)
                written.say("cleaned")

        async def one() -> list[Any]:
            with entry("one"):
                structlog.contextvars.bind_contextvars(user_id="alice", order_id="o-1")
                taken: Any = rows()
                await anext(taken)
            return [taken]

        async def two(kept: list[Any]) -> None:
            with entry("two"):
                structlog.contextvars.bind_contextvars(user_id="bob", cart_id="c-2")
                taken = kept.pop()
                if how == "closed":
                    await taken.aclose()
                del taken
                for _ in range(5):
                    await asyncio.sleep(0)
                assert {"user_id": "bob", "cart_id": "c-2"} == get_contextvars()

        async def main() -> None:
            kept = await asyncio.create_task(one())
            await asyncio.create_task(two(kept))

        asyncio.run(main())

        alice = {"user_id": "alice", "order_id": "o-1"}
        assert [
            ("one", "one", alice),
            ("cleaned", "one", alice),
            ("rows", "one", alice),
            ("two", "two", {"user_id": "bob", "cart_id": "c-2"}),
        ] == told(written)
