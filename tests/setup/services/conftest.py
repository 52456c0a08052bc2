"""Start a real server or worker, let it work, stop it, and hold what it wrote against what its loggers made."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

import structlog_enrich

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jsonschema import Draft202012Validator

_APPS: Final = Path(__file__).with_name("apps")
_PATIENCE: Final = 60.0


class Service:
    """Run a program in a process of its own.

    Args:
        command: What follows the interpreter.
        when: Whether `configure()` is called `before` the program configures `logging`, or `after`.
        folder: Where it may write.
    """

    def __init__(self, command: list[str], when: str, folder: Path) -> None:
        self._witness = folder / "witness"
        self._files = [folder / name for name in ("stdout", "stderr")]
        environment = {
            **{name: value for name, value in os.environ.items() if name not in {"DJANGO_SETTINGS_MODULE", "RUN_MAIN"}},
            # The very package that the tests import, installed or not.
            "PYTHONPATH": os.pathsep.join([str(_APPS), str(Path(structlog_enrich.__file__).parents[1])]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "WITNESS": str(self._witness),
            "WHEN": when,
        }
        stdout, stderr = (file.open("wb") for file in self._files)
        with stdout, stderr:
            self._process = subprocess.Popen(
                [sys.executable, *command], cwd=folder, env=environment, stdout=stdout, stderr=stderr
            )

    def ask(self, port: int, *paths: str) -> list[int]:
        """Send a request for each path, once the port is open, and return the statuses."""
        self._until(lambda: _is_open(port))
        statuses = []
        for path in paths:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
            connection.request("GET", path)
            statuses.append(connection.getresponse().status)
            connection.close()
        return statuses

    def await_lines(self, logger: str, count: int) -> None:
        """Wait until *logger* has written as many lines: a server may speak of a request when it has answered it."""
        self._until(lambda: self._files[0].read_bytes().count(f'"logger":"{logger}"'.encode()) >= count)

    def stop(self, sign: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end, and wait until it has."""
        self._process.send_signal(sign)
        self.wait()

    def wait(self) -> None:
        """Wait until it ends by itself."""
        self._process.wait(_PATIENCE)

    def kill(self) -> None:
        """End it, whatever happened."""
        self._process.kill()
        self._process.wait(_PATIENCE)

    def lines(self, validator: Draft202012Validator) -> list[dict[str, Any]]:
        """Return the lines on standard output, each of them valid."""
        lines = [json.loads(text) for text in self._texts(0) if text.startswith("{")]
        for line in lines:
            validator.validate(line)
        return lines

    def other_text(self) -> str:
        """Return what else there is on standard output and on standard error."""
        return "\n".join([*(text for text in self._texts(0) if not text.startswith("{")), *self._texts(1)])

    def records(self) -> Counter[tuple[str, str]]:
        """Return the logger and the message of each record that its loggers made, from `info` up."""
        noted = [json.loads(text) for text in self._witness.read_text("utf-8").splitlines()]
        return Counter((name, message) for name, level, message in noted if level >= 20)

    def _texts(self, number: int) -> list[str]:
        return self._files[number].read_text("utf-8").splitlines()

    def _until(self, is_so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not is_so():
            assert self._process.poll() is None, self.other_text()
            assert time.monotonic() < deadline, self.other_text()
            # Someone else's process can only be asked again.
            threading.Event().wait(0.02)


def _is_open(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def start(tmp_path: Path, interruptible: None) -> Iterator[Callable[..., Service]]:
    """Return a function that starts a `Service`; what still runs at the end of the test is killed."""
    started = []

    def begin(*command: str, when: str) -> Service:
        started.append(Service(list(command), when, tmp_path))
        return started[-1]

    yield begin
    for each in started:
        each.kill()


@pytest.fixture
def port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    return number


@pytest.fixture
def assert_each_once(validator: Draft202012Validator) -> Callable[[Service], list[dict[str, Any]]]:
    """Return a function that asserts that each record became one valid line and nothing else, and returns all lines."""

    def check(service: Service) -> list[dict[str, Any]]:
        lines = service.lines(validator)
        records = service.records()
        # The application's own lines have no record, and neither have the library's.
        written = Counter((line["logger"], line["message"]) for line in lines if line.get("logger") not in OURS)
        assert records == written
        repeated = [message for _logger, message in records if message.strip() and message in service.other_text()]
        assert [] == repeated
        return lines

    return check


OURS: Final = (None, "shop", "structlog_enrich", "py.warnings")
"""The loggers of lines that come by structlog."""
