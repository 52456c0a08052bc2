"""Tasks that log: many of them, cancelled ones, and loops that end."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import orjson
import structlog

from structlog_enrich.delivery import Writer
from tests.delivery.conftest import assert_adds_up, numbered, numbers_in, read_lines, shrink, soak
from tests.delivery.faulty import Gated

if TYPE_CHECKING:
    from pathlib import Path


class TestTasks:
    """A line is handed over where it is logged; nothing that becomes of the task takes it back."""

    def test_r44_many(self, tmp_path: Path) -> None:
        """Of 10,000 tasks each one's lines are there, in its order."""
        count = soak(10_000, 100_000)

        async def work(task: int) -> None:
            for line in numbered(3, thread=task):
                log.info(line)
                await asyncio.sleep(0)

        async def main() -> None:
            async with asyncio.TaskGroup() as group:
                for task in range(count):
                    group.create_task(work(task))

        with Writer(tmp_path / "log") as writer:
            log = writer()
            asyncio.run(main())
            assert writer.flush(60)
            assert_adds_up(writer.stats())
        found: dict[int, list[int]] = {}
        for line in read_lines((tmp_path / "log").read_bytes()):
            found.setdefault(line["thread"], []).append(line["n"])
        assert {task: [0, 1, 2] for task in range(count)} == found

    def test_r44_cancelled(self, tmp_path: Path) -> None:
        """A task that is cancelled at any of its awaits has logged what it logged before, and in its `finally`."""

        async def work(task: int) -> None:
            lines = numbered(11, thread=task)
            try:
                for line in lines[:10]:
                    log.info(line)
                    await asyncio.sleep(0)
            finally:
                log.info(lines[10])

        async def main() -> None:
            for task in range(10):
                working = asyncio.create_task(work(task))
                for _ in range(task + 1):
                    await asyncio.sleep(0)
                working.cancel()
                await asyncio.gather(working, return_exceptions=True)

        with Writer(tmp_path / "log") as writer:
            log = writer()
            asyncio.run(main())
        lines = read_lines((tmp_path / "log").read_bytes())
        for task in range(10):
            assert [*range(task + 1), 10] == numbers_in(lines, task)

    def test_r44_loops(self, tmp_path: Path) -> None:
        """Two loops one after the other, and what is logged when each is closed, go through the same writer."""

        async def main(number: int) -> None:
            log.info(numbered(1, start=number)[0])

        with Writer(tmp_path / "log") as writer:
            log = writer()
            for number in (0, 2):
                loop = asyncio.new_event_loop()
                loop.run_until_complete(main(number))
                loop.close()
                log.info(numbered(1, start=number + 1)[0])
        assert [0, 1, 2, 3] == numbers_in(read_lines((tmp_path / "log").read_bytes()))

    def test_r44_executor_busy(self, tmp_path: Path) -> None:
        """Of 200 tasks that are cancelled while no thread of the executor is free, each one's lines are in their order.

        What structlog's `ainfo` was awaited for is there; what was cut off may be, once.
        """
        done: list[list[str]] = [[] for _ in range(200)]

        async def work(log: Any, task: int) -> None:
            for count in range(3):
                log.info("directly", task=task, count=count)
                done[task].append(f"directly {count}")
                await log.ainfo("awaited", task=task, count=count)
                done[task].append(f"awaited {count}")

        async def main(log: Any) -> None:
            loop, gate = asyncio.get_running_loop(), threading.Event()
            loop.set_default_executor(ThreadPoolExecutor(2))
            tasks = [loop.create_task(work(log, task)) for task in range(100)]
            await asyncio.sleep(0.01)
            busy = [loop.run_in_executor(None, gate.wait) for _ in range(2)]
            tasks += [loop.create_task(work(log, task)) for task in range(100, 200)]
            await asyncio.sleep(0.01)
            for each in tasks:
                each.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            gate.set()
            await asyncio.gather(*busy)
            await loop.shutdown_default_executor()

        with Writer(tmp_path / "log") as writer:
            processors = [structlog.processors.JSONRenderer(lambda each, **_: orjson.dumps(each))]
            asyncio.run(main(structlog.wrap_logger(writer(), processors, structlog.BoundLogger)))
        found: list[list[str]] = [[] for _ in range(200)]
        for line in read_lines((tmp_path / "log").read_bytes()):
            found[line["task"]].append(f"{line['event']} {line['count']}")
        assert all(["directly 0"] == each[:1] for each in done[100:])
        for there, returned in zip(found, done, strict=True):
            assert returned == there[: len(returned)]
            # At most the one that was cut off.
            assert len(there) - len(returned) <= 1
            assert len(set(there)) == len(there)

    def test_r44_loops_at_once(self, tmp_path: Path) -> None:
        """Two loops that run at once, each in a thread of its own, go through the same writer, each in its order."""
        count = soak(2_000, 200_000)

        async def main(thread: int) -> None:
            for line in numbered(count, thread=thread):
                log.info(line)
                await asyncio.sleep(0)

        with Writer(tmp_path / "log") as writer:
            log = writer()
            threads = [threading.Thread(target=asyncio.run, args=(main(thread),)) for thread in range(2)]
            for each in threads:
                each.start()
            for each in threads:
                each.join()
        lines = read_lines((tmp_path / "log").read_bytes())
        assert [[*range(count)]] * 2 == [numbers_in(lines, thread) for thread in range(2)]

    def test_r44_blocking_policy(self) -> None:
        """A thread that runs a loop never waits for room, even under a policy that waits: its line is lost, counted."""
        sink = Gated()

        async def main() -> None:
            for line in numbered(200):
                log.info(line)
                # So that those that write see how full it is.
                await asyncio.sleep(0.001)

        with Writer(sink, max_records=10, on_full="block", block_timeout=60) as writer:
            log = writer()
            asyncio.run(main())
            stats = writer.stats()
            sink.gate.set()
            assert writer.flush()
            done = writer.stats()
        assert_adds_up(stats)
        assert_adds_up(done)
        assert ["event_loop"] == list(done.dropped)
        assert (200, 0) == (done.written + done.dropped_total, done.pending)

    def test_r44_stalled_pipe(self, pipe: tuple[int, int]) -> None:
        """While the sink takes nothing a loop that logs 20,000 lines a second ticks on, 99 of 100 times in time."""
        shrink(pipe[1])
        late: list[float] = []

        async def tick() -> None:
            loop = asyncio.get_running_loop()
            while True:
                before = loop.time()
                await asyncio.sleep(0.001)
                late.append(loop.time() - before - 0.001)

        async def main() -> None:
            ticking = asyncio.create_task(tick())
            for number in range(soak(100, 10_000)):
                for line in numbered(20, start=20 * number):
                    log.info(line)
                await asyncio.sleep(0.001)
            ticking.cancel()

        with Writer(pipe[1], exit_timeout=0) as writer:
            log = writer()
            asyncio.run(main())
            assert_adds_up(writer.stats())
            writer.close(0)
        late.sort()
        assert soak(0.1, 0.001) > late[len(late) * 99 // 100]
        assert 1 > late[-1]
