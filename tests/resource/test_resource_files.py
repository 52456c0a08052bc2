"""Reading small files of the system."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from structlog_enrich.resource.files import MAX_BYTES, exists, read, size

if TYPE_CHECKING:
    from pathlib import Path


class TestRead:
    """Bounded, and without errors."""

    def test_text(self, tmp_path: Path) -> None:
        """A file below the root is read, whatever slashes join them."""
        (tmp_path / "a").write_text("é")

        assert ["é"] * 3 == [read(str(tmp_path), "/a"), read(f"{tmp_path}/", "a"), read("/", f"{tmp_path}/a")]

    def test_bounds(self, tmp_path: Path) -> None:
        """No more is read than asked for."""
        (tmp_path / "a").write_text("x" * (MAX_BYTES + 1))

        assert MAX_BYTES == len(read(str(tmp_path), "a"))
        assert "xxx" == read(str(tmp_path), "a", 3)

    def test_made_up_by_the_kernel(self) -> None:
        """A file without a size is read to its end."""
        assert read("/", "/proc/self/status").startswith("Name:")

    def test_not_utf_8(self, tmp_path: Path) -> None:
        """What isn't text can't be printed either."""
        (tmp_path / "a").write_bytes(b"\xff")

        assert not read(str(tmp_path), "a").isprintable()

    @pytest.mark.parametrize("path", ["none", "", "folder", "pipe", "a\x00b", "x" * 5_000, "loop"])
    def test_no_file(self, path: str, tmp_path: Path) -> None:
        """What is no file holds nothing, and nothing waits for it."""
        (tmp_path / "folder").mkdir()
        (tmp_path / "loop").symlink_to("loop")
        os.mkfifo(tmp_path / "pipe")

        assert "" == read(str(tmp_path), path)

    def test_a_locked_file(self, tmp_path: Path) -> None:
        """A descriptor that fails while it is read is closed, and nothing is said."""
        # The memory of the process itself: it opens, and its first page can't be read.
        before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208

        assert "" == read("/", "/proc/self/mem")
        assert before == len(os.listdir("/proc/self/fd"))  # noqa: PTH208


class TestSize:
    """How long a file is."""

    def test_bytes(self, tmp_path: Path) -> None:
        """It is told in bytes."""
        (tmp_path / "a").write_text("é", "utf-8")

        assert 2 == size(str(tmp_path), "/a")

    @pytest.mark.parametrize("path", ["none", "pipe", "a\x00b", "x" * 5_000])
    def test_no_file(self, path: str, tmp_path: Path) -> None:
        """What is no file has no length."""
        os.mkfifo(tmp_path / "pipe")

        assert 0 == size(str(tmp_path), path)


class TestExists:
    """Whether a file is there."""

    def test_either(self, tmp_path: Path) -> None:
        """Only its presence counts."""
        (tmp_path / "a").touch()

        assert (True, False) == (exists(str(tmp_path), "/a"), exists(str(tmp_path), "/b"))
