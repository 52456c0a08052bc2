"""Write to a pipe that other processes may write to as well."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from structlog_enrich.delivery import Pipe
from structlog_enrich.delivery.sinks import pipe as module
from tests.delivery.conftest import read_all, shrink

if TYPE_CHECKING:
    from collections.abc import Iterator

only_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux opens a pipe anew")


@pytest.fixture
def two(pipe: tuple[int, int]) -> Iterator[tuple[int, Pipe, Pipe]]:
    """Return where to read, and two that write to the same small pipe, as two processes would."""
    read, write = pipe
    shrink(write)
    sinks = Pipe(write), Pipe(write)
    yield read, *sinks
    for each in sinks:
        each.close()


class TestWrite:
    """Whole lines, whoever else writes."""

    def test_short_lines(self, two: tuple[int, Pipe, Pipe]) -> None:
        """As many go at once as the system takes whole."""
        read, one, other = two
        assert 2 == one.write([b"a" * 100, b"b"])
        assert 1 == other.write([b"c"])
        assert b"a" * 100 + b"\nb\nc\n" == read_all(read)

    def test_a_full_pipe(self, two: tuple[int, Pipe, Pipe]) -> None:
        """What doesn't fit whole isn't begun."""
        read, one, _ = two
        line = b"x" * 1_500
        assert 2 == one.write([line] * 4)
        assert 0 == one.write([line] * 2)
        assert not one.is_amid_a_line
        assert 2 * (line + b"\n") == read_all(read)
        assert 2 == one.write([line] * 2)

    @only_linux
    def test_a_long_line(self, two: tuple[int, Pipe, Pipe]) -> None:
        """One that goes in parts keeps others from writing until it is whole."""
        read, one, other = two
        line = b"x" * 10_000
        found = b""
        assert 0 == one.write([line, b"next"])
        assert one.is_amid_a_line
        assert 0 == other.write([b"short"])
        other.wait(0)
        assert 0 == other.write([b"y" * 5_000])
        while one.is_amid_a_line:
            found += read_all(read)
            one.wait(10)
            one.write([line, b"next"])
        found += read_all(read)
        assert 1 == other.write([b"short"])
        assert line + b"\nshort\n" == found + read_all(read)

    @only_linux
    def test_a_long_line_waits(self, two: tuple[int, Pipe, Pipe]) -> None:
        """Two long ones go one after the other."""
        read, one, other = two
        assert 0 == one.write([b"x" * 6_000])
        assert 0 == other.write([b"y" * 6_000])
        assert not other.is_amid_a_line
        found = read_all(read)
        assert 1 == one.write([b"x" * 6_000])
        found += read_all(read)
        assert 0 == other.write([b"y" * 6_000])
        found += read_all(read)
        assert 1 == other.write([b"y" * 6_000])
        assert b"x" * 6_000 + b"\n" + b"y" * 6_000 + b"\n" == found + read_all(read)

    @only_linux
    def test_interrupted(self, two: tuple[int, Pipe, Pipe], monkeypatch: pytest.MonkeyPatch) -> None:
        """Where it isn't known how much of a long line went, others wait until that is ended and the line is whole."""
        read, one, other = two
        write = os.write

        def interrupted(fd: int, data: bytes) -> int:
            write(fd, data[:3])
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(os, "write", interrupted)
            with pytest.raises(KeyboardInterrupt):
                one.write([b"x" * 5_000])
        assert 0 == other.write([b"short"])
        found = b""
        while not one.write([b"x" * 5_000]):
            found += read_all(read)
        found += read_all(read)
        assert 1 == other.write([b"short"])
        assert b"xxx\n" + b"x" * 5_000 + b"\nshort\n" == found + read_all(read)


class TestItsOwn:
    """On Linux it opens the pipe anew."""

    @only_linux
    def test_never_blocks(self, pipe: tuple[int, int]) -> None:
        """Whether it blocks is its own affair: the given one stays as it was."""
        sink = Pipe(pipe[1])
        assert not os.get_blocking(sink._fd)  # noqa: SLF001 (what it holds)
        assert os.get_blocking(pipe[1])
        sink.close()

    @only_linux
    def test_in_a_child(self, two: tuple[int, Pipe, Pipe]) -> None:
        """A child opens it once more, so that the parent's lock isn't its own."""
        _, one, other = two
        before = os.fstat(other._fd)  # noqa: SLF001 (what it holds)
        assert 0 == one.write([b"x" * 6_000])
        other.forget()
        assert 0 == other.write([b"short"])
        assert os.path.samestat(before, os.fstat(other._fd))  # noqa: SLF001 (what it holds)

    def test_elsewhere(self, pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
        """Where that can't be, it writes to the duplicate, without a lock."""
        monkeypatch.setattr(module, "_OWN", "/nowhere")
        sink = Pipe(pipe[1])
        assert os.get_blocking(sink._fd)  # noqa: SLF001 (what it holds)
        assert 2 == sink.write([b"a", b"b"])
        assert 1 == sink.write([b"x" * 5_000])
        sink.close()
        assert b"a\nb\n" + b"x" * 5_000 + b"\n" == read_all(pipe[0])

    @only_linux
    def test_nobody_reads(self, pipe: tuple[int, int]) -> None:
        """A reader that has gone is an error, and the lock is let go."""
        sink, other = Pipe(pipe[1]), Pipe(pipe[1])
        os.close(pipe[0])
        for each in (sink, other):
            with pytest.raises(BrokenPipeError):
                each.write([b"paid"])
            each.close()
