"""An application that can't start says so in a line, whatever its server says."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from fastapi import FastAPI
from starlette.applications import Starlette

from structlog_enrich.integrations.asgi import TraceMiddleware

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

STARTS = {"type": "lifespan.startup.complete"}


def failing(when: str, error: BaseException) -> Any:
    """Return a lifespan that fails at the start or at the end."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: Any) -> AsyncIterator[None]:
        if when == "start":
            raise error
        yield
        raise error

    return lifespan


def live(app: Any) -> tuple[list[dict[str, Any]], BaseException | None]:
    """Start and stop *app* as a server does, and return what it sent and raised."""
    incoming = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return incoming.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def run() -> BaseException | None:
        scope: dict[str, Any] = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
        try:
            await app(scope, receive, send)
        except BaseException as error:
            return error
        finally:
            assert not any(each.startswith("structlog") for each in scope)
        return None

    return sent, asyncio.run(run())


def sending(*messages: Any, error: BaseException | None = None) -> Callable[..., Any]:
    """Return an application that sends *messages* and then raises *error*."""

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        for each in messages:
            await send(each)
        if error is not None:
            raise error

    return app


class TestFailures:
    """A start or an end that fails."""

    @pytest.mark.parametrize("when", ["start", "shut down"])
    @pytest.mark.parametrize("framework", [Starlette, FastAPI])
    def test_frameworks(self, sink: Any, framework: Any, when: str, validator: Any) -> None:
        """One line at level error describes the exception, which goes on to the server as ever."""
        error = RuntimeError("no database")
        plain = live(framework(lifespan=failing(when, error)))
        sent, raised = live(TraceMiddleware(framework(lifespan=failing(when, error))))
        (line,) = sink.lines()

        validator.validate(line)
        assert ("error", f"application failed to {when}") == (line["level"], line["message"])
        assert ("RuntimeError", "no database") == (line["error"]["type"], line["error"]["message"])
        assert line["boot_id"] == line["span_id"]
        assert [each["type"] for each in plain[0]] == [each["type"] for each in sent]
        assert error is raised is plain[1]

    @pytest.mark.parametrize(
        ("messages", "error", "expected"),
        [
            ([{"type": "lifespan.startup.failed", "message": "no disk"}], None, ("start", {"reason": "no disk"})),
            ([{"type": "lifespan.startup.failed"}], None, ("start", {"reason": None})),
            ([STARTS, {"type": "lifespan.shutdown.failed", "message": "x"}], None, ("shut down", {"reason": "x"})),
            ([STARTS], ValueError("late"), ("shut down", None)),
        ],
        ids=["start", "no reason", "end", "raised later"],
    )
    def test_messages(self, sink: Any, messages: Any, error: Any, expected: Any) -> None:
        """What an application says in words is the line's reason."""
        sent, raised = live(TraceMiddleware(sending(*messages, error=error)))
        (line,) = sink.lines()

        assert (f"application failed to {expected[0]}", expected[1]) == (line["message"], line.get("payload"))
        assert (messages, error) == (sent, raised)
        assert (error is not None) == ("error" in line)

    def test_both(self, sink: Any) -> None:
        """Said and then raised, it is told once; and by the outer one of two."""
        app = sending({"type": "lifespan.startup.failed", "message": "x"}, error=ValueError())
        live(TraceMiddleware(TraceMiddleware(app)))

        assert ["application failed to start"] == sink.messages()

    @pytest.mark.parametrize("error", [AssertionError("only http"), asyncio.CancelledError()], ids=repr)
    def test_no_such_protocol(self, sink: Any, error: BaseException) -> None:
        """An application that raises at once has no start and no end, which is none of its failures."""
        assert ([], error) == live(TraceMiddleware(sending(error=error)))
        assert [] == sink.lines()

    @pytest.mark.parametrize("message", [None, {}, {"type": []}, 5], ids=repr)
    def test_no_message(self, sink: Any, message: Any) -> None:
        """What is no message goes on as it came."""
        assert [message] == live(TraceMiddleware(sending(message)))[0]
        assert [] == sink.lines()

    def test_well(self, sink: Any) -> None:
        """Nothing is said of a start and an end that go well."""
        assert ["lifespan.startup.complete", "lifespan.shutdown.complete"] == [
            each["type"] for each in live(TraceMiddleware(Starlette()))[0]
        ]
        assert [] == sink.lines()

    def test_logger(self, sink: Any) -> None:
        """The middleware's own logger writes the line, and one that fails costs the line only."""

        def broken(_logger: Any, _name: str, _event: Any) -> Any:
            raise OSError

        taken: list[Any] = []
        for chain in ([broken], [lambda _logger, _name, event: taken.append(event) or ""]):
            app = TraceMiddleware(
                sending({"type": "lifespan.startup.failed"}),
                logger=structlog.wrap_logger(structlog.ReturnLogger(), chain),
            )
            assert ["lifespan.startup.failed"] == [each["type"] for each in live(app)[0]]

        assert [{"reason": None, "event": "application failed to start"}] == taken
        assert [] == sink.lines()


def test_server(tmp_path: Path) -> None:
    """A server whose own words are switched off leaves that one line, and its exit code."""
    program = """
        import contextlib, structlog
        from fastapi import FastAPI
        from structlog_enrich import preset
        from structlog_enrich.integrations.asgi import TraceMiddleware

        @contextlib.asynccontextmanager
        async def lifespan(app):
            raise RuntimeError("no database")
            yield

        structlog.configure(processors=preset(service="stock", renderer="json"))
        app = TraceMiddleware(FastAPI(lifespan=lifespan))
    """
    (tmp_path / "stock.py").write_text(textwrap.dedent(program), "utf-8")
    command = [sys.executable, "-m", "uvicorn", "stock:app", "--port", "0", "--log-level", "critical"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    assert (3, "") == (done.returncode, done.stderr)
    (line,) = map(json.loads, done.stdout.splitlines())
    assert ("application failed to start", "no database") == (line["message"], line["error"]["message"])
