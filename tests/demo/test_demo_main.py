"""The demo as a command: what it prints, and that it fails loudly."""

from __future__ import annotations

import io
import json
import os
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

import pytest
import structlog

from structlog_enrich.demo import __main__ as command
from structlog_enrich.demo.report import summary, verdicts

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

_PROGRAM = "import runpy; runpy.run_module('structlog_enrich.demo', run_name='__main__')"


@pytest.fixture(scope="module")
def printed(run_python: Callable[..., subprocess.CompletedProcess[str]]) -> str:
    """Return what the demo prints; it is run once, in a process of its own, whose lines count from 0."""
    return run_python(_PROGRAM, env={**os.environ, "PYTHONIOENCODING": "utf-8"}).stdout


class TestMain:
    """It shows a dozen lines, a summary and four proofs, and tells by its exit code whether they hold."""

    def test_lines(self, printed: str) -> None:
        """A dozen lines are shown as they were written, with each message among them."""
        lines = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]

        assert 12 == len(lines)
        assert 10 == len({line["message"] for line in lines})
        assert any("faults" in line for line in lines)
        assert sorted(line["seq"] for line in lines) == [line["seq"] for line in lines]

    def test_proofs(self, printed: str) -> None:
        """All four promises hold."""
        assert 4 == sum(line.startswith("✓ ") for line in printed.splitlines())
        assert "✗" not in printed

    def test_captions(self, printed: str) -> None:
        """What is odd is explained: the deliberate fault, the added names, the orders that nobody can name."""
        shown = printed.splitlines()
        faulty = next(number for number, line in enumerate(shown) if '"faults":' in line)

        assert "deliberate" in shown[faulty - 1]
        assert "the shop added to it: card_number, note." in printed
        assert "7 of the 300 orders are\nno JSON, so nobody can name them" in printed
        assert "none of 293 orders is named on another's line" in printed

    def test_end(self, printed: str) -> None:
        """The last words say that all is well, and where to read on."""
        assert "All proofs hold. Read on in docs/index.md" in printed

    def test_width(self, printed: str) -> None:
        """All but the lines themselves fits a terminal of 100 columns."""
        assert all(len(line) <= 100 for line in printed.splitlines() if not line.startswith("{"))

    def test_command(self, run_python: Callable[..., subprocess.CompletedProcess[str]]) -> None:
        """As a command it ends with 0, prints to standard output only, and needs no UTF-8."""
        done = run_python(_PROGRAM, env={**os.environ, "PYTHONIOENCODING": "ascii"})

        assert "\\u2713 all " in done.stdout
        assert "" == done.stderr

    def test_fails_loudly(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        """When a promise doesn't hold the exit code is 1 and the last words say so."""
        monkeypatch.setattr(command, "order_lines", lambda: ['{"order_id": "o-000001"}'])

        assert 1 == command.main()
        captured = capsys.readouterr()
        assert "✗ NOT TRUE: of 0 card numbers and passwords" in captured.out
        assert "All proofs hold" not in captured.out
        assert "FAILED" in captured.err

    def test_context_ends(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What the shop binds ends with it; anything that can be written to will do for an output."""
        monkeypatch.setattr(command, "order_lines", lambda: ['{"password": "amber-otter-1234"}'])
        with redirect_stdout(io.StringIO()):
            command.main()

        assert {} == structlog.contextvars.get_contextvars()


class TestReport:
    """The tables stand straight and say when there is nothing."""

    def test_summary(self) -> None:
        """Lines are counted by level, mildest first, the most frequent before the others."""
        made = [("error", "b"), ("info", "a"), ("info", "long message"), ("info", "long message")]
        written = [json.dumps({"level": level, "message": message}).encode() for level, message in made]

        expected = """\
level  message       lines
info   long message      2
info   a                 1
error  b                 1
                         4

masked: none
faults: none"""
        assert expected == summary(written)

    def test_no_verdicts(self) -> None:
        """Nothing to say is said with nothing."""
        assert "" == verdicts([])
