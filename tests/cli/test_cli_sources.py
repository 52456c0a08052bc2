"""Lines of files that are written, turned over and cut while they are read."""

from __future__ import annotations

import gzip
import os
from typing import TYPE_CHECKING

import pytest

from structlog_enrich.cli import sources
from structlog_enrich.cli.sources import Followed, Once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Clock:
    """A clock that is set by hand."""

    now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return the clock that what is followed goes by."""
    found = Clock()
    monkeypatch.setattr("time.monotonic", found)
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the path of a file of two lines and a half."""
    path = tmp_path / "shop.log"
    path.write_bytes(b"a\nb\nc")
    return path


@pytest.fixture
def complaints() -> list[str]:
    """Return what was complained about."""
    return []


@pytest.fixture
def follow(complaints: list[str]) -> Iterator[Callable[[Path], Followed]]:
    """Return a function that follows a file until the test ends."""
    made = []

    def start(path: Path) -> Followed:
        made.append(Followed(str(path), lambda _, reason: complaints.append(reason)))
        return made[-1]

    yield start
    for each in made:
        each.close()


def append(path: Path, data: bytes) -> None:
    """Write *data* behind what is in the file."""
    with path.open("ab") as file:
        file.write(data)


class TestOnce:
    """A file that is read to its end."""

    def test_lines(self, file: Path) -> None:
        """The last counts though no newline ends it; empty ones count too."""
        append(file, b"\n\n\xff\r\nlast")

        assert [b"a", b"b", b"c", b"", b"\xff\r", b"last"] == [*Once(str(file), _raise).lines()]

    @pytest.mark.parametrize("size", [1, 2, 3, 5])
    def test_however_it_is_cut(self, size: int, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The pieces that it is read in leave no trace."""
        monkeypatch.setattr(sources, "_CHUNK", size)

        assert [b"a", b"b", b"c"] == [*Once(str(file), _raise).lines()]

    def test_no_end(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """What has no newline is given out in parts and doesn't fill the memory."""
        monkeypatch.setattr(sources, "_CHUNK", 10)
        monkeypatch.setattr(sources, "_LONGEST", 25)
        path = tmp_path / "zero"
        path.write_bytes(b"0" * 45 + b"\nx")

        assert [b"0" * 30, b"0" * 15, b"x"] == [*Once(str(path), _raise).lines()]

    def test_what_cannot_be_read(self, tmp_path: Path) -> None:
        """It is said, and there are no lines."""
        said: list[tuple[str, str]] = []
        for path in (tmp_path, tmp_path / "none"):
            assert [] == [*Once(str(path), lambda name, reason: said.append((name, reason))).lines()]

        assert [(str(tmp_path), "Is a directory"), (str(tmp_path / "none"), "No such file or directory")] == said

    def test_compressed(self, tmp_path: Path) -> None:
        """What its name says is compressed is decompressed, up to where it is damaged."""
        path = tmp_path / "shop.log.gz"
        path.write_bytes(gzip.compress(b"a\n" * 200_000 + b"last"))
        assert [b"a"] * 200_000 + [b"last"] == [*Once(str(path), _raise).lines()]

        said: list[str] = []
        path.write_bytes(gzip.compress(b"a\n") + gzip.compress(b"b\n")[:-4])
        assert [b"a"] == [*Once(str(path), lambda _, reason: said.append(reason)).lines()][:1]
        path.write_bytes(b"plain\n")
        assert [] == [*Once(str(path), lambda _, reason: said.append(reason)).lines()]
        assert ["it ends within the compressed data", "Not a gzipped file (b'pl')"] == said


class TestFollowed:
    """A file that is read by its name, again and again."""

    def test_what_is_appended(self, file: Path, follow: Callable[[Path], Followed]) -> None:
        """A line is given out once, when its newline is there."""
        followed = follow(file)
        found = [[*followed.lines()]]
        for data in (b"", b"c", b"\n", b"d\ne"):
            append(file, data)
            found.append([*followed.lines()])

        assert [[b"a", b"b"], [], [], [b"cc"], [b"d"]] == found

    def test_cut(self, file: Path, follow: Callable[[Path], Followed]) -> None:
        """What was cut is read from its beginning, after the rest of what it was."""
        followed = follow(file)
        assert [b"a", b"b"] == [*followed.lines()]
        os.truncate(file, 0)
        assert [b"c"] == [*followed.lines()]
        append(file, b"d\n")
        assert [b"d"] == [*followed.lines()]

    def test_cut_and_grown(self, file: Path, follow: Callable[[Path], Followed]) -> None:
        """So is what has meanwhile become longer than it was."""
        followed = follow(file)
        assert [b"a", b"b"] == [*followed.lines()]
        os.truncate(file, 0)
        append(file, b"one\ntwo\nthree\nfour\n")

        assert [b"c", b"one", b"two", b"three", b"four"] == [*followed.lines()]

    def test_cut_after_a_part(self, file: Path, follow: Callable[[Path], Followed]) -> None:
        """So is what was cut after so much without a newline that a part of it was given out."""
        file.write_bytes(b"0" * 1024 * 1024)
        followed = follow(file)
        assert [b"0" * 1024 * 1024] == [*followed.lines()]
        os.truncate(file, 0)
        append(file, b"one\n")
        assert [b"one"] == [*followed.lines()]
        append(file, b"two\n")
        assert [b"two"] == [*followed.lines()]

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
    def test_a_fifo(self, tmp_path: Path, follow: Callable[[Path], Followed]) -> None:
        """It isn't waited for until someone writes to it, nor while they don't, nor when they have left."""
        path = tmp_path / "fifo"
        os.mkfifo(path)
        followed = follow(path)
        found = [[*followed.lines()]]
        for data in (b"a\nb", b"c\n"):
            with path.open("wb", buffering=0) as writer:
                found.append([*followed.lines()])
                writer.write(data)
                found.append([*followed.lines()])
            found.append([*followed.lines()])

        assert [[], [], [b"a"], [], [], [b"bc"], []] == found

    def test_turned_over(self, file: Path, follow: Callable[[Path], Followed]) -> None:
        """A new file by the name is read from its beginning, after the last words of the old one."""
        followed = follow(file)
        assert [b"a", b"b"] == [*followed.lines()]
        old = file.rename(file.with_suffix(".1"))
        append(old, b"c\n")
        assert [b"cc"] == [*followed.lines()]
        append(old, b"d\n")
        file.write_bytes(b"e\n")

        assert [b"d", b"e"] == [*followed.lines()]

    def test_who_has_not_noticed(self, file: Path, follow: Callable[[Path], Followed], clock: Clock) -> None:
        """The old file is read on beside the new one until it has been quiet for a while."""
        followed = follow(file)
        found = [[*followed.lines()]]
        old = file.rename(file.with_suffix(".1"))
        file.write_bytes(b"new\n")
        found.append([*followed.lines()])
        for later, data in ((9, b"\nlate\n"), (9, b"later\nun"), (9, b""), (1, b""), (1, b"nobody\n")):
            clock.now += later
            append(old, data)
            found.append([*followed.lines()])

        assert [[b"a", b"b"], [b"new"], [b"c", b"late"], [b"later"], [], [b"un"], []] == found

    def test_missing(self, file: Path, follow: Callable[[Path], Followed], complaints: list[str]) -> None:
        """What isn't there is waited for, and said once."""
        file.unlink()
        followed = follow(file)
        assert [[], []] == [[*followed.lines()], [*followed.lines()]]
        assert ["No such file or directory"] == complaints
        file.write_bytes(b"a\n")
        assert [b"a"] == [*followed.lines()]
        file.unlink()
        assert [] == [*followed.lines()]
        file.write_bytes(b"b\n")
        assert [b"b"] == [*followed.lines()]
        assert 1 == len(complaints)


def _raise(name: str, reason: str) -> None:
    raise AssertionError((name, reason))
