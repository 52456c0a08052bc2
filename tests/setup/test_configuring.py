"""One call sets everything up, and its handle undoes it."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
import threading
import warnings
from typing import Any

import pytest
import structlog

from structlog_enrich import BoundLogger, ConfigurationError
from structlog_enrich.setup import configure


def state() -> list[Any]:
    """Return what `configure()` may change."""
    config = structlog.get_config()
    return [
        structlog.is_configured(),
        *(config[name] for name in ("processors", "wrapper_class", "logger_factory", "cache_logger_on_first_use")),
        logging.Logger.callHandlers,
        logging.root.level,
        logging.root.handlers[:],
        sys.excepthook,
        threading.excepthook,
        sys.unraisablehook,
        warnings.showwarning,
    ]


class TestConfigure:
    """What is set up."""

    def test_structlog(self, setup: Any) -> None:
        """structlog gets the chain, our logger from the level up, and caches it; a logger's name is on its lines."""
        configured = setup(level="warning")
        log = structlog.get_logger("shop.orders")
        log.info("not wanted")
        log.warning("wanted", n=1)
        (line,) = setup.lines()

        assert structlog.get_config()["processors"] is configured.processors
        assert issubclass(structlog.get_config()["wrapper_class"], BoundLogger)
        assert ("wanted", "shop.orders", {"n": 1}) == (line["message"], line["logger"], line["payload"])

    def test_level(self, setup: Any) -> None:
        """One level for structlog and the standard library."""
        setup(level="error")
        logging.getLogger("a").warning("not wanted")
        logging.getLogger("a").error("wanted")

        assert ["wanted"] == [line["message"] for line in setup.lines()]

    def test_warnings(self, setup: Any) -> None:
        """A warning that is shown is a line."""
        setup()
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            # `catch_warnings` puts its own way of showing back at the end, not at the start.
            warnings.warn("old", DeprecationWarning, stacklevel=1)
        (line,) = setup.lines()

        assert ("warning", "py.warnings", "old") == (line["level"], line["logger"], line["message"])
        assert "DeprecationWarning" == line["payload"]["category"]

    @pytest.mark.parametrize("switched", ["records", "uncaught", "warnings"])
    def test_switched_off(self, setup: Any, switched: str) -> None:
        """Each part can be left out, and then leaves everything as it was."""
        before = state()
        setup(**{switched: False})
        after = state()
        setup.undo()
        places = {"records": slice(5, 7), "uncaught": slice(8, 11), "warnings": slice(11, 12)}

        assert before[places[switched]] == after[places[switched]]

    def test_text(self) -> None:
        """A stream of text gets text."""
        sink = io.StringIO()
        with configure(service="tests", sink=sink, renderer="json", framed=False):
            structlog.get_logger().info("ł")

        assert '"message":"ł"' in sink.getvalue()

    @pytest.mark.parametrize("given", [{"sink": 5}, {"level": "loud"}, {"renderer": "html"}, {"service": ""}], ids=repr)
    def test_refused(self, given: Any) -> None:
        """What can't be is refused, and nothing is changed."""
        before = state()
        with pytest.raises(ConfigurationError):
            configure(**given)

        assert before == state()


class TestUndo:
    """Everything is put back."""

    @pytest.mark.parametrize("was", ["plain", "configured"])
    def test_as_before(self, was: str) -> None:
        """Whatever was configured before."""
        if was == "configured":
            structlog.configure(processors=[lambda _logger, _name, event: event["event"]])
        before = state()
        with configure(service="tests", sink=io.BytesIO()) as configured:
            assert before != state()
        after = state()
        configured.undo()

        assert before == after == state()

    @pytest.mark.parametrize(
        ("error", "uncaught", "expected"),
        [
            (KeyError("stock"), True, ["KeyError"]),
            (KeyError("stock"), False, []),
            (SystemExit(3), True, []),
            (asyncio.CancelledError(), True, []),
            (GeneratorExit(), True, []),
        ],
        ids=["failure", "left out", "exit", "cancelled", "closed"],
    )
    def test_a_block_that_fails(self, error: BaseException, uncaught: bool, expected: list[str]) -> None:  # noqa: FBT001
        """What leaves the block is logged while there is something to log it with."""
        sink = io.BytesIO()
        with pytest.raises(type(error)), configure(service="tests", sink=sink, framed=False, uncaught=uncaught):
            raise error

        lines = [json.loads(line) for line in sink.getvalue().splitlines()]
        assert expected == [line["error"]["type"] for line in lines if line["level"] == "critical"]

    def test_blocks_within_one_another(self) -> None:
        """The same handle twice says it once, and the first block to end undoes it."""
        sink = io.BytesIO()
        given: Any = {"service": "tests", "sink": sink, "framed": False}
        with pytest.raises(KeyError), configure(**given), configure(**given):
            raise KeyError("stock")

        assert 1 == len(sink.getvalue().splitlines())

    def test_a_sink_that_was_closed(self) -> None:
        """Nothing can be said there any more, and everything is put back all the same."""
        before = state()
        sink = io.BytesIO()
        configured = configure(service="tests", sink=sink)
        sink.close()
        configured.undo()

        assert before == state()

    def test_what_others_put_in_its_place(self) -> None:
        """A hook that someone has set since stays."""
        before = sys.excepthook
        configured = configure(service="tests", sink=io.BytesIO())
        sys.excepthook = theirs = lambda *_given: None
        try:
            configured.undo()
            assert theirs is sys.excepthook
        finally:
            sys.excepthook = before


