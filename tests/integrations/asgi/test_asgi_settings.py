"""How `TraceMiddleware` is made, and which loggers it writes through."""

from __future__ import annotations

import asyncio
import pickle
from typing import Any

import pytest
import structlog

from structlog_enrich import ConfigurationError, bound_logger, preset
from structlog_enrich.integrations.asgi import TraceMiddleware

log = structlog.get_logger()


async def plain(scope: Any, receive: Any, send: Any) -> None:
    """Log one line and answer."""
    log.info("inside")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"done"})


class TestConstruction:
    """`TraceMiddleware(…)`, checked when it is made."""

    @pytest.mark.parametrize(
        ("parameter", "value"),
        [
            ("trust", "trusted"),
            ("trust", None),
            ("trust", []),
            ("request_id_header", ""),
            ("request_id_header", "x request id"),
            ("request_id_header", "x-id\n"),
            ("request_id_header", "x" * 65),
            ("request_id_header", b"x-request-id"),
            ("request_id_header", None),
            ("request_id_header", "TraceParent"),
            ("request_id_header", "content-length"),
            ("quiet", "/health"),
            ("quiet", b"/health"),
            ("quiet", None),
            ("quiet", 5),
            ("quiet", [5]),
            ("quiet", [[]]),
        ],
        ids=repr,
    )
    def test_refused(self, parameter: str, value: Any) -> None:
        """A value that breaks its rule is named with the rule."""
        with pytest.raises(ConfigurationError) as caught:
            TraceMiddleware(plain, **{parameter: value})

        assert (parameter, f"{value!r:.80}") == (caught.value.parameter, caught.value.received)

    def test_settings_are_its_own(self, sink: Any, drive: Any) -> None:
        """Two around one application keep theirs apart."""
        quiet, loud = TraceMiddleware(plain, quiet=["/"]), TraceMiddleware(plain)
        drive(quiet)
        drive(loud)

        assert ["inside", "inside", "GET"] == sink.messages()

    def test_repr(self) -> None:
        """It shows what was chosen."""
        assert "TraceMiddleware(trust='link', request_id_header='x-correlation-id', quiet=['/a', '/b'])" == repr(
            TraceMiddleware(plain, trust="link", request_id_header="X-Correlation-ID", quiet=["/b", "/a"])
        )

    def test_pickle(self, sink: Any, drive: Any) -> None:
        """It travels to another process with its application and its settings."""
        again = pickle.loads(pickle.dumps(TraceMiddleware(plain, trust="link", quiet=["/health"])))
        drive(again, "GET", "/health")

        assert repr(TraceMiddleware(plain, trust="link", quiet=["/health"])) == repr(again)
        assert ["inside"] == sink.messages()


class TestLoggers:
    """It works with whatever structlog is configured with."""

    @pytest.mark.parametrize(
        "wrapper_class",
        [structlog.BoundLogger, structlog.make_filtering_bound_logger(0), structlog.stdlib.BoundLogger],
        ids=repr,
    )
    def test_structlogs_own(self, sink: Any, drive: Any, wrapper_class: type[Any]) -> None:
        """structlog's own bound loggers write the same line."""
        structlog.configure(wrapper_class=wrapper_class)
        drive(TraceMiddleware(plain))

        assert ["inside", "GET"] == sink.messages()
        assert 200 == sink.end()["span"]["attributes"]["http.response.status_code"]

    def test_standard_library(self, drive: Any, caplog: pytest.LogCaptureFixture) -> None:
        """So do the standard library's, under the library's name."""
        caplog.set_level("INFO")
        structlog.configure(
            processors=preset(renderer="json"),
            wrapper_class=bound_logger(),
            logger_factory=structlog.stdlib.LoggerFactory(),
        )
        drive(TraceMiddleware(plain))

        assert "structlog_enrich" == caplog.records[-1].name
        assert '"name":"GET","kind":"server"' in caplog.messages[-1]

    @pytest.mark.parametrize("broken", [OSError("disk full"), RuntimeError("no"), structlog.DropEvent()])
    def test_broken_chain(self, sink: Any, drive: Any, broken: BaseException, playing: Any) -> None:
        """A chain that fails costs the line and nothing else."""

        def fail(*_: Any) -> Any:
            raise broken

        structlog.configure(processors=[fail])
        exchange = drive(TraceMiddleware(playing(200, b"done")))

        assert (None, 200, []) == (exchange.error, exchange.status, sink.lines())

    def test_broken_sink(self, sink: Any, drive: Any, monkeypatch: pytest.MonkeyPatch, playing: Any) -> None:
        """So does a sink, also when the application's own error is to be written."""

        def fail(data: bytes) -> int:
            raise OSError("disk full")

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await playing(200, b"done")(scope, receive, send)
            raise error

        error = LookupError("late")
        monkeypatch.setattr(sink, "write", fail)
        exchange = drive(TraceMiddleware(app))

        assert error is exchange.error
        assert 200 == exchange.status

    def test_asynchronous(self, sink: Any, drive_async: Any, playing: Any) -> None:
        """One of structlog's asynchronous loggers writes its lines at once, the late one, too."""

        async def main() -> None:
            logger = structlog.wrap_logger(None, wrapper_class=structlog.stdlib.AsyncBoundLogger)
            await drive_async(TraceMiddleware(playing(200, b"done", LookupError("late")), logger=logger))

        asyncio.run(main())

        assert ["GET", "GET failed after its response"] == sink.messages()

    def test_unconfigured(self, drive: Any, capsys: pytest.CaptureFixture[str], playing: Any) -> None:
        """Without a chain of ours the request has its ids and structlog's default prints the line."""
        exchange = drive(TraceMiddleware(playing(200, b"done")), headers=[(b"x-request-id", b"req-1")])

        assert "req-1" == dict(exchange.headers)["x-request-id"]
        assert "GET" in capsys.readouterr().out
