"""What is bound for an entry finds its way back to the line that ends it."""

from __future__ import annotations

import asyncio
import inspect
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any

import pytest
from structlog import contextvars as theirs

import structlog_enrich
from structlog_enrich import (
    bind_contextvars,
    bound_contextvars,
    clear_contextvars,
    entry,
    get_contextvars,
    reset_contextvars,
    span,
    unbind_contextvars,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAMES = ["bind_contextvars", "bound_contextvars", "clear_contextvars", "reset_contextvars", "unbind_contextvars"]


class TestSameAsTheirs:
    """Whoever imports these instead of structlog's changes nothing else."""

    @pytest.mark.parametrize("name", NAMES)
    def test_signature(self, name: str) -> None:
        """The same parameters."""
        original, ours = (
            [(each.name, each.kind, each.default) for each in inspect.signature(function).parameters.values()]
            for function in (getattr(theirs, name), getattr(structlog_enrich, name))
        )

        assert original == ours

    @pytest.mark.parametrize("inside", [False, True], ids=["outside", "inside an entry"])
    def test_behaviour(self, inside: bool) -> None:  # noqa: FBT001
        """The same results, step by step."""

        def steps(module: Any) -> Iterator[Any]:
            tokens = module.bind_contextvars(a=1, b=2)
            yield sorted(tokens), dict(get_contextvars())
            more = module.bind_contextvars(a=3)
            yield dict(get_contextvars())
            yield module.reset_contextvars(**more), dict(get_contextvars())
            yield module.unbind_contextvars("b", "never"), dict(get_contextvars())
            with module.bound_contextvars(a=4, c=5) as nothing:
                yield nothing, dict(get_contextvars())
            yield dict(get_contextvars())

            @module.bound_contextvars(d=6)
            def call() -> Any:
                return dict(get_contextvars())

            yield call(), call(), dict(get_contextvars())
            yield module.clear_contextvars(), dict(get_contextvars())

        def all_steps(module: Any) -> list[Any]:
            if not inside:
                return [*steps(module)]
            with entry("x"):
                return [*steps(module)]

        assert Context().run(all_steps, theirs) == Context().run(all_steps, structlog_enrich)

    def test_errors(self) -> None:
        """What structlog refuses is refused, and a failing block leaves nothing."""
        with pytest.raises(ValueError, match="x"), bound_contextvars(a=1):
            raise ValueError("x")
        token = Context().run(bind_contextvars, a=1)
        with pytest.raises(ValueError, match="different Context"):
            reset_contextvars(**token)

        assert {} == get_contextvars()


class TestCopiedContexts:
    """Threads and tasks have copies, whose changes the entry doesn't see by itself."""

    @pytest.fixture(params=["to_thread", "executor", "task", "thread"])
    def elsewhere(self, request: pytest.FixtureRequest) -> Callable[[Callable[[], None]], None]:
        """Run a function in a copy of the context, in each of the ways there are."""

        async def in_a_task(function: Callable[[], None]) -> None:
            async def task() -> None:
                function()

            await asyncio.create_task(task())

        def run(function: Callable[[], None]) -> None:
            if request.param == "thread":
                thread = threading.Thread(target=copy_context().run, args=(function,))
                thread.start()
                thread.join()
            elif request.param == "executor":
                with ThreadPoolExecutor(1) as pool:
                    pool.submit(copy_context().run, function).result()
            else:
                asyncio.run(asyncio.to_thread(function) if request.param == "to_thread" else in_a_task(function))

        return run

    def test_ours(self, elsewhere: Any, written: Any) -> None:
        """Bound there, it is on the line that ends the entry, also over what was bound here; it takes nothing."""
        with entry("x"):
            bind_contextvars(a="here", b="here", c="here")
            elsewhere(lambda: (bind_contextvars(a="there", d="there"), unbind_contextvars("b")))
            assert {"a": "here", "b": "here", "c": "here"} == get_contextvars()

        assert {"a": "there", "b": "here", "c": "here", "d": "there"} == written.line()["context"]

    @pytest.mark.parametrize("module", [structlog_enrich, theirs], ids=["ours", "theirs"])
    def test_cleared_there(self, module: Any, elsewhere: Any, written: Any) -> None:
        """To clear there is to begin work of one's own: it adds to the line that ends the entry, no more."""

        def work() -> None:
            module.clear_contextvars()
            module.bind_contextvars(a="there", b="there")
            written.log.info("there")
            module.bind_contextvars(b="later")
            written.log.info("later")

        with entry("x"):
            bind_contextvars(a="here", c="here")
            elsewhere(work)

        assert {"a": "there", "b": "later"} == written.named("later")["context"]
        assert {"a": "here", "b": "later", "c": "here"} == written.named("x")["context"]

    def test_cleared_here(self, elsewhere: Any, written: Any) -> None:
        """To clear here is to clear, whatever was bound elsewhere before."""
        with entry("x"):
            bind_contextvars(a="here")
            elsewhere(lambda: bind_contextvars(b="there"))
            elsewhere(lambda: (clear_contextvars(), bind_contextvars(c="there")))
            clear_contextvars()
            bind_contextvars(d="here")

        assert {"d": "here"} == written.line()["context"]

    def test_cleared_first_thing(self, elsewhere: Any, written: Any) -> None:
        """Who clears and binds where the entry began, as a logging middleware does, has begun nothing of its own."""
        with entry("x"):
            theirs.bind_contextvars(left="over")
            written.log.info("before")
            theirs.clear_contextvars()
            theirs.bind_contextvars(user_id="anonymous")
            written.log.info("after")
            elsewhere(lambda: bind_contextvars(user_id="u-1"))

        assert {"user_id": "u-1"} == written.named("x")["context"]

    def test_only_for_a_while(self, elsewhere: Any, written: Any) -> None:
        """What was bound for a block isn't bound after it."""

        def block() -> None:
            with bound_contextvars(a="there", b="there"):
                written.log.info("inside")

        with entry("x"):
            bind_contextvars(a="here")
            elsewhere(block)

        assert {"a": "there", "b": "there"} == written.named("inside")["context"]
        assert {"a": "here"} == written.named("x")["context"]

    def test_theirs(self, elsewhere: Any, written: Any) -> None:
        """structlog's own are seen once a line was logged there."""

        def unseen() -> None:
            theirs.bind_contextvars(a="unseen")

        def seen() -> None:
            theirs.bind_contextvars(b="seen")
            theirs.unbind_contextvars("c")
            written.log.info("line")

        with entry("x"):
            bind_contextvars(c="here")
            elsewhere(unseen)
            elsewhere(seen)

        assert {"b": "seen", "c": "here"} == written.named("x")["context"]

    def test_what_was_bound_here_afterwards(self, elsewhere: Any, written: Any) -> None:
        """The later one counts, whoever's function bound it."""
        with entry("x"):
            elsewhere(lambda: bind_contextvars(a="there", b="there"))
            bind_contextvars(a="here")
            theirs.bind_contextvars(b="here")

        assert {"a": "here", "b": "here"} == written.line()["context"]

    def test_a_processor_that_changes_values(self, elsewhere: Any, written: Any) -> None:
        """The line that ends the entry goes through the chain as all lines do: what is hashed there is hashed here."""

        def hashing(_logger: Any, _name: str, event: Any) -> Any:
            if "user_id" in event:
                event["user_id"] = "hash of " + event["user_id"]
            return event

        written.configure(extra=[hashing])
        with entry("x"):
            elsewhere(lambda: (bind_contextvars(user_id="u-1"), written.log.info("line")))

        assert ["hash of u-1", "hash of u-1"] == [line["context"]["user_id"] for line in written.lines()]
        assert not any(b'"u-1"' in line for line in written.raw())

    def test_a_secret(self, elsewhere: Any, written: Any) -> None:
        """It is masked there too."""
        with entry("x"):
            elsewhere(lambda: bind_contextvars(password="hunter2"))

        assert {"password": "[REDACTED:password]"} == written.line()["context"]


class TestSideBySide:
    """What runs at the same time within one entry."""

    def test_spans_have_their_own(self, written: Any) -> None:
        """A span's line has what is bound where it stands, and nothing of the task beside it."""

        async def task(number: int) -> None:
            if number:
                bind_contextvars(item_id=number)
            await asyncio.sleep(0)
            with span(f"span {number}"):
                await asyncio.sleep(0)

        async def main() -> None:
            with entry("x"):
                await asyncio.gather(*map(task, range(4)))

        asyncio.run(main())

        assert [None, 1, 2, 3] == [
            written.named(f"span {number}").get("context", {}).get("item_id") for number in range(4)
        ]

    @pytest.mark.parametrize("module", [structlog_enrich, theirs], ids=["ours", "theirs"])
    def test_a_task_that_knows_only_the_old(self, module: Any, written: Any) -> None:
        """A line from a task that was started earlier doesn't bring back what was bound then."""

        async def main() -> None:
            with entry("x"):
                module.bind_contextvars(item_id=1, dropped=1)
                written.log.info("first")
                go = asyncio.Event()

                async def heartbeat() -> None:
                    await go.wait()
                    written.log.info("alive")

                task = asyncio.create_task(heartbeat())
                await asyncio.sleep(0)
                module.bind_contextvars(item_id=2)
                module.unbind_contextvars("dropped")
                written.log.info("second")
                go.set()
                await task

        asyncio.run(main())

        assert {"item_id": 1, "dropped": 1} == written.named("alive")["context"]
        assert {"item_id": 2} == written.named("x")["context"]

    def test_what_was_bound_before_the_entry(self, written: Any) -> None:
        """It is no news either, in a task that was started before anyone looked."""

        async def main() -> None:
            theirs.bind_contextvars(user_id="before")
            with entry("x"):
                go = asyncio.Event()

                async def late() -> None:
                    await go.wait()
                    written.log.info("late")

                task = asyncio.create_task(late())
                bind_contextvars(user_id="inside")
                go.set()
                await task

        asyncio.run(main())

        assert {"user_id": "before"} == written.named("late")["context"]
        assert {"user_id": "inside"} == written.named("x")["context"]

    def test_what_was_bound_here_is_no_news_later(self, written: Any) -> None:
        """To bind or unbind one name doesn't bring back what others have changed in between."""
        with entry("x"):
            bind_contextvars(a="here", b="here", c="here")
            unbind_contextvars("c")
            copy_context().run(bind_contextvars, b="there", c="there")
            bind_contextvars(d="here")
            written.log.info("line")

        assert {"a": "here", "b": "there", "c": "there", "d": "here"} == written.named("x")["context"]

    def test_an_adapters_own_name(self, written: Any) -> None:
        """Nor is what an adapter bound news in a task that was started before it was changed."""
        with entry("x") as one:
            one.bind("request_id", "req-1")
            earlier = copy_context()
            bind_contextvars(request_id="req-2")
            earlier.run(written.log.info, "line")

        assert ["req-1", "req-2"] == [written.named(name)["context"]["request_id"] for name in ("line", "x")]

    def test_back_and_forth(self, written: Any) -> None:
        """A value that comes back is the one that counts, though it was bound before."""
        with entry("x"):
            for state in ("idle", "busy", "idle"):
                theirs.bind_contextvars(state=state)
                written.log.info(state)

        assert {"state": "idle"} == written.named("x")["context"]

    def test_an_adapters_own_name_within_another(self, written: Any) -> None:
        """So it is in a request that is made within a request, which has a value of its own under the same name."""
        with entry("outer") as outer:
            outer.bind("request_id", "outer")
            with entry("inner") as inner:
                inner.bind("request_id", "inner")
                earlier = copy_context()
                bind_contextvars(request_id="changed")
                earlier.run(written.log.info, "line")

        assert ["inner", "changed", "outer"] == [
            written.named(name)["context"]["request_id"] for name in ("line", "inner", "outer")
        ]

    @pytest.mark.parametrize("module", [structlog_enrich, theirs], ids=["ours", "theirs"])
    def test_an_audit_beside_it(self, module: Any, written: Any) -> None:
        """A task that clears what it came with, and binds its own, takes nothing from the line that ends the entry."""

        async def audit() -> None:
            module.clear_contextvars()
            module.bind_contextvars(job_id="audit-7", user_id="auditor")
            written.log.info("audited")

        async def main() -> None:
            with entry("x"):
                module.bind_contextvars(user_id="u-1", tenant_id="t-1")
                written.log.info("accepted")
                await asyncio.create_task(audit())

        asyncio.run(main())

        assert {"user_id": "u-1", "tenant_id": "t-1", "job_id": "audit-7"} == written.named("x")["context"]

    def test_many_threads(self, written: Any) -> None:
        """Binding from many at once loses nothing."""
        with entry("x"), ThreadPoolExecutor(8) as pool:
            contexts = [copy_context() for _ in range(200)]
            [*pool.map(lambda number: contexts[number].run(bind_contextvars, **{f"n{number}": number}), range(200))]

        assert {f"n{number}": number for number in range(200)} == written.line()["context"]

    def test_the_right_entry(self, written: Any) -> None:
        """What is bound in an inner entry's thread is the inner entry's."""

        async def main() -> None:
            with entry("outer"):
                with entry("inner"):
                    await asyncio.to_thread(bind_contextvars, a=1)
                await asyncio.to_thread(bind_contextvars, b=2)

        asyncio.run(main())

        assert {"inner": {"a": 1}, "outer": {"b": 2}} == {line["message"]: line["context"] for line in written.lines()}
