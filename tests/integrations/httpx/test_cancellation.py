"""Requests sent with httpx whose task is cancelled on the way."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

SOON = 0.05
"""Seconds until a timeout that is to be met; nothing is right only because it is long enough."""
BIG = 64 * 65_536
"""The size of the answer that no buffer holds."""
FINE = ("info", "ok", None, None, None)
CANCELLED = ("info", "ok", "cancelled", None, None)


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
        self, stage: str, path: str, expected: Any, server: Any, written: Any, async_client: Any, told: Any
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
                assert expected == told(written.one())
                assert 200 == (await http.get(f"{server.url}/ok")).status_code

        asyncio.run(main())

        assert [expected, FINE] == [told(each) for each in written.ended()]

    def test_during_the_handshake(self, silent: str, written: Any, async_client: Any, told: Any) -> None:
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

        assert CANCELLED == told(written.one())

    def test_while_it_waits_for_a_connection(self, server: Any, written: Any, async_client: Any, told: Any) -> None:
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

        assert [CANCELLED, FINE] == [told(each) for each in written.ended()]
        assert 1 == len(server.seen)

    def test_while_the_caller_works(self, server: Any, written: Any, async_client: Any, told: Any) -> None:
        """A caller that is cancelled between two chunks closes the response, and that ends it as cancelled."""

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

        assert CANCELLED == told(written.one())

    @pytest.mark.parametrize("status", [200, 404, 503])
    def test_while_it_is_held_open(self, status: int, written: Any, async_client: Any, told: Any) -> None:
        """Also when nothing of it was read; a refusal stays one."""

        class Body(httpx.AsyncByteStream):
            """Be there."""

        async def main() -> None:
            answer = httpx.MockTransport(lambda _: httpx.Response(status, stream=Body()))
            async with (
                async_client(answer) as http,
                asyncio.timeout(None) as limit,
                http.stream("GET", "http://stock/"),
            ):
                limit.reschedule(0)
                await asyncio.Event().wait()

        with pytest.raises(TimeoutError):
            asyncio.run(main())

        assert ("cancelled", "ok" if status == 200 else "error") == told(written.one())[2:0:-1]
        assert "error" not in written.one()

    def test_interrupted(self, server: Any, written: Any, client: Any, told: Any) -> None:
        """Nor is one that is interrupted from the keyboard."""
        with client() as http, pytest.raises(KeyboardInterrupt), http.stream("GET", f"{server.url}/drip"):
            raise KeyboardInterrupt

        assert CANCELLED == told(written.one())

    def test_cancelled_before(self, server: Any, written: Any, async_client: Any, told: Any) -> None:
        """What is sent while a cancellation is dealt with isn't cancelled itself."""

        async def main() -> None:
            async with async_client() as http:
                try:
                    raise asyncio.CancelledError
                except asyncio.CancelledError:
                    async with http.stream("GET", f"{server.url}/drip"):
                        pass

        asyncio.run(main())

        assert FINE == told(written.one())

    def test_while_it_is_closed(self, server: Any, written: Any, async_client: Any) -> None:
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

        assert "ok" == written.one()["span"]["status"]

    def test_a_timeout_around_it(self, server: Any, written: Any, async_client: Any, told: Any) -> None:
        """A timeout of the caller's own is a cancellation to the request."""

        async def main() -> None:
            async with async_client() as http:
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(SOON):
                        await http.get(f"{server.url}/hang")

        asyncio.run(main())

        assert CANCELLED == told(written.one())
