"""Write to an open file descriptor."""

from __future__ import annotations

import errno
import os
import tracemalloc
from itertools import cycle
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.delivery import Descriptor
from structlog_enrich.delivery.sinks.descriptor import has_no_name
from tests.delivery.conftest import read_all, shrink
from tests.delivery.faulty import failure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """Return a file and a descriptor of it, open for writing."""
    path = tmp_path / "log"
    fd = os.open(path, os.O_WRONLY | os.O_CREAT)
    yield path, fd
    os.close(fd)


class Short(Descriptor):
    """One to which only so many bytes go at a time."""

    __slots__ = ("parts", "written")

    def __init__(self, fd: int, parts: Iterator[int]) -> None:
        super().__init__(fd)
        self.parts = parts
        self.written = b""

    def _put(self, data: bytes | memoryview) -> int:
        size = min(len(data), next(self.parts))
        self.written += bytes(data[:size])
        return size


class TestWrite:
    """Lines in their order, each ended."""

    def test_lines(self, file: tuple[Path, int]) -> None:
        """All go at once, and their number is returned."""
        path, fd = file
        sink = Descriptor(fd)
        assert 3 == sink.write([b"one", b"", b"three"])
        sink.close()
        assert b"one\n\nthree\n" == path.read_bytes()

    @given(
        st.lists(st.binary(max_size=20).map(lambda line: line.replace(b"\n", b"")), min_size=1),
        st.lists(st.integers(0, 30), min_size=1),
    )
    def test_in_parts(self, lines: list[bytes], sizes: list[int]) -> None:
        """However little goes at a time, each line is whole once, and counted when its end is written."""
        sink = Short(1, cycle([*sizes, 1]))
        left = lines
        while left:
            count = sink.write(left)
            whole = sink.written.count(b"\n")
            assert len(lines) - len(left) + count == whole
            assert sink.is_amid_a_line == (not sink.written.endswith(b"\n") and bool(sink.written))
            left = left[count:]
        sink.close()
        assert b"".join(line + b"\n" for line in lines) == sink.written

    def test_no_room(self, pipe: tuple[int, int]) -> None:
        """One that doesn't block and is full takes nothing, and tells when it does again."""
        read, write = pipe
        shrink(write)
        os.set_blocking(write, False)
        sink = Descriptor(write)
        while sink.write([b"x" * 100]):
            pass
        sink.wait(0)
        assert 0 == sink.write([b"x" * 100])
        # What was begun at the end of the room is gone on with.
        found = read_all(read)
        sink.wait(10)
        assert 1 == sink.write([b"x" * 100])
        sink.close()
        os.close(write)
        assert {b"x" * 100} == set((found + read_all(read)).splitlines())


