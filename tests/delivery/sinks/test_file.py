"""Append to a file that others may rotate."""

from __future__ import annotations

import errno
import os
import pickle
import stat
from typing import TYPE_CHECKING

import pytest

from structlog_enrich.delivery import File
from tests.delivery.faulty import failure

if TYPE_CHECKING:
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

    def test_pickled(self, tmp_path: Path) -> None:
        """Another process opens it with its first line, as it was asked for."""
        sink = File(tmp_path / "log", mode=0o600, durable=True)
        sink.close()
        other = pickle.loads(pickle.dumps(sink))
        assert (sink.path, 0o600, True) == (other.path, other.mode, other.durable)
        assert 1 == other.write([b"paid"])
        other.close()


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

    def test_amid_a_line(self, tmp_path: Path) -> None:
        """What was begun in a file that has moved is ended there."""
        os.mkfifo(tmp_path / "log")
        reading = os.open(tmp_path / "log", os.O_RDONLY | os.O_NONBLOCK)
        sink = File(tmp_path / "log")
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


class TestDurable:
    """Lines count as written when the disk has them."""

    def test_sync_fails_amid_a_line(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is written again begins on a line of its own, not within the line that was begun before the failure."""
        sink = File(tmp_path / "log", durable=True)
        lines = [b"first", b"second", b"third"]
        write = os.write

        def fail(fd: int) -> None:
            raise failure(errno.EIO)

        with monkeypatch.context() as patched:
            patched.setattr(os, "write", lambda fd, data: write(fd, data[:9]))
            patched.setattr(os, "fsync", fail)
            with pytest.raises(OSError, match="Input/output error"):
                sink.write(lines)
        assert 3 == sink.write(lines)
        sink.close()
        assert b"first\nsec\nfirst\nsecond\nthird\n" == (tmp_path / "log").read_bytes()


class TestTorn:
    """What a crash left of a last line."""

    @pytest.mark.parametrize(("before", "repaired"), [(b"", 0), (b"whole\n", 0), (b"torn", 1), (b"whole\ntor", 1)])
    def test_ended(self, before: bytes, repaired: int, tmp_path: Path) -> None:
        """It is ended before the first new one, once, and counted."""
        (tmp_path / "log").write_bytes(before)
        sinks = [File(tmp_path / "log") for _ in range(3)]
        for each in sinks:
            each.write([b"new"])
            each.close()
        assert repaired == sum(each.repaired for each in sinks)
        assert before + b"\n" * repaired + b"new\n" * 3 == (tmp_path / "log").read_bytes()

    def test_unreadable(self, tmp_path: Path) -> None:
        """Where nobody may read it, it is left so."""
        (tmp_path / "log").write_bytes(b"torn")
        (tmp_path / "log").chmod(0o200)
        sink = File(tmp_path / "log")
        sink.write([b"new"])
        sink.close()
        # Root may read everything.
        assert sink.repaired == (os.geteuid() == 0)
