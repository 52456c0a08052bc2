"""Records of the standard library become lines like any other."""

from __future__ import annotations

import gc
import logging
import logging.handlers
import os
import queue
import sys
import threading
from contextvars import copy_context
from pathlib import PurePosixPath
from typing import Any

import pytest
import structlog
from structlog.exceptions import DropEvent

from structlog_enrich import bind_contextvars, entry, preset
from structlog_enrich.setup.records import RecordHandler


class Template:
    """A message that is put together when it is shown."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text.format("you")


class Mute:
    """A message that can't be shown."""

    def __str__(self) -> str:
        raise DropEvent

    __repr__ = __str__


class TestLines:
    """What a record says is on its line."""

    def test_whole(self, setup: Any, validator: Any) -> None:
        """Its logger, its level, its message with the arguments, and `extra=` as payload."""
        setup()
        with entry("POST /orders"):
            bind_contextvars(user_id="u-1")
            logging.getLogger("urllib3.pool").warning("retry %d of %s", 1, "stock", extra={"host": "stock", "n": 3})
        record, end = setup.lines()

        validator.validate(record)
        assert ("warning", "urllib3.pool", "retry 1 of stock") == (record["level"], record["logger"], record["message"])
        assert {"host": "stock", "n": 3} == record["payload"]
        assert {"user_id": "u-1"} == record["context"]
        assert ("POST /orders", end["trace_id"]) == (record["operation"], record["trace_id"])

    @pytest.mark.parametrize(
        ("message", "arguments", "expected", "payload"),
        [
            ("%d of %d", (1, 2), "1 of 2", None),
            ("%(a)s", ({"a": 1},), "1", None),
            ("%d of %d", (1,), "%d of %d", {"positional_args": [1]}),
            ("no place", (1, 2), "no place", {"positional_args": [1, 2]}),
            ("100%", (), "100%", None),
            (PurePosixPath("/a"), (), "/a", None),
        ],
        ids=["fits", "by name", "too few", "too many", "none", "object"],
    )
    def test_arguments(self, setup: Any, message: Any, arguments: Any, expected: str, payload: Any) -> None:
        """Those that don't fit are kept beside the message as it was written."""
        setup()
        log = logging.getLogger("arguments")
        # Out of the way of the test framework's own handler, which raises.
        log.propagate = False
        log.error(message, *arguments)
        (line,) = setup.lines()

        assert (expected, payload) == (line["message"], line.get("payload"))

    def test_exceptions(self, setup: Any) -> None:
        """An exception is described, one that isn't there isn't, and a stack is kept."""
        setup()
        log = logging.getLogger("a")
        try:
            raise KeyError("stock")
        except KeyError:
            log.exception("failed")
        log.error("nothing", exc_info=True)  # noqa: LOG014 (what is tested)
        log.info("here", stack_info=True)
        failed, nothing, here = setup.lines()

        assert ("KeyError", "'stock'") == (failed["error"]["type"], failed["error"]["message"])
        assert "error" not in nothing
        assert "test_exceptions" in here["payload"]["stack"]

    @pytest.mark.parametrize(
        ("message", "arguments", "expected"),
        [(Template("hello {}"), (), "hello you"), (Template("{} of %s"), ("two",), "you of two"), (None, (), "None")],
        ids=["object", "with arguments", "none"],
    )
    def test_messages_that_are_objects(self, setup: Any, message: Any, arguments: Any, expected: str) -> None:
        """One of someone's own is the text that it is for the standard library, and arguments are fitted into that."""
        setup()
        logging.getLogger("a").info(message, *arguments)

        assert expected == setup.lines()[0]["message"]

    def test_an_object_without_text(self, setup: Any, validator: Any) -> None:
        """One that fails to say what it is costs nothing but that."""
        setup()
        log = logging.getLogger("mute")
        log.propagate = False
        log.info(Mute(), extra={"n": 1})
        (line,) = setup.lines()

        validator.validate(line)
        assert {"n": 1} == line["payload"]

    @pytest.mark.parametrize("form", ["tuple", "exception", "true"])
    def test_forms_of_an_exception(self, setup: Any, form: str) -> None:
        """A record that was made by hand may hold it in any form that a call takes."""
        configured = setup()
        try:
            raise KeyError("stock")
        except KeyError as error:
            given: Any = {"tuple": sys.exc_info(), "exception": error, "true": True}[form]
            configured.handler.handle(logging.makeLogRecord({"msg": "x", "levelno": 40, "exc_info": given}))

        assert "KeyError" == setup.lines()[0]["error"]["type"]

    def test_a_message_in_colours(self, setup: Any) -> None:
        """What uvicorn says a second time, for a terminal, is said once."""
        setup()
        logging.getLogger("a").info("pid %d", 1, extra={"color_message": "pid \x1b[36m%d\x1b[0m"})
        (line,) = setup.lines()

        assert ("pid 1", None) == (line["message"], line.get("payload"))

    def test_both_stacks(self, setup: Any) -> None:
        """What `extra=` calls a stack isn't lost for the record's own."""
        setup()
        logging.getLogger("a").info("x", stack_info=True, extra={"stack": "theirs"})
        payload = setup.lines()[0]["payload"]

        assert "theirs" == payload["stack"]
        assert "test_both_stacks" in payload["stack_info"]

    def test_an_attribute_set_anew(self, setup: Any) -> None:
        """A filter that puts one of the record's own attributes last hides none of the extras."""
        setup()
        log = logging.getLogger("anew")

        def put_last(record: logging.LogRecord) -> bool:
            record.__dict__["funcName"] = record.__dict__.pop("funcName")
            return True

        log.addFilter(put_last)
        log.info("x", extra={"first": 1, "second": 2})

        assert {"first": 1, "second": 2} == setup.lines()[0]["payload"]

    def test_the_context_stays(self, setup: Any) -> None:
        """A record sets no context variable: the next line would have to read all of them again."""
        setup()
        with entry("POST /orders"):
            logging.getLogger("a").info("first")
            before = gc.get_referents(copy_context())[0]
            logging.getLogger("a").info("%d of", 1)
            logging.getLogger("a").info("x", extra={"n": 1})
            assert before is gc.get_referents(copy_context())[0]

    @pytest.mark.parametrize(
        ("number", "level"), [(5, "debug"), (10, "debug"), (25, "info"), (35, "warning"), (60, "critical")]
    )
    def test_levels(self, setup: Any, number: int, level: str) -> None:
        """A number between two levels is the lower."""
        setup(level="debug")
        log = logging.getLogger("levels")
        log.setLevel(1)
        try:
            log.log(number, "x")
        finally:
            log.setLevel(logging.NOTSET)

        assert [level] == [line["level"] for line in setup.lines()] or number < 10

    def test_names_of_the_header(self, setup: Any) -> None:
        """`extra=` forges nothing."""
        setup()
        logging.getLogger("a").info("x", extra={"service": "forged", "level": "gold", "trace_id": "mine", "event": "e"})
        (line,) = setup.lines()

        assert ("tests", "info", "x") == (line["service"], line["level"], line["message"])
        assert {"service": "forged", "level": "gold", "trace_id": "mine"}.items() <= line["payload"].items()

    def test_names_that_are_none(self, setup: Any) -> None:
        """`extra=` may have any keys: they are written as text, and `event` is payload like any other."""
        configured = setup()
        logging.getLogger("a").info("x", extra={1: "one", ("two", 2): "two", "event": "e", "self": "s"})
        record = logging.makeLogRecord({"name": "a", "msg": "late", "levelno": 20, "process": 99, 3: "three"})
        configured.handler.handle(record)
        line, late = setup.lines()

        assert {"1": "one", "('two', 2)": "two", "event": "e", "self": "s"} == line["payload"]
        assert ("late", {"process": 99, "3": "three"}) == (late["message"], late["payload"])

    def test_a_class_of_their_own(self, setup: Any) -> None:
        """A record may have attributes that were set before the standard library's."""

        class Own(logging.LogRecord):
            def __init__(self, *args: Any, **keywords: Any) -> None:
                self.tenant = "t-1"
                super().__init__(*args, **keywords)

        setup()
        factory = logging.getLogRecordFactory()
        logging.setLogRecordFactory(Own)
        try:
            logging.getLogger("a").info("x", extra={"n": 1})
        finally:
            logging.setLogRecordFactory(factory)

        assert {"tenant": "t-1", "n": 1} == setup.lines()[0]["payload"]

    def test_secrets(self, setup: Any) -> None:
        """They are masked as on every line."""
        setup()
        logging.getLogger("a").info("x", extra={"password": "hunter2"})

        assert {"password": "[REDACTED:password]"} == setup.lines()[0]["payload"]


