"""What the rows of the fault catalogue stand on: programs of their own, started and ended."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.delivery.rows.programs import Program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.delivery.rows.programs import Result


@pytest.fixture(autouse=True)
def _unmeasured_children(unmeasured: None) -> None:
    """Let coverage be in none of them: it needs time, memory and locks of its own."""


@pytest.fixture
def begin(tmp_path: Path, interruptible: None) -> Iterator[Callable[..., Program]]:
    """Return a function that starts a `Program`; what still runs at the end of the test is killed."""
    begun: list[Program] = []

    def start(text: str, *arguments: object, **options: Any) -> Program:
        begun.append(Program(tmp_path / "log", text, *arguments, **options))
        return begun[-1]

    yield start
    for each in begun:
        each.kill()


@pytest.fixture
def play(begin: Callable[..., Program]) -> Callable[..., Result]:
    """Return a function that runs a program to its end, which must be as *code* says, and returns what it left."""

    def run(text: str, *arguments: object, code: int = 0, **options: Any) -> Result:
        result = begin(text, *arguments, **options).wait()
        assert code == result.code, f"{result.code}\n{result.stdout}\n{result.stderr}"
        return result

    return run


@pytest.fixture
def run_file(tmp_path: Path) -> Callable[..., Result]:
    """Return a function that runs a program from a file, as `multiprocessing` needs it, and returns what it left."""

    def run(text: str, *arguments: object) -> Result:
        (tmp_path / "program.py").write_text(text)
        program = Program(tmp_path / "log", text, *arguments, file=tmp_path / "program.py")
        try:
            result = program.wait()
        finally:
            program.kill()
        assert result.code == 0, f"{result.stdout}\n{result.stderr}"
        return result

    return run


@pytest.fixture(scope="session")
def preloaded(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Return a function that makes a library for `LD_PRELOAD` of one of the sources here, by the system's compiler."""
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("there is no C compiler for Linux here")

    def make(name: str) -> str:
        made = tmp_path_factory.mktemp(name) / f"{name}.so"
        source = Path(__file__).with_name(f"{name}.c")
        subprocess.run([compiler, "-shared", "-fPIC", "-o", made, source, "-ldl"], check=True)
        return str(made)

    return make
