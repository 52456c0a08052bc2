"""Whose handlers write to the console, by whatever object."""

from __future__ import annotations

import io
import logging
import logging.handlers
import os
import queue
import sys
from typing import TYPE_CHECKING, Any

import pytest
import rich.console
import rich.logging
from gunicorn.config import Config
from gunicorn.http.wsgi import WSGIErrorsWrapper
from werkzeug.local import LocalProxy

from structlog_enrich.setup.consoles import is_console

if TYPE_CHECKING:
    from pathlib import Path


class AnsiToWin32:
    """What colorama wraps a stream in: it has the stream and no descriptor."""

    def __init__(self, wrapped: Any) -> None:
        self.wrapped = wrapped


class LambdaLoggerHandler(logging.Handler):
    """What the runtime of AWS Lambda writes with: a sink of its own."""


class Lying:
    """A stream that fails to say anything about itself."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


CONSOLES = {
    "standard error": lambda: logging.StreamHandler(),
    "standard output": lambda: logging.StreamHandler(sys.stdout),
    "the real standard output": lambda: logging.StreamHandler(sys.__stdout__),
    "the last resort": lambda: logging.lastResort,
    "its descriptor": lambda: logging.StreamHandler(os.fdopen(2, "w", closefd=False)),
    "rich": lambda: rich.logging.RichHandler(),
    "rich, on standard error": lambda: rich.logging.RichHandler(console=rich.console.Console(stderr=True)),
    "colorama": lambda: logging.StreamHandler(AnsiToWin32(sys.stderr)),
    "werkzeug's proxy": lambda: logging.StreamHandler(LocalProxy(lambda: sys.stderr)),
    "gunicorn's wsgi.errors": lambda: logging.StreamHandler(WSGIErrorsWrapper(Config())),
    "AWS Lambda": lambda: LambdaLoggerHandler(),
}

OTHERS = {
    "memory": lambda _folder: logging.StreamHandler(io.StringIO()),
    "file": lambda folder: logging.FileHandler(folder / "log"),
    "file of its own": lambda folder: logging.StreamHandler((folder / "log").open("w")),
    "rich, in memory": lambda _folder: rich.logging.RichHandler(console=rich.console.Console(file=io.StringIO())),
    "queue": lambda _folder: logging.handlers.QueueHandler(queue.Queue()),
    "nothing": lambda _folder: logging.NullHandler(),
    "a stream that fails": lambda _folder: logging.StreamHandler(Lying()),
    "a stream of itself": lambda _folder: logging.StreamHandler(AnsiToWin32(AnsiToWin32(AnsiToWin32(AnsiToWin32(0))))),
}


class TestIsConsole:
    """One question."""

    @pytest.mark.parametrize("kind", CONSOLES)
    def test_consoles(self, kind: str) -> None:
        """What a person at the terminal, or a collector of standard output, would see."""
        assert is_console(CONSOLES[kind]())

    @pytest.mark.parametrize("kind", OTHERS)
    def test_others(self, kind: str, tmp_path: Path) -> None:
        """Everything else has its records as ever."""
        handler = OTHERS[kind](tmp_path)

        assert not is_console(handler)
        if isinstance(stream := getattr(handler, "stream", None), io.TextIOWrapper):
            stream.close()