class TestOnce:
    """One record, one line."""

    def test_two_handlers(self, setup: Any) -> None:
        """However many handlers of ours it comes by."""
        configured = setup()
        log = logging.getLogger("twice")
        log.addHandler(configured.handler)
        log.addHandler(RecordHandler(configured.processors, lambda _name: structlog.BytesLogger(sys.stdout.buffer)))
        try:
            log.info("once")
        finally:
            log.handlers.clear()

        assert ["once"] == [line["message"] for line in setup.lines()]

    def test_queue(self, setup: Any) -> None:
        """By way of a queue it is written when it is logged, and its listener writes it no more."""
        configured = setup()
        waiting: queue.Queue[Any] = queue.Queue()
        log = logging.getLogger("queued")
        log.addHandler(logging.handlers.QueueHandler(waiting))
        listener = logging.handlers.QueueListener(waiting, configured.handler)
        listener.start()
        try:
            log.info("once %s", "only")
        finally:
            listener.stop()
            log.handlers.clear()

        assert ["once only"] == [line["message"] for line in setup.lines()]


class TestLate:
    """Records that are written later and elsewhere than they were made."""

    def test_time_and_thread(self, setup: Any, validator: Any) -> None:
        """The line says when and by which thread, and which process where it is another."""
        configured = setup()
        record = logging.makeLogRecord({"name": "a", "msg": "late %s", "args": ("x",), "levelno": 30})
        record.created, record.thread, record.process = 1_795_322_880.000123, 4711, 99
        with entry("POST /orders"):
            bind_contextvars(user_id="of the listener")
            configured.handler.handle(record)
        logging.getLogger("a").info("now")
        late, _end, now = setup.lines()

        validator.validate(late)
        assert ("2026-11-22T04:48:00.000123Z", 4711) == (late["timestamp"], late["thread_id"])
        assert ("late x", {"process": 99}) == (late["message"], late["payload"])
        assert "context" not in late
        assert late["boot_id"] == late["span_id"]
        assert ("event_name" in late, os.getpid()) == (False, late["process_id"])
        # Nothing of it is left for the next.
        assert threading.get_ident() == now["thread_id"]
        assert "2026-11-22T04:48:00.000123Z" != now["timestamp"]

    @pytest.mark.parametrize("created", [None, "x", -1.0, 1e30, float("nan")], ids=str)
    def test_no_time(self, created: Any, setup: Any, validator: Any) -> None:
        """A record whose time is none is written with the time of now."""
        configured = setup()
        record = logging.makeLogRecord({"name": "a", "msg": "x", "levelno": 30, "created": created})
        configured.handler.handle(record)
        (line,) = setup.lines()

        validator.validate(line)
        assert threading.get_ident() == line["thread_id"]

    def test_buffered(self, setup: Any) -> None:
        """A buffer of records that is emptied onto the console writes none of them again."""
        setup()
        buffer = logging.handlers.MemoryHandler(10, target=logging.StreamHandler(sys.stderr))
        log = logging.getLogger("buffered")
        log.addHandler(buffer)
        log.info("one")
        log.error("two")
        buffer.close()

        assert ["one", "two"] == [line["message"] for line in setup.lines()]


