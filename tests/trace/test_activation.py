"""What becomes of active spans when a context outlives them."""

from __future__ import annotations

import asyncio
import contextvars
import gc
from typing import TYPE_CHECKING, Any

import pytest
from structlog import contextvars as theirs

from structlog_enrich import bind_contextvars, current_trace, entry, get_contextvars, span
from structlog_enrich.trace.activation import ACTIVE
from structlog_enrich.trace.operation import Operation

if TYPE_CHECKING:
    from collections.abc import Callable


def alive() -> int:
    """Return how many entries are kept in memory."""
    gc.collect()
    return sum(type(each) is Operation for each in gc.get_objects())


class TestChains:
    """Work that starts its successor doesn't carry along all that came before."""

    @pytest.mark.parametrize("begin", [entry, span], ids=["entry", "span"])
    @pytest.mark.parametrize("overlap", [False, True], ids=["one after the other", "overlapping"])
    def test_bounded(self, begin: Callable[..., Any], overlap: bool, written: Any) -> None:  # noqa: FBT001
        """However long the chain, a few spans are remembered, and each line is in its own."""
        depths: list[int] = []
        before = alive()

        def start(number: int) -> None:
            # Held while it runs and no longer.
            task = asyncio.create_task(tick(number))
            running.add(task)
            task.add_done_callback(running.discard)

        async def tick(number: int) -> None:
            with begin("tick"):
                bind_contextvars(number=number)
                written.log.info("inside")
                depths.append(len(ACTIVE.get()))
                if number < 200:
                    start(number + 1)
                    if overlap:
                        await asyncio.sleep(0)
            if number == 200:
                kept.append(alive() - before)
                done.set()

        async def main() -> None:
            start(0)
            await done.wait()

        running: set[asyncio.Task[None]] = set()
        kept: list[int] = []
        done = asyncio.Event()
        asyncio.run(main())

        assert max(depths) <= 10
        assert kept[0] <= 10
        inside = [line for line in written.lines() if line["message"] == "inside"]
        ends = [line for line in written.lines() if "span" in line]
        assert [line["span_id"] for line in inside] == [
            line["span_id"] for line in sorted(ends, key=lambda line: line["context"]["number"])
        ]

    def test_deep(self, written: Any) -> None:
        """Spans that are really nested are all left one by one, however deep."""
        spans = [span(str(number)) for number in range(50)]
        seen = []
        for each in spans:
            each.__enter__()
            seen.append(current_trace())
        for each, trace in zip(reversed(spans), reversed(seen), strict=True):
            assert trace is current_trace()
            each.__exit__(None, None, None)

        assert current_trace() is None
        assert () == ACTIVE.get()


