"""Requests sent with httpx, against real servers on loopback."""

from __future__ import annotations

import asyncio
import gc
import gzip
import io
import queue
import socket
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote, urlsplit

import httpx
import orjson
import pytest
import structlog
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from structlog_enrich import (
    ConfigurationError,
    bind_contextvars,
    bound_contextvars,
    bound_logger,
    current_trace,
    entry,
    extract,
    preset,
    span,
)
from structlog_enrich.integrations.asgi import TraceMiddleware
from structlog_enrich.integrations.httpx import AsyncTraceTransport, TraceTransport
from structlog_enrich.trace.ids import OwnIds

if TYPE_CHECKING:
    import subprocess
    from collections.abc import AsyncIterator, Callable, Iterator

    from jsonschema import Draft202012Validator
    from starlette.requests import Request
    from starlette.responses import Response

CALLER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
PASSWORD = "hunter" + "2"
SOON = 0.05
"""Seconds until a timeout that is to be met; nothing is right only because it is long enough."""
LONG = 30.0
"""Seconds within which what must happen happens."""
BIG = 64 * 65_536


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
        self.answer(b"x" * BIG)

    def answer_cut(self, rest: str) -> None:
        """Close the connection in the middle of the body."""
        self.answer(b"some of it", int(rest or 200), length=100)
        self.close_connection = True

    def answer_hang(self, rest: str) -> None:
        """Answer nothing before the test is over."""
        self.server.arrived.put(self.path)
        self.server.over.wait(LONG)
        self.close_connection = True

    def answer_drip(self, rest: str) -> None:
        """Answer the beginning, and the rest when the test is over."""
        self.answer(b"drop", length=8)
        self.server.over.wait(LONG)
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
def serving() -> Iterator[Server]:
    """Serve while the block runs."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    """Return a server that answers as the path says."""
    with serving() as started:
        yield started


@pytest.fixture
def raw_server() -> Iterator[Callable[[bytes], str]]:
    """Return a function that starts a server of one connection, whose answer is the given bytes."""
    threads = []

    def start(answer: bytes) -> str:
        listening = socket.create_server(("127.0.0.1", 0))

        def serve() -> None:
            with listening, listening.accept()[0] as connection:
                connection.recv(65_536)
                connection.sendall(answer)

        threads.append(threading.Thread(target=serve))
        threads[-1].start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}/"

    yield start
    for thread in threads:
        thread.join()


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


Lines = list[dict[str, Any]]


@pytest.fixture
def written(validator: Draft202012Validator) -> Callable[[], Lines]:
    """Return a function for the lines that the configured chain has written so far, each of them valid."""
    sink = io.BytesIO()
    configured(sink)

    def lines() -> Lines:
        found = [orjson.loads(line) for line in sink.getvalue().splitlines()]
        for each in found:
            validator.validate(each)
            assert "faults" not in each
        return found

    return lines


def configured(sink: io.BytesIO, **options: Any) -> None:
    """Configure structlog to write into *sink*."""
    structlog.configure(
        processors=preset(service="tests", renderer="json", **options),
        wrapper_class=bound_logger(),
        logger_factory=structlog.BytesLoggerFactory(sink),
    )


def client(transport: httpx.BaseTransport | None = None, **options: Any) -> httpx.Client:
    """Return a client whose requests are traced."""
    made = TraceTransport(transport or httpx.HTTPTransport(verify=False))
    return httpx.Client(transport=made, **{"timeout": LONG, **options})


def async_client(transport: httpx.AsyncBaseTransport | None = None, **options: Any) -> httpx.AsyncClient:
    """Return an asynchronous client whose requests are traced."""
    made = AsyncTraceTransport(transport or httpx.AsyncHTTPTransport(verify=False))
    return httpx.AsyncClient(transport=made, **{"timeout": LONG, **options})


def ended(lines: Lines, kind: str = "client") -> Lines:
    """Return the lines that end a span of *kind*."""
    return [each for each in lines if each.get("span", {}).get("kind") == kind]


def one(lines: Lines) -> dict[str, Any]:
    """Return the one line that ends a client span; several or none is an error."""
    (line,) = ended(lines)
    return line


def told(line: dict[str, Any]) -> tuple[Any, ...]:
    """Return how a span went: level, status, outcome, error.type and the type of the error."""
    part = line["span"]
    kind = part["attributes"].get("error.type")
    return line["level"], part["status"], part.get("outcome"), kind, line.get("error", {}).get("type")


FINE = ("info", "ok", None, None, None)
CANCELLED = ("info", "ok", "cancelled", None, None)


class TestSpan:
    """One request, one client span, one line."""

    def test_line(self, server: Server, written: Callable[[], Lines]) -> None:
        """The line says what was asked of whom and how it went, under the names of the semantic conventions."""
        with entry("order"), client() as http:
            http.get(f"{server.url}/ok")

        line = one(written())
        took = line["span"].pop("duration_ms")

        assert took > 0
        assert ("info", "GET", "span.end", "order") == (
            line["level"],
            line["message"],
            line["event_name"],
            line["operation"],
        )
        assert {
            "phase": "end",
            "name": "GET",
            "kind": "client",
            "attempt": 1,
            "status": "ok",
            "peer": server.peer,
            "attributes": {
                "http.request.method": "GET",
                "url.full": f"{server.url}/ok",
                "server.address": "127.0.0.1",
                "server.port": server.server_port,
                "http.response.status_code": 200,
                "network.protocol.version": "1.1",
            },
        } == line["span"]

    def test_trace(self, server: Server, written: Callable[[], Lines]) -> None:
        """It is a child of the current span, and what the server received names it as its parent."""
        carrier = {"traceparent": CALLER, "tracestate": "congo=t61rcWkgMzE"}
        with entry("order", carrier=carrier), span("reserve") as reserve, client() as http:
            http.get(f"{server.url}/ok")

        line = one(written())
        headers = server.seen[0]["headers"]

        assert (TRACE_ID, reserve.trace.span_id) == (line["trace_id"], line["parent_span_id"])
        assert [f"00-{TRACE_ID}-{line['span_id']}-01"] == headers.get_all("traceparent")
        assert ["congo=t61rcWkgMzE"] == headers.get_all("tracestate")

    def test_outside_any_span(self, server: Server, written: Callable[[], Lines]) -> None:
        """Outside any span it belongs to the process's boot trace."""
        with client() as http:
            http.get(f"{server.url}/ok")

        line = one(written())

        assert line["boot_id"] == line["parent_span_id"]
        assert [line["span_id"]] == server.parents()

    def test_active_only_while_it_is_sent(self, server: Server, written: Callable[[], Lines]) -> None:
        """Whoever reads the body is in the caller's span, and after it nothing is left behind."""
        with entry("order") as order, client() as http:
            with http.stream("GET", f"{server.url}/ok") as response:
                assert order.trace is current_trace()
                for _ in response.iter_raw():
                    assert order.trace is current_trace()
            assert order.trace is current_trace()
            with pytest.raises(httpx.UnsupportedProtocol):
                http.get("gopher://stock/")
            assert order.trace is current_trace()

        assert None is current_trace()
        assert 2 == len(ended(written()))

    def test_what_is_logged_while_it_is_sent(self, server: Server, written: Callable[[], Lines]) -> None:
        """What logs on the way, such as the body that is uploaded, does so in the client span."""
        log = structlog.get_logger()

        def body() -> Iterator[bytes]:
            log.info("uploading")
            yield b"x"

        with client() as http:
            http.post(f"{server.url}/upload", content=body())

        uploading, line = written()

        assert ("uploading", line["span_id"]) == (uploading["message"], uploading["span_id"])

    def test_context(self, server: Server, written: Callable[[], Lines]) -> None:
        """The line has what is bound where the body is read."""
        with entry("order"), client() as http, bound_contextvars(order_id="o-1"):
            http.get(f"{server.url}/ok")

        assert {"order_id": "o-1"} == one(written())["context"]

    def test_read_elsewhere(self, server: Server, written: Callable[[], Lines]) -> None:
        """A body that another thread reads, which knows of no trace, ends the span under its own ids."""
        pool = ThreadPoolExecutor(1)
        with pool, entry("order") as order, client() as http, http.stream("GET", f"{server.url}/ok") as response:
            assert b"ok" == pool.submit(response.read).result()
            assert None is pool.submit(current_trace).result()

        line = one(written())

        assert ("order", order.trace.trace_id) == (line["operation"], line["trace_id"])
        assert [line["span_id"]] == server.parents()

    def test_given_logger(self, server: Server, written: Callable[[], Lines], collect: Callable[..., Any]) -> None:
        """A logger that is given gets the line."""
        other = collect(preset(service="outgoing"))
        with httpx.Client(transport=TraceTransport(logger=other.log)) as http:
            http.get(f"{server.url}/ok")

        assert [] == written()
        assert "outgoing" == other.line()["service"]

    def test_quiet_logger(self, server: Server) -> None:
        """A logger that hears only warnings gets no line of what went well; the trace goes out all the same."""
        sink = io.BytesIO()
        configured(sink)
        structlog.configure(wrapper_class=bound_logger("warning"))
        with client() as http:
            http.get(f"{server.url}/ok")

        assert b"" == sink.getvalue()
        assert 1 == len(server.parents())

    def test_keep_alive(self, server: Server, written: Callable[[], Lines]) -> None:
        """Requests over one connection are spans of their own."""
        with client() as http:
            for _ in range(5):
                http.get(f"{server.url}/ok")

        lines = ended(written())

        assert 1 == len({each["from"] for each in server.seen})
        assert [each["span_id"] for each in lines] == server.parents()
        assert 5 == len(set(server.parents()))
        assert [1] * 5 == [each["span"]["attempt"] for each in lines]


