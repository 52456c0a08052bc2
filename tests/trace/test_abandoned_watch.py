"""How it is noticed that the collector is at work, and that what was put off is ended once."""

from __future__ import annotations

import gc
import sys
import threading
from contextvars import copy_context
from types import coroutine
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich import bind_contextvars, entry, span
from structlog_enrich.trace.abandoned import LATE, catch_up, is_collecting, watch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator


@pytest.fixture(autouse=True)
def _only_when_told() -> Iterator[None]:
    """Let the collector run when a test says so, with the callbacks it had, and none after."""
    watch()
    gc.collect()
    gc.disable()
    callbacks = [*gc.callbacks]
    yield
    gc.callbacks[:] = callbacks
    gc.enable()
    gc.collect()
    LATE.clear()


def leave(make: Callable[[], Any], *others: Any) -> None:
    """Leave a generator, begun, in a ring that only the collector undoes."""
    ring: list[Any] = [make(), *others]
    next(ring[0])
    ring.append(ring)


@coroutine
def forever() -> Iterator[None]:
    """Wait, and never come back."""
    yield


class Asked:
    """Ask, while the collector finalises it, whether that is at work."""

    def __init__(self, answers: list[bool]) -> None:
        self._answers, self._ring = answers, self

    def __del__(self) -> None:
        self._answers.append(is_collecting())


class TestCatchUp:
    """`catch_up`, which ends what was put off."""

    def test_several_threads(self) -> None:
        """Each is ended once, however many threads come by at once."""
        ended: list[int] = []
        failed: list[BaseException] = []

        def work() -> None:
            together.wait()
            try:
                for _ in range(50):
                    catch_up()
            except BaseException as error:
                failed.append(error)

        before = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        try:
            for _ in range(30):
                LATE.extend([lambda number=number: ended.append(number) for number in range(500)])
                together = threading.Barrier(4)
                threads = [threading.Thread(target=work) for _ in range(4)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
        finally:
            sys.setswitchinterval(before)

        assert [] == failed
        assert sorted([*range(500)] * 30) == sorted(ended)

    def test_one_that_comes_by_again(self) -> None:
        """What is put off meanwhile is ended too, after and not within."""
        ended: list[str] = []

        def first() -> None:
            LATE.append(lambda: ended.append("third"))
            catch_up()
            ended.append("first")

        LATE.extend([first, lambda: ended.append("second")])
        catch_up()

        assert ["first", "second", "third"] == ended

    def test_one_that_is_interrupted(self) -> None:
        """The others wait for the next time."""
        ended: list[str] = []

        def interrupted() -> None:
            raise KeyboardInterrupt

        LATE.extend([interrupted, lambda: ended.append("second")])
        with pytest.raises(KeyboardInterrupt):
            catch_up()
        catch_up()

        assert ["second"] == ended

    def test_while_it_collects(self, written: Any) -> None:
        """A span that ends in a finaliser ends no others: they aren't safe yet."""

        class Connection:
            def __init__(self) -> None:
                self.ring = self

            def __del__(self) -> None:
                with span("close"):
                    pass
                waiting.append(len(LATE))

        waiting: list[int] = []

        @span("left")
        def items() -> Iterator[int]:
            yield 1

        leave(items)
        gc.collect()
        Connection()
        gc.collect()

        assert ([1], ["close"]) == (waiting, written.messages())
        catch_up()
        assert ["close", "left"] == written.messages()


class TestWaiting:
    """What waits for something when the collector finds it."""

    @pytest.mark.parametrize("how", ["coroutine", "asynchronous generator", "in another entry"])
    def test_in_the_same_context(self, how: str, written: Any) -> None:
        """What is closed while it waits leaves every variable of whoever is interrupted as it is."""

        @entry("left")
        async def work() -> None:
            bind_contextvars(ours=1)
            await forever()

        @span("left")
        async def pages() -> AsyncIterator[int]:
            if how == "in another entry":
                yield 1
            bind_contextvars(ours=1)
            await forever()
            yield 2

        def run() -> None:
            doing: Any = work() if how == "coroutine" else pages()
            if how == "in another entry":
                with entry("one"), pytest.raises(StopIteration):
                    doing.__anext__().send(None)
            if how != "coroutine":
                doing = doing.__anext__()
            doing.send(None)
            ring: list[Any] = [doing]
            ring.append(ring)

        def interrupted() -> None:
            run()
            before = dict(copy_context().items())
            gc.collect()
            after = dict(copy_context().items())
            assert before.keys() == after.keys()
            assert all(value is after[variable] for variable, value in before.items())

        copy_context().run(interrupted)
        catch_up()

        assert "abandoned" == written.named("left")["span"]["outcome"]


class TestIsCollecting:
    """`is_collecting`, whatever others do with the collector's callbacks."""

    def test_in_a_finaliser(self) -> None:
        """It is, within a finaliser, and not outside."""
        answers: list[bool] = []
        Asked(answers)
        gc.collect()

        assert ([True], False) == (answers, is_collecting())

    def test_callbacks_that_are_cleared(self) -> None:
        """A stop that is never told isn't waited for, and the next start is noticed again."""

        def clear(phase: str, _info: Any) -> None:
            gc.callbacks.clear()

        answers: list[bool] = []
        gc.callbacks.append(clear)
        Asked(answers)
        gc.collect()
        assert not is_collecting()
        Asked(answers)
        gc.collect()

        assert ([True, True], False) == (answers, is_collecting())

    def test_a_callback_that_takes_itself_away(self) -> None:
        """The one after it isn't called then, which is found out."""

        def once(phase: str, _info: Any) -> None:
            if phase == "stop":
                gc.callbacks.remove(once)

        answers: list[bool] = []
        gc.callbacks.insert(0, once)
        Asked(answers)
        gc.collect()

        assert ([True], False) == (answers, is_collecting())
