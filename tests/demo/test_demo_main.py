"""The demo as a command: what it prints, how long it takes, and that it fails loudly and leaves nothing behind."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from structlog_enrich.demo import __main__ as command
from structlog_enrich.demo import performance
from structlog_enrich.demo.visit import Visit

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog_enrich.demo.performance import Run

needs_signals = pytest.mark.skipif(os.name != "posix", reason="this system has no POSIX signals")

_PROGRAM = "import runpy; runpy.run_module('structlog_enrich.demo', run_name='__main__')"
_SECTIONS = [
    "Two services",
    "A dozen of the lines",
    "One trace through both services",
    "All lines",
    "What these lines prove",
]


def _environment() -> dict[str, str]:
    # Nor is it measured: the run that all these tests share is.
    left_out = ("COLUMNS", "COVERAGE_")
    return {name: value for name, value in os.environ.items() if not name.startswith(left_out)} | {
        "PYTHONIOENCODING": "utf-8"
    }


@pytest.fixture(scope="module")
def printed(run_python: Callable[..., subprocess.CompletedProcess[str]]) -> str:
    """Return what the demo prints; it is run once."""
    # Of the processor, its services' included, since others may have it.
    began = _spent_by_children()
    printed = run_python(_PROGRAM, env=_environment()).stdout

    assert 30 > _spent_by_children() - began
    return printed


def _spent_by_children() -> float:
    spent = os.times()
    return spent.children_user + spent.children_system


@pytest.fixture
def _already_performed(performed: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command show the run that there is already, where only how it is shown matters."""

    async def perform() -> Run:
        return performed

    monkeypatch.setattr(performance, "perform", perform)


class TestOutput:
    """Lines, a tree, counts and proofs, within half a minute."""

    def test_sections(self, printed: str) -> None:
        """Each section is there, in its order."""
        assert _SECTIONS == re.findall(r"^── (.*?) ─+$", printed, re.MULTILINE)

    def test_lines(self, printed: str) -> None:
        """A dozen lines are shown as they were written."""
        lines = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]

        assert 12 == len(lines)
        assert {"gateway", "inventory"} == {line["service"] for line in lines}

    def test_proofs(self, printed: str) -> None:
        """All seven promises hold, and the last words say so."""
        assert 7 == sum(line.startswith("✓ ") for line in printed.splitlines())
        assert "✗" not in printed
        assert "All proofs hold. Read on in docs/index.md" in printed

    def test_added_names(self, printed: str) -> None:
        """The names that the shop masks besides the default ones are told."""
        assert "the shop added to it: card_number, note." in printed

    def test_width(self, printed: str) -> None:
        """Where there is no terminal all but the lines themselves fits 100 columns, and nothing trails."""
        rest = [line for line in printed.splitlines() if not line.startswith("{")]

        assert 100 == max(map(len, rest))
        assert [] == [line for line in rest if line != line.rstrip()]

    @pytest.mark.usefixtures("_already_performed")
    @pytest.mark.parametrize("columns", [60, 80])
    def test_narrow(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: int) -> None:
        """A narrower terminal is filled to its edge and no further, and the dozen lines stay whole."""
        monkeypatch.setenv("COLUMNS", str(columns))

        assert 0 == performance.main()
        shown = capsys.readouterr().out.splitlines()
        assert columns == max(len(line) for line in shown if not line.startswith("{"))
        assert 12 == len([json.loads(line) for line in shown if line.startswith("{")])

    def test_request_id(self, printed: str) -> None:
        """It is said who hands the request's id on, which the trace doesn't need."""
        assert "request_id is handed on by structlog_enrich/demo/gateway.py" in " ".join(printed.split())

    @needs_signals
    def test_no_child_left(self, printed: str) -> None:
        """Both services have ended with it."""
        processes = [int(found) for found in re.findall(r"process (\d+) ", printed)]

        assert 2 == len(processes)
        for each in processes:
            with pytest.raises(ProcessLookupError):
                os.kill(each, 0)

    @pytest.mark.usefixtures("_already_performed")
    def test_plain(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        """A terminal that isn't UTF-8 gets signs that it knows, and nothing goes to standard error."""
        terminal = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(terminal, "ascii"))

        assert 0 == performance.main()
        shown = terminal.getvalue().decode("ascii")
        assert "+ All 2,066 lines are valid" in shown
        assert "`- POST (attempt 2)" in shown
        assert "" == capsys.readouterr().err


