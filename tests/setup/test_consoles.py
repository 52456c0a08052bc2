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

    __module__ = "colorama.ansitowin32"

    def __init__(self, wrapped: Any) -> None:
        self.wrapped = wrapped


class Tee:
    """A stream that writes to the console and elsewhere."""

    def __init__(self, *streams: Any) -> None:
        self.streams = list(streams)


class Counting(logging.StreamHandler):  # type: ignore[type-arg]
    """A handler that does more than write."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write, and count."""


class LambdaLoggerHandler(logging.Handler):
    """What the runtime of AWS Lambda writes with: a sink of its own."""


class Lying:
    """A stream that fails to say anything about itself."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


class Unbound:
    """A proxy whose object isn't there."""

    @property
    def __class__(self) -> Any:
        raise RuntimeError

    @__class__.setter
    def __class__(self, kind: type) -> None:
        raise RuntimeError


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
    "Flask's proxy under gunicorn": lambda: logging.StreamHandler(LocalProxy(lambda: WSGIErrorsWrapper(Config()))),
    "AWS Lambda": lambda: LambdaLoggerHandler(),
}

OTHERS = {
    "memory": lambda _folder: logging.StreamHandler(io.StringIO()),
    "file": lambda folder: logging.FileHandler(folder / "log"),
    "file of its own": lambda folder: logging.StreamHandler((folder / "log").open("w")),
    "rich, in memory": lambda _folder: rich.logging.RichHandler(console=rich.console.Console(file=io.StringIO())),
    "queue": lambda _folder: logging.handlers.QueueHandler(queue.Queue()),
    "nothing": lambda _folder: logging.NullHandler(),
    "a proxy that stands for nothing": lambda _folder: logging.StreamHandler(Unbound()),
    "a stream that fails": lambda _folder: logging.StreamHandler(Lying()),
    "colorama, in memory": lambda _folder: logging.StreamHandler(AnsiToWin32(io.StringIO())),
    "the console and a file": lambda _folder: logging.StreamHandler(Tee(sys.stderr, io.StringIO())),
    "an emit of its own": lambda _folder: Counting(),
    "no stream": lambda _folder: logging.StreamHandler(0),
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
        if str(tmp_path) in str(getattr(handler, "stream", None)):
            handler.stream.close()  # type: ignore[attr-defined]
