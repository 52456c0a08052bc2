"""What an integration is tried with: a sink and real servers."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import hypercorn.asyncio
import hypercorn.config
import orjson
import pytest
import structlog
import uvicorn

from structlog_enrich import bound_logger, preset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jsonschema import Draft202012Validator

_TIMEOUT = 30.0


class Sink:
    """Keep the lines that are written, and let a test wait for the one it needs."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._written: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Take what a logger writes."""
        with self._changed:
            self._written.append(data)
            self._changed.notify_all()
        return len(data)

    def flush(self) -> None:
        """Do nothing: it is kept already."""

    def lines(self) -> list[dict[str, Any]]:
        """Return the lines written so far, decoded."""
        with self._changed:
            return [orjson.loads(line) for line in b"".join(self._written).splitlines()]

    def ends(self, count: int = 1) -> list[dict[str, Any]]:
        """Wait for *count* lines that end a server span, and return all such lines."""
        self.wait_for(lambda lines: len(_ends(lines)) >= count)
        return _ends(self.lines())

    def end(self) -> dict[str, Any]:
        """Wait for the line that ends the one request, and return it; several are an error."""
        (line,) = self.ends()
        return line

    def ended(self, kind: str = "client") -> list[dict[str, Any]]:
        """Return the lines written so far that end a span of *kind*."""
        return [line for line in self.lines() if line.get("span", {}).get("kind") == kind]

    def one(self) -> dict[str, Any]:
        """Return the one line so far that ends a client span; several or none is an error."""
        (line,) = self.ended()
        return line

    def messages(self) -> list[str]:
        """Return the messages of the lines written so far."""
        return [line["message"] for line in self.lines()]

    def wait_for(self, found: Callable[[list[dict[str, Any]]], bool]) -> None:
        """Wait until the lines are as *found* wants them."""
        with self._changed:
            done = self._changed.wait_for(lambda: found(self.lines()), _TIMEOUT)
        assert done, f"not in these lines: {self.lines()}"


def _ends(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ended = [line for line in lines if line.get("event_name") == "span.end"]
    return [line for line in ended if line["span"]["kind"] == "server"]


@pytest.fixture
def configured() -> Callable[..., None]:
    """Return a function that configures structlog to write into a sink: `configured(sink, ids="otel")`."""

    def configure(sink: Any, **options: Any) -> None:
        structlog.configure(
            processors=preset(service="tests", renderer="json", **options),
            wrapper_class=bound_logger(),
            logger_factory=structlog.BytesLoggerFactory(sink),
            cache_logger_on_first_use=False,
        )

    return configure


@pytest.fixture
def sink(configured: Callable[..., None]) -> Sink:
    """Configure structlog to write through our chain into a sink, and return that."""
    configured(sink := Sink())
    return sink


@pytest.fixture
def written(sink: Sink, validator: Draft202012Validator) -> Iterator[Sink]:
    """Return the sink; in the end each of its lines must be valid, and without a fault."""
    yield sink
    for line in sink.lines():
        validator.validate(line)
        assert "faults" not in line


@pytest.fixture(scope="session")
def serve() -> Callable[..., Any]:
    """Return a context manager that serves an application on a loopback port, and gives the address.

    `with serve(app) as address`, or `serve(app, by="hypercorn")`; other keywords are the server's settings. The socket
    listens before the server does, so a client needn't wait.
    """
    return _serve


@contextmanager
def _serve(app: Any, *, by: str = "uvicorn", **settings: Any) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
        port = listening.getsockname()[1]
        with {"uvicorn": _uvicorn, "hypercorn": _hypercorn}[by](app, listening, settings):
            yield f"127.0.0.1:{port}"


@contextmanager
def _uvicorn(app: Any, listening: socket.socket, settings: dict[str, Any]) -> Iterator[None]:
    given = {
        "log_config": None,
        "access_log": False,
        "ws": "websockets-sansio",
        # Whatever a client left open ends with the test.
        "timeout_graceful_shutdown": 5,
        **settings,
    }
    server = uvicorn.Server(uvicorn.Config(app, **given))
    with _thread(lambda: server.run(sockets=[listening])):
        try:
            yield
        finally:
            server.should_exit = True


@contextmanager
def _hypercorn(app: Any, listening: socket.socket, settings: dict[str, Any]) -> Iterator[None]:
    config = hypercorn.config.Config.from_mapping(settings)
    config.bind = [f"fd://{listening.dup().detach()}"]
    config.errorlog = None
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(hypercorn.asyncio.serve(app, config, shutdown_trigger=stop.wait))

    with _thread(run):
        try:
            yield
        finally:
            loop.call_soon_threadsafe(stop.set)


@contextmanager
def _thread(run: Callable[[], None]) -> Iterator[None]:
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join(_TIMEOUT)
        assert not thread.is_alive()
