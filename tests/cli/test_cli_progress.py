"""How far a command is, shown to a person who waits."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stderr, suppress
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich.cli.progress import bar, speaker, task
from structlog_enrich.cli.sources import opened

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

needs_terminals = pytest.mark.skipif(not hasattr(os, "openpty"), reason="this system has no pseudo-terminals")


@pytest.fixture
def screen(terminal: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a terminal, to be standard error."""
    monkeypatch.setenv("TERM", "xterm-256color")
    return terminal(100)


class TestWithoutATerminal:
    """Standard error is a file, or isn't there."""

    @pytest.mark.parametrize("is_there", [True, False], ids=["a file", "none"])
    def test_no_bar(self, is_there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001 (a table)
        """Nothing is shown, rich isn't needed, and a task takes what it is told."""
        (tmp_path / "a").write_bytes(b"abc")
        monkeypatch.setitem(sys.modules, "rich.console", None)
        with (tmp_path / "err").open("w", encoding="utf-8") as err:
            monkeypatch.setattr(sys, "stderr", err if is_there else None)
            with bar() as progress, opened(str(tmp_path / "a")) as source, task("a", source, progress) as told:
                told(3)
                assert progress is None
            monkeypatch.undo()
        assert "" == (tmp_path / "err").read_text(encoding="utf-8")

    @pytest.mark.parametrize("err", [True, False])
    def test_the_speaker(self, err: bool, capfdbinary: pytest.CaptureFixture[bytes]) -> None:  # noqa: FBT001 (a table)
        """Texts and bytes are lines, of the stream that was asked for."""
        say = speaker(None, err=err)
        say("[bold]a[/bold]")
        say(b"\xffb")
        out = capfdbinary.readouterr()
        assert b"[bold]a[/bold]\n\xffb\n" == (out.err if err else out.out)
        assert b"" == (out.out if err else out.err)


@needs_terminals
class TestOnATerminal:
    """Standard error is a terminal."""

    def test_a_task(self, screen: Any, tmp_path: Path) -> None:
        """Its name is shown harmlessly and without markup; how far it is, is told by the file; the next replaces it."""
        (tmp_path / "a").write_bytes(b"x" * 1_000)
        with redirect_stderr(screen.file), bar() as progress, opened(str(tmp_path / "a")) as source:
            assert progress is not None
            with task("[red]\x1b[2Ja", source, progress) as told:
                (shown,) = progress.tasks
                assert (1_000, 0) == (shown.total, shown.completed)
                source.file.read()
                # What was read is told by the file itself: of what is compressed the two differ.
                told(7)
                assert 1_000 == shown.completed
            with task("b", source, progress):
                assert ["b"] == [each.description for each in progress.tasks]
        written = screen.shown()
        assert "[red]" in written
        assert "\x1b[2J" not in written

    def test_a_pipe(self, screen: Any) -> None:
        """Its size isn't known, so what was read is what it was told."""
        read, write = os.pipe()
        os.close(write)
        with redirect_stderr(screen.file), bar() as progress, os.fdopen(read, "rb", buffering=0) as raw:
            assert progress is not None
            source: Any = type("Source", (), {"raw": raw})
            with task("-", source, progress) as told:
                told(7)
                (shown,) = progress.tasks
                assert (None, 7) == (shown.total, shown.completed)
        assert "━" in screen.shown()

    @pytest.mark.parametrize("count", [1, 2])
    @pytest.mark.parametrize("fails", [False, True], ids=["ends", "fails"])
    def test_the_end(self, count: int, fails: bool, screen: Any, tmp_path: Path) -> None:  # noqa: FBT001 (a table)
        """Nothing is left to see on the line of the bar, and no empty line, also where the task fails."""
        (tmp_path / "a").write_bytes(b"x")
        with (
            suppress(LookupError),
            redirect_stderr(screen.file),
            bar() as progress,
            opened(str(tmp_path / "a")) as source,
        ):
            for _ in range(count):
                with task("a", source, progress):
                    if fails:
                        raise LookupError
        screen.file.write("told")
        screen.file.flush()
        _, _, rest = screen.shown().rpartition("\x1b[2K")
        assert "told" == rest

    def test_the_speaker(self, screen: Any, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        """What goes to the same terminal stands above the bar as it is; what goes elsewhere goes there."""
        with redirect_stderr(screen.file), bar() as progress:
            speaker(progress, err=True)("[bold]above[/bold] " + "long " * 40)
            speaker(progress, err=True)(b"bytes")
            speaker(progress, err=False)("out")
        written = screen.shown()
        assert "[bold]above[/bold] " + ("long " * 40).rstrip() in written
        assert "bytes\n" in written
        assert "out" not in written
        assert b"out\n" == capfdbinary.readouterr().out
