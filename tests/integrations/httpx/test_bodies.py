"""The bodies of httpx's responses, with which spans end."""

from __future__ import annotations

import asyncio
import gc
import threading
from contextlib import closing, suppress
from typing import Any

import httpx
import pytest

from structlog_enrich.integrations.httpx import AsyncTraceTransport, TraceTransport

LONG = 30.0
"""Seconds within which what must happen happens."""
BIG = 64 * 65_536
"""The size of the answer that no buffer holds."""
FINE = ("info", "ok", None, None, None)


class TestBody:
    """The span lasts as long as the body."""

    def test_read(self, server: Any, written: Any, client: Any, told: Any) -> None:
        """It ends when the body has been read, not before, and once."""
        with client() as http, http.stream("GET", f"{server.url}/big") as response:
            assert [] == written.lines()
            chunks = response.iter_raw()
            size = len(next(chunks))
            assert [] == written.lines()
            size += sum(map(len, chunks))
            assert FINE == told(written.one())
            assert response.is_closed
            assert response.is_stream_consumed
            response.close()

        assert BIG == size == response.num_bytes_downloaded
        assert response.elapsed.total_seconds() > 0
        assert FINE == told(written.one())

    def test_end_of_the_stream(self, server: Any, written: Any, told: Any) -> None:
        """The end of the body ends it, whether or not somebody closes it then."""
        asked = httpx.Request("GET", f"{server.url}/ok", headers={"host": server.peer})

        async def main() -> None:
            async with AsyncTraceTransport() as transport:
                response = await transport.handle_async_request(asked)
                assert [b"ok"] == [chunk async for chunk in response.stream]  # type: ignore[union-attr]
                assert FINE == told(written.ended()[1])
                await response.aclose()

        with TraceTransport() as transport:
            response = transport.handle_request(asked)
            assert [b"ok"] == list(response.stream)  # type: ignore[arg-type]
            assert FINE == told(written.one())
            response.close()
        asyncio.run(main())

        assert [FINE, FINE] == [told(each) for each in written.ended()]

    def test_duration(self, server: Any, written: Any, client: Any) -> None:
        """The time it took covers the body."""
        with client() as http:
            response = http.get(f"{server.url}/big")

        took = written.one()["span"]["duration_ms"]

        # httpx looks at its own clock a moment before and after.
        assert abs(took - response.elapsed.total_seconds() * 1_000) < 1_000
        assert took > 0

    @pytest.mark.parametrize(
        ("method", "path"), [("HEAD", "ok"), ("GET", "status/204"), ("GET", "status/304"), ("HEAD", "gzip")]
    )
    def test_none(self, method: str, path: str, server: Any, written: Any, client: Any, told: Any) -> None:
        """A response without one ends it once, read or closed."""
        with client() as http:
            http.request(method, f"{server.url}/{path}")
            with http.stream(method, f"{server.url}/{path}"):
                pass

        assert [FINE, FINE] == [told(each) for each in written.ended()]

    def test_compressed(self, server: Any, written: Any, client: Any, told: Any) -> None:
        """What is compressed is read as ever."""
        with client() as http:
            response = http.get(f"{server.url}/gzip")

        assert b"ok" * 1_000 == response.content
        assert response.num_bytes_downloaded == int(response.headers["content-length"])
        assert FINE == told(written.one())

    @pytest.mark.parametrize("is_streamed", [False, True], ids=["read", "streamed"])
    def test_undecodable(self, server: Any, written: Any, client: Any, told: Any, is_streamed: bool) -> None:  # noqa: FBT001
        """A body that arrives and can't be decoded is a failure, which the caller is told by an exception of httpx."""
        with client() as http:
            request = http.build_request("GET", f"{server.url}/garbage")
            with pytest.raises(httpx.DecodingError), closing(http.send(request, stream=is_streamed)) as response:
                response.read()

        name = "httpx.DecodingError"
        assert ("error", "error", None, name, name) == told(written.one())

    def test_undecodable_async(self, server: Any, written: Any, async_client: Any, told: Any) -> None:
        """So it is for the other client."""

        async def main() -> None:
            async with async_client() as http:
                with pytest.raises(httpx.DecodingError):
                    await http.get(f"{server.url}/garbage")

        asyncio.run(main())

        assert "httpx.DecodingError" == told(written.one())[3]

    def test_another_requests_failure(self, server: Any, nobody: str, written: Any, client: Any, told: Any) -> None:
        """What fails while it is held open isn't its own failure, be it another request's or the caller's verdict."""
        with client() as http:
            with pytest.raises(httpx.ConnectError), http.stream("GET", f"{server.url}/drip"):
                http.get(nobody)
            with pytest.raises(httpx.HTTPStatusError), http.stream("GET", f"{server.url}/cut/404") as response:
                response.raise_for_status()
            with pytest.raises(httpx.ReadError), http.stream("GET", f"{server.url}/drip"):
                raise httpx.ReadError("of nobody's request")

        name = "httpx.ConnectError"
        assert [("error", "error", None, name, name), FINE, ("warning", "error", None, "404", None), FINE] == [
            told(each) for each in written.ended()
        ]

    def test_cut(self, server: Any, written: Any, client: Any, told: Any) -> None:
        """A server that closes in the middle ends it with the error, though the status was fine."""
        with client() as http, pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
            http.get(f"{server.url}/cut")

        line = written.one()
        name = "httpx.RemoteProtocolError"

        assert ("error", "error", None, name, name) == told(line)
        assert 200 == line["span"]["attributes"]["http.response.status_code"]

    def test_cut_refusal(self, server: Any, written: Any, client: Any, told: Any) -> None:
        """A refusal that breaks off is an error, still known by its status."""
        with client() as http, pytest.raises(httpx.RemoteProtocolError):
            http.get(f"{server.url}/cut/404")

        assert ("error", "error", None, "404", "httpx.RemoteProtocolError") == told(written.one())

    def test_left_early(self, server: Any, written: Any, client: Any, told: Any) -> None:
        """A stream that is left before its end, or isn't looked at, ends it once."""
        with client() as http:
            with http.stream("GET", f"{server.url}/drip") as response:
                for _ in response.iter_raw():
                    break
                assert [] == written.lines()
            with http.stream("GET", f"{server.url}/drip"):
                pass
            with suppress(LookupError), http.stream("GET", f"{server.url}/drip") as response:
                next(response.iter_bytes())
                raise LookupError

        assert [FINE] * 3 == [told(each) for each in written.ended()]

    def test_read_twice(self, server: Any, written: Any, client: Any, told: Any) -> None:
        """A stream that was consumed or closed says so as ever."""
        with client() as http, http.stream("GET", f"{server.url}/ok") as response:
            list(response.iter_raw())
            with pytest.raises(httpx.StreamConsumed):
                list(response.iter_raw())

        assert FINE == told(written.one())

    def test_closed_by_many(self, server: Any, written: Any, told: Any) -> None:
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

        assert FINE == told(written.one())

    def test_failing_close(self, written: Any, client: Any) -> None:
        """A stream that can't be closed ends it with what it raised."""

        class Stuck(httpx.SyncByteStream):
            def close(self) -> None:
                raise httpx.CloseError("stuck")

        answer = httpx.MockTransport(lambda _: httpx.Response(200, stream=Stuck()))
        with client(answer) as http, pytest.raises(httpx.CloseError), http.stream("GET", "http://stock/"):
            pass

        assert "httpx.CloseError" == written.one()["error"]["type"]

    def test_in_memory(self, written: Any, client: Any, told: Any) -> None:
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

        assert [FINE] * 3 == [told(each) for each in written.ended()]

    def test_forgotten(self, server: Any, written: Any, client: Any, told: Any) -> None:
        """A half-read body that is forgotten logs nothing under the feet of the garbage collector."""
        with client() as http:
            response = http.send(http.build_request("GET", f"{server.url}/big"), stream=True)
            chunks = response.iter_raw()
            next(chunks)
            del chunks
            gc.collect()
            assert [] == written.lines()
            response.close()

        assert FINE == told(written.one())
