"""A file without a name."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from structlog_enrich.delivery.policies.scratch import Scratch

if TYPE_CHECKING:
    from pathlib import Path


class TestScratch:
    """It keeps what is written, and nobody else's."""

    def test_kept(self, tmp_path: Path) -> None:
        """What is written somewhere is read there; it has no name, and no child inherits it."""
        file = Scratch(tmp_path)
        file.write(0, b"paid")
        file.write(2, b"ck")
        assert (b"pack", b"c") == (file.read(0, 4), file.read(2, 1))
        assert ([], False) == ([*tmp_path.iterdir()], os.get_inheritable(file._fd))  # noqa: SLF001 (what it holds)

    def test_too_short(self, tmp_path: Path) -> None:
        """What isn't there can't be read."""
        file = Scratch(tmp_path)
        file.write(0, b"paid")
        with pytest.raises(OSError, match="Input/output error"):
            file.read(1, 4)

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no full device")  # noqa: PTH110 (a name)
    def test_full(self, tmp_path: Path) -> None:
        """What has no room is an error."""
        file = Scratch(tmp_path)
        full = os.open("/dev/full", os.O_RDWR)
        os.dup2(full, file._fd)  # noqa: SLF001 (what it holds)
        file._opened = os.fstat(full)  # noqa: SLF001 (likewise)
        os.close(full)
        with pytest.raises(OSError, match="No space left on device"):
            file.write(0, b"paid")
        file.close()

    def test_in_part(self, tmp_path: Path) -> None:
        """What goes in part only has no room either."""
        resource = pytest.importorskip("resource", reason="this system has no limits")
        file = Scratch(tmp_path)
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (6, before[1]))
        try:
            with pytest.raises(OSError, match="No space left on device") as raised:
                file.write(4, b"paid")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert errno.ENOSPC == raised.value.errno

    def test_stolen(self, tmp_path: Path) -> None:
        """What has got its number is neither read, written nor closed."""
        file = Scratch(tmp_path)
        file.write(0, b"ours")
        number = file._fd  # noqa: SLF001 (what it holds)
        path = tmp_path / "another's"
        path.write_bytes(b"theirs")
        other = os.open(path, os.O_RDWR)
        os.dup2(other, number)
        for use in (lambda: file.read(0, 4), lambda: file.write(0, b"more")):
            with pytest.raises(OSError, match="Bad file descriptor") as raised:
                use()
            assert errno.EBADF == raised.value.errno
        file.close()
        assert os.path.samestat(os.fstat(other), os.fstat(number))
        os.close(number)
        os.close(other)
        assert b"theirs" == path.read_bytes()

    def test_closed(self, tmp_path: Path) -> None:
        """It is closed once, by whoever does it first."""
        file = Scratch(tmp_path)
        number = file._fd  # noqa: SLF001 (what it holds)
        file.close()
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(number)
        file.close()
        with pytest.raises(OSError, match="Bad file descriptor"):
            file.write(0, b"paid")

    @pytest.mark.parametrize("is_ending", [False, True])
    def test_let_go(self, is_ending: bool, tmp_path: Path) -> None:  # noqa: FBT001 (a case)
        """One that nobody has any more is closed, and left to the system as the interpreter ends."""
        file = Scratch(tmp_path)
        file.__del__(lambda: is_ending)
        assert is_ending == (file._fd != -1)  # noqa: SLF001 (what it holds)
