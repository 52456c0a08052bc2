"""What the line of a request sent with httpx says: of what was asked, and of how it went."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest

from structlog_enrich.integrations.httpx import TraceTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PASSWORD = "hunter" + "2"
SOON = 0.05
"""Seconds until a timeout that is to be met; nothing is right only because it is long enough."""
LONG = 30.0
"""Seconds within which what must happen happens."""
FINE = ("info", "ok", None, None, None)
CANCELLED = ("info", "ok", "cancelled", None, None)


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


class TestAttributes:
    """What the line says of a request."""

    @staticmethod
    def line_of(written: Any, *args: Any, **kw: Any) -> dict[str, Any]:
        """Return the line of a request that needs no network."""
        # Without a client, which decodes the name of the host for itself.
        TraceTransport(httpx.MockTransport(lambda _: httpx.Response(200))).handle_request(
            httpx.Request(*args, **kw, stream=httpx.ByteStream(b""))
        )
        return written.one()

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
    def test_url(self, url: str, full: str, address: str, port: int, peer: str | None, written: Any) -> None:
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
    def test_no_secret_of_an_url(self, url: str, written: Any) -> None:
        """Userinfo, query and fragment are never on the line, whatever the address looks like."""
        transport = TraceTransport(httpx.HTTPTransport(verify=False, proxy=httpx.Proxy("http://127.0.0.1:1")))
        with httpx.Client(transport=transport) as http, pytest.raises(httpx.TransportError):
            http.get(url)

        line = written.one()

        assert PASSWORD not in orjson.dumps(line).decode()
        assert "error" == line["span"]["status"]

    @pytest.mark.parametrize("method", ["get", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"])
    def test_known_method(self, method: str, written: Any) -> None:
        """The span is called by the method."""
        line = self.line_of(written, method, "http://stock/")

        assert (method.upper(), method.upper()) == (line["message"], line["span"]["attributes"]["http.request.method"])
        assert "http.request.method_original" not in line["span"]["attributes"]

    @pytest.mark.parametrize("method", ["BREW", "G" * 10_000, "GET\n", ""])
    def test_unknown_method(self, method: str, written: Any) -> None:
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
    def test_protocol_version(self, version: Any, written_as: str | None, written: Any) -> None:
        """The version is the number, where the transport tells it."""
        extensions = {} if version is None else {"http_version": version}
        answered = httpx.Response(200, extensions=extensions)
        TraceTransport(httpx.MockTransport(lambda _: answered)).handle_request(httpx.Request("GET", "http://stock/"))

        assert written_as == written.one()["span"]["attributes"].get("network.protocol.version")


class TestStatus:
    """How the answer decides how the span went."""

    @pytest.mark.parametrize("status", [200, 204, 302, 304, 399])
    def test_answered(self, status: int, server: Any, written: Any, client: Any, told: Any) -> None:
        """Below 400 it went well."""
        with client() as http:
            http.get(f"{server.url}/status/{status}")

        assert FINE == told(written.one())

    @pytest.mark.parametrize("status", [400, 404, 429, 499])
    def test_refused(self, status: int, server: Any, written: Any, client: Any, told: Any) -> None:
        """A request that is refused failed, but it is the server's word: a warning."""
        with client() as http:
            http.get(f"{server.url}/status/{status}")

        assert ("warning", "error", None, str(status), None) == told(written.one())

    @pytest.mark.parametrize("status", [500, 503, 599])
    def test_failed(self, status: int, server: Any, written: Any, client: Any, told: Any) -> None:
        """A server that fails is an error."""
        with client() as http:
            http.get(f"{server.url}/status/{status}")

        assert ("error", "error", None, str(status), None) == told(written.one())

    def test_nobody_there(self, nobody: str, written: Any, client: Any, told: Any) -> None:
        """A connection that is refused ends the span with the exception, which the caller gets with its own request."""
        with client() as http:
            request = http.build_request("GET", nobody)
            with pytest.raises(httpx.ConnectError) as caught:
                http.send(request)

        line = written.one()

        assert ("error", "error", None, "httpx.ConnectError", "httpx.ConnectError") == told(line)
        assert request is caught.value.request
        assert "http.response.status_code" not in line["span"]["attributes"]

    def test_connect_timeout(self, silent: str, written: Any, client: Any, told: Any) -> None:
        """A connection that doesn't come about in time says so in `outcome`."""
        with client(timeout=httpx.Timeout(LONG, connect=SOON)) as http, pytest.raises(httpx.ConnectTimeout):
            http.get(silent)

        name = "httpx.ConnectTimeout"
        assert ("error", "error", "timeout", name, name) == told(written.one())

    def test_read_timeout(self, server: Any, written: Any, client: Any, told: Any) -> None:
        """So does an answer."""
        with client(timeout=httpx.Timeout(LONG, read=SOON)) as http, pytest.raises(httpx.ReadTimeout):
            http.get(f"{server.url}/hang")

        name = "httpx.ReadTimeout"
        assert ("error", "error", "timeout", name, name) == told(written.one())

    def test_read_timeout_in_the_body(self, server: Any, written: Any, client: Any, told: Any) -> None:
        """So does the rest of a body, of which the status was fine."""
        limits = {"connect": LONG, "read": LONG, "write": LONG, "pool": LONG}
        with client() as http, http.stream("GET", f"{server.url}/drip", extensions={"timeout": limits}) as response:
            limits["read"] = SOON
            with pytest.raises(httpx.ReadTimeout):
                response.read()

        line = written.one()
        name = "httpx.ReadTimeout"

        assert ("error", "error", "timeout", name, name) == told(line)
        assert 200 == line["span"]["attributes"]["http.response.status_code"]

    def test_pool_timeout(self, server: Any, written: Any, client: Any) -> None:
        """So does waiting for a connection of the pool."""
        transport = httpx.HTTPTransport(verify=False, limits=httpx.Limits(max_connections=1))
        with client(transport, timeout=httpx.Timeout(LONG, pool=SOON)) as http:
            with http.stream("GET", f"{server.url}/drip"), pytest.raises(httpx.PoolTimeout):
                http.get(f"{server.url}/ok")
            lines = written.ended()

        assert ["timeout", None] == [each["span"].get("outcome") for each in lines]

    def test_no_answer(self, raw_server: Callable[[bytes], str], written: Any, client: Any, told: Any) -> None:
        """A server that closes without a word is told with its message."""
        with client() as http, pytest.raises(httpx.RemoteProtocolError):
            http.get(raw_server(b""))

        line = written.one()
        name = "httpx.RemoteProtocolError"

        assert ("error", "error", None, name, name) == told(line)
        assert "Server disconnected without sending a response." == line["error"]["message"]

    def test_illegal_header_of_ours(self, server: Any, written: Any, client: Any, told: Any) -> None:
        """A token that ends in a newline can't be sent, and the exception that quotes it isn't what is written."""
        with client() as http, pytest.raises(httpx.LocalProtocolError, match=PASSWORD):
            http.get(f"{server.url}/ok", headers={"authorization": f"Bearer {PASSWORD}\n"})

        line = written.one()
        name = "httpx.LocalProtocolError"

        assert PASSWORD not in orjson.dumps(line).decode()
        assert ("error", "error", None, name, name) == told(line)
        assert "Illegal header value …" == line["error"]["message"]
        assert "handle_request" in line["error"]["stack"]

    def test_illegal_header_of_theirs(self, raw_server: Callable[[bytes], str], written: Any, client: Any) -> None:
        """Neither is what a server sent and h11 quotes."""
        answer = f"HTTP/1.1 200 OK\r\nset-cookie {PASSWORD}\r\n\r\n".encode()
        with client() as http, pytest.raises(httpx.RemoteProtocolError, match=PASSWORD):
            http.get(raw_server(answer))

        line = written.one()

        assert PASSWORD not in orjson.dumps(line).decode()
        assert "error" == line["span"]["status"]
        assert "httpx.RemoteProtocolError" == line["error"]["type"]

    def test_interrupted(self, written: Any, client: Any, told: Any) -> None:
        """Ctrl-C on the way is no failure of the request."""

        def interrupt(request: httpx.Request) -> httpx.Response:
            raise KeyboardInterrupt

        with client(httpx.MockTransport(interrupt)) as http, pytest.raises(KeyboardInterrupt):
            http.get("http://stock/")

        assert CANCELLED == told(written.one())
