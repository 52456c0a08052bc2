"""A span around an asynchronous generator, from its first item to its end."""

from __future__ import annotations

import asyncio
import inspect
from contextvars import Context
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich import current_trace, span

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class TestAsyncGenerators:
    """The same, asynchronously."""

    def test_only_while_it_runs(self, written: Any) -> None:
        """Who takes the items is never in the generator's span."""

        @span("rows")
        async def rows() -> AsyncIterator[int]:
            with span("query"):
                await asyncio.sleep(0)
                written.log.info("query 1")
                yield 1
                written.log.info("query 2")

        async def main() -> None:
            with span("taker"):
                async for _ in rows():
                    await asyncio.sleep(0)
                    written.log.info("taken")

        asyncio.run(main())

        assert inspect.isasyncgenfunction(rows)
        query, taker = written.named("query")["span_id"], written.named("taker")["span_id"]
        assert [query, taker, query] == [line["span_id"] for line in written.lines()[:3]]

    def test_asend_athrow_and_errors(self, written: Any) -> None:
        """All that goes in and out still does."""

        @span("x")
        async def echo() -> Any:
            got: Any = None
            while got != "stop":
                try:
                    got = yield got
                except ValueError as error:
                    got = error

        async def main() -> list[Any]:
            items, error = echo(), ValueError("in")
            seen = [await anext(items), await items.asend("a"), await items.athrow(error), error]
            with pytest.raises(KeyError, match="out"):
                await items.athrow(KeyError("out"))
            other = echo()
            await anext(other)
            with pytest.raises(StopAsyncIteration):
                await other.asend("stop")
            return seen

        none, sent, thrown, error = asyncio.run(main())

        assert (None, "a", error) == (none, sent, thrown)
        assert ["error", "ok"] == [line["span"]["status"] for line in written.lines()]

    def test_wrong_arguments(self, written: Any) -> None:
        """They are an error of its first item, which ends the span."""

        @span("x")
        async def items(number: int) -> AsyncIterator[int]:
            yield number

        with pytest.raises(TypeError, match="missing 1 required"):
            asyncio.run(anext(items()))  # type: ignore[arg-type, call-arg]

        assert "TypeError" == written.line()["error"]["type"]

    @pytest.mark.parametrize("how", ["closed", "dropped", "cancelled", "left to the loop"])
    def test_never_finished(self, how: str, written: Any) -> None:
        """It cleans up within its span however it ends, also in another context, and nobody complains."""
        complaints: list[Any] = []

        @span("x")
        async def items() -> AsyncIterator[int]:
            try:
                yield 1
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                written.log.info("cleaned")

        async def work(taken: Any) -> None:
            async for _ in taken:
                pass

        async def main() -> Any:
            asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))
            taken = items()
            if how == "cancelled":
                task = asyncio.create_task(work(taken))
                await asyncio.sleep(0)
                task.cancel()
                await asyncio.wait([task])
                return None
            await anext(taken)
            if how == "closed":
                await taken.aclose()  # type: ignore[attr-defined]
            if how == "left to the loop":
                return taken
            del taken
            for _ in range(5):
                await asyncio.sleep(0)
            return None

        with asyncio.Runner() as runner:
            kept = runner.run(main(), context=Context())
        del kept

        assert [] == complaints
        assert written.named("x")["span_id"] == written.named("cleaned")["span_id"]
        assert ("ok", None if how != "cancelled" else "cancelled") == (
            written.named("x")["span"]["status"],
            written.named("x")["span"].get("outcome"),
        )

    def test_tasks_that_share_one(self, written: Any) -> None:
        """Items taken by different tasks, one after the other, are made in the same span, and leave none behind."""

        @span("x")
        async def items() -> AsyncIterator[int]:
            for number in range(3):
                written.say(f"made {number}")
                yield number

        async def main() -> None:
            taken = items()
            for _ in range(3):
                await asyncio.create_task(anext(taken))  # type: ignore[arg-type]
                assert None is current_trace()
            await taken.aclose()  # type: ignore[attr-defined]

        asyncio.run(main())

        assert ["made 0", "made 1", "made 2", "x"] == written.messages()
        assert 1 == len({line["span_id"] for line in written.lines()})
