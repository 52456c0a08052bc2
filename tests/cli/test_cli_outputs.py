"""Where a command writes bytes."""

from __future__ import annotations

import gzip
import os
import stat
import sys
from pathlib import Path

import pytest

from structlog_enrich.cli.outputs import UnwritableError, is_same, writing


def names(folder: Path) -> list[str]:
    """Return what is in a folder."""
    return sorted(each.name for each in folder.iterdir())


class TestWriting:
    """`writing`."""

    def test_standard_output(self, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        """It is left open."""
        with writing(None) as file:
            file.write(b"a")
        sys.stdout.buffer.write(b"b")
        sys.stdout.buffer.flush()
        assert b"ab" == capfdbinary.readouterr().out

    def test_there_when_it_is_whole(self, tmp_path: Path) -> None:
        """Until the block ends nothing stands at its place, and then nothing but it."""
        place = tmp_path / "a.log"
        with writing(str(place)) as file:
            file.write(b"a")
            assert not place.exists()
        assert (b"a", ["a.log"]) == (place.read_bytes(), names(tmp_path))

    @pytest.mark.parametrize("error", [LookupError, KeyboardInterrupt, GeneratorExit])
    @pytest.mark.parametrize("name", ["a.log", "a.log.gz"])
    def test_a_block_that_fails(self, name: str, error: type[BaseException], tmp_path: Path) -> None:
        """What stood there stays, nothing is left beside it, and the error goes on."""
        place = tmp_path / name
        place.write_bytes(b"before")

        def fail() -> None:
            with writing(str(place)) as file:
                file.write(b"a")
                raise error

        with pytest.raises(error):
            fail()
        assert (b"before", [name]) == (place.read_bytes(), names(tmp_path))

    def test_compressed(self, tmp_path: Path) -> None:
        """By its name; the same bytes make the same file on the same day, without the name of the one beside."""
        with writing(str(tmp_path / "a.log.gz")) as file:
            file.write(b"a" * 1_000)
        data = (tmp_path / "a.log.gz").read_bytes()
        assert b"a" * 1_000 == gzip.decompress(data)
        assert b"a.log" not in data

    def test_permissions(self, tmp_path: Path) -> None:
        """A file that is replaced keeps its own; a new one has those that a new file has here."""
        kept, fresh, plain = (tmp_path / name for name in ("kept", "fresh", "plain"))
        kept.touch(mode=0o600)
        plain.touch()
        for each in (kept, fresh):
            with writing(str(each)) as file:
                file.write(b"a")
        modes = [stat.S_IMODE(each.stat().st_mode) for each in (kept, fresh)]
        assert [0o600, stat.S_IMODE(plain.stat().st_mode)] == modes

    def test_a_link(self, tmp_path: Path) -> None:
        """It stays one, and what it leads to is written."""
        (tmp_path / "link").symlink_to(tmp_path / "a.log")
        with writing(str(tmp_path / "link")) as file:
            file.write(b"a")
        assert (tmp_path / "link").is_symlink()
        assert b"a" == (tmp_path / "a.log").read_bytes()

    def test_what_is_no_regular_file(self) -> None:
        """It is written to as it is."""
        with writing(os.devnull) as file:
            file.write(b"a")
        assert Path(os.devnull).is_char_device()

    @pytest.mark.parametrize(
        ("path", "reason"),
        [("none/a.log", "No such file or directory"), ("file/a.log", "Not a directory"), (".", "Is a directory")],
    )
    def test_unwritable(self, path: str, reason: str, tmp_path: Path) -> None:
        """Why is said in the system's words, and not where."""
        (tmp_path / "file").touch()
        with pytest.raises(UnwritableError, match=f"^{reason}$"), writing(str(tmp_path / path)):
            pass
        assert ["file"] == names(tmp_path)

    def test_an_error_within(self, tmp_path: Path) -> None:
        """A disk that is full while the block runs is no less a reason."""
        with pytest.raises(UnwritableError, match=r"^No space left on device$"), writing(str(tmp_path / "a")):
            raise OSError(28, "No space left on device")
        assert [] == names(tmp_path)


class TestIsSame:
    """`is_same`."""

    def test_files(self, tmp_path: Path) -> None:
        """By whatever name; a copy is another, and what isn't there is none."""
        place = tmp_path / "a"
        place.write_bytes(b"a")
        (tmp_path / "copy").write_bytes(b"a")
        (tmp_path / "link").symlink_to(place)
        os.link(place, tmp_path / "twin")
        with place.open("rb") as file:
            same = {name: is_same(str(tmp_path / name), file) for name in ("a", "link", "twin", "copy", "none")}
        assert {"a": True, "link": True, "twin": True, "copy": False, "none": False} == same

    def test_a_device(self) -> None:
        """To read from and write to the same device harms nothing."""
        with Path(os.devnull).open("rb") as file:
            assert not is_same(os.devnull, file)

    def test_standard_output(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """It counts by what it was led to; one without a number is no file."""
        place = tmp_path / "a"
        with place.open("wb") as out, place.open("rb") as file, Path(os.devnull).open("rb") as other:
            monkeypatch.setattr(sys, "stdout", out)
            assert [True, False] == [is_same(None, file), is_same(None, other)]
            monkeypatch.undo()
        with place.open("rb") as file:
            out.close()
            monkeypatch.setattr(sys, "stdout", out)
            assert not is_same(None, file)
            monkeypatch.undo()
