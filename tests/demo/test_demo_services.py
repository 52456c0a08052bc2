"""A service as a process: it starts, it fails to, it ends, and it never stays behind."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import orjson
import pytest

from structlog_enrich.demo import services
from structlog_enrich.demo.services import ServiceError, running

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

needs_signals = pytest.mark.skipif(os.name != "posix", reason="this system has no POSIX signals")

_INVENTORY = "structlog_enrich.demo.inventory"


def _is_gone(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return True
    return False


class TestRunning:
    """However the block is left, the process has ended."""

    @needs_signals
    def test_serves(self) -> None:
        """It answers on the port it tells, and its lines are complete when it has ended."""

        async def use() -> services.Service:
            async with (
                running(_INVENTORY) as service,
                httpx.AsyncClient(base_url=service.url, trust_env=False) as client,
            ):
                assert 200 == (await client.get("/stock/tea-assam")).status_code
                assert not _is_gone(service.process_id)
            return service

        service = asyncio.run(use())
        lines = [orjson.loads(line) for line in service.lines]
        assert _is_gone(service.process_id)
        expected = ["service started", "read the label", "GET /stock/{sku}", "service stopped"]
        assert expected == [line["message"] for line in lines]
        assert {"port": service.port} == lines[0]["payload"]
        assert {"requests": 1} == lines[-1]["payload"]

    def test_two_at_a_time(self) -> None:
        """Another copy has another port."""

        async def use() -> set[int]:
            async with running(_INVENTORY) as one, running(_INVENTORY) as other:
                return {one.port, other.port}

        assert 2 == len(asyncio.run(use()))

    @needs_signals
    def test_failure_inside(self) -> None:
        """An exception in the block goes on, and the process is gone."""
        seen: list[int] = []

        async def use() -> None:
            async with running(_INVENTORY) as service:
                seen.append(service.process_id)
                raise LookupError

        with pytest.raises(LookupError):
            asyncio.run(use())
        assert [True] == [_is_gone(each) for each in seen]

    @needs_signals
    def test_cancelled(self) -> None:
        """A cancellation, which is what Ctrl-C becomes, goes on, and the process is gone."""
        seen: list[int] = []

        async def use() -> None:
            async with running(_INVENTORY) as service:
                seen.append(service.process_id)
                asyncio.current_task().cancel()  # type: ignore[union-attr]
                await asyncio.Event().wait()

        with pytest.raises(asyncio.CancelledError):
            asyncio.run(use())
        assert [True] == [_is_gone(each) for each in seen]


class TestServiceError:
    """What went wrong is said in one message."""

    @staticmethod
    def _message(module: str, *arguments: str, within: float = 30.0) -> str:
        async def use() -> None:
            async with running(module, *arguments, within=within):
                pytest.fail("it started")

        with pytest.raises(ServiceError) as caught:
            asyncio.run(use())
        return str(caught.value)

    def test_not_there(self) -> None:
        """A service that ends before it listens is shown with what it wrote to standard error."""
        message = self._message("structlog_enrich.demo.nowhere")

        assert message.startswith("structlog_enrich.demo.nowhere ended with code 1 before it listened. It wrote")
        assert "No module named structlog_enrich.demo.nowhere" in message

    def test_no_port(self) -> None:
        """A service that says something else than its port is quoted."""
        assert "this began with b'The Zen of Python, by Tim Peters\\n' instead" in self._message("this")

    def test_never_starts(self) -> None:
        """A service that says nothing is given up."""
        assert "json.tool didn't start within 0.2 s" in self._message("json.tool", within=0.2)

    @needs_signals
    def test_never_ends(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """A service that doesn't end by itself is killed, and was no good run."""
        monkeypatch.setattr(services, "_TO_END", 0.2)
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        deaf = """import signal; print('{"payload": {"port": 1}}', flush=True); signal.pause()"""
        (tmp_path / "deaf.py").write_text(deaf, encoding="utf-8")

        async def use() -> None:
            async with running("deaf"):
                pass

        with pytest.raises(ServiceError, match="deaf ended with code -9"):
            asyncio.run(use())

    @needs_signals
    def test_dies(self) -> None:
        """A service that dies on the way is no good run, even when nobody noticed."""

        async def use() -> None:
            async with running(_INVENTORY) as service:
                os.kill(service.process_id, signal.SIGKILL)

        with pytest.raises(ServiceError, match=f"{_INVENTORY} ended with code -9"):
            asyncio.run(use())


class TestOrphans:
    """A service whose starter is gone ends by itself."""

    def test_starter_killed(self) -> None:
        """Even when the starter was killed and could clean up nothing."""
        program = f"""
import asyncio
from structlog_enrich.demo.services import running
async def use():
    async with running("{_INVENTORY}") as service:
        print(service.port, flush=True)
        await asyncio.Event().wait()
asyncio.run(use())
"""
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as starter:
            assert starter.stdout is not None
            port = int(starter.stdout.readline())
            with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
                starter.kill()

                # It waits until the service closes the connection, which it does at its end; one that it hadn't taken
                # up by then the system resets.
                try:
                    received = connection.recv(1)
                except ConnectionResetError:
                    received = b""
                assert b"" == received

    @needs_signals
    def test_interrupted(self, run_python: Callable[..., subprocess.CompletedProcess[str]]) -> None:
        """A service that is interrupted itself, as all of a terminal's processes are, ends well and says so."""
        program = f"""
import asyncio, os, signal
from structlog_enrich.demo.services import running
async def use():
    async with running("{_INVENTORY}") as service:
        os.kill(service.process_id, signal.SIGINT)
        await asyncio.wait(service._reading)
    print(service.lines[-1].decode())
asyncio.run(use())
"""
        done = run_python(program)

        assert "service stopped" == orjson.loads(done.stdout)["message"]
