"""A finished line for a person, and nothing for the terminal to obey."""

from __future__ import annotations

import copy
import io
import json
import logging
import os
import pickle
import re
import unicodedata
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich import Limits, bound_logger, preset
from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.processors import ConsoleRenderer
from structlog_enrich.processors.wrapping import cells
from structlog_enrich.schema.fields import FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable

UNSAFE = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))] + list(
    "\u2028\u2029\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)

ANY_TEXT = st.text(st.characters(exclude_categories=())) | st.sampled_from(
    [*UNSAFE, "\x1b[31m", "\x9b31m", "[0m", "\ud800", "a\u200db", "\ufe0e", "\U000e0041", "支払い" * 9]
)
ANYTHING = ANY_TEXT | st.none() | st.booleans() | st.integers() | st.floats() | st.binary() | st.builds(object)

# Joined to a letter of ours, it changes nothing that anybody sees.
UNSEEN = re.compile("(?<![^\x00-\x7f])[\xad\u200b-\u200d\u2060\ufe0e\ufeff\U000e0041\U000e0100]")

# What the renderer itself may send: a colour, and its end.
OURS = re.compile("\x1b\\[(?:1|2|3[1-6]|1;31|1;37;41|0)m")


def shown(level: str = "info", /, **event: Any) -> str:
    """Return what the chain with this renderer shows of *event*."""
    found: Any = event
    for stage in preset(service="tests", renderer="console"):
        found = stage(None, level, found)
    return str(found)


class Odd:
    """Something that is neither true nor false, equal nor unequal, and has no text."""

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        """Fail."""
        raise LookupError

    def __eq__(self, other: object) -> bool:
        """Fail."""
        raise LookupError

    def __repr__(self) -> str:
        """Fail."""
        raise LookupError


class Named(structlog.BytesLogger):
    """A wrapped logger with a name."""

    def __init__(self, file: Any) -> None:
        """Take the name after structlog, which sets its own from 26.1 on."""
        super().__init__(file)
        self.name = "shop.till"


def stdlib(stream: Any) -> logging.Logger:
    """Return a logger of the standard library, one that no other test sees, with a handler for *stream*."""
    logger = logging.Logger("tests.shop")  # noqa: LOG001
    logger.addHandler(logging.StreamHandler(stream))
    return logger


LOGGERS: dict[str, Callable[[Any], Any]] = {
    "bytes": lambda file: structlog.BytesLogger(file.buffer),
    "print": structlog.PrintLogger,
    "write": structlog.WriteLogger,
    "stdlib": stdlib,
}


def obeyed(text: str) -> list[str]:
    """Return the characters of *text* that a terminal would obey."""
    return [each for each in text if each in UNSAFE or unicodedata.category(each) in {"Cc", "Zl", "Zp"}]


class TestConsoleRenderer:
    """`ConsoleRenderer`."""

    def test_one_line(self) -> None:
        """Time, level, message, context, payload."""
        with structlog.contextvars.bound_contextvars(request_id="req-1"):
            assert (
                'warning  paid request_id=req-1 n=1 list=[1,"a"] note="two words" empty=""'
                == shown("warn", event="paid", n=1, list=(1, "a"), note="two words", empty="")[14:]
            )

    def test_the_error_follows(self) -> None:
        """The stack stands below, or type and message where there is no stack."""
        assert "error    failed\nValueError: no" == shown("error", event="failed", exc_info=ValueError("no"))[14:]
        try:
            raise ValueError("no")
        except ValueError as error:
            lines = shown("error", event="failed", exc_info=error).splitlines()
        assert ["Traceback (most recent call last):", "ValueError: no"] == [lines[1], lines[-1]]

    def test_secrets_are_masked(self) -> None:
        """The console shows what the line holds."""
        assert shown(event="x", password="hunter2").endswith("x password=[REDACTED:password]")

    @pytest.mark.parametrize("character", UNSAFE, ids=lambda each: f"{ord(each):04x}")
    def test_no_control_is_obeyed(self, character: str) -> None:
        """No control, separator or bidi mark of the data reaches the terminal, wherever it stands."""
        text = f"a{character}b"
        with structlog.contextvars.bound_contextvars(**{text: text}):
            found = shown(event=text, **{f"{text}2": text, "list": [text, {text: text}], "raw": text.encode()})
        assert [] == obeyed(found)
        assert f"\\u{ord(character):04x}" in found

    @pytest.mark.parametrize("character", UNSAFE, ids=lambda each: f"{ord(each):04x}")
    def test_the_stack_has_lines_and_nothing_else(self, character: str) -> None:
        """In the block of the stack only the newline stays."""
        error = ValueError(f"a{character}b")
        assert {"\n"} >= set(obeyed(shown("error", event="x", exc_info=error)))
        try:
            raise error
        except ValueError:
            assert {"\n"} == set(obeyed(shown("error", event="x", exc_info=True)))

    @given(st.text(), st.dictionaries(st.text(), st.text() | st.lists(st.text())))
    def test_any_text(self, message: str, payload: dict[str, Any]) -> None:
        """Whatever is logged is one line."""
        found = shown(**{**payload, "event": message, "stack_info": None, "exc_info": None})
        assert [] == obeyed(found)

    @pytest.mark.parametrize(
        "line",
        [
            {},
            {"event": "flat", "a": 1},
            {"level": ["odd"], "message": 5, "timestamp": None},
            {"level": "\x1b[31m", "timestamp": "2026-11-22T04:\x1b[31m0000000"},
            {"payload": "no object", "context": 5},
            {"error": "no object"},
            {"error": {}},
            {"error": {"stack": 5}},
            {"payload": {"odd": object}},
            {"payload": {"odd": "\ud800"}, "message": "\udfff"},
            {"message": Odd(), "level": Odd(), "span": {"duration_ms": 1, "status": Odd()}, "trace_id": Odd()},
            {"trace_id": "4bf92f35", "span_id": Odd(), "boot_id": Odd(), "error": {"stack": Odd(), "type": Odd()}},
            {"error": {"type": 5, "notes": 5, "causes": [5, {"relation": [], "causes": "x"}], "exceptions": {}}},
        ],
        ids=range(13),
    )
    def test_a_line_that_is_none(self, line: dict[str, Any]) -> None:
        """In a hand-made chain a line may have any shape; it is shown somehow and nothing is raised."""
        for colors in (False, True):
            found = ConsoleRenderer(colors=colors)(structlog.BytesLogger(io.BytesIO()), "info", line)
            assert {"\n"} >= set(obeyed(OURS.sub("", found.decode())))

    def test_what_befell_the_line(self) -> None:
        """A broken processor and a cut are seen while developing, and so is the logger's name."""

        def broken(logger: Any, method_name: str, event_dict: Any) -> Any:
            raise LookupError

        sink = io.BytesIO()
        chain = preset(service="tests", extra=[broken], renderer="console", limits=Limits(max_string=64))
        log = structlog.wrap_logger(Named(sink), chain, bound_logger())
        log.warning("paid", note="x" * 100)
        written = sink.getvalue().decode()
        assert " warning  paid note=" in written
        assert 'truncated=["payload.note:max_string"]' in written
        assert written.endswith('broken:LookupError"] logger=shop.till\n')

    def test_a_stack_asked_for(self) -> None:
        """The stack of `stack_info=True` stands below in its lines."""
        lines = shown(event="here", stack_info=True).splitlines()
        assert "Stack (most recent call last):" == lines[1]
        assert "test_a_stack_asked_for" in "".join(lines[2:])

    def test_the_form_for_each_logger(self) -> None:
        """Bytes for a logger of bytes, a tuple for the standard library's, text for others."""
        line = {"level": "info", "message": "zażółć"}
        expected = "info     zażółć"
        console = ConsoleRenderer()
        assert expected.encode() == console(structlog.BytesLogger(io.BytesIO()), "info", line)
        assert ((expected,), {"exc_info": False}) == console(logging.getLogger("tests"), "info", line)
        assert expected == console(structlog.PrintLogger(io.StringIO()), "info", line)

    @pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8", "no such"])
    def test_any_stream_takes_it(self, encoding: str) -> None:
        """What the stream can't encode is escaped, and the call doesn't raise."""
        stream = type("Stream", (io.StringIO,), {"encoding": encoding})()
        text = ConsoleRenderer()(structlog.WriteLogger(stream), "info", {"level": "info", "message": "zażółć"})
        text.encode("utf-8" if encoding == "no such" else encoding)
        assert "info     za" == text[:11]

    @pytest.mark.parametrize(
        ("given", "text"),
        [
            ({}, "ConsoleRenderer()"),
            ({"colors": True}, "ConsoleRenderer(colors=True)"),
            ({"colors": False, "width": 0}, "ConsoleRenderer(colors=False, width=0)"),
        ],
        ids=["nothing", "colours", "both"],
    )
    def test_as_a_stage(self, given: dict[str, Any], text: str) -> None:
        """It pickles, copies and has a `repr`."""
        stage = ConsoleRenderer(**given)
        for other in (stage, copy.copy(stage), copy.deepcopy(stage), pickle.loads(pickle.dumps(stage))):
            assert (text, given.get("colors"), given.get("width")) == (repr(other), other.colors, other.width)

    @pytest.mark.parametrize("width", [-1, True, 80.0, "80"])
    def test_a_width_that_is_none(self, width: Any) -> None:
        """It is refused at construction."""
        with pytest.raises(ConfigurationError, match=f"width must be None or an integer, 0 or more, not {width!r}"):
            ConsoleRenderer(width=width)


class TestAuto:
    """Who decides between the console and JSON."""

    @pytest.mark.parametrize("kind", LOGGERS)
    def test_a_terminal(self, kind: str, terminal: Callable[..., Any]) -> None:
        """`auto` shows it where the logger's stream is a terminal, whatever the kind of the logger."""
        screen = terminal()
        structlog.wrap_logger(LOGGERS[kind](screen.file), preset(service="tests"), bound_logger()).info("paid", n=1)

        shown = screen.shown()
        assert "\x1b[32minfo\x1b[0m     " in shown
        assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3}Z info     paid n=1( logger=tests\.shop)?\n", OURS.sub("", shown))

    @pytest.mark.parametrize("renderer", ["auto", "json", "console"])
    def test_what_is_asked_for(self, renderer: Any, terminal: Callable[..., Any]) -> None:
        """On a terminal JSON has to be asked for."""
        screen = terminal()
        chain = preset(service="tests", renderer=renderer)
        structlog.wrap_logger(structlog.PrintLogger(screen.file), chain, bound_logger()).info("paid")

        assert (renderer == "json") == screen.shown().startswith("{")

    @pytest.mark.parametrize("kind", LOGGERS)
    @pytest.mark.parametrize("where", ["file", "pipe"])
    def test_no_terminal(self, kind: str, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Into a file or a pipe goes JSON, and `FORCE_COLOR` makes no console of it."""
        monkeypatch.setenv("FORCE_COLOR", "1")
        path = tmp_path / "log"
        reader, writer = os.pipe() if where == "pipe" else (os.open(path, os.O_CREAT), os.open(path, os.O_WRONLY))
        with os.fdopen(writer, "w", encoding="utf-8") as file:
            structlog.wrap_logger(LOGGERS[kind](file), preset(service="tests"), bound_logger()).info("paid")
        with os.fdopen(reader, encoding="utf-8") as written:
            assert "paid" == json.loads(written.read())["message"]

    @pytest.mark.parametrize("kind", ["stdlib"])
    def test_a_terminal_and_a_file(self, kind: str, terminal: Callable[..., Any]) -> None:
        """A standard library's logger with another handler than a terminal writes JSON to both."""
        screen, sink = terminal(), io.StringIO()
        logger = LOGGERS[kind](screen.file)
        logger.addHandler(logging.StreamHandler(sink))
        structlog.wrap_logger(logger, preset(service="tests"), bound_logger()).info("paid")

        assert "paid" == json.loads(sink.getvalue())["message"] == json.loads(screen.shown())["message"]

    def test_the_standard_output_of_now(self, terminal: Callable[..., Any]) -> None:
        """structlog's own logger prints to whatever standard output is, and so it is asked anew."""
        screen, pipe = terminal(), io.StringIO()
        log = structlog.wrap_logger(structlog.PrintLogger(), preset(service="tests"), bound_logger())
        for each in (screen.file, pipe):
            with redirect_stdout(each):
                log.info("paid")

        assert " paid\n" == OURS.sub("", screen.shown())[22:]
        assert "paid" in pipe.getvalue()


class TestWidth:
    """Rows that fit the terminal."""

    @pytest.mark.parametrize("kind", LOGGERS)
    @pytest.mark.parametrize("columns", [200, 80, 40, 9])
    def test_a_terminal(self, kind: str, columns: int, terminal: Callable[..., Any]) -> None:
        """No row is wider than it is, and nothing is lost."""
        screen = terminal(columns)
        log = structlog.wrap_logger(LOGGERS[kind](screen.file), preset(service="tests"), bound_logger())
        data = {"note": "支払いが完了しました " * 9, "emoji": "\U0001f600" * 30, "blob": "x" * 300, "e": "e\u0301" * 50}
        try:
            raise ValueError("no rate " * 20)
        except ValueError:
            log.exception("declined", **data)

        rows = OURS.sub("", screen.shown()).splitlines()
        assert columns >= max(map(cells, rows))
        found = re.sub(r"\s", "", "".join(rows))
        for value in (*data.values(), "no rate " * 20, "test_a_terminal"):
            assert re.sub(r"\s", "", value) in found

    def test_a_window_that_is_resized(self, terminal: Callable[..., Any]) -> None:
        """The next event has the width of now."""
        screen = terminal(80)
        log = structlog.wrap_logger(structlog.PrintLogger(screen.file), preset(service="tests"), bound_logger())
        for columns in (80, 30, 80):
            screen.resize(columns)
            log.info("paid", order_id="o-118822")

        wide, narrow = " paid order_id=o-118822\n", " paid\n    order_id=o-118822\n"
        assert wide + narrow + wide == re.sub(r"(?m)^\d\d:\S+ info    ", "", OURS.sub("", screen.shown()))

    @pytest.mark.parametrize(
        ("columns", "width", "expected"),
        [
            (None, None, 1),
            ("30", None, 2),
            ("0", None, 1),
            ("soon", None, 1),
            ("30", 0, 1),
            ("30", 200, 1),
            (None, 30, 2),
            ("200", 30, 2),
        ],
    )
    def test_who_decides(
        self,
        columns: str | None,
        width: int | None,
        expected: int,
        terminal: Callable[..., Any],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """The argument, then `COLUMNS`, then the terminal."""
        if columns is not None:
            monkeypatch.setenv("COLUMNS", columns)
        found = ConsoleRenderer(colors=False, width=width)(structlog.PrintLogger(terminal(80).file), "info", WIDE)

        assert isinstance(found, str)
        assert expected == len(found.splitlines())

    def test_no_terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Into a file or a pipe one event is one line, whatever `COLUMNS` is."""
        monkeypatch.setenv("COLUMNS", "20")
        with Path(os.devnull).open("w", encoding="utf-8") as file:
            found = ConsoleRenderer()(structlog.PrintLogger(file), "info", WIDE)

        assert "04:48:00.000Z error    no order_id=o-118822" == found

    def test_the_narrowest(self, terminal: Callable[..., Any]) -> None:
        """A logger of the standard library that writes to two terminals fits both."""
        logger = LOGGERS["stdlib"](terminal(200).file)
        logger.addHandler(logging.StreamHandler(terminal(30).file))
        found = ConsoleRenderer(colors=False)(logger, "info", WIDE)

        assert "04:48:00.000Z error    no\n    order_id=o-118822" == found[0][0]  # type: ignore[comparison-overlap]

    def test_a_terminal_that_says_nothing(self) -> None:
        """A stream that is watched and has no descriptor, as in a notebook, has no bounds."""
        assert 1 == len(str(ConsoleRenderer()(structlog.PrintLogger(Watched()), "info", WIDE)).splitlines())


class TestSpans:
    """The lines that start and end a span."""

    @pytest.mark.parametrize(
        ("span", "shown"),
        [
            ({"phase": "start", "name": "x"}, "start"),
            ({"phase": "end", "duration_ms": 1.5, "status": "ok"}, "(ok, 1.5 ms)"),
            ({"phase": "end", "duration_ms": 1.5, "status": "error", "outcome": "timeout"}, "(timeout, 1.5 ms)"),
            (
                {
                    "duration_ms": 2,
                    "status": "ok",
                    "attributes": {"http.response.status_code": 404, "url.path": "/nope\n"},
                },
                "(404, ok, 2 ms, /nope\\u000a)",
            ),
            ({"duration_ms": "\x1b[2J"}, "(\\u001b[2J ms)"),
            ("odd", None),
        ],
    )
    def test_how_it_went(self, span: Any, shown: str | None) -> None:
        """A person sees how long it took and how it ended."""
        line = ConsoleRenderer()(None, "info", {"level": "info", "message": "GET /", "span": span})

        assert ("info     GET /" if shown is None else f"info     GET / {shown}") == line


class Watched(io.StringIO):
    """A stream that says it is a terminal, and counts how often it is asked."""

    asked = 0

    def isatty(self) -> bool:
        """Count."""
        self.asked += 1
        return True


LINE = {"timestamp": "2026-11-22T04:48:00.000123Z", "level": "error", "message": "no", "payload": {"n": 1}}
WIDE = LINE | {"payload": {"order_id": "o-118822"}}
PLAIN = "04:48:00.000Z error    no n=1"
COLOURED = "\x1b[2m04:48:00.000Z\x1b[0m \x1b[31merror\x1b[0m    \x1b[1mno\x1b[0m \x1b[36mn=\x1b[0m1"


class TestColours:
    """Who decides about colours, and when."""

    @pytest.mark.parametrize(
        ("environ", "colors", "terminal", "expected"),
        [
            ({}, None, True, COLOURED),
            ({}, None, False, PLAIN),
            ({}, False, True, PLAIN),
            ({"NO_COLOR": "1"}, True, False, COLOURED),
            ({"NO_COLOR": "1"}, None, True, PLAIN),
            ({"NO_COLOR": "0"}, None, True, PLAIN),
            ({"NO_COLOR": ""}, None, True, COLOURED),
            ({"FORCE_COLOR": "1"}, None, False, COLOURED),
            ({"FORCE_COLOR": ""}, None, False, PLAIN),
            ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, None, True, PLAIN),
            ({"FORCE_COLOR": "1", "TERM": "dumb"}, None, False, COLOURED),
            ({"TERM": "dumb"}, None, True, PLAIN),
        ],
    )
    def test_who_decides(
        self,
        environ: dict[str, str],
        colors: bool | None,  # noqa: FBT001 (a parameter of the test)
        terminal: bool,  # noqa: FBT001 (likewise)
        expected: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """The argument, then the environment, then the stream."""
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        stream = Watched() if terminal else io.StringIO()

        assert expected == ConsoleRenderer(colors=colors)(structlog.WriteLogger(stream), "error", LINE)

    def test_the_environment_is_read_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is set after the renderer was made changes nothing."""
        console = ConsoleRenderer()
        monkeypatch.setenv("NO_COLOR", "1")

        assert COLOURED == console(structlog.WriteLogger(Watched()), "error", LINE)

    def test_a_stream_is_asked_once(self) -> None:
        """Not for each event, though structlog may make a logger for each."""
        console, stream = ConsoleRenderer(), Watched()
        for _ in range(3):
            console(structlog.WriteLogger(stream), "error", LINE)

        assert 1 == stream.asked

    def test_each_stream_for_itself(self) -> None:
        """One chain may serve a terminal and a file."""
        console, terminal, file = ConsoleRenderer(), Watched(), io.StringIO()
        found = [console(structlog.WriteLogger(each), "error", LINE) for each in (terminal, file, terminal)]

        assert [COLOURED, PLAIN, COLOURED] == found

    def test_a_handler_that_comes_later(self) -> None:
        """A file that a logger of the standard library gets beside its terminal has no escapes in it."""
        console, logger = ConsoleRenderer(), stdlib(Watched())
        first = console(logger, "error", LINE)
        logger.addHandler(logging.StreamHandler(io.StringIO()))

        assert [((COLOURED,), {"exc_info": False}), ((PLAIN,), {"exc_info": False})] == [
            first,
            console(logger, "error", LINE),
        ]

    @given(
        st.recursive(ANYTHING, lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner)),
        ANY_TEXT,
        st.sampled_from([0, 2, 20, 80]),
    )
    def test_only_our_own_escapes(self, value: Any, text: str, width: int) -> None:
        """Without our own colours nothing is left that a terminal obeys or nobody sees, whatever any field holds."""
        inner = {text: value, "stack": text, "type": text, "message": value, "notes": [text], "relation": value}
        inner |= {"duration_ms": value, "status": text, "phase": value, "causes": [{"type": value, "message": text}]}
        inner |= {"attributes": {"url.path": text, "http.response.status_code": value}}
        line = dict.fromkeys(FIELDS, value) | {text: value, "message": text, "level": text, "timestamp": text}
        line |= {"trace_id": text, "service": text, "error": inner, "span": inner, "payload": inner, "context": inner}
        console, logger = ConsoleRenderer(colors=True, width=width), structlog.BytesLogger(io.BytesIO())
        for each in (line, dict.fromkeys(FIELDS, text), line | {"error": inner | {"stack": None}}):
            found = OURS.sub("", console(logger, "info", each).decode())
            assert {"\n"} >= set(obeyed(found))
            assert not UNSEEN.search(found)
            assert not width or width >= max(map(cells, found.split("\n")))
