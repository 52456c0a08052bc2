"""Threads and tasks, each with its own context, never mix."""

from __future__ import annotations

import asyncio
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars

from structlog_enrich import TraceContext, preset
from structlog_enrich.trace.context import CURRENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WRAPPERS = [None, structlog.make_filtering_bound_logger(0)]


def broken_when_odd(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Fail for every second number."""
    if event["n"] % 2:
        raise ValueError
    return event


@pytest.fixture
def _switching() -> Iterator[None]:
    """Let threads take turns as often as can be."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def trace_of(number: int) -> TraceContext:
    """Return the trace of a number."""
    return TraceContext(f"{number + 1:032x}", f"{number + 1:016x}", operation=f"op-{number}")


def message(n: int, owner: int) -> str:
    """Return the message of one line."""
    return f"line {n} of {owner}"


def check(lines: list[dict[str, Any]], count: int) -> None:
    """Fail unless each line has all of its own and nothing of another's, and the numbers are complete."""
    assert count == len(lines)
    numbers = sorted(line["seq"] for line in lines)
    assert list(range(numbers[0], numbers[0] + count)) == numbers
    for line in lines:
        owner, n = line["payload"]["owner"], line["payload"]["n"]
        assert {"request_id": f"req-{owner}", "user_id": owner} == line["context"]
        assert (f"{owner + 1:032x}", f"{owner + 1:016x}", f"op-{owner}") == (
            line["trace_id"],
            line["span_id"],
            line["operation"],
        )
        assert message(n, owner) == line["message"]
        assert bool(n % 2) == ("faults" in line)
    assert count == len({(line["payload"]["owner"], line["payload"]["n"]) for line in lines})


@pytest.mark.usefixtures("_switching")
@pytest.mark.parametrize("wrapper", WRAPPERS, ids=["ours", "theirs"])
class TestTogether:
    """One chain and one logger, shared by all."""

    def test_eight_threads(self, wrapper: Any, collect: Callable[..., Any]) -> None:
        """Each thread's lines have its context, its trace, its faults and its thread id."""
        sink = collect(preset(extra=[broken_when_odd]), wrapper)
        ready, idents = threading.Barrier(8), {}

        def work(owner: int) -> None:
            CURRENT.set(trace_of(owner))
            bind_contextvars(request_id=f"req-{owner}", user_id=owner)
            idents[owner] = threading.get_ident()
            ready.wait()
            for n in range(200):
                sink.log.info(message(n, owner), n=n, owner=owner)

        threads = [threading.Thread(target=work, args=(owner,)) for owner in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        lines = sink.lines()
        check(lines, 1_600)
        assert all(idents[line["payload"]["owner"]] == line["thread_id"] for line in lines)

    def test_a_thousand_tasks(self, wrapper: Any, collect: Callable[..., Any]) -> None:
        """Each task's lines have its own, across every point where tasks take turns."""
        sink = collect(preset(extra=[broken_when_odd]), wrapper)

        async def work(owner: int) -> None:
            CURRENT.set(trace_of(owner))
            bind_contextvars(request_id=f"req-{owner}")
            await asyncio.sleep(0)
            with bound_contextvars(user_id=owner):
                for n in range(4):
                    await sink.log.ainfo(message(n, owner), n=n, owner=owner)
                    await asyncio.sleep(0)

        async def main() -> None:
            await asyncio.gather(*map(work, range(1_000)))

        asyncio.run(main())
        check(sink.lines(), 4_000)

    def test_a_pool_of_reused_threads(self, wrapper: Any, collect: Callable[..., Any]) -> None:
        """A job that clears what it bound leaves nothing to the next in its thread."""
        sink = collect(preset(extra=[broken_when_odd]), wrapper)

        def work(owner: int) -> None:
            token = CURRENT.set(trace_of(owner))
            bind_contextvars(request_id=f"req-{owner}", user_id=owner)
            for n in range(4):
                sink.log.info(message(n, owner), n=n, owner=owner)
            clear_contextvars()
            CURRENT.reset(token)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(500)))

        check(sink.lines(), 2_000)

    def test_to_thread(self, wrapper: Any, collect: Callable[..., Any]) -> None:
        """A context that is carried into a thread is the caller's there."""
        sink = collect(preset(extra=[broken_when_odd]), wrapper)

        def work(owner: int, n: int) -> None:
            sink.log.info(message(n, owner), n=n, owner=owner)

        async def task(owner: int) -> None:
            CURRENT.set(trace_of(owner))
            bind_contextvars(request_id=f"req-{owner}", user_id=owner)
            for n in range(2):
                await asyncio.to_thread(work, owner, n)

        async def main() -> None:
            await asyncio.gather(*map(task, range(100)))

        asyncio.run(main())
        check(sink.lines(), 200)


def test_nothing_leaks_to_the_parent(collect: Callable[..., Any]) -> None:
    """What happens in a copied context stays there, faults too."""
    sink = collect(preset(extra=[broken_when_odd]))
    copy_context().run(
        lambda: (bind_contextvars(request_id="inner"), CURRENT.set(trace_of(1)), sink.log.info("x", n=1))
    )
    sink.log.info("y", n=0)

    inner, outer = sink.lines()
    assert ("faults" in inner, "context" in inner) == (True, True)
    assert ("faults" in outer, "context" in outer, "operation" in outer) == (False, False, False)