class TestLeftBehind:
    """A request that a server begins in the context of another."""

    @pytest.mark.parametrize("kind", ["server", "consumer"])
    def test_nothing_comes_along(self, kind: Any, written: Any) -> None:
        """Neither what the first one bound nor what was bound and unbound before it; and nothing piles up."""
        theirs.bind_contextvars(process="p-1", dropped="before")
        contexts = [contextvars.copy_context()]
        depths = []

        def request(number: int) -> None:
            with entry("request", kind=kind):
                theirs.unbind_contextvars("dropped")
                theirs.bind_contextvars(**{f"user{number}": number, "process": "changed"})
                with span("inside"):
                    contexts.append(contextvars.copy_context())
                    depths.append(len(ACTIVE.get()))

        for number in range(5):
            contexts[-1].run(request, number)
        theirs.clear_contextvars()

        assert [2] * 5 == depths

        lines = [line for line in written.lines() if line["message"] == "request"]
        assert [{"process": "changed", f"user{number}": number} for number in range(5)] == [
            line["context"] for line in lines
        ]
        assert 5 == len({line["trace_id"] for line in lines})
        assert not any("parent_span_id" in line for line in lines)

    def test_and_back(self, written: Any) -> None:
        """One made by what goes on after an answer leaves everything as it found it."""
        with entry("request", kind="server") as outer:
            bind_contextvars(user_id="u-1")
            outer.end()
            with entry("another", kind="server"):
                inside = get_contextvars()
                bind_contextvars(other=1)
            written.log.info("after")

        after = written.named("after")
        assert {} == inside
        assert {"user_id": "u-1"} == after["context"]
        assert outer.trace.span_id == after["span_id"]
        assert ({}, None) == (get_contextvars(), current_trace())

    def test_in_the_middle_of_one(self, written: Any) -> None:
        """One that is made within a request that goes on has what is bound there, as a call has."""
        with entry("request", kind="server"):
            bind_contextvars(user_id="u-1")
            with entry("another", kind="server"):
                assert {"user_id": "u-1"} == get_contextvars()

        assert 2 == len({line["trace_id"] for line in written.lines()})

    @pytest.mark.parametrize("begin", [entry, span], ids=["entry", "span"])
    def test_work_behind_an_answer(self, begin: Callable[..., Any], written: Any) -> None:
        """A request that has ended is left as ever, though other spans have begun in it since."""
        request = entry("request", kind="server")
        request.start()
        request.activate()
        bind_contextvars(user_id="u-1")
        request.end()
        with begin("background"), span("mail"):
            pass
        assert request.trace is current_trace()
        request.deactivate()

        assert ({}, None, ()) == (get_contextvars(), current_trace(), ACTIVE.get())

    def test_served_within_a_span(self, written: Any) -> None:
        """It is so, too, where the server itself runs in one."""
        contexts = []

        def request(**bound: Any) -> None:
            with entry("request", kind="server"):
                bind_contextvars(**bound)
                contexts.append(contextvars.copy_context())

        with span("serve"):
            bind_contextvars(worker=1)
            request(user_id="u-1")
            contexts[0].run(request)
        theirs.clear_contextvars()

        assert [{"worker": 1, "user_id": "u-1"}, {"worker": 1}] == [
            line["context"] for line in written.lines() if line["message"] == "request"
        ]

    def test_started_and_activated_elsewhere(self, written: Any) -> None:
        """To start changes nothing; where it becomes active, everything is as it was afterwards."""
        contexts = []
        with entry("request", kind="server"):
            bind_contextvars(user_id="u-1")
            contexts.append(contextvars.copy_context())
        other = contextvars.copy_context()
        other.run(theirs.bind_contextvars, owner="bob")
        late = entry("late", kind="consumer")
        contexts[0].run(late.start)

        assert {"user_id": "u-1"} == contexts[0].run(get_contextvars)
        other.run(late.activate)
        other.run(late.deactivate)
        assert ({"owner": "bob"}, None) == (other.run(get_contextvars), other.run(current_trace))

    def test_a_generator(self, written: Any) -> None:
        """One that goes on step by step has left it at each step."""
        seen = []

        @entry("consume", kind="consumer")
        def consume() -> Any:
            for _ in range(3):
                seen.append(get_contextvars())
                yield

        with entry("request", kind="server") as request:
            bind_contextvars(user_id="u-1")
            request.end()
            between = [get_contextvars() for _ in consume()]

        assert [{}] * 3 == seen
        assert [{"user_id": "u-1"}] * 3 == between

    def test_within_what_goes_on(self, written: Any) -> None:
        """What is bound for an entry that goes on is there, whether the one around it has ended or not."""
        seen = []
        with entry("request", kind="server") as request:
            bind_contextvars(user_id="u-1")
            with entry("job"):
                bind_contextvars(job="j-1")
                for _ in range(2):
                    with entry("inner", kind="server"):
                        seen.append(get_contextvars())
                    request.end()

        assert [{"user_id": "u-1", "job": "j-1"}] * 2 == seen

    def test_in_two_contexts(self, written: Any) -> None:
        """One that is active in two contexts is left in each."""
        contexts = [contextvars.copy_context(), contextvars.copy_context()]
        one = entry("one")
        one.start()
        contexts[0].run(lambda: (one.activate(), bind_contextvars(a=1)))
        contexts[1].run(one.activate)
        for each in reversed(contexts):
            each.run(one.deactivate)

        assert [({}, None, ())] * 2 == [
            (each.run(get_contextvars), each.run(current_trace), each.run(ACTIVE.get)) for each in contexts
        ]
