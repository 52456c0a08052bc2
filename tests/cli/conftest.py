"""The command within this process: to start an interpreter takes longer than most of what is asked of it."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from structlog_enrich.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Done(NamedTuple):
    """What a command that has ended leaves."""

    code: int | str | None
    out: str
    err: str


@pytest.fixture(autouse=True)
def _unmeasured_children(unmeasured: None) -> None:
    """Let coverage measure the command in this process alone."""


@pytest.fixture
def invoke(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Done]]:
    """Return a function that runs `structlog-enrich` among the test's files: `invoke("view", "-", given=b"…")`.

    Its standard output is *out* where that is given, a file that is open for writing.
    """
    monkeypatch.chdir(tmp_path)
    standard_input = os.dup(0)

    def start(*arguments: str | Path, given: bytes = b"", out: Any = None) -> Done:
        (tmp_path / ".given").write_bytes(given)
        monkeypatch.setattr(sys, "argv", ["structlog-enrich", *map(str, arguments)])
        with (tmp_path / ".given").open(encoding="utf-8") as file, redirect_stdout(out or sys.stdout):
            os.dup2(file.fileno(), 0)
            monkeypatch.setattr(sys, "stdin", file)
            with pytest.raises(SystemExit) as caught:
                main()
        return Done(caught.value.code, *capfd.readouterr())

    yield start
    os.dup2(standard_input, 0)
    os.close(standard_input)
