"""Append to a file that others may rotate."""

from __future__ import annotations

import errno
import os
import pickle
import stat
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich.delivery import Descriptor, File, Pipe
from structlog_enrich.delivery.sinks import file as module
from structlog_enrich.delivery.system import fcntl
from structlog_enrich.exceptions import ConfigurationError
from tests.delivery.faulty import failure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class TestOpen:
    """The file at a path."""

    def test_made(self, tmp_path: Path) -> None:
        """It is made at once, with the permissions that were asked for less the umask's."""
        before = os.umask(0o027)
        sink = File(tmp_path / "log", mode=0o666)
        os.umask(before)
        assert 0o640 == stat.S_IMODE((tmp_path / "log").stat().st_mode)
        sink.close()

    def test_mode(self, tmp_path: Path) -> None:
        """Unless it is said otherwise all may read it, and its owner write."""
        before = os.umask(0)
        sink = File(tmp_path / "log")
        os.umask(before)
        assert 0o644 == stat.S_IMODE((tmp_path / "log").stat().st_mode)
        sink.close()

    def test_appended_to(self, tmp_path: Path) -> None:
        """What is there stays."""
        (tmp_path / "log").write_bytes(b"before\n")
        sink = File(tmp_path / "log")
        assert 1 == sink.write([b"after"])
        sink.close()
        assert b"before\nafter\n" == (tmp_path / "log").read_bytes()
        assert 0 == sink.repaired

    def test_wherever_the_program_goes(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A relative path is of where the program was."""
        monkeypatch.chdir(tmp_path)
        sink = File("log", must_open=False)
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        sink.write([b"paid"])
        sink.close()
        assert f"File({str(tmp_path / 'log')!r})" == repr(sink)
        assert b"paid\n" == (tmp_path / "log").read_bytes()

    def test_a_folder(self, tmp_path: Path) -> None:
        """What is no file is refused, at once or with each line."""
        with pytest.raises(IsADirectoryError):
            File(tmp_path)
        with pytest.raises(IsADirectoryError):
            File(tmp_path, must_open=False).write([b"paid"])

    @pytest.mark.parametrize("path", [None, b"log", 3], ids=repr)
    def test_no_path(self, path: Any) -> None:
        """Whatever is no path is refused by name."""
        with pytest.raises(ConfigurationError, match=r"^path must be a path, not ") as raised:
            File(path)
        assert repr(path) == raised.value.received

    @pytest.mark.parametrize("mode", [None, "644", True, 420.0, -1, 0o10000], ids=repr)
    def test_no_permissions(self, mode: Any, tmp_path: Path) -> None:
        """Nor is a file made with a mode that is none."""
        with pytest.raises(ConfigurationError, match=r"^mode must be permissions, as 0o644, not ") as raised:
            File(tmp_path / "log", mode=mode)
        assert repr(mode) == raised.value.received
        assert not (tmp_path / "log").exists()

    def test_any_permissions(self, tmp_path: Path) -> None:
        """All that a file may have, and none, are permissions."""
        assert (0o7777, 0) == tuple(File(tmp_path, mode=mode, must_open=False).mode for mode in (0o7777, 0))

    def test_pickled(self, tmp_path: Path) -> None:
        """Another process opens it with its first line, as it was asked for."""
        sink = File(tmp_path / "log", mode=0o600, durable=True)
        sink.close()
        other = pickle.loads(pickle.dumps(sink))
        assert (sink.path, 0o600, True) == (other.path, other.mode, other.durable)
        assert 1 == other.write([b"paid"])
        other.close()
        (tmp_path / "log").unlink()
        tmp_path.rename(tmp_path.with_name("elsewhere"))
        assert sink.path == pickle.loads(pickle.dumps(sink)).path


class TestReopen:
    """Before each batch it is looked up."""

    def test_the_same(self, tmp_path: Path) -> None:
        """While it is the same it stays open."""
        sink = File(tmp_path / "log")
        kept = sink._open  # noqa: SLF001 (what it holds)
        sink.write([b"one"])
        sink.write([b"two"])
        assert kept is sink._open  # noqa: SLF001 (what it holds)
        sink.reopen()
        sink.write([b"three"])
        assert kept is not sink._open  # noqa: SLF001 (what it holds)
        sink.close()
        assert b"one\ntwo\nthree\n" == (tmp_path / "log").read_bytes()

    def test_another(self, tmp_path: Path) -> None:
        """Another file at its path gets what comes."""
        sink = File(tmp_path / "log")
        sink.write([b"one"])
        (tmp_path / "log").rename(tmp_path / "log.1")
        sink.write([b"two"])
        sink.close()
        assert b"one\n" == (tmp_path / "log.1").read_bytes()
        assert b"two\n" == (tmp_path / "log").read_bytes()

    def test_closed(self, tmp_path: Path) -> None:
        """A line that comes after it was closed opens it again."""
        sink = File(tmp_path / "log")
        sink.close()
        sink.close()
        sink.write([b"late"])
        sink.close()
        assert b"late\n" == (tmp_path / "log").read_bytes()

    def test_forked(self, tmp_path: Path) -> None:
        """A child opens it anew, since what is open has one end for both."""
        sink = File(tmp_path / "log")
        sink.write([b"one"])
        kept = sink._open  # noqa: SLF001 (what it holds)
        sink.forget()
        sink.write([b"two"])
        assert kept is not sink._open  # noqa: SLF001 (what it holds)
        sink.close()
        sink.forget()
        assert b"one\ntwo\n" == (tmp_path / "log").read_bytes()

    def test_waits(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """It waits as long as what is open, and not at all when nothing is."""
        waited: list[tuple[int, float]] = []
        name = "structlog_enrich.delivery.sinks.descriptor.poll_for_room"
        monkeypatch.setattr(name, lambda *each: waited.append(each))
        sink = File(tmp_path / "log")
        fd = sink._open._fd  # type: ignore[union-attr]  # noqa: SLF001 (what it holds)
        sink.wait(0.5)
        sink.close()
        sink.wait(0.5)
        assert [(fd, 0.5)] == waited

    def test_amid_a_line(self, tmp_path: Path) -> None:
        """What was begun in a file that has moved is ended there."""
        os.mkfifo(tmp_path / "log")
        reading = os.open(tmp_path / "log", os.O_RDONLY | os.O_NONBLOCK)
        sink = File(tmp_path / "log")
        assert isinstance(sink._open, Pipe)  # noqa: SLF001 (what it holds)
        line = b"x" * 100_000
        assert 0 == sink.write([line])
        (tmp_path / "log").rename(tmp_path / "log.1")
        found = b""
        while not sink.write([line]):
            found += os.read(reading, 65_536)
            sink.wait(0)
        found += os.read(reading, 65_536)
        assert line + b"\n" == found
        assert not (tmp_path / "log").exists()
        sink.write([b"next"])
        sink.close()
        os.close(reading)
        assert b"next\n" == (tmp_path / "log").read_bytes()

    def test_closed_by_another(self, tmp_path: Path) -> None:
        """Where someone closes what isn't theirs it is opened again."""
        sink = File(tmp_path / "log")
        os.close(sink._open._fd)  # type: ignore[union-attr]  # noqa: SLF001 (what it holds)
        assert 1 == sink.write([b"paid"])
        sink.close()
        assert b"paid\n" == (tmp_path / "log").read_bytes()


class TestNamedPipe:
    """A named pipe may stand in a file's place."""

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
    def test_between_readers(self, tmp_path: Path) -> None:
        """What nobody has read yet the next reader gets, since it stays open."""
        path = tmp_path / "pipe"
        os.mkfifo(path)
        first = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        sink = File(path)
        assert 1 == sink.write([b"paid"])
        os.close(first)
        with pytest.raises(BrokenPipeError):
            sink.write([b"shipped"])
        second = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        assert b"paid\n" == os.read(second, 100)
        assert 1 == sink.write([b"shipped"])
        assert b"shipped\n" == os.read(second, 100)
        sink.close()
        os.close(second)


class TestBegun:
    """A line of which the disk took a part."""

    @pytest.fixture
    def sink(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[File]:
        """Return a sink that has written the first three bytes of a line."""
        sink = File(tmp_path / "log")
        with monkeypatch.context() as patched:
            patched.setattr(Descriptor, "_put", lambda self, data: os.write(self._fd, data[:3]))
            assert 0 == sink.write([b"order placed"])
        yield sink
        sink.close()

    def test_moved(self, sink: File, tmp_path: Path) -> None:
        """It is ended where it was begun."""
        (tmp_path / "log").rename(tmp_path / "log.1")
        assert 1 == sink.write([b"order placed"])
        assert b"order placed\n" == (tmp_path / "log.1").read_bytes()
        assert not (tmp_path / "log").exists()

    def test_removed(self, sink: File, tmp_path: Path) -> None:
        """It is written anew where its file is gone."""
        (tmp_path / "log").unlink()
        assert 1 == sink.write([b"order placed"])
        assert b"order placed\n" == (tmp_path / "log").read_bytes()

    def test_grown(self, sink: File, tmp_path: Path) -> None:
        """It is written anew where another process has written behind its beginning."""
        with (tmp_path / "log").open("ab") as other:
            other.write(b"theirs\n")
        assert 1 == sink.write([b"order placed"])
        assert b"ordtheirs\n\norder placed\n" == (tmp_path / "log").read_bytes()

    def test_cut(self, sink: File, tmp_path: Path) -> None:
        """It is written anew where its beginning was cut off."""
        os.truncate(tmp_path / "log", 0)
        assert 1 == sink.write([b"order placed"])
        assert b"order placed\n" == (tmp_path / "log").read_bytes()


class TestDurable:
    """Lines count as written when the disk has them."""

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
    def test_no_disk(self, tmp_path: Path) -> None:
        """What has no disk takes each line once."""
        os.mkfifo(tmp_path / "log")
        read = os.open(tmp_path / "log", os.O_RDONLY | os.O_NONBLOCK)
        sink = File(tmp_path / "log", durable=True)
        assert 2 == sink.write([b"first", b"second"])
        sink.close()
        assert b"first\nsecond\n" == os.read(read, 100)
        os.close(read)

    def test_synced(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A file has one, also one that is opened anew; it is waited for where that was asked for."""
        synced: list[int] = []
        monkeypatch.setattr(os, "fsync", synced.append)
        for given in ({}, {"durable": False}, {"durable": True}):
            sink = File(tmp_path / "log", **given)
            for _ in range(2):
                sink.write([b"paid"])
                sink.reopen()
            sink.close()
            assert 2 * sink.durable == len(synced)
        assert sink.durable

    def test_sync_fails_amid_a_line(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is written again begins on a line of its own, not within the line that was begun before the failure."""
        sink = File(tmp_path / "log", durable=True)
        lines = [b"first", b"second", b"third"]
        write = os.write

        def fail(fd: int) -> None:
            raise failure(errno.EIO)

        with monkeypatch.context() as patched:
            patched.setattr("structlog_enrich.delivery.sinks.descriptor.write", lambda fd, data: write(fd, data[:9]))
            patched.setattr(os, "fsync", fail)
            with pytest.raises(OSError, match="Input/output error"):
                sink.write(lines)
        assert 3 == sink.write(lines)
        sink.close()
        assert b"first\nsec\nfirst\nsecond\nthird\n" == (tmp_path / "log").read_bytes()


class TestTorn:
    """What a crash left of a last line."""

    @pytest.mark.parametrize(
        ("before", "repaired"), [(b"", 0), (b"whole\n", 0), (b"t", 1), (b"torn", 1), (b"whole\ntor", 1)]
    )
    def test_ended(self, before: bytes, repaired: int, tmp_path: Path) -> None:
        """It is ended before the first new one, once, and counted."""
        (tmp_path / "log").write_bytes(before)
        sinks = [File(tmp_path / "log") for _ in range(3)]
        for each in sinks:
            each.write([b"new"])
            each.close()
        assert repaired == sum(each.repaired for each in sinks)
        assert before + b"\n" * repaired + b"new\n" * 3 == (tmp_path / "log").read_bytes()

    def test_again(self, tmp_path: Path) -> None:
        """Each time it is ended is counted."""
        sink = File(tmp_path / "log")
        for _ in range(3):
            with (tmp_path / "log").open("ab") as crashed:
                crashed.write(b"torn")
            sink.reopen()
            sink.write([b"new"])
        sink.close()
        assert 3 == sink.repaired
        # A child counts its own.
        sink.forget()
        assert 0 == sink.repaired

    def test_unreadable(self, tmp_path: Path) -> None:
        """Where nobody may read it, it is left so."""
        (tmp_path / "log").write_bytes(b"torn")
        (tmp_path / "log").chmod(0o200)
        sink = File(tmp_path / "log")
        sink.write([b"new"])
        sink.close()
        # Root may read everything.
        assert sink.repaired == (os.geteuid() == 0)

    @pytest.mark.skipif(not hasattr(os, "SEEK_DATA"), reason="this system can't be asked so")
    def test_amid_a_write(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The system is asked what it answers when a write of another process is done."""
        (tmp_path / "log").write_bytes(b"torn")
        asked: list[int] = []
        seek = os.lseek
        monkeypatch.setattr(os, "lseek", lambda fd, at, whence: asked.append(whence) or seek(fd, at, whence))
        File(tmp_path / "log").close()
        assert os.SEEK_DATA in asked

    def test_not_told(self) -> None:
        """What the system says nothing of is taken for whole."""
        assert not module._is_torn(-1)  # noqa: SLF001 (what it asks)


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """Return two descriptors of one file, as two processes have them."""
    fds = [os.open(tmp_path / "log", os.O_RDWR | os.O_CREAT) for _ in range(2)]
    yield fds[0], fds[1]
    for each in fds:
        os.close(each)


@pytest.mark.skipif(fcntl is None, reason="this system locks no files so")
class TestLock:
    """Of those who mend a file at the same time one does it."""

    def test_taken(self, two: tuple[int, int]) -> None:
        """Who has it has it alone."""
        module._lock(two[0])  # noqa: SLF001 (what keeps others out)
        with pytest.raises(BlockingIOError):
            fcntl.flock(two[1], fcntl.LOCK_SH | fcntl.LOCK_NB)

    def test_another_has_it(self, two: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
        """Nobody waits long for a stranger's, and goes on then."""
        fcntl.flock(two[1], fcntl.LOCK_EX)
        paused: list[float] = []
        monkeypatch.setattr(module, "pause", paused.append)
        module._lock(two[0])  # noqa: SLF001 (what keeps others out)
        assert [0.001] * 50 == paused

    def test_none(self, two: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
        """Where the system has no such locks it goes on at once."""
        monkeypatch.setattr(module, "fcntl", None)
        module._lock(two[0])  # noqa: SLF001 (what keeps others out)