class TestLarge:
    """Nothing of a large line is copied: that takes memory, and no other thread runs meanwhile."""

    @pytest.mark.parametrize("has_writev", [True, False])
    def test_whole(self, has_writev: bool, file: tuple[Path, int], monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001 (a table)
        """Small and large lines go in their order, each whole, whatever the system offers."""
        if not has_writev:
            monkeypatch.delattr(os, "writev", raising=False)
        path, fd = file
        lines = [b"b" * (3 << 20), b"a", b"c" * (2 << 20), b"", *[b"d" * 100_000] * 30, b"e" * (2 << 20)]
        left, sink = lines, Descriptor(fd)
        while left:
            left = left[sink.write(left) :]
        sink.close()
        assert b"".join(line + b"\n" for line in lines) == path.read_bytes()

    def test_in_parts(self, pipe: tuple[int, int]) -> None:
        """However little of it goes at a time, no part of it is copied, and its end comes behind it."""
        read, write = pipe
        os.set_blocking(write, False)
        line, sink = b"x" * (8 << 20), Descriptor(write)
        size = 0
        tracemalloc.start()
        while not sink.write([line, b"next"]):
            size += len(os.read(read, 1 << 16))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        sink.close()
        rest = read_all(read)
        assert (len(line) + 1, b"\n") == (size + len(rest), rest[-1:])
        assert peak < 1 << 20

    def test_no_room(self, pipe: tuple[int, int]) -> None:
        """Where nothing of it goes it isn't begun."""
        read, write = pipe
        os.set_blocking(write, False)
        sink = Descriptor(write)
        while sink.write([b"x"]):
            pass
        assert 0 == sink.write([b"y" * (3 << 20)])
        assert not sink.is_amid_a_line
        sink.close()
        assert b"y" not in read_all(read)


class Interrupted(Short):
    """One whose writes end with `errors`, each after so many bytes were written."""

    __slots__ = ("errors",)

    def __init__(self, fd: int, parts: Iterator[int], errors: list[BaseException | None]) -> None:
        super().__init__(fd, parts)
        self.errors = errors

    def _put(self, data: bytes | memoryview) -> int:
        size = super()._put(data)
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        return size


class TestTorn:
    """A line that can't be gone on with stands apart."""

    @pytest.mark.parametrize("error", [KeyboardInterrupt(), TimeoutError("a handler's own"), MemoryError()], ids=repr)
    def test_interrupted(self, error: BaseException, file: tuple[Path, int]) -> None:
        """Where a signal's handler raises before it is known how much went, the line begins anew on one of its own."""
        sink = Interrupted(file[1], cycle([3, 0, 1, 100]), [error])
        with pytest.raises(type(error)):
            sink.write([b"first", b"second"])
        assert sink.is_amid_a_line
        assert 0 == sink.write([b"first", b"second"])
        assert sink.is_amid_a_line
        assert 2 == sink.write([b"first", b"second"])
        assert not sink.is_amid_a_line
        sink.close()
        assert b"fir\nfirst\nsecond\n" == sink.written

    def test_another(self, file: tuple[Path, int]) -> None:
        """Where another line is offered than the one that was begun, that one isn't gone on with within it."""
        sink = Short(file[1], iter([9, 1, 100]))
        assert 1 == sink.write([b"first", b"second"])
        assert 2 == sink.write([b"first", b"second"])
        sink.close()
        assert b"first\nsec\nfirst\nsecond\n" == sink.written

    def test_refused(self, file: tuple[Path, int]) -> None:
        """What the system refuses it hasn't begun, so nothing is ended."""
        sink = Interrupted(file[1], cycle([0, 2, 0, 100]), [failure(errno.ENOSPC), None, failure(errno.ENOSPC)])
        with pytest.raises(OSError, match="No space"):
            sink.write([b"first"])
        assert not sink.is_amid_a_line
        assert 0 == sink.write([b"first"])
        with pytest.raises(OSError, match="No space"):
            sink.write([b"first"])
        assert 1 == sink.write([b"first"])
        sink.close()
        assert b"first\n" == sink.written

    @pytest.mark.parametrize(
        ("begun", "expected"), [(0, b"first\n"), (3, b"fir\nfirst\n"), (5, b"first\n")], ids=["none", "part", "all"]
    )
    def test_reader_gone(self, begun: int, expected: bytes, file: tuple[Path, int]) -> None:
        """Who reads next has a line whole of which another may have had a part, and none that was whole twice."""
        sink = Interrupted(file[1], cycle([begun, 0, 1, 100]), [None, failure(errno.EPIPE)])
        assert 0 == sink.write([b"first"])
        with pytest.raises(BrokenPipeError):
            sink.write([b"first"])
        while not sink.write([b"first"]):
            pass
        sink.close()
        assert expected == sink.written


class TestLife:
    """It has a descriptor of its own."""

    def test_a_duplicate(self, file: tuple[Path, int]) -> None:
        """What becomes of the given one is the program's affair, and no child inherits ours."""
        path, fd = file
        sink = Descriptor(fd)
        assert sink._fd != fd  # noqa: SLF001 (what it holds)
        assert not os.get_inheritable(sink._fd)  # noqa: SLF001 (what it holds)
        sink.write([b"paid"])
        sink.close()
        assert b"paid\n" == path.read_bytes()

    def test_closed(self, file: tuple[Path, int]) -> None:
        """Once it is closed every line fails; to close it again does nothing."""
        _, fd = file
        sink = Descriptor(fd)
        own = sink._fd  # noqa: SLF001 (what it holds)
        sink.close()
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(own)
        sink.close()
        with pytest.raises(OSError, match="Bad file descriptor"):
            sink.write([b"paid"])

    @pytest.mark.parametrize("is_ending", [False, True])
    def test_let_go(self, is_ending: bool, file: tuple[Path, int]) -> None:  # noqa: FBT001 (a case)
        """One that nobody has any more is closed; not as the interpreter ends, while other finalisers may log."""
        sink = Descriptor(file[1])
        own = sink._fd  # noqa: SLF001 (what it holds)
        sink.__del__(lambda: is_ending)
        assert is_ending == sink._is_ours()  # noqa: SLF001 (what it holds)
        if is_ending:
            del sink
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(own)

    def test_stolen(self, file: tuple[Path, int], tmp_path: Path) -> None:
        """What has got its number is neither written to nor closed, and its own is found again where it was given."""
        path, fd = file
        sink = Descriptor(fd)
        with (tmp_path / "another's").open("wb") as other:
            os.dup2(other.fileno(), sink._fd)  # noqa: SLF001 (what it holds)
            stolen = sink._fd  # noqa: SLF001 (what it holds)
            with pytest.raises(OSError, match="Bad file descriptor") as raised:
                sink.status()
            assert errno.EBADF == raised.value.errno
            assert 1 == sink.write([b"paid"])
            sink.close()
            assert os.path.samestat(os.fstat(other.fileno()), os.fstat(stolen))
            os.close(stolen)
        assert (b"paid\n", b"") == (path.read_bytes(), (tmp_path / "another's").read_bytes())

    def test_stolen_for_good(self, file: tuple[Path, int], tmp_path: Path) -> None:
        """Where the given one leads elsewhere as well, every line fails."""
        number = os.dup(file[1])
        sink = Descriptor(number)
        with (tmp_path / "another's").open("wb") as other:
            os.dup2(other.fileno(), number)
            os.dup2(other.fileno(), stolen := sink._fd)  # noqa: SLF001 (what it holds)
            with pytest.raises(OSError, match="Bad file descriptor") as raised:
                sink.write([b"paid"])
            assert errno.EBADF == raised.value.errno
            sink.close()
            os.close(stolen)
            os.close(number)
        assert b"" == (tmp_path / "another's").read_bytes()

    def test_not_open(self) -> None:
        """A number that stands for nothing is refused."""
        with pytest.raises(OSError, match="Bad file descriptor"):
            Descriptor(10_000)

    def test_forgotten(self, file: tuple[Path, int]) -> None:
        """A forked child doesn't go on with what the parent has begun."""
        sink = Short(file[1], iter([2, 100]))
        assert 0 == sink.write([b"theirs"])
        assert sink.is_amid_a_line
        sink.forget()
        assert 1 == sink.write([b"ours"])
        sink.close()
        assert b"thours\n" == sink.written

    def test_synced(self, file: tuple[Path, int], pipe: tuple[int, int]) -> None:
        """A file's disk can be waited for; a pipe has none, and says so."""
        sink = Descriptor(file[1])
        sink.sync()
        sink.close()
        sink = Descriptor(pipe[1])
        with pytest.raises(OSError, match="Invalid argument"):
            sink.sync()
        sink.close()

    def test_repr(self) -> None:
        """It shows the number it was given."""
        sink = Descriptor(1)
        assert "Descriptor(1)" == repr(sink)
        sink.close()


class TestGone:
    """A pipe whose last reader has gone."""

    def test_nobody_can_come(self, pipe: tuple[int, int]) -> None:
        """Of one without a name nobody will ever read again; where someone held it all the same, that is taken back."""
        read, write = pipe
        kept = os.dup(read)
        sink = Descriptor(write)
        assert not sink.is_gone
        os.close(read)
        os.close(kept)
        with pytest.raises(BrokenPipeError):
            sink.write([b"paid"])
        assert sink.is_gone
        # As from another process, which has had it all the time.
        again, end = os.pipe()
        os.dup2(end, sink._fd)  # noqa: SLF001 (what it holds)
        sink._opened = os.fstat(end)  # noqa: SLF001 (likewise)
        assert 1 == sink.write([b"paid"])
        assert not sink.is_gone
        sink.close()
        for each in (again, end):
            os.close(each)

    def test_no_descriptor_left(self, pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
        """Where nothing can be opened to compare it with, someone may come."""
        opened = os.fstat(pipe[1])
        assert has_no_name(opened)

        def refuse() -> tuple[int, int]:
            raise failure(errno.EMFILE)

        monkeypatch.setattr(os, "pipe", refuse)
        assert not has_no_name(opened)

    def test_may_come(self, tmp_path: Path) -> None:
        """One with a name may be opened again."""
        os.mkfifo(tmp_path / "pipe")
        read = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
        write = os.open(tmp_path / "pipe", os.O_WRONLY)
        sink = Descriptor(write)
        os.close(read)
        with pytest.raises(BrokenPipeError):
            sink.write([b"paid"])
        assert not sink.is_gone
        sink.close()
        os.close(write)
