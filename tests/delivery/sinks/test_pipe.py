"""Write to a pipe that other processes may write to as well."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING

import pytest

from structlog_enrich.delivery import Pipe
from structlog_enrich.delivery.sinks import descriptor
from structlog_enrich.delivery.sinks import pipe as module
from structlog_enrich.delivery.system import fcntl
from tests.delivery.conftest import interrupted, read_all, shrink

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AT_ONCE = module._AT_ONCE  # noqa: SLF001 (what the system takes whole)

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


def _named(folder: Path) -> tuple[int, int]:
    """Return both ends of a named pipe."""
    os.mkfifo(folder / "pipe")
    read = os.open(folder / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    return read, os.open(folder / "pipe", os.O_WRONLY)


def _assert_locked_when_read(sink: Pipe, other: Pipe, folder: Path) -> None:
    """Have *sink*, whose pipe nobody reads, wait for a reader, and then for the long line of *other*."""
    for _ in range(2):
        with pytest.raises(BrokenPipeError) as raised:
            sink.write([b"paid"])
    assert (errno.EPIPE, False) == (raised.value.errno, sink.is_gone)
    read = os.open(folder / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    # While another process is amid a long line this one waits for its end.
    assert 0 == other.write([b"x" * 100_000])
    assert 0 == sink.write([b"paid"])
    other.close()
    os.close(read)
    sink.close()


class TestWrite:
    """Whole lines, whoever else writes."""

    def test_short_lines(self, two: tuple[int, Pipe, Pipe]) -> None:
        """As many go at once as the system takes whole."""
        read, one, other = two
        assert 2 == one.write([b"a" * 100, b"b"])
        assert 1 == other.write([b"c"])
        assert b"a" * 100 + b"\nb\nc\n" == read_all(read)

    def test_more_than_goes_at_once(self, pipe: tuple[int, int]) -> None:
        """While there is room one call writes all, in as many steps as it takes."""
        sink = Pipe(pipe[1])
        lines = [b"x" * 1_500] * 10
        assert 10 == sink.write(lines)
        sink.close()
        assert b"".join(line + b"\n" for line in lines) == read_all(pipe[0])

    @pytest.mark.parametrize("over", [-1, 0, 1])
    def test_a_line_as_long_as_goes_at_once(self, over: int, pipe: tuple[int, int]) -> None:
        """Its end counts too."""
        sink = Pipe(pipe[1])
        line = b"x" * (AT_ONCE + over)
        assert 1 == sink.write([line])
        sink.close()
        assert line + b"\n" == read_all(pipe[0])

    @pytest.mark.parametrize(
        ("sizes", "start", "expected"),
        [
            ([AT_ONCE - 1], 0, 1),
            ([AT_ONCE], 0, 0),
            ([AT_ONCE // 2 - 1] * 3, 0, 2),
            ([AT_ONCE // 2 - 1, AT_ONCE // 2], 0, 1),
            ([0, 1, 2], 1, 2),
        ],
    )
    def test_how_many_go_at_once(self, sizes: list[int], start: int, expected: int) -> None:
        """Up to the last byte that is taken whole, the end of each line included."""
        assert expected == Pipe._few([b"x" * size for size in sizes], start)  # noqa: SLF001 (what keeps them whole)

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
    def test_a_lock_for_many(self, pipe: tuple[int, int]) -> None:
        """Many may write short lines at once, and none of them while another writes a long one."""
        sink = Pipe(pipe[1])
        own = os.open(f"/proc/self/fd/{pipe[1]}", os.O_WRONLY | os.O_NONBLOCK)
        fcntl.flock(own, fcntl.LOCK_SH)
        assert 1 == sink.write([b"short"])
        assert 0 == sink.write([b"x" * AT_ONCE])
        os.close(own)
        assert 1 == sink.write([b"x" * AT_ONCE])
        sink.close()

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
            patched.setattr("structlog_enrich.delivery.sinks.descriptor.write", interrupted)
            with pytest.raises(KeyboardInterrupt):
                one.write([b"x" * 5_000])
        assert 0 == other.write([b"short"])
        found = b""
        while not one.write([b"x" * 5_000]):
            found += read_all(read)
        found += read_all(read)
        assert 1 == other.write([b"short"])
        assert b"xxx\n" + b"x" * 5_000 + b"\nshort\n" == found + read_all(read)


class TestWait:
    """It waits for what keeps it from writing."""

    @only_linux
    def test_room_or_lock(self, two: tuple[int, Pipe, Pipe], monkeypatch: pytest.MonkeyPatch) -> None:
        """For room it waits as long as it may; when a lock is free nobody tells, so it looks again at once."""
        waited: list[object] = []
        monkeypatch.setattr(module, "pause", waited.append)
        name = "structlog_enrich.delivery.sinks.descriptor.poll_for_room"
        monkeypatch.setattr(name, lambda _, timeout: waited.append(("room", timeout)))
        read, one, other = two
        other.wait(5)
        assert 0 == one.write([b"x" * 6_000])
        one.wait(6)
        assert 0 == other.write([b"short"])
        other.wait(7)
        read_all(read)
        assert 1 == one.write([b"x" * 6_000])
        read_all(read)
        assert 1 == other.write([b"short"])
        other.wait(8)
        assert [("room", 5), ("room", 6), 0.005, ("room", 8)] == waited


class TestItsOwn:
    """On Linux it opens the pipe anew."""

    @only_linux
    def test_never_blocks(self, pipe: tuple[int, int]) -> None:
        """Whether it blocks is its own affair: the given one stays as it was."""
        sink = Pipe(pipe[1])
        own = sink._fd  # noqa: SLF001 (what it holds)
        assert not os.get_blocking(own)
        assert os.get_blocking(pipe[1])
        sink.write([b"paid"])
        assert own == sink._fd  # noqa: SLF001 (what it holds)
        sink.close()

    @only_linux
    def test_of_another_user(self, pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
        """Where it may not be opened anew, a lock of the process keeps long lines whole, and short ones wait for it."""
        refused = PermissionError(13, "Permission denied")
        with monkeypatch.context() as patched:
            patched.setattr(module.os, "open", lambda *_: (_ for _ in ()).throw(refused))
            sink = Pipe(pipe[1])
        locked: list[int] = []
        assert fcntl.lockf is sink._lock  # noqa: SLF001 (what it holds)
        sink._lock = lambda _, kind: locked.append(kind)  # noqa: SLF001 (what it holds)
        assert 1 == sink.write([b"short"])
        sink.close()
        # For several it could be locked only by who may read it.
        assert [fcntl.LOCK_EX | fcntl.LOCK_NB, fcntl.LOCK_UN] == locked

    @only_linux
    def test_in_a_child(self, two: tuple[int, Pipe, Pipe]) -> None:
        """A child opens it once more, so that the parent's lock isn't its own."""
        _, one, other = two
        before = os.fstat(other._fd)  # noqa: SLF001 (what it holds)
        assert 0 == one.write([b"x" * 6_000])
        other.forget()
        assert 0 == other.write([b"short"])
        assert os.path.samestat(before, os.fstat(other._fd))  # noqa: SLF001 (what it holds)

    @only_linux
    def test_amid_a_parents_line(self, two: tuple[int, Pipe, Pipe]) -> None:
        """Where the parent has the lock, a child that inherited what is open has not."""
        read, one, _ = two
        assert 0 == one.write([b"x" * 6_000])
        parents = os.dup(one._fd)  # noqa: SLF001 (what it holds)
        read_all(read)
        one.forget()
        assert 0 == one.write([b"short"])
        os.close(parents)
        own = one._fd  # noqa: SLF001 (what it holds)
        assert 1 == one.write([b"short"])
        assert own == one._fd  # noqa: SLF001 (what it holds)
        assert b"short\n" == read_all(read)

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


class TestNamed:
    """Readers of a named pipe come and go."""

    def test_amid_a_batch(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where one dies amid a batch, what it could read isn't written once more for the next."""
        os.mkfifo(tmp_path / "pipe")
        read = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
        end = os.open(tmp_path / "pipe", os.O_WRONLY)
        sink = Pipe(end)
        os.close(end)
        calls = []

        def write(fd: int, data: bytes) -> int:
            calls.append(data)
            if len(calls) == 2:
                os.close(read)
            return os.write(fd, data)

        monkeypatch.setattr(descriptor, "write", write)
        lines = [b"%d" % number + b"x" * 1_000 for number in range(10)]
        count = sink.write(lines)
        assert 0 < count < 10
        assert calls[0] == b"".join(line + b"\n" for line in lines[:count])
        with pytest.raises(BrokenPipeError):
            sink.write(lines[count:])
        sink.close()

    @only_linux
    def test_made_without_a_reader(self, tmp_path: Path) -> None:
        """One that can't be opened anew, as its reader has just gone, is when another comes, and then has its lock."""
        read, end = _named(tmp_path)
        other = Pipe(end)
        os.close(read)
        sink = Pipe(end)
        os.close(end)
        _assert_locked_when_read(sink, other, tmp_path)

    @only_linux
    def test_in_a_child_without_a_reader(self, tmp_path: Path) -> None:
        """Likewise in a child."""
        read, end = _named(tmp_path)
        sink, other = Pipe(end), Pipe(end)
        os.close(end)
        os.close(read)
        sink.forget()
        _assert_locked_when_read(sink, other, tmp_path)

    @only_linux
    def test_without_a_descriptor(self, two: tuple[int, Pipe, Pipe], pipe: tuple[int, int]) -> None:
        """Likewise where no descriptor was left to open it anew; meanwhile it is written to."""
        resource = pytest.importorskip("resource", reason="this system has no limits")
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        free = os.dup(pipe[1])
        os.close(free)
        # One more, which the duplicate takes.
        resource.setrlimit(resource.RLIMIT_NOFILE, (free + 1, before[1]))
        try:
            sink = Pipe(pipe[1])
            assert 1 == sink.write([b"paid"])
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
        read, one, _ = two
        assert b"paid\n" == read_all(read)
        assert 0 == one.write([b"x" * 100_000])
        assert 0 == sink.write([b"paid"])
        sink.close()

    @only_linux
    def test_interrupted(self, pipe: tuple[int, int]) -> None:
        """Where a signal's handler raises as the lock is taken, it is given back."""
        sink = Pipe(pipe[1])
        with interrupted(module.__file__, "flock"):
            sink.write([b"x" * 5_000])
        other = Pipe(pipe[1])
        assert 1 == other.write([b"x" * 5_000])
        for each in (sink, other):
            each.close()
