"""The methods that start with `a`."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class TestAsync:
    """The methods that start with `a` run at once."""

    def test_in_the_callers_thread_and_with_its_exception(self, collect: Callable[..., Any]) -> None:
        """Thread, exception and order are the caller's."""
        sink = collect()

        async def main() -> None:
            try:
                raise ValueError("no")
            except ValueError:
                await sink.log.aexception("failed")
                await sink.log.aerror("failed", exc_info=True)
            sink.log.info("after")

        asyncio.run(main())
        lines = sink.lines()
        assert ["no", "no"] == [line["error"]["message"] for line in lines[:2]]
        assert {threading.get_ident()} == {line["thread_id"] for line in lines}
        assert ["failed", "failed", "after"] == [line["message"] for line in lines]

    def test_a_cancelled_caller(self, collect: Callable[..., Any]) -> None:
        """With a saturated executor and a caller that is cancelled, every call that ran is on a line."""
        sink = collect()
        release = threading.Event()

        async def caller(number: int) -> None:
            await sink.log.ainfo("x", n=number)
            await asyncio.Event().wait()

        async def main() -> None:
            loop = asyncio.get_running_loop()
            with ThreadPoolExecutor(1) as pool:
                loop.set_default_executor(pool)
                busy = loop.run_in_executor(None, release.wait)
                tasks = [asyncio.create_task(caller(number)) for number in range(200)]
                await asyncio.sleep(0)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                release.set()
                await busy

        asyncio.run(main())
        assert list(range(200)) == [line["payload"]["n"] for line in sink.lines()]

    def test_not_awaited(self, collect: Callable[..., Any]) -> None:
        """The call logs, and what it returns may be awaited or not."""
        sink = collect()
        sink.log.ainfo("x").close()
        sink.log.alog(30, "y").close()

        assert ["x", "y"] == [line["message"] for line in sink.lines()]

    def test_a_task_cancelled_before_it_starts(self, collect: Callable[..., Any]) -> None:
        """Cancelled tasks lose no line."""
        sink = collect()

        async def main() -> None:
            tasks = [asyncio.create_task(sink.log.ainfo("x", n=number)) for number in range(100)]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run(main())
        assert list(range(100)) == [line["payload"]["n"] for line in sink.lines()]
