"""The lines that the library writes by itself: always one, always valid, and never at the cost of the work."""

from __future__ import annotations

import io
import logging
from collections import Counter
from typing import Any

import orjson
import pytest
import structlog
from structlog.exceptions import DropEvent
from structlog.testing import capture_logs

from structlog_enrich import TraceContext, bound_logger, current_trace, entry, preset, span
from structlog_enrich.processors import ConsoleRenderer
from structlog_enrich.said import SAID
from structlog_enrich.trace.lines import writer_of

OTHER = TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")


class Broken:
    """Fail at every turn."""

    def __str__(self) -> str:
        raise RuntimeError

    __repr__ = __float__ = __eq__ = __bool__ = __str__  # type: ignore[assignment]
    __hash__ = object.__hash__


class TestInBetween:
    """What is logged while a line of the library's own is being made, as a finaliser may do at any time."""

    def test_before_the_chain(self, written: Any) -> None:
        """It is a line of its own, even with the same message, and takes nothing from the other."""

        class Chatty:
            def info(self, message: str, **keywords: Any) -> None:
                written.log.info(f"{message} "[:-1])
                written.log.info(message, **keywords)

        with span("work", logger=Chatty()):
            pass
        nested, end = written.lines()

        assert ("work", "work") == (nested["message"], end["message"])
        assert {"span", "event_name"}.isdisjoint(nested)
        assert ("span.end", "end") == (end["event_name"], end["span"]["phase"])

    def test_within_the_chain(self, written: Any) -> None:
        """Nor does one that is made by a stage which isn't guarded, nor one that this drops."""

        def chatty(logger: Any, method_name: str, event_dict: Any) -> Any:
            if event_dict["event"] == "work":
                written.log.info("nested")
                written.log.info("dropped")
            if event_dict["event"] == "dropped":
                raise DropEvent
            return event_dict

        chain = structlog.get_config()["processors"]
        chain.insert(1, chatty)
        with span("work"):
            pass
        nested, end = written.lines()

        assert ("nested", "work") == (nested["message"], end["message"])
        assert {"span", "event_name"}.isdisjoint(nested)
        assert ("span.end", "end") == (end["event_name"], end["span"]["phase"])


class TestHostileChains:
    """Whatever the chain does, the span is left and the application's exception is the one that comes out."""

    def test_a_processor_that_logs(self, written: Any) -> None:
        """Its own line says nothing of the span, and the span's line loses nothing."""

        def chatty(_logger: Any, _name: str, event: Any) -> Any:
            if event["event"] != "chatter":
                written.log.info("chatter")
            return event

        written.configure(extra=[chatty, chatty])
        with span("x", links=[OTHER]):
            pass

        assert {"span", "links", "event_name"}.isdisjoint(written.lines()[0] | written.lines()[1])
        assert (["chatter", "chatter", "x"], "end") == (written.messages(), written.named("x")["span"]["phase"])

    def test_a_processor_that_runs_spans(self, written: Any) -> None:
        """So it is when what it logs is a span of its own."""

        def traced(_logger: Any, _name: str, event: Any) -> Any:
            if event["event"] == "x":
                with span("inner"):
                    pass
            return event

        written.configure(extra=[traced])
        with span("x", links=[OTHER]):
            pass

        assert ["inner", "x"] == [line["span"]["name"] for line in written.lines()]
        assert ["links" in line for line in written.lines()] == [False, True]
        assert written.named("x")["span_id"] == written.named("inner")["parent_span_id"]

    def test_a_processor_that_rewrites_the_event(self, written: Any) -> None:
        """What it deletes and adds is the event's; the span's facts aren't there to be touched or forged."""

        def rewritten(_logger: Any, _name: str, event: Any) -> Any:
            assert {"span", "links", "event_name"}.isdisjoint(event)
            return {"event": "theirs", "span": {"phase": "forged"}, "event_name": "forged", "links": 1}

        written.configure(extra=[rewritten])
        with span("x"):
            pass
        line = written.line()

        assert ("theirs", "x", "span.end") == (line["message"], line["span"]["name"], line["event_name"])
        assert {"span": {"phase": "forged"}, "event_name": "forged", "links": 1} == line["payload"]

    def test_a_processor_that_fails(self, written: Any) -> None:
        """It is named on the line."""

        def broken(_logger: Any, _name: str, event: Any) -> Any:
            event.clear()
            raise ValueError

        written.configure(extra=[broken])
        with pytest.raises(KeyError), span("x"):
            raise KeyError

        assert (1, "KeyError") == (len(written.line()["faults"]), written.line()["error"]["type"])

    def test_a_processor_that_drops(self, written: Any) -> None:
        """A team may drop a span's line; nothing of it gets onto the next."""

        def dropping(_logger: Any, _name: str, event: Any) -> Any:
            if event["event"] == "x":
                raise structlog.DropEvent
            return event

        written.configure(extra=[dropping])
        with span("x"):
            pass
        written.log.info("next")

        assert "span" not in written.line()
        assert None is SAID.get()

    @pytest.mark.parametrize("begin", [span, entry])
    @pytest.mark.parametrize("failure", [OSError("disk full"), structlog.DropEvent()], ids=repr)
    def test_a_sink_that_fails(self, begin: Any, failure: BaseException, written: Any) -> None:
        """Neither the start nor the exit raises, and the application's own error is not replaced."""

        class Sink(io.BytesIO):
            def write(self, _data: Any) -> int:
                raise failure

        log = structlog.wrap_logger(structlog.BytesLogger(Sink()), preset(), bound_logger())
        with begin("x", logger=log, start_line=True):
            pass
        error = KeyError("theirs")
        with pytest.raises(KeyError) as caught, begin("x", logger=log):
            raise error

        assert error is caught.value
        assert None is error.__context__
        assert [] == written.lines()

    @pytest.mark.parametrize("logger", [object(), Broken(), 5], ids=["object", "broken", "number"])
    def test_what_is_no_logger(self, logger: Any) -> None:
        """It costs the line."""
        with span("x", logger=logger):
            pass

        assert None is writer_of(logger, "info")
        assert None is current_trace()


