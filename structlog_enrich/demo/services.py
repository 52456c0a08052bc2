"""Start a service as a process of its own, collect its lines, and end it."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, cast

import orjson

if TYPE_CHECKING:
    from asyncio import StreamReader
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator

__all__ = ["Service", "ServiceError", "running"]

_LONGEST_LINE: Final = 1_048_576
_OF_OTHERS: Final = ("DD_", "OTEL_", "STRUCTLOG_ENRICH_")
_TO_START: Final = 30.0
_TO_END: Final = 15.0
_SHOWN: Final = 4_096


class ServiceError(Exception):
    """Say which service failed, how, and what it wrote to standard error.

    Args:
        service: What it runs.
        failure: What happened, as the rest of the sentence.
        said: What it wrote to standard error.
    """

    def __init__(self, service: str, failure: str, said: str) -> None:
        super().__init__(f"{service} {failure}." + (f" It wrote to standard error:\n\n{said}" if said else ""))


class Service:
    """Hold what is known of a service from outside.

    Attributes:
        name: The module that it runs.
        process_id: Its process.
        port: Where it listens, once it has started.
        lines: What it has written so far; all of it once it has ended.
    """

    def __init__(self, name: str, process: Process) -> None:
        self.name = name
        self.process_id = process.pid
        self.port = 0
        self.lines: list[bytes] = []
        self._errors = b""
        self._process = process
        self._started = asyncio.Event()
        self._reading = [
            asyncio.create_task(self._read_lines(cast("StreamReader", process.stdout))),
            asyncio.create_task(self._read_errors(cast("StreamReader", process.stderr))),
        ]

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"http://127.0.0.1:{self.port}"

    async def started(self, within: float) -> None:
        """Wait until it listens.

        Args:
            within: Seconds.

        Raises:
            ServiceError: It ended before, said something else, or took longer.
        """
        try:
            await asyncio.wait_for(self._started.wait(), within)
        except TimeoutError:
            raise ServiceError(self.name, f"didn't start within {within:g} s", self._said()) from None
        try:
            self.port = orjson.loads(self.lines[0])["payload"]["port"]
        except IndexError:
            await asyncio.wait([*self._reading, asyncio.create_task(self._process.wait())], timeout=_TO_END)
            raise ServiceError(
                self.name, f"ended with code {self._process.returncode} before it listened", self._said()
            ) from None
        except (KeyError, ValueError):
            raise ServiceError(
                self.name, f"began with {self.lines[0][:_SHOWN]!r} instead of its port", self._said()
            ) from None

    async def end(self) -> None:
        """End it and wait for its last line; kill it when it doesn't end by itself."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), _TO_END)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await asyncio.wait(self._reading)

    def check(self) -> None:
        """Make sure that it ended well.

        Raises:
            ServiceError: It didn't.
        """
        if self._process.returncode:
            raise ServiceError(self.name, f"ended with code {self._process.returncode}", self._said())

    async def _read_lines(self, output: StreamReader) -> None:
        try:
            while line := await output.readline():
                self.lines.append(line)
                self._started.set()
        finally:
            self._started.set()

    async def _read_errors(self, output: StreamReader) -> None:
        while errors := await output.read(_LONGEST_LINE):
            self._errors = (self._errors + errors)[-_SHOWN:]

    def _said(self) -> str:
        return self._errors.decode(errors="replace").strip()


@asynccontextmanager
async def running(module: str, *arguments: str, within: float = _TO_START) -> AsyncIterator[Service]:
    """Run *module* as a service; it has ended, however the block is left, when this is over.

    Args:
        module: What `python -m` runs.
        arguments: Its arguments.
        within: Seconds to start.

    Raises:
        ServiceError: It didn't start, or didn't end well.
    """
    # A task of its own, so that an interruption can't come between the process and whoever ends it.
    starting = asyncio.create_task(_start(module, *arguments))
    try:
        service = await asyncio.shield(starting)
        await service.started(within)
        yield service
    finally:
        ending = asyncio.create_task((await starting).end())
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:
            await ending
            raise
    service.check()


async def _start(module: str, *arguments: str) -> Service:
    # What this environment says of its own services isn't said of these.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_OF_OTHERS)}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        limit=_LONGEST_LINE,
        env=environment,
    )
    return Service(module, process)
