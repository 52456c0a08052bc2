"""Writers that come and go while lines are logged."""

from __future__ import annotations

import gc
import importlib
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

import structlog

import structlog_enrich.delivery
from structlog_enrich.delivery import Writer
from tests.delivery.conftest import assert_adds_up, numbered, numbers_in, read_lines, soak

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


class Logging:
    """Log numbered lines through whatever structlog is configured with, each in a thread of its own, until told."""

    def __init__(self, threads: int) -> None:
        self._stop = threading.Event()
        self.counts = [0] * threads
        self._threads = [threading.Thread(target=self._log, args=(number,)) for number in range(threads)]
        for thread in self._threads:
            thread.start()

    def _log(self, number: int) -> None:
        log: Any = structlog.get_logger()
        n = 0
        while not self._stop.is_set():
            log.info("", thread=number, n=n)
            n += 1
            self.counts[number] = n

    def stop(self) -> None:
        """Let the threads end."""
        self._stop.set()
        for thread in self._threads:
            thread.join()


def rendered(logger: object, method: str, event_dict: dict[str, Any]) -> bytes:
    """Be a chain."""
    return b'{"thread":%d,"n":%d}' % (event_dict["thread"], event_dict["n"])


def own_threads() -> int:
    """Return how many threads of the system this process has that are ours to answer for."""
    gc.collect()
    return len(sys._current_frames())  # noqa: SLF001 (those that `threading` doesn't know count, too)


class TestCycles:
    """Writers may come and go under load."""

    def test_r49_reconfigured(self, tmp_path: Path) -> None:
        """Each time another writer is configured and the one before is closed no line is lost, and no thread stays."""
        path, before = tmp_path / "log", own_threads()
        writers = [Writer(path, on_full="block", block_timeout=60)]
        structlog.configure(processors=[rendered], logger_factory=writers[0], cache_logger_on_first_use=False)
        logging = Logging(3)
        try:
            for _ in range(soak(12, 200)):
                writers.append(Writer(path, on_full="block", block_timeout=60))
                structlog.configure(logger_factory=writers[-1])
                assert writers[-2].close(60)
        finally:
            logging.stop()
            assert writers[-1].close(60)
        stats = [writer.stats() for writer in writers]
        for each in stats:
            assert_adds_up(each)
        assert sum(logging.counts) == sum(each.written for each in stats)
        lines = read_lines(path.read_bytes())
        for thread, count in enumerate(logging.counts):
            assert list(range(count)) == sorted(numbers_in(lines, thread))
        assert before == own_threads()

    def test_r49_closed_under_load(self, tmp_path: Path) -> None:
        """A writer that is closed while lines come writes all of them: those that come later open the file again."""
        before = own_threads()
        for _ in range(soak(10, 200)):
            path = tmp_path / "log"
            path.unlink(missing_ok=True)
            writer = Writer(path, on_full="block", block_timeout=60)
            structlog.configure(processors=[rendered], logger_factory=writer)
            logging = Logging(3)
            while min(logging.counts) < 50:
                os.sched_yield()
            assert writer.close(60)
            logging.stop()
            assert_adds_up(writer.stats())
            assert (sum(logging.counts), 0) == (writer.stats().written, writer.stats().pending)
            lines = read_lines(path.read_bytes())
            for thread, count in enumerate(logging.counts):
                assert list(range(count)) == numbers_in(lines, thread)
        assert before == own_threads()

    def test_r49_two_writers(self, tmp_path: Path) -> None:
        """Two writers to one file leave each line whole."""
        path = tmp_path / "log"
        with Writer(path) as first, Writer(path) as second:
            for one, other in zip(numbered(2_000), numbered(2_000, thread=1), strict=True):
                first().info(one)
                second().info(other)
        lines = read_lines(path.read_bytes())
        assert [list(range(2_000))] * 2 == [numbers_in(lines, 0), numbers_in(lines, 1)]

    def test_r49_imported_twice(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A package that is imported anew beside the old one disturbs neither's writers."""
        path = tmp_path / "log"
        old = Writer(path)
        old().info(numbered(1)[0])
        for name in list(sys.modules):
            if name.startswith("structlog_enrich.delivery"):
                monkeypatch.delitem(sys.modules, name)
        monkeypatch.delattr(structlog_enrich, "delivery")
        new = importlib.import_module("structlog_enrich.delivery").Writer(path)
        new().info(numbered(1, thread=1)[0])
        assert (True, True) == (old.close(), new.close())
        assert new.__class__ is not Writer
        lines = read_lines(path.read_bytes())
        assert [[0], [0]] == [numbers_in(lines, 0), numbers_in(lines, 1)]
