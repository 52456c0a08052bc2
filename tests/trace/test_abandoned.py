"""Spans whose generator or coroutine the garbage collector closes, wherever it happens to run."""

from __future__ import annotations

import gc
import sys
import threading
from contextvars import ContextVar, copy_context
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from structlog_enrich import bind_contextvars, bound_logger, current_trace, entry, get_contextvars, preset, span
from structlog_enrich.trace.abandoned import LATE, catch_up, is_collecting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

MARK: ContextVar[str] = ContextVar("mark", default="")

EXIT = """
import gc, io, structlog
from structlog_enrich import preset, span
structlog.configure(preset(service="tests", renderer="json"))
@span("left")
def items():
    yield 1
held = [items()]
next(held[0])
held.append(held)
del held
gc.collect()
"""

ANYWHERE = """
import gc, structlog
from structlog_enrich import bind_contextvars, bound_logger, entry, preset, span
class Sink:
    accepts_bytes = True
    def info(self, line): pass
structlog.configure(preset(service="tests"), bound_logger(), logger_factory=Sink)

@entry("left")
def items():
    bind_contextvars(a=1)
    with span("inner"):
        try:
            yield 1
        finally:
            bind_contextvars(b=2)

def plain():
    with span("plain"):
        yield 1

class Forever:
    def __await__(self):
        yield

@entry("work")
async def work():
    bind_contextvars(a=1)
    await Forever()

@entry("pages")
async def pages():
    bind_contextvars(a=1)
    await Forever()
    yield 1

gc.set_threshold(7, 3, 3)
for number in range(300):
    for make in (items, plain):
        ring = [make()]
        next(ring[0])
        ring.append(ring)
        del ring
    for make in (work, lambda: pages().__anext__()):
        ring = [make()]
        ring[0].send(None)
        ring.append(ring)
        del ring
    with entry("job"):
        for each in range(20):
            bind_contextvars(**{f"k{each}": number})
"""


class Lock:
    """A sink as others write them: a lock that its own thread can't take twice, under which the collector runs."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.blocked: list[bytes] = []
        self._lock = threading.Lock()

    def info(self, line: bytes) -> None:
        """Take one line."""
        if not self._lock.acquire(blocking=False):
            self.blocked.append(line)
            return
        try:
            self.lines.append(line)
            gc.collect()
        finally:
            self._lock.release()

    error = warning = info
    accepts_bytes = True


def leave(make: Callable[..., Iterator[Any]]) -> None:
    """Take one item, and leave the generator in a ring that only the collector undoes."""
    ring: list[Any] = [make()]
    next(ring[0])
    ring.append(ring)


@pytest.fixture(autouse=True)
def _only_when_told() -> Iterator[None]:
    """Let the collector run when a test says so, and not before."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()
    LATE.clear()


