"""The command `structlog-enrich`."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from structlog_enrich import __version__

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., subprocess.CompletedProcess[str]]

_MAIN = "from structlog_enrich.cli import main\nmain()\n"


@pytest.fixture(autouse=True)
def _unmeasured_children() -> None:
    """Let coverage follow them here: most of what is tested happens in a process of its own alone."""


class TestMain:
    """Its face."""

    @pytest.mark.parametrize("package", ["click", "rich"])
    def test_without_the_extra(self, package: str, run_python: Run) -> None:
        """Without its packages it says in one sentence what to install, and exits with 2."""
        done = run_python(f"import sys\nsys.modules[{package!r}] = None\n{_MAIN}", "env", check=False)

        assert (2, "") == (done.returncode, done.stdout)
        assert f"structlog-enrich needs {package}: pip install 'structlog-enrich[cli]'\n" == done.stderr

    def test_a_broken_package(self, run_python: Run) -> None:
        """A package that is there and fails isn't hidden behind the hint."""
        program = f"""
import sys
class Broken:
    def find_spec(self, name, path=None, target=None):
        if name == "rich":
            raise ModuleNotFoundError("gone", name="something_else")
sys.meta_path.insert(0, Broken())
sys.modules.pop("rich", None)
import structlog_enrich.cli
sys.modules.pop("rich", None)
{_MAIN}"""
        done = run_python(program, check=False)

        assert 1 == done.returncode
        assert "ModuleNotFoundError: gone" in done.stderr

    @pytest.mark.parametrize(("argument", "shown"), [("--version", __version__), ("--help", "Show who")])
    def test_help(self, argument: str, shown: str, run_python: Run) -> None:
        """It says what it is."""
        assert shown in run_python(_MAIN, argument).stdout

    def test_unknown(self, run_python: Run) -> None:
        """What it doesn't understand is an error with code 2."""
        done = run_python(_MAIN, "enf", check=False)

        assert (2, "") == (done.returncode, done.stdout)
        assert "Usage: structlog-enrich " in done.stderr

    def test_as_module(self) -> None:
        """`python -m structlog_enrich.cli` is the same."""
        done = subprocess.run(
            [sys.executable, "-m", "structlog_enrich.cli", "--version"],
            capture_output=True,
            encoding="utf-8",
            check=True,
        )

        assert f"structlog-enrich, version {__version__}\n" == done.stdout

    def test_a_reader_that_leaves(self, run_python: Run) -> None:
        """A pipe that is closed, as by `head`, is no traceback."""
        program = "import os, sys\nread, write = os.pipe()\nos.close(read)\nos.dup2(write, 1)\n" + _MAIN
        done = run_python(program, "env", check=False)

        assert (1, "") == (done.returncode, done.stderr)

    @pytest.mark.parametrize("argument", ["env", "--json", "--help", "--version"])
    @pytest.mark.parametrize(
        ("redirect", "reason"),
        [
            (">&-", "there is no standard output"),
            (">/dev/full", "No space left on device"),
            ("1</dev/null", "Bad file descriptor"),
        ],
    )
    def test_no_output(self, redirect: str, reason: str, argument: str, tmp_path: Path) -> None:
        """What can't be written is an error in one sentence, with code 1."""
        arguments = ["env", argument] if argument == "--json" else [argument]
        done = subprocess.run(
            ["/bin/sh", "-c", f'exec "$0" "$@" {redirect}', sys.executable, "-X", "dev", "-c", _MAIN, *arguments],
            cwd=tmp_path,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            check=False,
        )

        assert (1, f"structlog-enrich can't write: {reason}\n") == (done.returncode, done.stderr)

    def test_no_output_at_all(self) -> None:
        """Without a place to complain it still ends with code 1."""
        command = ["/bin/sh", "-c", 'exec "$0" "$@" >&- 2>&-', sys.executable, "-c", _MAIN, "env"]

        assert 1 == subprocess.run(command, check=False).returncode

    def test_nothing_is_imported_for_it(self, run_python: Run) -> None:
        """Its packages are imported when it runs, not with the library."""
        program = "import sys, structlog_enrich.cli, structlog_enrich.cli.env\nprint('click' in sys.modules)"

        assert "False\n" == run_python(program).stdout
