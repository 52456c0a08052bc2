"""What an integration is tried with: a sink to wait on, an ASGI server played by hand, and real servers."""

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
    from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping

    Message = MutableMapping[str, Any]

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


class Exchange:
    """Play the server for one request or connection.

    Attributes:
        scope: The scope as the application left it.
        sent: The messages that the application sent.
        error: What the application raised, or None.
    """

    def __init__(self, scope: MutableMapping[str, Any], incoming: Iterable[Message]) -> None:
        self.scope = scope
        self.sent: list[Message] = []
        self.error: BaseException | None = None
        self._incoming = list(incoming)
        self._complete = asyncio.Event()

    @property
    def status(self) -> int:
        """The response's status."""
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The response's headers, the names in lower case."""
        return [(name.decode().lower(), value.decode()) for name, value in self.sent[0]["headers"]]

    async def receive(self) -> Message:
        """Give what comes in; when that is all, a disconnect once the response is complete."""
        if not self._incoming:
            await self._complete.wait()
            return {"type": "http.disconnect"}
        return self._incoming.pop(0)

    async def send(self, message: Message) -> None:
        """Take what goes out."""
        self.sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self._complete.set()

    async def run(self, app: Callable[..., Awaitable[None]]) -> Exchange:
        """Call *app*, and keep what it raises."""
        try:
            await app(self.scope, self.receive, self.send)
        except BaseException as error:
            self.error = error
        return self


@pytest.fixture
def sink() -> Sink:
    """Configure structlog to write through our chain into a sink, and return that."""
    sink = Sink()
    structlog.configure(
        processors=preset(service="tests", renderer="json"),
        wrapper_class=bound_logger(),
        logger_factory=structlog.BytesLoggerFactory(sink),  # type: ignore[arg-type]
        cache_logger_on_first_use=False,
    )
    return sink


@pytest.fixture
def drive() -> Callable[..., Exchange]:
    """Return a function that plays the server: `drive(app, "POST", "/orders/7", headers=…, incoming=…, **scope)`."""

    def run(app: Callable[..., Awaitable[None]], method: str = "GET", path: str = "/", **given: Any) -> Exchange:
        return asyncio.run(Exchange(*_played(method, path, **given)).run(app))

    return run


@pytest.fixture
def drive_async() -> Callable[..., Awaitable[Exchange]]:
    """Return `drive` as a coroutine, for a test with an event loop of its own."""

    async def run(app: Callable[..., Awaitable[None]], method: str = "GET", path: str = "/", **given: Any) -> Exchange:
        return await Exchange(*_played(method, path, **given)).run(app)

    return run


def _played(
    method: str, path: str, *, headers: Iterable[tuple[bytes, bytes]] = (), incoming: Any = None, **scope: Any
) -> tuple[dict[str, Any], list[Message]]:
    played = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": list(headers),
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 80),
    }
    everything = [{"type": "http.request", "body": b"", "more_body": False}]
    return {**played, **scope}, everything if incoming is None else incoming


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
