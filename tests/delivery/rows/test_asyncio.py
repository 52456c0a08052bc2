"""Tasks that log: many of them, cancelled ones, and loops that end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

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
        """While the sink takes nothing the loop goes on: another task ticks as before."""
        shrink(pipe[1])
        longest = 0.0

        async def tick() -> None:
            nonlocal longest
            loop = asyncio.get_running_loop()
            while True:
                before = loop.time()
                await asyncio.sleep(0.001)
                longest = max(longest, loop.time() - before)

        async def main() -> None:
            ticking = asyncio.create_task(tick())
            for line in numbered(2_000):
                log.info(line)
                await asyncio.sleep(0)
            ticking.cancel()

        with Writer(pipe[1], exit_timeout=0) as writer:
            log = writer()
            asyncio.run(main())
            assert_adds_up(writer.stats())
            writer.close(0)
        assert 1 > longest
