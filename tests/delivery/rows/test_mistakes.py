"""Mistakes that writers are known for, made on purpose: row R52, whose other half is `make mutants`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import structlog_enrich

_TESTS = Path(__file__).parents[2]
_PATIENCE = 120


class Mistake(NamedTuple):
    """A change of one module, and who must notice it.

    Attributes:
        module: The module, below `delivery`.
        right: What stands there, once.
        wrong: What takes its place.
        noticed_by: A file of tests, below `tests/delivery`, one of which must fail.
    """

    module: str
    right: str
    wrong: str
    noticed_by: str


MISTAKES = {
    "a short write is taken for a whole one": Mistake(
        "sinks/descriptor.py",
        "        return count\n\n    def sync",
        "        return len(few)\n\n    def sync",
        "sinks/test_descriptor.py",
    ),
    "a counter that several threads add to": Mistake(
        "queue.py",
        "        self.refused.add(reason, level, line)\n",
        "        self.taken += 1\n        self._counts(reason)[level] += 1\n",
        "test_queue.py",
    ),
    "a line is handed over in two steps": Mistake(
        "loggers.py",
        "            extend((line, level))\n",
        "            intake.append(line)\n            intake.append(level)\n",
        "test_loggers.py",
    ),
    "a lock in the way of the caller": Mistake(
        "loggers.py",
        "            extend((line, level))\n",
        "            with LOCK:\n                extend((line, level))\n",
        "test_loggers.py",
    ),
    "a deadline by the wall clock": Mistake(
        "options.py",
        "from time import monotonic_ns\n",
        "from time import time_ns as monotonic_ns\n",
        "test_options.py",
    ),
    "a line is dropped and not counted": Mistake(
        "queue.py",
        "        self._note(line, level, reason)\n        counts[level] += 1\n",
        "        self._note(line, level, reason)\n",
        "test_queue.py",
    ),
    "what failed is taken for written": Mistake(
        "pump.py",
        "            return self.put_off(error)\n        finally",
        "            count = len(lines)\n        finally",
        "test_pump.py",
    ),
    "a child goes on with its parent's lines": Mistake(
        "queue.py",
        "        for each in (self.intake, self.refused, self.gaps):\n            each.clear()\n",
        "",
        "test_queue.py",
    ),
    "the newest is written first": Mistake(
        "lines.py", "        to.lines[behind:] = lines\n", "        to.lines[behind:] = lines[::-1]\n", "test_lines.py"
    ),
    "the budget isn't kept": Mistake(
        "queue.py", " <= free_bytes - self.depth_bytes and", " <= free_bytes and", "test_queue.py"
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_r52_known_mistake(name: str, tmp_path: Path) -> None:
    """Whoever makes it has a test that fails."""
    mistake = MISTAKES[name]
    copied(tmp_path)
    module = tmp_path / "structlog_enrich" / "delivery" / mistake.module
    text = module.read_text("utf-8")
    assert 1 == text.count(mistake.right)
    module.write_text(text.replace(mistake.right, mistake.wrong), "utf-8")
    done = judged(tmp_path, mistake.noticed_by)
    assert 1 == done.returncode, done.stdout + done.stderr


def test_r52_no_mistake(tmp_path: Path) -> None:
    """It is the mistake that they fail for: without one they pass there, too."""
    copied(tmp_path)
    done = judged(tmp_path, *sorted({mistake.noticed_by for mistake in MISTAKES.values()}))
    assert 0 == done.returncode, done.stdout + done.stderr


def copied(folder: Path) -> None:
    """Put the package and its tests into *folder*."""
    package = Path(structlog_enrich.__file__).parent
    shutil.copytree(package, folder / "structlog_enrich", ignore=shutil.ignore_patterns("__pycache__"))
    for each in ("tests", "pyproject.toml"):
        (folder / each).symlink_to(_TESTS.parent / each)


def judged(folder: Path, *names: str) -> subprocess.CompletedProcess[str]:
    """Run the tests of these names there, until one fails."""
    # In CI's own way, some of them wouldn't be run.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    files = [f"tests/delivery/{name}" for name in names]
    # A counterexample is enough; nobody reads the simplest.
    command = [sys.executable, "-m", "pytest", "-qx", "-p", "no:cacheprovider", "--hypothesis-profile=brief", *files]
    given: Any = {"cwd": folder, "env": environment, "capture_output": True, "encoding": "utf-8"}
    return subprocess.run(command, check=False, timeout=_PATIENCE, **given)
