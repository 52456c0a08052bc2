"""The power fails: row R35 of the fault catalogue, by copies of a disk that is in use."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from structlog_enrich.delivery import File, Writer
from tests.delivery.conftest import numbered, numbers_in, read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _run(*command: object) -> None:
    subprocess.run([str(each) for each in command], check=True, capture_output=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """Return the image of a disk and where it is mounted."""
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux mounts an image so")
    if os.geteuid() != 0:
        pytest.skip("only root mounts an image")
    if any(shutil.which(name) is None for name in ("mkfs.ext4", "mount", "umount")):
        pytest.skip("there is nothing here to make a file system with")
    image, mounted = tmp_path / "image", tmp_path / "mounted"
    mounted.mkdir()
    with image.open("wb") as file:
        file.truncate(16 << 20)
    _run("mkfs.ext4", "-q", image)
    try:
        _run("mount", "-o", "loop", image, mounted)
    except subprocess.CalledProcessError as error:
        if b"loop device" in error.stderr:
            pytest.skip("this machine has no loop device to spare")
        raise
    yield image, mounted
    _run("umount", mounted)


class TestPower:
    """What the disk has when the power fails is what it has at that moment."""

    def test_r35_durable(self, disk: tuple[Path, Path], tmp_path: Path) -> None:
        """Whatever counted as written is there after the cut, in whole lines."""
        image, mounted = disk
        with Writer(File(mounted / "log", durable=True)) as writer:
            log = writer()
            for cut in range(3):
                for each in numbered(200, start=200 * cut):
                    log.info(each)
                assert writer.flush()
                # The disk as it is, with the file system still mounted and its memory unwritten.
                shutil.copyfile(image, tmp_path / f"cut{cut}")
        for cut in range(3):
            found = tmp_path / f"found{cut}"
            found.mkdir()
            _run("mount", "-o", "loop", tmp_path / f"cut{cut}", found)
            try:
                data = (found / "log").read_bytes()
            finally:
                _run("umount", found)
            numbers = numbers_in(read_lines(data))
            assert list(range(200 * (cut + 1))) == numbers[: 200 * (cut + 1)]