class TestRequest:
    """The caller's request stays the caller's."""

    def test_unmutated(self, server: Server, written: Callable[[], Lines]) -> None:
        """Its headers, extensions and body are what they were; the response names it and no copy."""
        with client() as http:
            request = http.build_request("POST", f"{server.url}/upload", json={"a": 1}, headers={"X-One": "1"})
            headers, extensions, stream, content = request.headers, request.extensions, request.stream, request.content
            raw, held = list(headers.raw), dict(extensions)
            response = http.send(request)

        assert request is response.request
        assert (headers, extensions, stream, content) == (
            request.headers,
            request.extensions,
            request.stream,
            request.content,
        )
        assert stream is request.stream
        assert raw == request.headers.raw
        assert held == request.extensions
        assert content == response.content

    def test_headers_on_the_wire(self, server: Server, written: Callable[[], Lines]) -> None:
        """What the caller set goes out, but for a trace of its own, however often and in whichever case."""
        theirs = [
            ("X-One", "1"),
            ("x-one", "2"),
            ("TraceParent", CALLER),
            ("traceparent", CALLER),
            ("TRACESTATE", "a=1"),
            ("tracestate", "b=2"),
            ("X-Latin", "caf\xe9".encode("latin-1")),
        ]
        with client() as http:
            http.get(f"{server.url}/ok", headers=theirs)

        headers = server.seen[0]["headers"]

        assert ["1", "2"] == headers.get_all("x-one")
        assert ["caf\xe9"] == headers.get_all("x-latin")
        assert 1 == len(headers.get_all("traceparent"))
        assert None is headers.get_all("tracestate")
        assert [one(written())["span_id"]] == server.parents()

    def test_for_the_wrapped_transport(self, written: Callable[[], Lines]) -> None:
        """The wrapped transport finds all that the caller's request has: its class, its content, its extensions."""
        seen = []

        class Signed(httpx.Request):
            key = "k"

        def answer(request: httpx.Request) -> httpx.Response:
            request.extensions["signed"] = True
            seen.append((type(request), request.content, request.key, request.method, str(request.url)))  # type: ignore[attr-defined]
            return httpx.Response(200, request=request)

        class Direct(httpx.BaseTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                return answer(request)

        request = Signed("POST", "http://stock/?a=1#b", content=b"body")
        request.key = "mine"
        response = TraceTransport(Direct()).handle_request(request)

        assert request is response.request
        assert [(Signed, b"body", "mine", "POST", "http://stock/?a=1#b")] == seen
        assert {"signed": True} == request.extensions

    def test_extensions_reach_the_network(self, server: Server, written: Callable[[], Lines]) -> None:
        """`trace` and `timeout` of the request work as ever, and so do those of the response."""
        events = []
        extensions = {"trace": lambda name, _: events.append(name)}
        with client() as http, http.stream("GET", f"{server.url}/ok", extensions=extensions) as response:
            assert {"http_version", "network_stream", "reason_phrase"} <= response.extensions.keys()
            peer = response.extensions["network_stream"].get_extra_info("server_addr")
            assert server.server_address == peer
            response.read()

        assert "http11.send_request_headers.started" in events

    def test_generator_is_not_consumed(self, server: Server, written: Callable[[], Lines]) -> None:
        """A body that can be read but once is read by the network, in its own pieces."""
        alive = []

        def body() -> Iterator[bytes]:
            for number in range(3):
                alive.append(number)
                yield str(number).encode()

        with client() as http:
            response = http.post(f"{server.url}/upload", content=body())
            refused = http.build_request("POST", "gopher://stock/", content=body())
            with pytest.raises(httpx.UnsupportedProtocol):
                http.send(refused)

        assert b"012" == response.content
        assert [0, 1, 2] == alive
        assert b"012" == refused.read()

    def test_failing_upload(self, server: Server, written: Callable[[], Lines]) -> None:
        """What the body raises while it is sent goes to the caller and ends the span."""

        def body() -> Iterator[bytes]:
            yield b"x"
            raise ValueError("no more")

        with client() as http, pytest.raises(ValueError, match="no more"):
            http.post(f"{server.url}/upload", content=body())

        assert ("error", "error", None, "ValueError", "ValueError") == told(one(written()))


class TestAttributes:
    """What the line says of a request."""

    @staticmethod
    def line_of(written: Callable[[], Lines], *args: Any, **kw: Any) -> dict[str, Any]:
        """Return the line of a request that needs no network."""
        # Without a client, which decodes the name of the host for itself.
        TraceTransport(httpx.MockTransport(lambda _: httpx.Response(200))).handle_request(
            httpx.Request(*args, **kw, stream=httpx.ByteStream(b""))
        )
        return one(written())

    @pytest.mark.parametrize(
        ("url", "full", "address", "port", "peer"),
        [
            ("http://stock", "http://stock/", "stock", 80, "stock"),
            ("https://stock/a%20b", "https://stock/a%20b", "stock", 443, "stock"),
            ("https://stock:8443/a", "https://stock:8443/a", "stock", 8443, "stock:8443"),
            ("http://stock:443/", "http://stock:443/", "stock", 443, "stock:443"),
            ("http://[::1]:81/a", "http://[::1]:81/a", "::1", 81, "[::1]:81"),
            ("http://b\xfccher.example/\xfc", "http://xn--bcher-kva.example/%C3%BC", "xn--bcher-kva.example", 80, None),
            ("http://xn--zzzz-zz9/", "http://xn--zzzz-zz9/", "xn--zzzz-zz9", 80, None),
            ("https://h/a;b=c/?token=t#part", "https://h/a;b=c/", "h", 443, "h"),
        ],
    )
    def test_url(
        self, url: str, full: str, address: str, port: int, peer: str | None, written: Callable[[], Lines]
    ) -> None:
        """The address is written as it goes over the wire, without query and fragment."""
        part = self.line_of(written, "GET", url)["span"]
        attributes = part["attributes"]

        assert (full, address, port) == (
            attributes["url.full"],
            attributes["server.address"],
            attributes["server.port"],
        )
        assert (peer or address) == part["peer"]

    @pytest.mark.parametrize(
        "url",
        [
            f"https://user:{PASSWORD}@host/?token={PASSWORD}#{PASSWORD}",
            f"https://{PASSWORD}@host:8443/",
            f"https://user:{PASSWORD}@@host/a?b={PASSWORD}@",
            f"https://user:a@{PASSWORD}:b@host/",
            f"http://host\\{PASSWORD}@evil/",
            f"user:{PASSWORD}@host/path",
            f"//user:{PASSWORD}@host/path",
            f"http:///user:{PASSWORD}@host/path",
            f"gopher://user:{PASSWORD}@host/?{PASSWORD}",
        ],
    )
    def test_no_secret_of_an_url(self, url: str, written: Callable[[], Lines]) -> None:
        """Userinfo, query and fragment are never on the line, whatever the address looks like."""
        transport = TraceTransport(httpx.HTTPTransport(verify=False, proxy=httpx.Proxy("http://127.0.0.1:1")))
        with httpx.Client(transport=transport) as http, pytest.raises(httpx.TransportError):
            http.get(url)

        line = one(written())

        assert PASSWORD not in orjson.dumps(line).decode()
        assert "error" == line["span"]["status"]

    @pytest.mark.parametrize("method", ["get", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"])
    def test_known_method(self, method: str, written: Callable[[], Lines]) -> None:
        """The span is called by the method."""
        line = self.line_of(written, method, "http://stock/")

        assert (method.upper(), method.upper()) == (line["message"], line["span"]["attributes"]["http.request.method"])
        assert "http.request.method_original" not in line["span"]["attributes"]

    @pytest.mark.parametrize("method", ["BREW", "G" * 10_000, "GET\n", ""])
    def test_unknown_method(self, method: str, written: Callable[[], Lines]) -> None:
        """Any other is called `HTTP`, so that names stay few."""
        line = self.line_of(written, method, "http://stock/")
        attributes = line["span"]["attributes"]

        assert ("HTTP", "_OTHER") == (line["message"], attributes["http.request.method"])
        assert method[:100] == attributes["http.request.method_original"][: min(len(method), 100)]

    @pytest.mark.parametrize(
        ("version", "written_as"),
        [(b"HTTP/2", "2"), (b"HTTP/1.0", "1.0"), (b"", None), (None, None), ("HTTP/2", None), (b"HTTP/x" * 99, None)],
        ids=repr,
    )
    def test_protocol_version(self, version: Any, written_as: str | None, written: Callable[[], Lines]) -> None:
        """The version is the number, where the transport tells it."""
        extensions = {} if version is None else {"http_version": version}
        answered = httpx.Response(200, extensions=extensions)
        TraceTransport(httpx.MockTransport(lambda _: answered)).handle_request(httpx.Request("GET", "http://stock/"))

        assert written_as == one(written())["span"]["attributes"].get("network.protocol.version")


class TestStatus:
    """How the answer decides how the span went."""

    @pytest.mark.parametrize("status", [200, 204, 302, 304, 399])
    def test_answered(self, status: int, server: Server, written: Callable[[], Lines]) -> None:
        """Below 400 it went well."""
        with client() as http:
            http.get(f"{server.url}/status/{status}")

        assert FINE == told(one(written()))

    @pytest.mark.parametrize("status", [400, 404, 429, 499])
    def test_refused(self, status: int, server: Server, written: Callable[[], Lines]) -> None:
        """A request that is refused failed, but it is the server's word: a warning."""
        with client() as http:
            http.get(f"{server.url}/status/{status}")

        assert ("warning", "error", None, str(status), None) == told(one(written()))

    @pytest.mark.parametrize("status", [500, 503, 599])
    def test_failed(self, status: int, server: Server, written: Callable[[], Lines]) -> None:
        """A server that fails is an error."""
        with client() as http:
            http.get(f"{server.url}/status/{status}")

        assert ("error", "error", None, str(status), None) == told(one(written()))

    def test_nobody_there(self, nobody: str, written: Callable[[], Lines]) -> None:
        """A connection that is refused ends the span with the exception, which the caller gets with its own request."""
        with client() as http:
            request = http.build_request("GET", nobody)
            with pytest.raises(httpx.ConnectError) as caught:
                http.send(request)

        line = one(written())

        assert ("error", "error", None, "httpx.ConnectError", "httpx.ConnectError") == told(line)
        assert request is caught.value.request
        assert "http.response.status_code" not in line["span"]["attributes"]

    def test_connect_timeout(self, silent: str, written: Callable[[], Lines]) -> None:
        """A connection that doesn't come about in time says so in `outcome`."""
        with client(timeout=httpx.Timeout(LONG, connect=SOON)) as http, pytest.raises(httpx.ConnectTimeout):
            http.get(silent)

        name = "httpx.ConnectTimeout"
        assert ("error", "error", "timeout", name, name) == told(one(written()))

    def test_read_timeout(self, server: Server, written: Callable[[], Lines]) -> None:
        """So does an answer."""
        with client(timeout=httpx.Timeout(LONG, read=SOON)) as http, pytest.raises(httpx.ReadTimeout):
            http.get(f"{server.url}/hang")

        name = "httpx.ReadTimeout"
        assert ("error", "error", "timeout", name, name) == told(one(written()))

    def test_read_timeout_in_the_body(self, server: Server, written: Callable[[], Lines]) -> None:
        """So does the rest of a body, of which the status was fine."""
        limits = {"connect": LONG, "read": LONG, "write": LONG, "pool": LONG}
        with client() as http, http.stream("GET", f"{server.url}/drip", extensions={"timeout": limits}) as response:
            limits["read"] = SOON
            with pytest.raises(httpx.ReadTimeout):
                response.read()

        line = one(written())
        name = "httpx.ReadTimeout"

        assert ("error", "error", "timeout", name, name) == told(line)
        assert 200 == line["span"]["attributes"]["http.response.status_code"]

    def test_pool_timeout(self, server: Server, written: Callable[[], Lines]) -> None:
        """So does waiting for a connection of the pool."""
        transport = httpx.HTTPTransport(verify=False, limits=httpx.Limits(max_connections=1))
        with client(transport, timeout=httpx.Timeout(LONG, pool=SOON)) as http:
            with http.stream("GET", f"{server.url}/drip"), pytest.raises(httpx.PoolTimeout):
                http.get(f"{server.url}/ok")
            lines = ended(written())

        assert ["timeout", None] == [each["span"].get("outcome") for each in lines]

    def test_no_answer(self, raw_server: Callable[[bytes], str], written: Callable[[], Lines]) -> None:
        """A server that closes without a word is told with its message."""
        with client() as http, pytest.raises(httpx.RemoteProtocolError):
            http.get(raw_server(b""))

        line = one(written())
        name = "httpx.RemoteProtocolError"

        assert ("error", "error", None, name, name) == told(line)
        assert "Server disconnected without sending a response." == line["error"]["message"]

    def test_illegal_header_of_ours(self, server: Server, written: Callable[[], Lines]) -> None:
        """A token that ends in a newline can't be sent, and the exception that quotes it isn't what is written."""
        with client() as http, pytest.raises(httpx.LocalProtocolError, match=PASSWORD):
            http.get(f"{server.url}/ok", headers={"authorization": f"Bearer {PASSWORD}\n"})

        line = one(written())
        name = "httpx.LocalProtocolError"

        assert PASSWORD not in orjson.dumps(line).decode()
        assert ("error", "error", None, name, name) == told(line)
        assert "Illegal header value …" == line["error"]["message"]
        assert "handle_request" in line["error"]["stack"]

    def test_illegal_header_of_theirs(self, raw_server: Callable[[bytes], str], written: Callable[[], Lines]) -> None:
        """Neither is what a server sent and h11 quotes."""
        answer = f"HTTP/1.1 200 OK\r\nset-cookie {PASSWORD}\r\n\r\n".encode()
        with client() as http, pytest.raises(httpx.RemoteProtocolError, match=PASSWORD):
            http.get(raw_server(answer))

        line = one(written())

        assert PASSWORD not in orjson.dumps(line).decode()
        assert "error" == line["span"]["status"]
        assert "httpx.RemoteProtocolError" == line["error"]["type"]

    def test_interrupted(self, written: Callable[[], Lines]) -> None:
        """Ctrl-C on the way is no failure of the request."""

        def interrupt(request: httpx.Request) -> httpx.Response:
            raise KeyboardInterrupt

        with client(httpx.MockTransport(interrupt)) as http, pytest.raises(KeyboardInterrupt):
            http.get("http://stock/")

        assert CANCELLED == told(one(written()))


class TestAttempts:
    """The same request again."""

    def test_retry_loop(self, server: Server, written: Callable[[], Lines]) -> None:
        """A built request that is sent three times is three attempts, each naming the one before."""
        with entry("order"), client() as http:
            request = http.build_request("GET", f"{server.url}/status/503")
            for _ in range(3):
                http.send(request)

        lines = ended(written())
        parts = [each["span"] for each in lines]
        ids = [each["span_id"] for each in lines]

        assert [1, 2, 3] == [each["attempt"] for each in parts]
        assert [None, *ids[:2]] == [each.get("previous_span_id") for each in parts]
        assert [None, 1, 2] == [each["attributes"].get("http.request.resend_count") for each in parts]
        assert ids == server.parents()
        assert 1 == len({each["parent_span_id"] for each in lines})

    def test_retrying_transport(self, server: Server, nobody: str, written: Callable[[], Lines]) -> None:
        """A transport around ours that tries again makes attempts, of failures too; other requests begin at 1."""

        class Retrying(httpx.BaseTransport):
            def __init__(self, transport: httpx.BaseTransport) -> None:
                self.transport = transport

            def handle_request(self, request: httpx.Request) -> httpx.Response:
                try:
                    return self.transport.handle_request(request)
                except httpx.ConnectError:
                    return self.transport.handle_request(request)

            def close(self) -> None:
                self.transport.close()

        with httpx.Client(transport=Retrying(TraceTransport())) as http:
            with pytest.raises(httpx.ConnectError):
                http.get(nobody)
            http.get(f"{server.url}/ok")

        first, second, other = ended(written())

        assert [1, 2, 1] == [each["span"]["attempt"] for each in (first, second, other)]
        assert first["span_id"] == second["span"]["previous_span_id"]
        assert "previous_span_id" not in other["span"]

    def test_challenge(self, server: Server, written: Callable[[], Lines]) -> None:
        """A request that is sent again with its credentials is a second attempt."""
        with client(auth=httpx.DigestAuth("user", PASSWORD)) as http:
            assert 200 == http.get(f"{server.url}/login").status_code

        lines = ended(written())

        assert [(1, 401), (2, 200)] == [
            (each["span"]["attempt"], each["span"]["attributes"]["http.response.status_code"]) for each in lines
        ]
        assert PASSWORD not in str(lines)

    def test_other_trace(self, server: Server, written: Callable[[], Lines]) -> None:
        """A request that is kept and sent for one caller after another isn't tried again for the later ones."""
        with client() as http:
            request = http.build_request("GET", f"{server.url}/ok")
            for _ in range(2):
                with entry("health"):
                    http.send(request)

        assert [1, 1] == [each["span"]["attempt"] for each in ended(written())]
        assert all("previous_span_id" not in each["span"] for each in ended(written()))

    def test_nothing_is_kept(self, server: Server, written: Callable[[], Lines]) -> None:
        """A request that its sender has forgotten is forgotten here."""
        with client() as http:
            gc.collect()
            before = sum(type(each) is httpx.Request for each in gc.get_objects())
            for _ in range(10):
                http.get(f"{server.url}/ok")
            gc.collect()
            after = sum(type(each) is httpx.Request for each in gc.get_objects())

        assert before == after


class TestRedirects:
    """Each hop is a request of its own."""

    def test_across_servers(self, server: Server, written: Callable[[], Lines]) -> None:
        """Each has a span under the caller's, and each server gets the ids of its own hop."""
        with serving() as other, entry("order") as order, client(follow_redirects=True) as http:
            second = f"{other.url}/to/{server.url}/ok"
            response = http.get(f"{server.url}/to/{second}", headers={"traceparent": CALLER})
            assert 200 == response.status_code
            assert 2 == len(response.history)
            elsewhere = other.parents()

        lines = ended(written())
        ids = [each["span_id"] for each in lines]

        assert [302, 302, 200] == [each["span"]["attributes"]["http.response.status_code"] for each in lines]
        assert [order.trace.span_id] * 3 == [each["parent_span_id"] for each in lines]
        assert [ids[0], ids[2]] == server.parents()
        assert [ids[1]] == elsewhere
        assert [1, 1, 1] == [each["span"]["attempt"] for each in lines]
        assert [server.peer, other.peer, server.peer] == [each["span"]["peer"] for each in lines]

    def test_not_followed(self, server: Server, written: Callable[[], Lines]) -> None:
        """The request that would be next carries nothing of ours until it is sent."""
        with client() as http:
            following = http.get(f"{server.url}/to/{server.url}/ok").next_request
            assert following is not None
            assert "traceparent" not in following.headers
            http.send(following)

        assert [each["span_id"] for each in ended(written())] == server.parents()

    def test_without_end(self, server: Server, written: Callable[[], Lines]) -> None:
        """A redirect into a loop is as many spans as hops."""
        loop = f"{server.url}/to/{server.url}/to/{server.url}/ok"
        with client(follow_redirects=True, max_redirects=1) as http, pytest.raises(httpx.TooManyRedirects):
            http.get(loop)

        assert [FINE] * len(server.seen) == [told(each) for each in ended(written())]


class TestBody:
    """The span lasts as long as the body."""

    def test_read(self, server: Server, written: Callable[[], Lines]) -> None:
        """It ends when the body has been read, not before, and once."""
        with client() as http, http.stream("GET", f"{server.url}/big") as response:
            assert [] == written()
            chunks = response.iter_raw()
            size = len(next(chunks))
            assert [] == written()
            size += sum(map(len, chunks))
            assert FINE == told(one(written()))
            assert response.is_closed
            assert response.is_stream_consumed
            response.close()

        assert BIG == size == response.num_bytes_downloaded
        assert response.elapsed.total_seconds() > 0
        assert FINE == told(one(written()))

    def test_end_of_the_stream(self, server: Server, written: Callable[[], Lines]) -> None:
        """The end of the body ends it, whether or not somebody closes it then."""
        asked = httpx.Request("GET", f"{server.url}/ok", headers={"host": server.peer})

        async def main() -> None:
            async with AsyncTraceTransport() as transport:
                response = await transport.handle_async_request(asked)
                assert [b"ok"] == [chunk async for chunk in response.stream]  # type: ignore[union-attr]
                assert FINE == told(ended(written())[1])
                await response.aclose()

        with TraceTransport() as transport:
            response = transport.handle_request(asked)
            assert [b"ok"] == list(response.stream)  # type: ignore[arg-type]
            assert FINE == told(one(written()))
            response.close()
        asyncio.run(main())

        assert [FINE, FINE] == [told(each) for each in ended(written())]

    def test_duration(self, server: Server, written: Callable[[], Lines]) -> None:
        """The time it took covers the body."""
        with client() as http:
            response = http.get(f"{server.url}/big")

        took = one(written())["span"]["duration_ms"]

        # httpx looks at its own clock a moment before and after.
        assert abs(took - response.elapsed.total_seconds() * 1_000) < 1_000
        assert took > 0

    @pytest.mark.parametrize(
        ("method", "path"), [("HEAD", "ok"), ("GET", "status/204"), ("GET", "status/304"), ("HEAD", "gzip")]
    )
    def test_none(self, method: str, path: str, server: Server, written: Callable[[], Lines]) -> None:
        """A response without one ends it once, read or closed."""
        with client() as http:
            http.request(method, f"{server.url}/{path}")
            with http.stream(method, f"{server.url}/{path}"):
                pass

        assert [FINE, FINE] == [told(each) for each in ended(written())]

    def test_compressed(self, server: Server, written: Callable[[], Lines]) -> None:
        """What is compressed is read as ever."""
        with client() as http:
            response = http.get(f"{server.url}/gzip")

        assert b"ok" * 1_000 == response.content
        assert response.num_bytes_downloaded == int(response.headers["content-length"])
        assert FINE == told(one(written()))

    def test_undecodable(self, server: Server, written: Callable[[], Lines]) -> None:
        """A body that arrives and can't be decoded is no failure of the request, and ends it once."""
        with client() as http, pytest.raises(httpx.DecodingError):
            http.get(f"{server.url}/garbage")

        assert FINE == told(one(written()))

    def test_cut(self, server: Server, written: Callable[[], Lines]) -> None:
        """A server that closes in the middle ends it with the error, though the status was fine."""
        with client() as http, pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
            http.get(f"{server.url}/cut")

        line = one(written())
        name = "httpx.RemoteProtocolError"

        assert ("error", "error", None, name, name) == told(line)
        assert 200 == line["span"]["attributes"]["http.response.status_code"]

    def test_cut_refusal(self, server: Server, written: Callable[[], Lines]) -> None:
        """A refusal that breaks off is an error, still known by its status."""
        with client() as http, pytest.raises(httpx.RemoteProtocolError):
            http.get(f"{server.url}/cut/404")

        assert ("error", "error", None, "404", "httpx.RemoteProtocolError") == told(one(written()))

    def test_left_early(self, server: Server, written: Callable[[], Lines]) -> None:
        """A stream that is left before its end, or isn't looked at, ends it once."""
        with client() as http:
            with http.stream("GET", f"{server.url}/drip") as response:
                for _ in response.iter_raw():
                    break
                assert [] == written()
            with http.stream("GET", f"{server.url}/drip"):
                pass
            with suppress(LookupError), http.stream("GET", f"{server.url}/drip") as response:
                next(response.iter_bytes())
                raise LookupError

        assert [FINE] * 3 == [told(each) for each in ended(written())]

    def test_read_twice(self, server: Server, written: Callable[[], Lines]) -> None:
        """A stream that was consumed or closed says so as ever."""
        with client() as http, http.stream("GET", f"{server.url}/ok") as response:
            list(response.iter_raw())
            with pytest.raises(httpx.StreamConsumed):
                list(response.iter_raw())

        assert FINE == told(one(written()))

    def test_closed_by_many(self, server: Server, written: Callable[[], Lines]) -> None:
        """Threads that close it at once make one line."""
        barrier = threading.Barrier(8)
        transport = TraceTransport()
        response = transport.handle_request(httpx.Request("GET", f"{server.url}/ok", headers={"host": server.peer}))

        def close() -> None:
            barrier.wait(LONG)
            response.stream.close()  # type: ignore[union-attr]

        threads = [threading.Thread(target=close) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        transport.close()

        assert FINE == told(one(written()))

    def test_failing_close(self, written: Callable[[], Lines]) -> None:
        """A stream that can't be closed ends it with what it raised."""

        class Stuck(httpx.SyncByteStream):
            def close(self) -> None:
                raise httpx.CloseError("stuck")

        answer = httpx.MockTransport(lambda _: httpx.Response(200, stream=Stuck()))
        with client(answer) as http, pytest.raises(httpx.CloseError), http.stream("GET", "http://stock/"):
            pass

        assert "httpx.CloseError" == one(written())["error"]["type"]

    def test_in_memory(self, written: Callable[[], Lines]) -> None:
        """A response that was read before we saw it, from a cache or a test's transport, ends it at once."""
        kept = httpx.Response(200, json={"a": 1})

        def read_before(request: httpx.Request) -> httpx.Response:
            response = httpx.Response(200, stream=httpx.ByteStream(b'{"a":1}'))
            response.read()
            return response

        with client(httpx.MockTransport(lambda _: kept)) as http:
            assert [{"a": 1}] * 2 == [http.get("http://stock/").json() for _ in range(2)]
        with client(httpx.MockTransport(read_before)) as http:
            assert {"a": 1} == http.get("http://stock/").json()

        assert [FINE] * 3 == [told(each) for each in ended(written())]

    def test_forgotten(self, server: Server, written: Callable[[], Lines]) -> None:
        """A half-read body that is forgotten logs nothing under the feet of the garbage collector."""
        with client() as http:
            response = http.send(http.build_request("GET", f"{server.url}/big"), stream=True)
            chunks = response.iter_raw()
            next(chunks)
            del chunks
            gc.collect()
            assert [] == written()
            response.close()

        assert FINE == told(one(written()))


class TestAsync:
    """The same without blocking."""

    def test_line_and_trace(self, server: Server, written: Callable[[], Lines]) -> None:
        """One request, one line, and its ids at the server."""

        async def main() -> None:
            async with entry("order", carrier={"traceparent": CALLER}) as order, async_client() as http:
                request = http.build_request("GET", f"{server.url}/ok", headers={"traceparent": CALLER})
                response = await http.send(request)
                assert request is response.request
                assert CALLER == request.headers["traceparent"]
                assert order.trace is current_trace()

        asyncio.run(main())
        line = one(written())

        assert FINE == told(line)
        assert [f"00-{TRACE_ID}-{line['span_id']}-01"] == server.seen[0]["headers"].get_all("traceparent")
        assert ("GET", server.peer, 1) == (line["message"], line["span"]["peer"], line["span"]["attempt"])

    def test_body(self, server: Server, written: Callable[[], Lines]) -> None:
        """It ends when the body has been read, not before, and once."""

        async def main() -> None:
            async with async_client() as http, http.stream("GET", f"{server.url}/big") as response:
                assert {"http_version", "network_stream"} <= response.extensions.keys()
                size = 0
                async for chunk in response.aiter_raw():
                    assert [] == written()
                    assert None is current_trace()
                    size += len(chunk)
                assert FINE == told(one(written()))
                assert BIG == size == response.num_bytes_downloaded
                assert response.is_closed
                await response.aclose()

        asyncio.run(main())

        assert FINE == told(one(written()))

    @pytest.mark.parametrize("path", ["status/204", "gzip", "status/304"])
    def test_short_bodies(self, path: str, server: Server, written: Callable[[], Lines]) -> None:
        """None, an empty and a compressed one end it once."""

        async def main() -> None:
            async with async_client() as http:
                await http.get(f"{server.url}/{path}")
                await http.head(f"{server.url}/{path}")

        asyncio.run(main())

        assert [FINE, FINE] == [told(each) for each in ended(written())]

    def test_left_early(self, server: Server, written: Callable[[], Lines]) -> None:
        """A stream that is left before its end, or isn't looked at, ends it once."""

        async def main() -> None:
            async with async_client() as http:
                async with http.stream("GET", f"{server.url}/drip") as response:
                    async for _ in response.aiter_raw():
                        break
                async with http.stream("GET", f"{server.url}/drip") as response:
                    pass
                await response.aclose()

        asyncio.run(main())

        assert [FINE] * 2 == [told(each) for each in ended(written())]

    def test_upload(self, server: Server, written: Callable[[], Lines]) -> None:
        """A body that can be read but once is read by the network."""

        async def body() -> AsyncIterator[bytes]:
            for number in range(3):
                yield str(number).encode()

        async def main() -> bytes:
            async with async_client() as http:
                return (await http.post(f"{server.url}/upload", content=body())).content

        assert b"012" == asyncio.run(main())
        assert FINE == told(one(written()))

    def test_redirect(self, server: Server, written: Callable[[], Lines]) -> None:
        """Each hop is a request of its own."""

        async def main() -> None:
            async with async_client(follow_redirects=True) as http:
                await http.get(f"{server.url}/to/{server.url}/ok")

        asyncio.run(main())

        assert [each["span_id"] for each in ended(written())] == server.parents()
        assert 2 == len(server.seen)

    def test_attempts(self, server: Server, written: Callable[[], Lines]) -> None:
        """The same request again is the next attempt."""

        async def main() -> None:
            async with async_client() as http:
                request = http.build_request("GET", f"{server.url}/status/503")
                for _ in range(2):
                    await http.send(request)

        asyncio.run(main())
        first, second = ended(written())

        assert (2, first["span_id"]) == (second["span"]["attempt"], second["span"]["previous_span_id"])

    def test_failures(self, server: Server, nobody: str, silent: str, written: Callable[[], Lines]) -> None:
        """A connection refused or late, an answer late, a body cut: each ends its span with the error."""

        async def main() -> None:
            async with async_client() as http:
                for url, limits in (
                    (nobody, {}),
                    (silent, {"connect": SOON}),
                    (f"{server.url}/hang", {"read": SOON}),
                    (f"{server.url}/cut", {}),
                ):
                    with pytest.raises(httpx.TransportError):
                        await http.get(url, timeout=httpx.Timeout(**{"timeout": LONG, **limits}))

        asyncio.run(main())

        assert [
            ("error", "error", outcome, f"httpx.{name}", f"httpx.{name}")
            for outcome, name in [
                (None, "ConnectError"),
                ("timeout", "ConnectTimeout"),
                ("timeout", "ReadTimeout"),
                (None, "RemoteProtocolError"),
            ]
        ] == [told(each) for each in ended(written())]

    def test_failing_close(self, written: Callable[[], Lines]) -> None:
        """A stream that can't be closed ends it with what it raised."""

        class Stuck(httpx.AsyncByteStream):
            async def aclose(self) -> None:
                raise httpx.CloseError("stuck")

        async def main() -> None:
            answer = httpx.MockTransport(lambda _: httpx.Response(200, stream=Stuck()))
            async with async_client(answer) as http:
                response = await http.send(http.build_request("GET", "http://stock/"), stream=True)
                with pytest.raises(httpx.CloseError):
                    await response.aclose()

        asyncio.run(main())

        assert "httpx.CloseError" == one(written())["error"]["type"]

    def test_in_memory(self, written: Callable[[], Lines]) -> None:
        """A response that was read before we saw it ends it at once."""

        async def main() -> None:
            async with async_client(httpx.MockTransport(lambda _: httpx.Response(200, json=1))) as http:
                assert 1 == (await http.get("http://stock/")).json()

        asyncio.run(main())

        assert FINE == told(one(written()))

    def test_application_in_process(self, written: Callable[[], Lines]) -> None:
        """An ASGI application that is called without a network is a peer like any other."""
        seen = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            seen.append(dict(scope["headers"])[b"traceparent"].decode())
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"ok"})

        async def main() -> None:
            async with async_client(httpx.ASGITransport(app=app)) as http:
                assert "ok" == (await http.get("http://stock/")).text

        asyncio.run(main())
        line = one(written())

        assert [line["span_id"]] == [each.split("-")[2] for each in seen]


class TestCancellation:
    """A task that is cancelled while its request is under way."""

    @pytest.mark.parametrize(
        ("stage", "path", "expected"),
        [
            ("connection.connect_tcp.started", "ok", CANCELLED),
            ("http11.send_request_headers.started", "ok", CANCELLED),
            ("http11.send_request_body.started", "upload", CANCELLED),
            ("http11.receive_response_headers.started", "hang", CANCELLED),
            ("http11.receive_response_body.started", "drip", CANCELLED),
        ],
    )
    def test_at_each_stage(
        self, stage: str, path: str, expected: Any, server: Server, written: Callable[[], Lines]
    ) -> None:
        """Wherever it stands, it ends once, as cancelled and without an error; the client can be used again."""

        async def cancel(name: str, info: Any) -> None:
            if name == stage:
                task = asyncio.current_task()
                assert task is not None
                task.cancel()

        # More than the network takes at once, where it is the upload that is cancelled.
        size = BIG if path == "upload" else 1

        async def main() -> None:
            async with async_client() as http:
                task = asyncio.create_task(
                    http.post(f"{server.url}/{path}", content=b"x" * size, extensions={"trace": cancel})
                )
                with pytest.raises(asyncio.CancelledError):
                    await task
                assert expected == told(one(written()))
                assert 200 == (await http.get(f"{server.url}/ok")).status_code

        asyncio.run(main())

        assert [expected, FINE] == [told(each) for each in ended(written())]

    def test_during_the_handshake(self, silent: str, written: Callable[[], Lines]) -> None:
        """Also before the connection is a safe one."""
        opened = []

        async def cancel(name: str, info: Any) -> None:
            if name == "connection.connect_tcp.complete":
                opened.append(info["return_value"])
            if name == "connection.start_tls.started":
                task = asyncio.current_task()
                assert task is not None
                task.cancel()

        async def main() -> None:
            async with async_client() as http:
                task = asyncio.create_task(http.get(silent, extensions={"trace": cancel}))
                with pytest.raises(asyncio.CancelledError):
                    await task
            # httpcore forgets a connection that is cancelled here.
            await opened[0].aclose()

        asyncio.run(main())

        assert CANCELLED == told(one(written()))

    def test_while_it_waits_for_a_connection(self, server: Server, written: Callable[[], Lines]) -> None:
        """Also before it has its turn."""

        async def main() -> None:
            transport = httpx.AsyncHTTPTransport(verify=False, limits=httpx.Limits(max_connections=1))
            async with async_client(transport) as http, http.stream("GET", f"{server.url}/drip"):
                task = asyncio.create_task(http.get(f"{server.url}/ok"))
                for _ in range(10):
                    await asyncio.sleep(0)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task

        asyncio.run(main())

        assert [CANCELLED, FINE] == [told(each) for each in ended(written())]
        assert 1 == len(server.seen)

    def test_while_the_caller_works(self, server: Server, written: Callable[[], Lines]) -> None:
        """A caller that is cancelled between two chunks closes the response, and that ends it."""

        async def main() -> None:
            async with async_client() as http:
                reached = asyncio.Event()

                async def read() -> None:
                    async with http.stream("GET", f"{server.url}/drip") as response:
                        async for _ in response.aiter_raw():
                            reached.set()
                            await asyncio.Event().wait()

                task = asyncio.create_task(read())
                await reached.wait()
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task

        asyncio.run(main())

        assert FINE == told(one(written()))

    def test_while_it_is_closed(self, server: Server, written: Callable[[], Lines]) -> None:
        """A close that is cancelled ends it, and a second close adds nothing."""

        async def cancel(name: str, info: Any) -> None:
            if name == "http11.response_closed.started":
                task = asyncio.current_task()
                assert task is not None
                task.cancel()

        async def main() -> None:
            async with async_client() as http:
                request = http.build_request("GET", f"{server.url}/drip", extensions={"trace": cancel})
                response = await http.send(request, stream=True)

                async def close() -> None:
                    await response.aclose()
                    await asyncio.sleep(0)

                with pytest.raises(asyncio.CancelledError):
                    await asyncio.create_task(close())
                await response.aclose()

        asyncio.run(main())

        assert "ok" == one(written())["span"]["status"]

    def test_a_timeout_around_it(self, server: Server, written: Callable[[], Lines]) -> None:
        """A timeout of the caller's own is a cancellation to the request."""

        async def main() -> None:
            async with async_client() as http:
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(SOON):
                        await http.get(f"{server.url}/hang")

        asyncio.run(main())

        assert CANCELLED == told(one(written()))


class TestConcurrency:
    """Many requests at a time."""

    COUNT = 200

    def check(self, lines: Lines, server: Server) -> None:
        """Each client span is under its own entry, and each server was told that span."""
        entries = {each["context"]["number"]: each for each in ended(lines, "internal")}
        spans = {each["span_id"]: each for each in ended(lines)}

        assert self.COUNT == len(entries) == len(spans) == len(server.seen)
        assert self.COUNT == len({each["trace_id"] for each in entries.values()})
        for each in server.seen:
            remote = extract(each["headers"].items())
            assert remote is not None
            line, owner = spans[remote.span_id], entries[int(each["path"].rpartition("/")[2])]
            assert (owner["trace_id"], owner["span_id"]) == (line["trace_id"], line["parent_span_id"])
            assert owner["trace_id"] == remote.trace_id
            assert owner["context"] == line["context"]
        assert FINE == told(next(iter(spans.values())))

    def test_tasks(self, server: Server, written: Callable[[], Lines]) -> None:
        """Tasks of one loop, over one client, don't mix."""

        async def main() -> None:
            limits = httpx.Limits(max_connections=50)
            async with async_client(httpx.AsyncHTTPTransport(verify=False, limits=limits)) as http:

                async def work(number: int) -> None:
                    async with entry("work"):
                        bind_contextvars(number=number)
                        assert "ok" == (await http.get(f"{server.url}/ok/{number}")).text

                await asyncio.gather(*map(work, range(self.COUNT)))

        asyncio.run(main())

        self.check(written(), server)

    def test_threads(self, server: Server, written: Callable[[], Lines]) -> None:
        """Threads over one client don't mix."""
        with client(httpx.HTTPTransport(verify=False, limits=httpx.Limits(max_connections=50))) as http:

            def work(number: int) -> None:
                with entry("work"):
                    bind_contextvars(number=number)
                    assert "ok" == http.get(f"{server.url}/ok/{number}").text

            with ThreadPoolExecutor(50) as pool:
                list(pool.map(work, range(self.COUNT)))

        self.check(written(), server)

    def test_siblings(self, server: Server, written: Callable[[], Lines]) -> None:
        """Requests of one entry that are under way together have each what its own task bound."""

        async def main() -> None:
            async with entry("order"), async_client() as http:

                async def work(number: int) -> None:
                    bind_contextvars(number=number)
                    await http.get(f"{server.url}/ok/{number}")

                await asyncio.gather(*map(work, range(10)))

        asyncio.run(main())
        lines = ended(written())

        assert 10 == len(lines)
        assert [] == [
            (each["context"], each["span"]["attributes"]["url.full"])
            for each in lines
            if not each["span"]["attributes"]["url.full"].endswith(f"/{each['context']['number']}")
        ]


class TestServers:
    """Servers that people run."""

    COUNT = 20

    def test_both_ends(self, serve: Callable[..., Any], written: Callable[[], Lines]) -> None:
        """Under uvicorn, with our middleware inside, the two ends make one trace."""

        async def answer(request: Request) -> Response:
            structlog.get_logger().info("reserved")
            return PlainTextResponse("ok")

        app = TraceMiddleware(Starlette(routes=[Route("/items/{id}", answer)]))

        async def main(address: str) -> None:
            async with entry("order"), async_client() as http:
                assert "ok" == (await http.get(f"http://{address}/items/5")).text

        with serve(app) as address:
            asyncio.run(main(address))

        lines = written()
        sent, order, answered = one(lines), *ended(lines, "internal"), *ended(lines, "server")
        reserved = next(each for each in lines if each["message"] == "reserved")

        assert 1 == len({each["trace_id"] for each in lines})
        assert order["span_id"] == sent["parent_span_id"]
        assert sent["span_id"] == answered["parent_span_id"]
        assert answered["span_id"] == reserved["span_id"]
        assert "GET /items/{id}" == answered["message"]

    def test_http_2(self, serve: Callable[..., Any], written: Callable[[], Lines]) -> None:
        """Requests that share one HTTP/2 connection at a time don't mix."""
        seen = []

        async def answer(request: Request) -> Response:
            seen.append((request.url.path, request.headers["traceparent"].split("-")[2]))
            return PlainTextResponse("ok" * 100_000)

        app = Starlette(routes=[Route("/{number}", answer)])

        async def main(address: str) -> None:
            async with async_client(httpx.AsyncHTTPTransport(verify=False, http1=False, http2=True)) as http:
                await asyncio.gather(*(http.get(f"http://{address}/{number}") for number in range(self.COUNT)))

        with serve(app, by="hypercorn") as address:
            asyncio.run(main(address))

        lines = ended(written())
        urls = [(urlsplit(each["span"]["attributes"]["url.full"]).path, each["span_id"]) for each in lines]

        assert self.COUNT == len(lines)
        assert sorted(seen) == sorted(urls)
        assert {"2"} == {each["span"]["attributes"]["network.protocol.version"] for each in lines}


class TestOpenTelemetry:
    """With `preset(ids="otel")`."""

    def test_same_ids(self, server: Server, validator: Draft202012Validator, monkeypatch: pytest.MonkeyPatch) -> None:
        """The server gets the ids of the exported span, which are those of the line."""
        exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        monkeypatch.setattr("opentelemetry.trace.get_tracer_provider", lambda: provider)
        sink = io.BytesIO()
        configured(sink, ids="otel")

        async def main() -> None:
            async with async_client() as http:
                await http.get(f"{server.url}/ok")

        with entry("order"), client() as http:
            http.get(f"{server.url}/ok")
            http.get(f"{server.url}/status/503")
            asyncio.run(main())

        lines = [orjson.loads(line) for line in sink.getvalue().splitlines()]
        for each in lines:
            validator.validate(each)
        *sent, order = lines
        exported = exporter.get_finished_spans()

        assert 4 == len(exported)
        assert [each["span_id"] for each in sent] == server.parents()
        for line, each in zip(lines, exported, strict=True):
            assert (line["trace_id"], line["span_id"]) == (
                f"{each.context.trace_id:032x}",
                f"{each.context.span_id:016x}",
            )
            assert line["span"].get("attributes", {}) == dict(each.attributes)
        assert [order["span_id"]] * 3 == [each["parent_span_id"] for each in sent]
        assert ["UNSET", "ERROR", "UNSET"] == [each.status.status_code.name for each in exported[:3]]
        assert ["CLIENT"] * 3 == [each.kind.name for each in exported[:3]]


class TestPassedOn:
    """What is no request goes to the wrapped transport, once."""

    def test_life(self) -> None:
        """To enter, to leave and to close are passed on exactly once."""
        told_of: list[str] = []

        class Noted(httpx.BaseTransport):
            def __enter__(self) -> Self:
                told_of.append("enter")
                return self

            def __exit__(self, *args: object) -> None:
                told_of.append("exit")

            def close(self) -> None:
                told_of.append("close")

        with httpx.Client(transport=TraceTransport(Noted())):
            assert ["enter"] == told_of
        httpx.Client(transport=TraceTransport(Noted())).close()
        with TraceTransport(Noted()) as transport:
            assert isinstance(transport, TraceTransport)

        assert ["enter", "exit", "close", "enter", "exit"] == told_of

    def test_life_without_blocking(self) -> None:
        """So they are asynchronously."""
        told_of: list[str] = []

        class Noted(httpx.AsyncBaseTransport):
            async def __aenter__(self) -> Self:
                told_of.append("enter")
                return self

            async def __aexit__(self, *args: object) -> None:
                told_of.append("exit")

            async def aclose(self) -> None:
                told_of.append("close")

        async def main() -> None:
            async with httpx.AsyncClient(transport=AsyncTraceTransport(Noted())):
                assert ["enter"] == told_of
            await httpx.AsyncClient(transport=AsyncTraceTransport(Noted())).aclose()
            async with AsyncTraceTransport(Noted()) as transport:
                assert isinstance(transport, AsyncTraceTransport)

        asyncio.run(main())

        assert ["enter", "exit", "close", "enter", "exit"] == told_of

    def test_mounts(self, server: Server, written: Callable[[], Lines]) -> None:
        """It works where a client mounts it: here for one address, through a proxy that is the server itself."""
        transport = TraceTransport(httpx.HTTPTransport(verify=False, proxy=httpx.Proxy(server.url)))
        with httpx.Client(mounts={"http://stock.example": transport}, trust_env=False) as http:
            http.get("http://stock.example/ok")

        # A proxy is asked for the whole address.
        assert ["http://stock.example/ok"] == [each["path"] for each in server.seen]
        assert [one(written())["span_id"]] == server.parents()
        assert "stock.example" == one(written())["span"]["peer"]


class TestNeverInTheWay:
    """Whatever fails on our side, the request goes on."""

    def test_request_that_cannot_be_copied(self, server: Server, written: Callable[[], Lines]) -> None:
        """It is sent as it is, without a span."""

        class Uncopyable(httpx.Request):
            def __reduce_ex__(self, protocol: object) -> Any:
                raise TypeError("not me")

        async def main(request: httpx.Request) -> int:
            async with async_client() as http:
                return (await http.send(request)).status_code

        with client() as http:
            assert 200 == http.send(Uncopyable("GET", f"{server.url}/ok")).status_code
        assert 200 == asyncio.run(main(Uncopyable("GET", f"{server.url}/ok")))

        assert [] == written()
        assert [None, None] == [each["headers"].get("traceparent") for each in server.seen]

    @pytest.mark.parametrize("name", ["start", "activate", "restore", "end", "current"])
    def test_broken_ids(self, name: str, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        """A source of ids that fails costs the line."""
        configured(io.BytesIO())

        def broken(*args: object, **kw: object) -> Any:
            raise RuntimeError("no ids")

        monkeypatch.setattr(OwnIds, name, broken)
        with client() as http:
            assert "ok" == http.get(f"{server.url}/ok").text
            with pytest.raises(httpx.UnsupportedProtocol):
                http.get("gopher://stock/")

    def test_broken_chain(self, server: Server) -> None:
        """So does a chain that fails, and a logger that isn't one."""

        def broken(*args: object) -> Any:
            raise RuntimeError("no line")

        structlog.configure(processors=[broken])
        with client() as http:
            assert "ok" == http.get(f"{server.url}/ok").text
        with httpx.Client(transport=TraceTransport(logger=object())) as http:
            assert "ok" == http.get(f"{server.url}/ok").text

    def test_hostile_exception(self, validator: Draft202012Validator) -> None:
        """An exception that breaks whoever looks at it ends the span, and goes on to the caller."""

        class Hostile(httpx.ProtocolError):
            __class__ = property(lambda _: 1 / 0)  # type: ignore[assignment]

            def __str__(self) -> str:
                raise RuntimeError("not me")

        def fail(request: httpx.Request) -> httpx.Response:
            raise Hostile("x")

        sink = io.BytesIO()
        configured(sink)
        transport = TraceTransport(httpx.MockTransport(fail))
        with pytest.raises(Hostile):
            transport.handle_request(httpx.Request("GET", "http://stock/"))

        line = orjson.loads(sink.getvalue())
        validator.validate(line)

        assert ("error", "error") == (line["level"], line["span"]["status"])

    def test_request_without_identity(self, server: Server, written: Callable[[], Lines]) -> None:
        """A request that can't be told from others is traced, always as a first attempt."""

        class Unhashable(httpx.Request):
            __hash__ = None  # type: ignore[assignment]

        with client() as http:
            request = Unhashable("GET", f"{server.url}/ok")
            for _ in range(2):
                http.send(request)

        assert [1, 1] == [each["span"]["attempt"] for each in ended(written())]
        assert [each["span_id"] for each in ended(written())] == server.parents()

    def test_what_is_no_response(self, written: Callable[[], Lines]) -> None:
        """A transport that answers with something else fails as it would without us, and its span ends."""

        class Wrong(httpx.BaseTransport):
            def handle_request(self, request: httpx.Request) -> Any:
                return "200 OK"

        with client(Wrong()) as http, pytest.raises(AttributeError):
            http.get("http://stock/")

        assert 1 == len(ended(written()))

    def test_traceback(self, nobody: str, written: Callable[[], Lines]) -> None:
        """An exception that passes through has no cause or context of ours."""
        with client() as http, pytest.raises(httpx.ConnectError) as caught:
            http.get(nobody)

        chain: BaseException | None = caught.value
        while chain is not None:
            assert "structlog_enrich" not in type(chain).__module__
            chain = chain.__cause__ or chain.__context__
        assert "_begun" not in "".join(traceback.format_exception(caught.value))


class TestConstruction:
    """What is refused, and when."""

    @pytest.mark.parametrize(
        ("kind", "transport", "rule"),
        [
            (TraceTransport, httpx.AsyncHTTPTransport(verify=False), "must be an httpx.BaseTransport"),
            (TraceTransport, httpx.Client, "must be an httpx.BaseTransport"),
            (AsyncTraceTransport, httpx.HTTPTransport(verify=False), "must be an httpx.AsyncBaseTransport"),
            (AsyncTraceTransport, "http://", "must be an httpx.AsyncBaseTransport"),
        ],
        ids=["sync-async", "sync-class", "async-sync", "async-text"],
    )
    def test_wrong_transport(self, kind: Any, transport: Any, rule: str) -> None:
        """One that can't do the work is refused where it is given."""
        with pytest.raises(ConfigurationError) as caught:
            kind(transport)

        assert ("transport", rule, type(transport).__name__) == (
            caught.value.parameter,
            caught.value.rule,
            caught.value.received,
        )

    def test_default_transport(self) -> None:
        """Without one it is httpx's own."""
        assert "TraceTransport(HTTPTransport)" == repr(TraceTransport())
        assert "AsyncTraceTransport(AsyncHTTPTransport)" == repr(AsyncTraceTransport())

    def test_without_httpx(self, run_python: Callable[..., subprocess.CompletedProcess[str]]) -> None:
        """Where httpx isn't installed the import says what to install."""
        program = """
import sys
sys.modules["httpx"] = None
try:
    import structlog_enrich.integrations.httpx
except ImportError as error:
    print(type(error).__name__, error)
"""
        expected = (
            "MissingExtraError structlog_enrich.integrations.httpx needs httpx: pip install 'structlog-enrich[httpx]'\n"
        )
        assert expected == run_python(program).stdout

    def test_broken_httpx(self, run_python: Callable[..., subprocess.CompletedProcess[str]]) -> None:
        """Where a part of httpx is missing the import says so itself."""
        program = """
import sys
sys.modules["httpcore"] = sys.modules["anyio"] = sys.modules["certifi"] = sys.modules["idna"] = None
try:
    import structlog_enrich.integrations.httpx
except ImportError as error:
    print(type(error).__name__, error.name != "httpx")
"""
        assert "ModuleNotFoundError True\n" == run_python(program).stdout