class TestAgain:
    """A second call."""

    def test_same(self, setup: Any) -> None:
        """In the same way it is the same, and nothing happens."""
        first = setup()
        before = state()

        assert first is setup()
        assert before == state()
        assert [] == setup.lines()

    def test_different(self, setup: Any) -> None:
        """Otherwise the new one counts, says what differs, and undoes to the beginning."""
        before = state()
        first = setup()
        second = setup(level="error", tags={"team": "payments"})
        (line,) = setup.lines()

        assert first is not second
        assert ("warning", "logging was configured anew") == (line["level"], line["message"])
        assert {"changed": ["level", "tags"]} == line["payload"]
        setup.undo()
        assert before == state()

    def test_nothing_else(self, setup: Any) -> None:
        """What isn't given is as its default, whether it is said or not."""
        assert setup() is setup(tags=None, ids="own", records=True)

    def test_a_misspelt_parameter(self, setup: Any) -> None:
        """It is refused as ever, and what stands stays."""
        setup()
        before = state()
        with pytest.raises(TypeError, match="srvice"):
            setup(srvice="x")
        assert before == state()

    def test_another_standard_output(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Another stream in its place is another sink."""
        first, second = io.StringIO(), io.StringIO()
        monkeypatch.setattr(sys, "stdout", first)
        configured = configure(service="tests", framed=False)
        monkeypatch.setattr(sys, "stdout", second)
        again = configure(service="tests", framed=False)
        again.undo()

        assert configured is not again
        assert '"changed":["sink"]' in second.getvalue()
        assert "" == first.getvalue()

    def test_half_way(self, setup: Any) -> None:
        """One that fails leaves the one before in its place."""
        first = setup()
        before = state()
        calls: list[Any] = []

        def factory(*args: Any) -> Any:
            calls.append(args)
            if len(calls) > 1:
                raise ZeroDivisionError
            return structlog.ReturnLogger()

        with pytest.raises(ZeroDivisionError):
            setup(sink=factory)

        assert before == state()
        assert first is setup()


class TestEnvironment:
    """What a deployer may say."""

    def test_level(self, setup: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """In any case; an argument wins."""
        monkeypatch.setenv("STRUCTLOG_ENRICH_LEVEL", " Error ")
        setup()
        structlog.get_logger().warning("not wanted")
        setup.undo()
        setup(level="warning")
        structlog.get_logger().warning("wanted")

        assert ["wanted"] == [line["message"] for line in setup.lines()]

    def test_renderer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The form of the lines."""
        monkeypatch.setenv("STRUCTLOG_ENRICH_RENDERER", "console")
        sink = io.BytesIO()
        with configure(service="tests", sink=sink, framed=False):
            structlog.get_logger().info("shown")

        assert not sink.getvalue().startswith(b"{")

    def test_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The variable is named, and an empty one is unset."""
        monkeypatch.setenv("STRUCTLOG_ENRICH_LEVEL", "loud")
        with pytest.raises(ConfigurationError, match="STRUCTLOG_ENRICH_LEVEL"):
            configure()
        monkeypatch.setenv("STRUCTLOG_ENRICH_LEVEL", "")
        configure(sink=io.BytesIO()).undo()
