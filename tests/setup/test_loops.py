"""What an event loop tells its exception handler is a line first."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import sys
import textwrap
from typing import Any

from structlog_enrich import bind_contextvars, entry

WITH_UVLOOP = """
import asyncio, gc, uvloop
from structlog_enrich import configure
configure(service="shop", renderer="json", framed=False)

async def work():
    raise ValueError("nobody caught me")

async def main():
    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    del task
    gc.collect()

uvloop.run(main())
"""


async def fail() -> None:
    """Fail."""
    raise ValueError("nobody caught me")


async def abandon(name: str = "worker") -> None:
    """Start a task and forget it, so that nobody learns what became of it."""
    task = asyncio.create_task(fail(), name=name)
    await asyncio.sleep(0)
    del task
    gc.collect()


def run(main: Any) -> None:
    """Run *main* in a loop of asyncio's own, whatever loops others have set up in this process."""
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(main)


class TestLoops:
    """Of asyncio."""

    def test_one_line(self, setup: Any, validator: Any) -> None:
        """The line names the task; asyncio's own record of it isn't a second one."""
        setup()
        run(abandon())
        (line,) = setup.lines()

        validator.validate(line)
        assert ("critical", "Task exception was never retrieved") == (line["level"], line["message"])
        assert ("ValueError", {"task": "worker"}) == (line["error"]["type"], line["payload"])

    def test_their_handler(self, setup: Any) -> None:
        """A loop's own exception handler runs afterwards, and what it logs itself is logged."""
        setup()

        async def main() -> None:
            handler = logging.getLogger("theirs")
            asyncio.get_running_loop().set_exception_handler(
                lambda _loop, context: handler.error("heard of %s", context["exception"])
            )
            await abandon()

        run(main())

        assert ["Task exception was never retrieved", "heard of nobody caught me"] == [
            line["message"] for line in setup.lines()
        ]

    def test_their_handler_fails(self, setup: Any) -> None:
        """What asyncio then says of the failure is another exception, and a line of its own."""
        setup()

        async def main() -> None:
            def fails(_loop: Any, _context: Any) -> None:
                raise KeyError("handler")

            asyncio.get_running_loop().set_exception_handler(fails)
            await abandon()

        run(main())

        assert [("critical", "ValueError"), ("critical", "KeyError")] == [
            (line["level"], line["error"]["type"]) for line in setup.lines()
        ]

    def test_in_the_trace_of_its_task(self, setup: Any) -> None:
        """The line belongs to the request that started the task; before Python 3.12 no task tells its context."""
        setup()

        async def main() -> None:
            with entry("POST /orders"):
                bind_contextvars(user_id="u-1")
                task = asyncio.create_task(fail())
            await asyncio.sleep(0)
            del task
            gc.collect()

        run(main())
        request, failed = setup.lines()

        can_tell = sys.version_info >= (3, 12)
        assert can_tell == (request["trace_id"] == failed["trace_id"])
        assert ("POST /orders" if can_tell else None) == failed.get("operation")
        assert ({"user_id": "u-1"} if can_tell else None) == failed.get("context")

    def test_what_is_no_exception(self, setup: Any) -> None:
        """What a loop says of no exception stays a record of asyncio's, at its level."""
        setup()

        async def main() -> None:
            asyncio.get_running_loop().call_exception_handler({"message": "odd"})

        run(main())

        assert [("error", "asyncio", "odd")] == [
            (line["level"], line["logger"], line["message"]) for line in setup.lines()
        ]

    def test_undone(self, setup: Any) -> None:
        """asyncio's own is back in its place."""
        before = asyncio.BaseEventLoop.call_exception_handler
        setup()
        assert before is not asyncio.BaseEventLoop.call_exception_handler
        setup.undo()

        assert before is asyncio.BaseEventLoop.call_exception_handler


class TestUvloop:
    """Of a loop that isn't asyncio's."""

    def test_one_line(self, run_python: Any) -> None:
        """It tells asyncio's logger alone, and that record is critical, too."""
        (text,) = run_python(textwrap.dedent(WITH_UVLOOP)).stdout.splitlines()
        line = json.loads(text)

        assert ("critical", "asyncio", "ValueError") == (line["level"], line["logger"], line["error"]["type"])
