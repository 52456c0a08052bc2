"""What an integration is tried with: a sink, an ASGI server played by hand, real servers, and clients of httpx."""

from __future__ import annotations

import asyncio
import gzip
import queue
import socket
import threading
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import httpx
import hypercorn.asyncio
import hypercorn.config
import orjson
import pytest
import structlog
import uvicorn

from structlog_enrich import bound_logger, extract, preset
from structlog_enrich.integrations.httpx import AsyncTraceTransport, TraceTransport

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
    from contextlib import AbstractContextManager

    from jsonschema import Draft202012Validator

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


class Answers(BaseHTTPRequestHandler):
    """Answer as the path says, over connections that stay open."""

    protocol_version = "HTTP/1.1"
    server: Server

    def handle_any(self) -> None:
        """Answer one request."""
        self.server.seen.append(
            {"path": self.path, "headers": self.headers, "method": self.command, "from": self.client_address}
        )
        name, _, rest = self.path.removeprefix("http://stock.example").lstrip("/").partition("/")
        getattr(self, f"answer_{name.partition('?')[0]}")(rest)

    do_GET = do_HEAD = do_POST = handle_any  # noqa: N815 (the names that the base class looks for)

    def answer(self, body: bytes = b"ok", status: int = 200, *, length: int | None = None, **headers: str) -> None:
        """Send one response; *length* is what it claims."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if status >= 200 and status not in {204, 304}:
            self.send_header("content-length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD" and status not in {204, 304}:
            self.wfile.write(body)

    def answer_ok(self, rest: str) -> None:
        """Answer shortly."""
        self.answer()

    def answer_status(self, rest: str) -> None:
        """Answer with a status."""
        self.answer(status=int(rest))

    def answer_to(self, rest: str) -> None:
        """Send the client elsewhere."""
        self.answer(b"", 302, location=unquote(rest))

    def answer_gzip(self, rest: str) -> None:
        """Answer compressed."""
        self.answer(gzip.compress(b"ok" * 1_000), content_encoding="gzip")

    def answer_garbage(self, rest: str) -> None:
        """Say that it is compressed, which it isn't."""
        self.answer(b"this isn't gzip", content_encoding="gzip")

    def answer_big(self, rest: str) -> None:
        """Answer with more than any buffer holds."""
        self.answer(b"x" * (64 * 65_536))

    def answer_cut(self, rest: str) -> None:
        """Close the connection in the middle of the body."""
        self.answer(b"some of it", int(rest or 200), length=100)
        self.close_connection = True

    def answer_hang(self, rest: str) -> None:
        """Answer nothing before the test is over."""
        self.server.arrived.put(self.path)
        self.server.over.wait(_TIMEOUT)
        self.close_connection = True

    def answer_drip(self, rest: str) -> None:
        """Answer the beginning, and the rest when the test is over."""
        self.answer(b"drop", length=8)
        self.server.over.wait(_TIMEOUT)
        self.close_connection = True

    def answer_upload(self, rest: str) -> None:
        """Answer with what was sent."""
        if self.headers.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.answer(body)

    def answer_login(self, rest: str) -> None:
        """Ask for a digest, then accept any."""
        challenge = {} if "authorization" in self.headers else {"www_authenticate": 'Digest realm="r", nonce="n"'}
        self.answer(b"", 401 if challenge else 200, **challenge)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """A server on a port that the system picked; remembers what it was asked."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.seen: list[dict[str, Any]] = []
        self.arrived: queue.Queue[str] = queue.Queue()
        self.over = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.peer = f"127.0.0.1:{self.server_port}"

    def handle_error(self, *args: Any) -> None:
        """Say nothing of clients that left."""

    def parents(self) -> list[str]:
        """Return the span ids that requests named as their parent, in the order they came."""
        found = [extract(each["headers"].items()) for each in self.seen]
        assert None not in found
        return [each.span_id for each in found if each is not None]


@contextmanager
def _serving() -> Iterator[Server]:
    with Server() as server, _thread(partial(server.serve_forever, poll_interval=0.01)):
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()


@pytest.fixture
def serving() -> Callable[[], AbstractContextManager[Server]]:
    """Return a context manager that runs one more server that answers as the path says."""
    return _serving


@pytest.fixture
def server() -> Iterator[Server]:
    """Return a server that answers as the path says."""
    with _serving() as started:
        yield started


@pytest.fixture
def silent() -> Iterator[str]:
    """Return the address of a server that accepts connections and says nothing: over TLS, none comes about."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"https://127.0.0.1:{listening.getsockname()[1]}/"


@pytest.fixture
def nobody() -> str:
    """Return an address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return f"http://127.0.0.1:{listening.getsockname()[1]}/"


@pytest.fixture
def client() -> Callable[..., httpx.Client]:
    """Return a function for a client whose requests are traced: `client(transport, **options)`."""

    def made(transport: httpx.BaseTransport | None = None, **options: Any) -> httpx.Client:
        traced = TraceTransport(transport or httpx.HTTPTransport(verify=False))
        return httpx.Client(transport=traced, **{"timeout": _TIMEOUT, **options})

    return made


@pytest.fixture
def async_client() -> Callable[..., httpx.AsyncClient]:
    """Return a function for an asynchronous client whose requests are traced."""

    def made(transport: httpx.AsyncBaseTransport | None = None, **options: Any) -> httpx.AsyncClient:
        traced = AsyncTraceTransport(transport or httpx.AsyncHTTPTransport(verify=False))
        return httpx.AsyncClient(transport=traced, **{"timeout": _TIMEOUT, **options})

    return made


@pytest.fixture
def told() -> Callable[[dict[str, Any]], tuple[Any, ...]]:
    """Return a function for how a line's span went: level, status, outcome, error.type and the type of the error."""

    def of(line: dict[str, Any]) -> tuple[Any, ...]:
        part = line["span"]
        kind = part["attributes"].get("error.type")
        return line["level"], part["status"], part.get("outcome"), kind, line.get("error", {}).get("type")

    return of
