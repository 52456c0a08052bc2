"""A process of its own for what is set up process-wide, and a sink for what can be undone."""

from __future__ import annotations

import io
import json
import textwrap
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich.setup import configure

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from jsonschema import Draft202012Validator


@pytest.fixture
def lines_of(
    run_python: Callable[..., subprocess.CompletedProcess[str]], validator: Draft202012Validator
) -> Callable[..., list[dict[str, Any]]]:
    """Return a function that runs a program in a process of its own, and returns its valid lines."""

    def run(program: str, *arguments: str, **options: Any) -> list[dict[str, Any]]:
        ran = run_python(textwrap.dedent(program), *arguments, **options)
        lines = [json.loads(line) for line in ran.stdout.splitlines()]
        for line in lines:
            validator.validate(line)
        return lines

    return run


class Setup:
    """Configure into memory, and read what was written."""

    def __init__(self) -> None:
        self._sink = io.BytesIO()
        self._configured: list[Any] = []

    def __call__(self, **given: Any) -> Any:
        """Call `configure()` with this sink; what was configured is undone at the end of the test."""
        options = {"service": "tests", "renderer": "json", "framed": False, "sink": self._sink, **given}
        self._configured.append(configure(**options))
        return self._configured[-1]

    def lines(self) -> list[dict[str, Any]]:
        """Return the lines so far."""
        return [json.loads(line) for line in self._sink.getvalue().splitlines()]

    def undo(self) -> None:
        """Undo everything."""
        while self._configured:
            self._configured.pop().undo()


@pytest.fixture
def setup() -> Iterator[Setup]:
    """Return a `Setup`."""
    made = Setup()
    yield made
    made.undo()