class TestLoggers:
    """Every logger that structlog makes."""

    @pytest.mark.parametrize(
        "wrapper_class",
        [
            structlog.make_filtering_bound_logger(0),
            structlog.BoundLogger,
            structlog.stdlib.BoundLogger,
            bound_logger("info"),
        ],
        ids=["filtering", "generic", "stdlib", "ours"],
    )
    @pytest.mark.parametrize("cached", [True, False], ids=["cached", "fresh"])
    def test_of_structlog(self, wrapper_class: Any, cached: bool, written: Any) -> None:  # noqa: FBT001
        """Each writes the line, at its level."""
        written.configure(wrapper_class=wrapper_class, cached=cached)
        for error in (None, ValueError("100% of %s")):
            try:
                with span("100% of %s"):
                    if error is not None:
                        raise error
            except ValueError:
                pass

        assert ["info", "error"] == [line["level"] for line in written.lines()]
        assert {"100% of %s"} == set(written.messages())
        assert "100% of %s" == written.lines()[1]["error"]["message"]

    @pytest.mark.parametrize("cached", [True, False], ids=["cached", "fresh"])
    def test_of_the_standard_library(self, cached: bool, validator: Any) -> None:  # noqa: FBT001
        """The lines come from a logger with the library's name, also from a factory that a team derived."""

        class Factory(structlog.stdlib.LoggerFactory):
            pass

        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        logging.getLogger().addHandler(handler)
        logging.getLogger().setLevel(logging.INFO)
        for factory in (structlog.stdlib.LoggerFactory(), Factory()):
            structlog.configure(
                processors=preset(renderer="json"), logger_factory=factory, cache_logger_on_first_use=cached
            )
            with span("x"):
                pass
        lines = [orjson.loads(line) for line in stream.getvalue().splitlines()]

        for line in lines:
            validator.validate(line)
        assert ["structlog_enrich"] * 2 == [line["logger"] for line in lines]

    def test_one_of_its_own(self, written: Any) -> None:
        """A span may have another logger, with what is bound to it."""
        with span("x", logger=written.log.bind(order_id="o-1")):
            pass

        assert {"order_id": "o-1"} == written.line()["payload"]

    def test_captured(self, written: Any) -> None:
        """`capture_logs` sees the lines as events."""
        with capture_logs() as seen, span("x"):
            pass

        assert ([{"event": "x", "log_level": "info"}], []) == (seen, written.lines())

    def test_unconfigured(self, capsys: pytest.CaptureFixture[str]) -> None:
        """structlog's default chain shows a line as it shows any."""
        with span("x"):
            pass

        assert capsys.readouterr().out.rstrip().endswith("x")

    def test_for_a_person(self, capsys: pytest.CaptureFixture[str]) -> None:
        """So does our console."""
        structlog.configure(processors=[*preset()[:-1], ConsoleRenderer()])
        with span("x"):
            pass

        assert "info     x" in capsys.readouterr().out


def test_each_line_counts_once(written: Any) -> None:
    """Lines of spans take their place in `seq` as all do."""
    with entry("a"):
        for _ in range(3):
            with span("b"):
                written.log.info("c")
    numbers = [line["seq"] for line in written.lines()]

    assert list(range(numbers[0], numbers[0] + 7)) == numbers
    assert {"a": 1, "b": 3, "c": 3} == Counter(written.messages())