class TestNothingEscapes:
    """Whatever a chain or a sink does, the library that logs goes on."""

    @pytest.mark.parametrize("error", [DropEvent(), ValueError("x"), RecursionError()], ids=repr)
    def test_chain(self, error: BaseException, capsys: pytest.CaptureFixture[str]) -> None:
        """An event that is dropped is dropped, and an error isn't raised or printed."""

        def failing(_logger: Any, _name: str, _event: Any) -> Any:
            raise error

        handler = RecordHandler([failing], lambda _name: structlog.ReturnLogger())
        assert handler.handle(logging.makeLogRecord({"msg": "x", "levelno": 20}))
        assert ("", "") == tuple(capsys.readouterr())

    def test_a_processor_that_logs(self, setup: Any) -> None:
        """It is heard, and not without end."""

        def logging_too(_logger: Any, _name: str, event: Any) -> Any:
            logging.getLogger("processor").info("working on %s", event["event"])
            return event

        setup(extra=[logging_too])
        logging.getLogger("a").info("x")

        assert ["working on x", "x"] == [line["message"] for line in setup.lines()]

    def test_filter_and_level(self) -> None:
        """What a filter or the level refuses isn't written."""
        written: list[Any] = []
        handler = RecordHandler([lambda _logger, _name, event: written.append(event) or "x"], _Silent, logging.WARNING)
        handler.addFilter(lambda record: record.msg != "refused")
        for level, message in ((20, "low"), (40, "refused"), (40, "written")):
            handler.handle(logging.makeLogRecord({"msg": message, "levelno": level}))

        assert ["written"] == [event["event"] for event in written]
        assert "RecordHandler(level=WARNING)" == repr(handler)

    def test_a_filter_that_replaces(self) -> None:
        """From Python 3.12 on a filter may return another record; before, it only lets one pass."""
        written: list[Any] = []
        handler = RecordHandler([lambda _logger, _name, event: written.append(event) or "x"], _Silent)
        other = logging.makeLogRecord({"msg": "other", "levelno": 20})
        handler.addFilter(lambda _record: other)  # type: ignore[arg-type, return-value]
        handler.handle(logging.makeLogRecord({"msg": "first", "levelno": 20}))

        assert ["other" if sys.version_info >= (3, 12) else "first"] == [event["event"] for event in written]

    def test_loggers_without_end(self) -> None:
        """Names that a process makes without end aren't kept without end."""
        made: list[str] = []

        def make(name: str) -> Any:
            made.append(name)
            return _Silent(name)

        handler = RecordHandler(preset(service="tests"), make)
        for number in range(3_000):
            handler.handle(logging.makeLogRecord({"name": f"logger {number}", "msg": "x", "levelno": 20}))
        handler.handle(logging.makeLogRecord({"name": "logger 2999", "msg": "x", "levelno": 20}))

        assert 3_000 == len(made)
        assert sum(type(each) is _Silent for each in gc.get_objects()) <= 1_024


class _Silent:
    """A logger that takes everything and writes nothing."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __getattr__(self, name: str) -> Any:
        return lambda *_given: None
