"""The transports for httpx themselves: what they pass on, what they survive, what they refuse."""

from __future__ import annotations

import asyncio
import io
import traceback
from typing import TYPE_CHECKING, Any, Self

import httpx
import orjson
import pytest
import structlog

from structlog_enrich import ConfigurationError
from structlog_enrich.integrations.httpx import AsyncTraceTransport, TraceTransport
from structlog_enrich.trace.ids import OwnIds

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from jsonschema import Draft202012Validator


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

    def test_mounts(self, server: Any, written: Any) -> None:
        """It works where a client mounts it: here for one address, through a proxy that is the server itself."""
        transport = TraceTransport(httpx.HTTPTransport(verify=False, proxy=httpx.Proxy(server.url)))
        with httpx.Client(mounts={"http://stock.example": transport}, trust_env=False) as http:
            http.get("http://stock.example/ok")

        # A proxy is asked for the whole address.
        assert ["http://stock.example/ok"] == [each["path"] for each in server.seen]
        assert [written.one()["span_id"]] == server.parents()
        assert "stock.example" == written.one()["span"]["peer"]


class TestNeverInTheWay:
    """Whatever fails on our side, the request goes on."""

    def test_request_that_cannot_be_copied(self, server: Any, written: Any, client: Any, async_client: Any) -> None:
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

        assert [] == written.lines()
        assert [None, None] == [each["headers"].get("traceparent") for each in server.seen]

    @pytest.mark.parametrize("name", ["start", "activate", "restore", "end", "current"])
    def test_broken_ids(
        self, name: str, server: Any, monkeypatch: pytest.MonkeyPatch, client: Any, configured: Any
    ) -> None:
        """A source of ids that fails costs the line."""
        configured(io.BytesIO())

        def broken(*args: object, **kw: object) -> Any:
            raise RuntimeError("no ids")

        monkeypatch.setattr(OwnIds, name, broken)
        with client() as http:
            assert "ok" == http.get(f"{server.url}/ok").text
            with pytest.raises(httpx.UnsupportedProtocol):
                http.get("gopher://stock/")

    def test_broken_chain(self, server: Any, client: Any) -> None:
        """So does a chain that fails, and a logger that isn't one."""

        def broken(*args: object) -> Any:
            raise RuntimeError("no line")

        structlog.configure(processors=[broken])
        with client() as http:
            assert "ok" == http.get(f"{server.url}/ok").text
        with httpx.Client(transport=TraceTransport(logger=object())) as http:
            assert "ok" == http.get(f"{server.url}/ok").text

    def test_hostile_exception(self, validator: Draft202012Validator, configured: Any) -> None:
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

    def test_request_without_identity(self, server: Any, written: Any, client: Any) -> None:
        """A request that can't be told from others is traced, always as a first attempt."""

        class Unhashable(httpx.Request):
            __hash__ = None  # type: ignore[assignment]

        with client() as http:
            request = Unhashable("GET", f"{server.url}/ok")
            for _ in range(2):
                http.send(request)

        assert [1, 1] == [each["span"]["attempt"] for each in written.ended()]
        assert [each["span_id"] for each in written.ended()] == server.parents()

    def test_what_is_no_response(self, written: Any, client: Any) -> None:
        """A transport that answers with something else fails as it would without us, and its span ends."""

        class Wrong(httpx.BaseTransport):
            def handle_request(self, request: httpx.Request) -> Any:
                return "200 OK"

        with client(Wrong()) as http, pytest.raises(AttributeError):
            http.get("http://stock/")

        assert 1 == len(written.ended())

    def test_traceback(self, nobody: str, written: Any, client: Any) -> None:
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
