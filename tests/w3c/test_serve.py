"""The published vectors over real sockets: through `serve.py`, as the validation service of W3C drives it."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
from collections import defaultdict
from contextlib import contextmanager
from http.client import HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema import Draft202012Validator

SERVE = Path(__file__).with_name("serve.py")
ROWS = json.loads(SERVE.parents[2].joinpath("docs", "w3c-vectors.json").read_text(encoding="ascii"))["rows"]
TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})").fullmatch
TIMEOUT = 30.0
NEW_FLAGS = "03"


def travels(row: dict[str, Any]) -> bool:
    """Tell whether HTTP lets the headers of *row* through."""
    name, value = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"), re.compile(r"[^\0-\x08\n-\x1f\x7f]*")
    return all(name.fullmatch(each) and value.fullmatch(text) for each, text in row["headers"])


SENT = [row for row in ROWS if travels(row)]


class Receiver(ThreadingHTTPServer):
    """Answer every call, and keep its headers by the path that was called."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Call)
        self.seen: dict[str, list[dict[str, list[str]]]] = defaultdict(list)

    @property
    def url(self) -> str:
        """Where it is called."""
        return f"http://127.0.0.1:{self.server_port}"


class Call(BaseHTTPRequestHandler):
    """One call that the service makes."""

    protocol_version = "HTTP/1.1"
    server: Receiver

    def do_POST(self) -> None:
        """Note the headers, and answer."""
        self.rfile.read(int(self.headers["content-length"]))
        self.server.seen[self.path].append(
            {name: self.headers.get_all(name, []) for name in ("traceparent", "tracestate")}
        )
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    """Return a server for the calls that come back."""
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Start the service as a process of its own, and return its port."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    with _started(port, tmp_path_factory.mktemp("w3c") / "lines"):
        # The transport tries again, a little later each time, until somebody listens.
        with httpx.Client(transport=httpx.HTTPTransport(retries=6), timeout=TIMEOUT) as client:
            assert 404 == client.get(f"http://127.0.0.1:{port}/").status_code
        yield port


@contextmanager
def _started(port: int, lines: Path) -> Iterator[None]:
    with lines.open("wb") as written:
        process = subprocess.Popen([sys.executable, str(SERVE), "asgi", str(port)], stdout=written, stderr=written)
        try:
            yield
        finally:
            ended = process.poll()
            process.terminate()
            process.wait(TIMEOUT)
            assert ended is None, lines.read_text()


@pytest.fixture
def connection(service: int) -> Iterator[socket.socket]:
    """Return a connection to the service."""
    with socket.create_connection(("127.0.0.1", service), TIMEOUT) as connected:
        yield connected


def post(connection: socket.socket, headers: list[list[str]], body: Any) -> int:
    """Send `POST /test` with these headers as they stand, which no client would do, and return the status."""
    content = json.dumps(body).encode()
    needed = {"host": "w3c", "content-type": "application/json", "content-length": str(len(content))}
    given = [*((name, value) for name, value in needed.items() if name not in dict(headers)), *headers]
    head = "".join(f"{name}: {value}\r\n" for name, value in given)
    connection.sendall(f"POST /test HTTP/1.1\r\n{head}\r\n".encode("latin-1") + content)
    with HTTPResponse(connection) as answer:
        answer.begin()
        assert b"null" == answer.read()
        return answer.status


class TestRows:
    """Every row of the published vectors that HTTP lets through."""

    def test_how_many(self) -> None:
        """Few rows aren't sent: those with characters that no server lets through."""
        assert len(ROWS) - 8 == len(SENT)

    @pytest.mark.parametrize("row", SENT, ids=lambda row: row["name"])
    def test_row(self, row: dict[str, Any], receiver: Receiver, connection: socket.socket) -> None:
        """The calls that a request causes go on with its trace, or begin one, as the row says."""
        path = f"/{ROWS.index(row)}"
        status = post(connection, row["headers"], [{"url": receiver.url + path, "arguments": []}] * row["calls"])
        calls = receiver.seen.pop(path)
        read = [TRACEPARENT(value) for call in calls for value in call["traceparent"]]

        assert 200 == status
        assert row["calls"] == len(calls) == len(read)
        assert [[] if row["tracestate"] is None else [row["tracestate"]]] * row["calls"] == [
            call["tracestate"] for call in calls
        ]
        assert None not in read
        trace_ids, parent_ids, flags = zip(*(each.groups() for each in read if each is not None), strict=True)
        assert 1 == len({*trace_ids})
        assert row["calls"] == len({*parent_ids} - {row["parent_id"], "0" * 16})
        assert {row["trace_flags"] or NEW_FLAGS} == {*flags}
        if row["continues"]:
            assert row["trace_id"] == trace_ids[0]
        else:
            assert all(trace_ids[0] not in value for _, value in row["headers"])


class TestProcess:
    """The service as a process."""

    def test_lines(self, receiver: Receiver, tmp_path: Path, validator: Draft202012Validator) -> None:
        """It writes valid lines, the calls within their request, and nothing else."""
        with socket.create_server(("127.0.0.1", 0)) as found:
            port = found.getsockname()[1]
        calls = [{"url": f"{receiver.url}/lines", "arguments": []}] * 3
        transport = httpx.HTTPTransport(retries=6)
        with _started(port, tmp_path / "lines"), httpx.Client(transport=transport, timeout=TIMEOUT) as client:
            assert 200 == client.post(f"http://127.0.0.1:{port}/test", json=calls).status_code
        *sent, request = lines = [orjson.loads(line) for line in (tmp_path / "lines").read_bytes().splitlines()]

        for line in lines:
            validator.validate(line)
        assert ["client"] * 3 + ["server"] == [line["span"]["kind"] for line in lines]
        assert [(request["trace_id"], request["span_id"])] * 3 == [
            (line["trace_id"], line["parent_span_id"]) for line in sent
        ]
