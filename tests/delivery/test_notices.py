"""Saying on standard error what can't be said in the stream."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from structlog_enrich.delivery.notices import notice
from tests.delivery.conftest import read_all, shrink

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pytest


@contextmanager
def standard_error(fd: int) -> Iterator[None]:
    """Let standard error lead to *fd*."""
    before = os.dup(2)
    os.dup2(fd, 2)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)


class TestNotice:
    """It is one line, and never a trouble of its own."""

    def test_line(self, pipe: tuple[int, int]) -> None:
        """It says whose it is, whatever is in it, and isn't long."""
        with standard_error(pipe[1]):
            notice("lost \ud800")
            notice("x" * 10_000)
        first, second = read_all(pipe[0]).splitlines()
        assert b"structlog-enrich: lost \\ud800" == first
        assert 500 == len(second)

    def test_full(self, pipe: tuple[int, int]) -> None:
        """Where standard error takes nothing at this moment, nobody waits for it."""
        read, write = pipe
        size = shrink(write)
        os.write(write, b"x" * size)
        with standard_error(write):
            notice("lost")
        assert size == len(read_all(read))

    def test_not_waited_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It asks for room, and for no time."""
        asked: list[tuple[int, float]] = []
        monkeypatch.setattr("structlog_enrich.delivery.notices.poll_for_room", lambda *given: asked.append(given))
        notice("lost")
        assert [(2, 0)] == asked

    def test_nobody_reads(self, pipe: tuple[int, int]) -> None:
        """Where its reader has gone that is no error."""
        os.close(pipe[0])
        with standard_error(pipe[1]):
            notice("lost")

    def test_closed(self, run_python: Callable[..., subprocess.CompletedProcess[str]]) -> None:
        """Where a process has none that is no error."""
        program = (
            "import os; from structlog_enrich.delivery.notices import notice; os.close(2); notice('lost'); print(1)"
        )
        assert "1\n" == run_python(program).stdout

    def test_another_file(self, run_python: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
        """A file of the program's own that has got the number, after standard error was closed, isn't written to."""
        program = f"""
import os
from structlog_enrich.delivery import Writer
from structlog_enrich.delivery.notices import notice
writer = Writer(os.devnull)
os.close(2)
fd = os.open({str(tmp_path / "own")!r}, os.O_RDWR | os.O_CREAT)
assert 2 == fd
notice("lost")
print(os.pread(fd, 100, 0))
"""
        assert "b''\n" == run_python(program).stdout

    def test_led_elsewhere(self, run_python: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
        """Where the program leads standard error to another file later on, that is standard error."""
        program = f"""
import os
from structlog_enrich.delivery import Writer
from structlog_enrich.delivery.notices import notice
writer = Writer(os.devnull)
os.dup2(os.open({str(tmp_path / "own")!r}, os.O_RDWR | os.O_CREAT), 2)
notice("lost")
print(os.pread(2, 100, 0))
"""
        assert "b'structlog-enrich: lost\\n'\n" == run_python(program).stdout