class TestGenerators:
    """Generators that are decorated."""

    def test_nothing_around_is_changed(self, written: Any) -> None:
        """Every variable of whoever is interrupted has the very value it had, and no line is written there."""

        @entry("left")
        def items() -> Iterator[int]:
            bind_contextvars(ours=1)
            with span("inner"):
                yield 1

        with entry("other") as other:
            bind_contextvars(theirs=1)
            leave(items)
            before = dict(copy_context().items())
            gc.collect()
            after = dict(copy_context().items())

            assert before.keys() == after.keys()
            assert all(value is after[variable] for variable, value in before.items())
            assert other.trace is current_trace()
            assert [] == written.messages()

        assert {"other", "inner", "left"} == set(written.messages())

    def test_it_cleans_up_in_its_span(self, written: Any) -> None:
        """What it does when it is closed is done in the context it began in, and logged with its own ids."""

        @span("left")
        def items() -> Iterator[int]:
            try:
                yield 1
            finally:
                MARK.set("cleaning")
                written.say(f"cleaned {get_contextvars()}")

        with entry("job"):
            bind_contextvars(order_id="o-1")
            leave(items)
        with entry("other"):
            gc.collect()

        assert "" == MARK.get()
        assert ["job", "cleaned {'order_id': 'o-1'}", "other", "left"] == written.messages()
        cleaned, left = written.lines()[1], written.named("left")
        assert (left["span_id"], left["trace_id"]) == (cleaned["span_id"], written.named("job")["trace_id"])
        assert {"order_id": "o-1"} == left["context"]

    def test_how_it_ended(self, written: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """It says that it was abandoned, and lasted until then; a failure of its cleaning up is one."""

        def closed(by: Exception | None, *kinds: type[BaseException]) -> Iterator[int]:
            try:
                yield 1
            except kinds:
                if by is not None:
                    raise by from None

        unraisable: list[Any] = []
        monkeypatch.setattr(sys, "unraisablehook", lambda told: unraisable.append(told.exc_type))
        leave(partial(span("left")(closed), None))
        leave(partial(span("swallowing")(closed), None, GeneratorExit))
        leave(partial(span("failing")(closed), ValueError("no"), GeneratorExit))
        gc.collect()
        catch_up()

        ended = {line["message"]: line for line in written.lines()}
        assert [("ok", "abandoned"), ("ok", "abandoned"), ("error", None)] == [
            (ended[name]["span"]["status"], ended[name]["span"].get("outcome"))
            for name in ("left", "swallowing", "failing")
        ]
        assert ("ValueError", [ValueError]) == (ended["failing"]["error"]["type"], unraisable)

    def test_a_sink_s_lock(self) -> None:
        """It is never asked for a lock that the interrupted code holds."""
        sink = Lock()
        structlog.configure(preset(), bound_logger(), logger_factory=lambda: sink)

        @span("left")
        def items() -> Iterator[int]:
            with span("inner"):
                yield 1

        for _ in range(3):
            leave(items)
        with span("work"):
            pass

        assert [] == sink.blocked
        assert 7 == len(sink.lines)

    def test_many(self, written: Any) -> None:
        """However many were left, one line is followed by all of theirs."""

        @span("left")
        def items() -> Iterator[int]:
            yield 1

        for _ in range(2_000):
            leave(items)
        gc.collect()
        with span("work"):
            pass

        assert ["work", *["left"] * 2_000] == written.messages()

    def test_interrupting_anything(self, run_python: Callable[..., Any]) -> None:
        """However often the collector interrupts the setting of a variable, the interpreter survives it."""
        run_python(ANYWHERE)

    def test_at_the_exit(self, run_python: Callable[..., Any]) -> None:
        """Where no other span ends, the line is written at the exit of the process."""
        assert '"outcome":"abandoned"' in run_python(EXIT).stdout

    def test_dropped_otherwise(self, written: Any) -> None:
        """One that goes out of reach by itself ends on the spot, in the context of who let it go."""

        @span("left")
        def items() -> Iterator[int]:
            try:
                yield 1
            finally:
                MARK.set("cleaned")

        def run() -> str:
            for _ in items():
                break
            return MARK.get()

        assert "cleaned" == copy_context().run(run)
        assert "outcome" not in written.line()["span"]


class TestOthers:
    """Whatever else the collector may find suspended within a span."""

    def test_a_block_in_a_plain_generator(self, written: Any) -> None:
        """Its line waits too, and its context is left alone."""

        def items() -> Iterator[int]:
            with span("left"):
                yield 1

        def run() -> bool:
            leave(items)
            before = current_trace()
            gc.collect()
            return before is current_trace()

        assert copy_context().run(run)
        assert [] == written.messages()
        with span("work"):
            pass
        assert {"work", "left"} == set(written.messages())

    def test_a_coroutine(self, written: Any) -> None:
        """So it is with a coroutine that nobody goes on with."""

        @entry("left")
        async def work() -> None:
            bind_contextvars(order_id="o-1")
            await Forever()

        def run() -> None:
            ring: list[Any] = [work()]
            ring[0].send(None)
            ring.append(ring)

        copy_context().run(run)
        gc.collect()
        assert [] == written.messages()
        catch_up()

        assert ("abandoned", {"order_id": "o-1"}) == (written.line()["span"]["outcome"], written.line()["context"])

    def test_an_asynchronous_generator_without_a_loop(self, written: Any) -> None:
        """One that no loop knows of is closed by the collector itself."""

        @span("left")
        async def items() -> AsyncIterator[int]:
            try:
                yield 1
            finally:
                MARK.set("cleaned")

        def run() -> None:
            ring: list[Any] = [items()]
            with pytest.raises(StopIteration):
                ring[0].__anext__().send(None)
            ring.append(ring)

        run()
        gc.collect()
        catch_up()

        assert "abandoned" == written.line()["span"]["outcome"]

    def test_another_thread(self, written: Any) -> None:
        """The collector of one thread doesn't keep the spans of another waiting."""
        seen: list[bool] = []

        class Slow:
            def __del__(self) -> None:
                def work() -> None:
                    seen.append(is_collecting())
                    with pytest.raises(KeyError), span("work"):
                        raise KeyError

                thread = threading.Thread(target=work)
                thread.start()
                thread.join()
                seen.append(is_collecting())

        ring: list[Any] = [Slow()]
        ring.append(ring)
        del ring
        gc.collect()

        assert [False, True] == seen
        assert ["work"] == written.messages()


class Forever:
    """Be awaited, and never come back."""

    def __await__(self) -> Iterator[None]:
        yield
