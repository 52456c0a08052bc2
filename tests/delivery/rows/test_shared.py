"""One pipe of many processes: row R47."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.delivery.conftest import Reader, numbers_in, read_lines, soak

if TYPE_CHECKING:
    from pathlib import Path

# One of those that write lines of up to 100 kB to the pipe that is named in their first argument.
MANY = """
import os, random, sys
from structlog_enrich.delivery import File, Writer
import structlog_enrich.delivery.writer

to, count = sys.argv[1], int(sys.argv[2])
to = int(to) if to.isdecimal() else File(to, must_open=False)

def work(number, writer):
    random.seed(number)
    log = writer()
    for n in range(count):
        size = random.choice((100, 1_000, 4_000, 4_096, 5_000, 20_000, 100_000))
        log.info(b'{"thread":%d,"n":%d,"pad":"%s"}' % (number, n, b"x" * size))

def made():
    return Writer(to, on_full="block", block_timeout=120, exit_timeout=120)
"""
ALONE = """
work(int(sys.argv[3]), made())
"""
FORKED = """
writer = made()
children = []
for number in range(8):
    children.append(os.fork())
    if not children[-1]:
        work(number, writer)
        os._exit(not writer.flush(120))
sys.exit(any(os.waitpid(each, 0)[1] for each in children))
"""
OF_ANOTHER_USER = """
# All that is needed is loaded: another user may not be allowed to read it.
os.setgid(65534)
os.setuid(65534)
try:
    os.open(f"/proc/self/fd/{to}", os.O_WRONLY)
    sys.exit(3)
except PermissionError:
    pass
"""


def begin_eight(text: str, to: object, count: int) -> list[subprocess.Popen[bytes]]:
    """Start eight of those that write so many lines to a pipe."""
    inherited = [to] if isinstance(to, int) else []
    command = [sys.executable, "-c", MANY + text, str(to), str(count)]
    return [subprocess.Popen([*command, str(number)], pass_fds=inherited) for number in range(8)]


def assert_whole(data: bytes, count: int) -> None:
    """Find each line of each of the eight in *data*, whole and in its order."""
    lines = read_lines(data)
    assert 8 * count == len(lines)
    for number in range(8):
        assert list(range(count)) == numbers_in(lines, number)


class TestShared:
    """Eight processes write lines of up to 100 kB to one pipe, and tear none of them."""

    def test_r47_no_torn_line(self, pipe: tuple[int, int]) -> None:
        """So where each has it from who started them."""
        read, write = pipe
        reader = Reader(read)
        count = soak(40, 2_000)
        children = begin_eight(ALONE, write, count)
        os.close(write)
        assert [0] * 8 == [each.wait(120) for each in children]
        assert_whole(reader.finish(60), count)

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
    def test_r47_forked(self, pipe: tuple[int, int]) -> None:
        """So where they are forked by one that had a writer."""
        read, write = pipe
        reader = Reader(read)
        count = soak(40, 2_000)
        command = [sys.executable, "-c", MANY + FORKED, str(write), str(count)]
        parent = subprocess.Popen(command, pass_fds=[write])
        os.close(write)
        assert 0 == parent.wait(120)
        assert_whole(reader.finish(60), count)

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
    def test_r47_named(self, tmp_path: Path) -> None:
        """So where it has a name; a line amid which its reader goes is ended, and whole for the next one."""
        path = tmp_path / "fifo"
        os.mkfifo(path)
        count = soak(40, 2_000)
        # While anybody has it open to write nothing is lost between two readers, and none has come to its end.
        first, held = os.open(path, os.O_RDONLY | os.O_NONBLOCK), os.open(path, os.O_WRONLY)
        children = begin_eight(ALONE, path, count)
        data = b""
        for at in range(1, 6):
            while len(data) < at * 300_000:
                select.select([first], [], [])
                data += os.read(first, 10_000)
            os.close(first)
            first = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        os.set_blocking(first, True)
        reader = Reader(first)
        assert [0] * 8 == [each.wait(120) for each in children]
        os.close(held)
        lines = (data + reader.finish(60)).splitlines(keepends=True)
        os.close(first)
        whole = [line for line in lines if line.startswith(b'{"thread":') and line.endswith(b'"}\n')]
        # One at each change.
        assert 5 >= len(lines) - len(whole)
        assert_whole(b"".join(whole), count)

    @pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux opens a pipe anew")
    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become another user")
    def test_r47_of_another_user(self, pipe: tuple[int, int]) -> None:
        """So where it is another user's, as in many a container, and can't be opened anew."""
        read, write = pipe
        reader = Reader(read)
        children = begin_eight(OF_ANOTHER_USER + ALONE, write, 40)
        os.close(write)
        assert [0] * 8 == [each.wait(120) for each in children]
        assert_whole(reader.finish(60), 40)
