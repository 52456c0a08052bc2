"""The probe: it has no effect whatever."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import threading
from typing import Any

import pytest
import structlog

from structlog_enrich import bind_contextvars, entry, preset, process
from structlog_enrich.explaining import explain
from structlog_enrich.processors import Envelope, ErrorDetails, Guarded, MergeContext
from structlog_enrich.said import SAID

_seen: list[Any] = []
_log = structlog.get_logger()


class _Counting:
    """Keep a state of its own, as a sampler does."""

    def __init__(self) -> None:
        self.calls = 0
        self.seen: list[Any] = []

    def __call__(self, logger: Any, method_name: str, event_dict: Any) -> Any:
        self.calls += 1
        self.seen.append(event_dict)
        return event_dict


class _Locked(_Counting):
    """Hold what can't be copied."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()


def _does(*stages: Any, **options: Any) -> list[str]:
    return [each.does for each in explain(stages, **options).stages]


class TestNoEffect:
    """It looks, and leaves everything as it was."""

    @pytest.mark.parametrize("stream", [None, "audit"])
    @pytest.mark.parametrize("options", [{}, {"measure": True}], ids=["once", "measured"])
    def test_seq(self, stream: str | None, options: dict[str, bool], collect: Any) -> None:
        """No number is taken: the next line has the next one, in every stream."""
        chain = preset(renderer="json", stream=stream)
        collected = collect(chain)
        collected.log.info("before")
        explain(chain, **options)
        collected.log.info("after")
        before, after = collected.lines()

        assert before["seq"] + 1 == after["seq"]

    def test_subclass_of_the_envelope(self, collect: Any) -> None:
        """Neither does a subclass take one, guarded or not, and it is run as what it is."""

        class Ours(Envelope):
            def __call__(self, logger: Any, method_name: str, event_dict: Any) -> Any:
                return {**super().__call__(logger, method_name, event_dict), "extensions": self.tally(event_dict)}

            def tally(self, event_dict: Any) -> Any:
                self.__dict__.setdefault("tallied", []).append(event_dict)
                return {}

        chain = preset(renderer="json")
        chain[2] = ours = Ours()
        ours.tally({})
        first = process.current().next_seq()
        report = explain(chain)

        assert first + 1 == process.current().next_seq()
        assert "extensions" in report.stages[2].added
        assert [{}] == vars(ours)["tallied"]

    def test_a_hidden_envelope(self) -> None:
        """A stranger that holds an envelope isn't run, whether it is an object or a closure, alone or in a list."""
        inner = Envelope()
        holding = _Counting()
        vars(holding)["chain"] = [MergeContext(), inner]
        first = process.current().next_seq()
        does = _does(holding, lambda *arguments: inner(*arguments))

        assert first + 1 == process.current().next_seq()
        assert ["wasn't run: it holds an Envelope, which would take a number"] * 2 == does

    def test_state_of_a_processor(self) -> None:
        """A copy of it runs: what it counts and keeps stays."""
        processor = _Counting()
        explain([processor, Guarded(processor), processor.__call__], measure=True)

        assert (0, []) == (processor.calls, processor.seen)

    def test_what_cannot_be_copied(self) -> None:
        """What can't be copied isn't run."""
        processor = _Locked()

        assert ["wasn't run: it can't be copied"] == _does(processor)
        assert 0 == processor.calls

    def test_what_writes(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Nothing is written: who logs, prints or opens a file isn't run, nor is the renderer's line."""

        def logs(logger: Any, method_name: str, event_dict: Any) -> Any:
            _log.info("seen")
            return event_dict

        def gets(logger: Any, method_name: str, event_dict: Any) -> Any:
            structlog.get_logger().info("seen")
            return event_dict

        def prints(logger: Any, method_name: str, event_dict: Any) -> Any:
            print(event_dict)  # noqa: T201 (what must not be run)
            return event_dict

        does = _does(logs, gets, prints, Guarded(print), *preset())

        assert ["wasn't run: it logs by itself"] * 2 + ["wasn't run: it prints"] * 2 == does[:4]
        assert ("", "") == capsys.readouterr()

    def test_pretty_printer(self, capsys: pytest.CaptureFixture[str]) -> None:
        """structlog's printer of exceptions isn't run either."""
        printer = structlog.processors.ExceptionPrettyPrinter()
        (stage,) = explain([printer], probe={"event": "a probe", "exc_info": ValueError("hunter2")}).stages

        assert ("prints exc_info", "it prints") == (stage.does, stage.skipped)
        assert ("", "") == capsys.readouterr()

    def test_logger(self, capsys: pytest.CaptureFixture[str]) -> None:
        """What a stage writes to the logger it is given goes nowhere."""
        given = []

        def uses(logger: Any, method_name: str, event_dict: Any) -> Any:
            given.append(type(logger))
            logger.info("seen")
            return event_dict

        for factory in (structlog.PrintLoggerFactory(), structlog.BytesLoggerFactory(), structlog.WriteLoggerFactory()):
            explain([uses], logger_factory=factory)

        assert [structlog.PrintLogger, structlog.BytesLogger, structlog.WriteLogger] == given
        assert ("", "") == capsys.readouterr()

    def test_factory(self) -> None:
        """The factory isn't called, and no logger is registered."""
        called = []
        names = set(logging.root.manager.loggerDict)
        explain(preset(), logger_factory=lambda *_: called.append(1))
        explain(preset(), logger_factory=structlog.stdlib.LoggerFactory())

        assert ([], names) == (called, set(logging.root.manager.loggerDict))

    def test_context(self) -> None:
        """No variable of the context is set or changed, and none is made; nor is a bound value touched."""
        bound = {"items": [1]}
        bind_contextvars(request_id="req-1", bound=bound)

        def changes(logger: Any, method_name: str, event_dict: Any) -> Any:
            structlog.contextvars.bind_contextvars(request_id="theirs")
            SAID.set("theirs")  # type: ignore[arg-type]
            event_dict["bound"] += "!"
            return event_dict

        before = dict(contextvars.copy_context())
        chain = preset(extra=[changes, lambda *_: 1 / 0])
        does = _does(*chain)

        assert "changes bound" == does[1]
        assert before == dict(contextvars.copy_context())
        assert {"items": [1]} == bound

    def test_the_line_that_ends_the_entry(self, collect: Any) -> None:
        """What was bound when it looked isn't noted for the entry's last line."""
        chain = preset(service="tests", renderer="json")
        collected = collect(chain)
        with entry("job", logger=collected.log):
            tokens = structlog.contextvars.bind_contextvars(passing="by")
            explain(chain, measure=True)
            structlog.contextvars.reset_contextvars(**tokens)
        (line,) = collected.lines()

        assert "job" == line["span"]["name"]
        assert "context" not in line

    def test_probe(self) -> None:
        """The caller's probe stays as it is, and so does what is in it."""
        probe = {"event": "a probe", "items": [{"n": 1}]}

        def changes(logger: Any, method_name: str, event_dict: Any) -> Any:
            event_dict["items"][0]["n"] = 2
            return event_dict

        assert ["changes items"] == _does(changes, probe=probe)
        assert {"event": "a probe", "items": [{"n": 1}]} == probe

    def test_chain(self) -> None:
        """The list and its stages stay the very ones, and what they keep of the last line too."""
        chain = preset(renderer="json")
        before = [*chain]
        kept = [{name: getattr(each, name) for name in type(each).__slots__} for each in chain]
        explain(chain, measure=True)

        assert all(one is other for one, other in zip(before, chain, strict=True))
        for was, each in zip(kept, chain, strict=True):
            assert all(value is getattr(each, name) for name, value in was.items())

    def test_in_a_task(self) -> None:
        """It works in a coroutine alike."""

        async def look() -> bool:
            return explain(preset()).ok

        assert asyncio.run(look())

    def test_without_a_probe(self) -> None:
        """With `probe=None` nothing is run at all."""
        _seen.clear()

        def sees(logger: Any, method_name: str, event_dict: Any) -> Any:
            _seen.append(event_dict)
            return event_dict

        does = _does(sees, ErrorDetails(), probe=None)

        assert [] == _seen
        assert ["wasn't run: no probe is run", "describes the exception, for the line's error"] == does
