"""A real server, which answers as the path says and remembers what it was asked."""

from __future__ import annotations

import gzip
import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from structlog_enrich import extract

TIMEOUT = 30.0


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
        self.server.over.wait(TIMEOUT)
        self.close_connection = True

    def answer_drip(self, rest: str) -> None:
        """Answer the beginning, and the rest when the test is over."""
        self.answer(b"drop", length=8)
        self.server.over.wait(TIMEOUT)
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
