"""Where the demo is read: how wide it is, which signs it knows, and whether anybody is left to read."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from structlog_enrich.demo.terminal import plain, width, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable

_PROGRAM = "from structlog_enrich.demo.terminal import width; print(width())"


class TestWidth:
    """As wide as the terminal, within what can be read."""

    @pytest.mark.parametrize(
        ("columns", "expected"), [("60", 60), ("80", 80), ("100", 100), ("140", 100), ("20", 60)], ids=str
    )
    def test_told(self, monkeypatch: pytest.MonkeyPatch, columns: str, expected: int) -> None:
        """`COLUMNS` is heard, between 60 and 100."""
        monkeypatch.setenv("COLUMNS", columns)

        assert expected == width()

    @pytest.mark.parametrize("columns", [None, "", "0", "-80", "wide"])
    def test_no_terminal(
        self, run_python: Callable[..., subprocess.CompletedProcess[str]], columns: str | None
    ) -> None:
        """Without a terminal, and without a number in `COLUMNS`, it is 100."""
        environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
        told = {} if columns is None else {"COLUMNS": columns}

        assert "100\n" == run_python(_PROGRAM, env={**environment, **told}).stdout

    @pytest.mark.skipif(os.name != "posix", reason="this system has no pseudo-terminals")
    def test_terminal(self) -> None:
        """A real terminal is asked."""
        import pty  # noqa: PLC0415 (not on every system)
        import termios  # noqa: PLC0415 (likewise)

        ours, theirs = pty.openpty()
        try:
            termios.tcsetwinsize(theirs, (24, 72))
            environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
            subprocess.run([sys.executable, "-c", _PROGRAM], stdout=theirs, env=environment, check=True)

            assert b"72\r\n" == os.read(ours, 100)
        finally:
            os.close(ours)
            os.close(theirs)


class TestWrapped:
    """A paragraph in lines that fit."""

    def test_short(self) -> None:
        """What fits stays as it is, spaces included."""
        assert "gateway    process 7" == wrapped("gateway    process 7", 60)

    def test_long(self) -> None:
        """What doesn't goes on below, further in when that is asked for; names aren't torn at their hyphens."""
        assert "- see\n  wire-format.md" == wrapped("see wire-format.md", 16, first="- ", further="  ")

    def test_nothing(self) -> None:
        """Nothing stays nothing."""
        assert "" == wrapped("", 60)


class TestPlain:
    """Signs in ASCII."""

    def test_tree(self) -> None:
        """Each is one character as before, so that columns stay straight."""
        assert "| |- `- = - + x ~" == plain("│ ├─ └─ ━ ─ ✓ ✗ …")


class TestSay:
    """What is said goes to standard output, whatever that is."""

    def test_closed(self, run_python: Callable[..., subprocess.CompletedProcess[str]]) -> None:
        """A process without standard output says nothing."""
        program = "import sys; sys.stdout = None; from structlog_enrich.demo.terminal import say; say('─')"

        assert ("", "") == (run_python(program).stdout, run_python(program).stderr)