@needs_signals
class TestReaderGone:
    """Whoever reads may leave before the end, as `head` does."""

    @pytest.mark.parametrize(
        ("promise", "code", "errors"),
        [("", 0, ""), ("nothing", 1, "\nThe demo FAILED: a promise of the library doesn't hold.\n")],
        ids=["holds", "broken"],
    )
    def test_quiet(self, promise: str, code: int, errors: str) -> None:
        """It ends without a word on that, its services too, and its code says whether the promises hold."""
        program = f"""
import sys
from structlog_enrich.demo import performance
from structlog_enrich.demo.visit import Visit
if {promise!r}:
    performance.visits = lambda: [Visit("look", 200, path="/products/tea-assam", secrets=("tea-assam",))]
sys.exit(performance.main())
"""
        with subprocess.Popen(
            [sys.executable, "-c", program],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env=_environment(),
            start_new_session=True,
        ) as demo:
            assert demo.stdout is not None
            assert demo.stderr is not None
            demo.stdout.readline()
            demo.stdout.close()
            said = demo.stderr.read()

        assert (errors, code) == (said, demo.returncode)
        with pytest.raises(ProcessLookupError):
            os.killpg(demo.pid, 0)


class TestArguments:
    """It takes none."""

    @pytest.mark.parametrize("option", ["-h", "--help"])
    def test_help(self, capsys: pytest.CaptureFixture[str], option: str) -> None:
        """Asked for help it says what it does, and does nothing."""
        with pytest.raises(SystemExit) as caught:
            command.main([option])

        captured = capsys.readouterr()
        assert (0, "") == (caught.value.code, captured.err)
        assert captured.out.startswith("usage: python -m structlog_enrich.demo [-h]\n")
        assert "Starting" not in captured.out

    @pytest.mark.parametrize("argument", ["--he", "--quick", "now"])
    def test_others(self, capsys: pytest.CaptureFixture[str], argument: str) -> None:
        """Any other is refused with the code of a command used in a wrong way."""
        with pytest.raises(SystemExit) as caught:
            command.main([argument])

        captured = capsys.readouterr()
        assert (2, "") == (caught.value.code, captured.out)
        assert f"unrecognized arguments: {argument}\n" in captured.err


class TestFailure:
    """It says what is wrong, and tells by its exit code."""

    def test_promise_broken(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        """When a promise doesn't hold the exit code is 1 and the last words say so."""
        visit = Visit("look", 200, path="/products/tea-assam", secrets=("tea-assam",))
        monkeypatch.setattr(performance, "visits", lambda: [visit])

        assert 1 == performance.main()
        captured = capsys.readouterr()
        assert "✗ NOT TRUE: Of 1 passwords" in captured.out
        assert "All proofs hold" not in captured.out
        assert "The demo FAILED: a promise of the library doesn't hold." in captured.err

    @pytest.mark.parametrize("service", ["GATEWAY", "INVENTORY"])
    def test_service_fails(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], service: str
    ) -> None:
        """When a service doesn't come up the exit code is 1, with what the service wrote to standard error."""
        monkeypatch.setattr(performance, service, "structlog_enrich.demo.nowhere")

        assert 1 == performance.main()
        captured = capsys.readouterr()
        assert captured.err.startswith("The demo FAILED: structlog_enrich.demo.nowhere ended with code 1")
        assert "No module named structlog_enrich.demo.nowhere" in captured.err

    def test_missing_extra(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        """Without what it needs it says how to install it."""
        monkeypatch.setattr(command, "_NEEDED", ("json", "no_such_package"))

        assert 2 == command.main([])
        assert "the demo needs no_such_package: pip install 'structlog-enrich[demo]'\n" == capsys.readouterr().err

    @needs_signals
    def test_interrupted(self) -> None:
        """Ctrl-C ends it and both services, with a word and no traceback."""
        # A shell starts what runs in the background with the signal ignored, and Python keeps it so.
        listening = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
        command_line = [sys.executable, "-c", f"{listening}; {_PROGRAM}"]
        with subprocess.Popen(
            command_line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", start_new_session=True
        ) as demo:
            assert demo.stdout is not None
            demo.stdout.readline()
            os.killpg(demo.pid, signal.SIGINT)
            _, errors = demo.communicate(timeout=60)

        assert 130 == demo.returncode
        assert "\nThe demo was interrupted; its services have ended.\n" == errors
        with pytest.raises(ProcessLookupError):
            os.killpg(demo.pid, 0)
