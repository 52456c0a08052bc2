"""One line in the form that the wrapped logger takes."""

from __future__ import annotations

import copy
import io
import itertools
import json
import logging
import pickle
import sys
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import structlog
from structlog.testing import ReturnLogger

from structlog_enrich import Limits, bound_logger, preset
from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.processors import ConsoleRenderer, JSONRenderer
from structlog_enrich.redaction import RedactionPolicy
from structlog_enrich.schema.models import Line

if TYPE_CHECKING:
    from pathlib import Path

CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)]


class Terminal(io.StringIO):
    """Be a stream that a person watches."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        """Return True."""
        return True


class Accepting:
    """Be a logger of bytes that structlog doesn't know."""

    accepts_bytes = True


class Refusing:
    """Be a logger that was asked and has said no."""

    accepts_bytes = "yes"


def stream(encoding: str) -> io.TextIOWrapper:
    """Return a text stream of that *encoding* in memory."""
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")


def rendered(logger: Any, event: dict[str, Any] | None = None, **options: Any) -> Any:
    """Return what the renderer makes for *logger*."""
    return JSONRenderer(**options)(logger, "info", {"event": "zażółć"} if event is None else event)


UTF8 = '{"event":"zażółć"}'
ASCII = '{"event":"za\\u017c\\u00f3\\u0142\\u0107"}'


class TestRejected:
    """Configurations that are refused at construction."""

    @pytest.mark.parametrize("output", ["text", "", None, 5, b"auto", "x" * 10_000])
    def test_unknown_output(self, output: Any) -> None:
        """Only the three forms are known."""
        with pytest.raises(ConfigurationError, match=r"^output must be one of auto, bytes, str, not") as caught:
            JSONRenderer(output)
        assert 200 > len(str(caught.value))


class TestForms:
    """Which form goes to which logger."""

    def test_bytes(self) -> None:
        """Loggers of bytes get bytes."""
        assert UTF8.encode() == rendered(structlog.BytesLogger(io.BytesIO()))
        assert UTF8.encode() == rendered(Accepting())
        assert isinstance(rendered(Refusing()), str)

    def test_stdlib(self) -> None:
        """A `logging.Logger` gets text and is told to add no traceback of its own."""
        assert ((UTF8,), {"exc_info": False}) == rendered(logging.getLogger("tests"))

    def test_stdlib_adds_nothing(self) -> None:
        """Under the standard library one line comes out, also inside a handler of an exception."""
        sink = io.StringIO()
        logger = logging.Logger("shop")  # noqa: LOG001 (one that no other test sees)
        logger.addHandler(logging.StreamHandler(sink))
        log = structlog.wrap_logger(logger, preset(service="tests"), bound_logger())
        try:
            raise ValueError("hunter2")
        except ValueError:
            log.exception("failed", password="hunter3", percent="%s %d %")
        (line,) = sink.getvalue().splitlines()
        assert ("shop", "failed") == (json.loads(line)["logger"], json.loads(line)["message"])
        assert "hunter3" not in line

    def test_one_stream_and_several(self, tmp_path: Path) -> None:
        """What was found for a logger of one stream isn't taken for one that has another stream beside it."""
        utf8, latin = logging.StreamHandler(stream("utf-8")), logging.FileHandler(tmp_path / "log", encoding="latin-1")
        one, both = logging.Logger("one"), logging.Logger("both")  # noqa: LOG001 (no other test sees them)
        one.addHandler(utf8)
        both.addHandler(utf8)
        both.addHandler(latin)
        renderer = JSONRenderer()
        found = [renderer(logger, "info", {"event": "zażółć"}) for logger in (one, both)]
        latin.close()
        assert [((UTF8,), {"exc_info": False}), ((ASCII,), {"exc_info": False})] == found

    def test_handlers_that_come_later(self, terminal: Any) -> None:
        """Each event is rendered for the handlers that its logger has by then: no file gets what a terminal would."""
        logger, sink = logging.Logger("shop"), io.StringIO()  # noqa: LOG001 (no other test sees it)
        log = structlog.wrap_logger(logger, preset(service="tests"), bound_logger())
        screen = terminal()
        logger.addHandler(logging.StreamHandler(screen.file))
        log.info("first")
        logger.addHandler(logging.StreamHandler(sink))
        log.info("second")
        assert "second" == json.loads(sink.getvalue())["message"]
        assert not screen.shown().startswith("{")

    def test_a_closed_and_a_detached_stream(self) -> None:
        """A handler whose stream is gone, as after a test's capture, costs the others nothing."""
        closed, detached, sink = io.StringIO(), io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
        closed.close()
        detached.detach()
        for renderer in ("auto", "console"):
            logger = logging.Logger("shop")  # noqa: LOG001 (one that no other test sees)
            for each in (closed, detached, sink):
                logger.addHandler(logging.StreamHandler(each))
            chain = preset(service="tests", renderer=renderer)  # type: ignore[arg-type]
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(logging, "raiseExceptions", False)
                structlog.wrap_logger(logger, chain, bound_logger()).info("paid")
        assert 2 == sink.getvalue().count("paid")

    @pytest.mark.parametrize("redaction", [None, RedactionPolicy(keys={"iban"})], ids=["none", "own"])
    def test_a_key_that_deceives(self, redaction: RedactionPolicy | None) -> None:
        """What orjson refuses is walked by the chain's own policy and limits."""

        class Deceiver(str):
            __slots__ = ()

            def __hash__(self) -> int:
                return hash("order_id")

            def __eq__(self, other: object) -> bool:
                return other == "order_id"

        sink = io.BytesIO()
        chain = preset(service="tests", redaction=redaction, limits=Limits(max_string=20_000))
        log = structlog.wrap_logger(structlog.BytesLogger(sink), chain, bound_logger())
        log.info("x", order_id=1)
        log.info("x" * 10_000, **{Deceiver("iban"): "hunter2"})
        line = json.loads(sink.getvalue().splitlines()[1])
        assert 10_000 == len(line["message"])
        assert ("hunter2" if redaction is None else "[REDACTED:iban]") == line["payload"]["iban"]

    @pytest.mark.parametrize("level", ["its own", "its parent's"])
    def test_stdlib_with_another_encoding(self, level: str, tmp_path: Path) -> None:
        """A handler whose stream or file isn't UTF-8 gets text it can write, wherever it hangs."""
        parent, logger = logging.Logger("shop"), logging.Logger("shop.till")  # noqa: LOG001 (no other test sees them)
        logger.parent = parent
        handler = logging.FileHandler(tmp_path / "log", encoding="latin-1", delay=True)
        (logger if level == "its own" else parent).addHandler(handler)
        structlog.wrap_logger(logger, preset(service="tests"), bound_logger()).info("zażółć")
        handler.close()
        assert "zażółć" == json.loads((tmp_path / "log").read_bytes())["message"]

    @pytest.mark.parametrize("character", ["é", "😀"])
    def test_escaped_keys_are_bounded(self, character: str) -> None:
        """Keys and short texts without end are brought within the limit too."""
        file = stream("ascii")
        log = structlog.wrap_logger(structlog.PrintLogger(file), preset(service="tests"), bound_logger())
        log.info("x", **{f"{character * 30}{number}": character * 64 for number in range(250)})
        file.flush()
        written = file.buffer.getvalue()  # type: ignore[attr-defined]
        assert 131_072 >= len(written) > 32_768
        Line.model_validate_json(written)

    @pytest.mark.parametrize("most", [8_192, 20_000, 131_072])
    @pytest.mark.parametrize("character", ["é", "語", "😀"])
    def test_escaped_lines_are_bounded(self, most: int, character: str) -> None:
        """Where escaping makes a line longer it still keeps the limit, and says what was cut."""
        file = stream("latin-1")

        def broken(logger: Any, method_name: str, event_dict: Any) -> Any:
            raise LookupError

        chain = preset(service="tests", extra=[broken], limits=Limits(max_line=most))
        log = structlog.wrap_logger(structlog.PrintLogger(file), chain, bound_logger())
        log.info(character * 5_000, **{f"note_{number}": character * 8_000 for number in range(20)})
        log.info("x", **{f"note_{number}": character * 300 for number in range(25)})
        file.flush()
        for written in file.buffer.getvalue().splitlines(keepends=True):  # type: ignore[attr-defined]
            assert most >= len(written)
            line = Line.model_validate_json(written)
            assert line.payload is None or character in str(line.payload)
            assert 1 == len(line.faults or ())
        assert any(
            "max_line" in note for note in Line.model_validate_json(file.buffer.getvalue().splitlines()[0]).truncated
        )  # type: ignore[attr-defined]

    @pytest.mark.parametrize("logger", [structlog.PrintLogger, structlog.WriteLogger])
    @pytest.mark.parametrize(
        ("expected", "encoding"),
        [(UTF8, "utf-8"), (UTF8, "UTF8"), (UTF8, "U8"), (ASCII, "ascii"), (ASCII, "latin2"), (ASCII, "utf-16")],
    )
    def test_text(self, logger: Any, expected: str, encoding: str) -> None:
        """Loggers of text get text, escaped where their stream isn't UTF-8."""
        assert expected == rendered(logger(stream(encoding)))

    @pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8", "cp1252"])
    def test_any_stream_takes_it(self, encoding: str) -> None:
        """A line with characters that the stream hasn't got is printed whole and reads back."""
        file = stream(encoding)
        log = structlog.wrap_logger(structlog.PrintLogger(file), preset(service="tests"), bound_logger())
        log.info("zażółć 😀", key="\udc80")
        file.flush()
        line = json.loads(file.buffer.getvalue())  # type: ignore[attr-defined]
        assert ("zażółć 😀", "\ufffd") == (line["message"], line["payload"]["key"])

    @pytest.mark.parametrize(
        ("expected", "encoding"), [(UTF8, "utf-8"), (ASCII, "ascii"), (ASCII, None), (ASCII, "no such")]
    )
    def test_a_logger_without_a_stream(
        self, expected: str, encoding: str | None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A logger that doesn't say where it writes is taken to write to standard output."""
        output = io.StringIO()
        monkeypatch.setattr(sys, "stdout", type("Output", (), {"encoding": encoding, "write": output.write})())
        assert expected == rendered(ReturnLogger())
        assert expected == rendered(None)

    def test_no_standard_output(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without standard output ASCII is safe."""
        monkeypatch.setattr(sys, "stdout", None)
        assert ASCII == rendered(None)

    def test_given_output(self) -> None:
        """What the configuration says wins over the logger, but not over `logging`, which needs its own form."""
        assert UTF8.encode() == rendered(structlog.PrintLogger(stream("ascii")), output="bytes")
        assert isinstance(rendered(structlog.BytesLogger(io.BytesIO()), output="str"), str)

    def test_a_terminal(self) -> None:
        """Where a person watches, the given renderer takes over; without one it is JSON there too."""
        terminal = structlog.PrintLogger(Terminal())
        assert "shown" == rendered(terminal, terminal=lambda *_args: "shown")
        assert UTF8 == rendered(terminal)
        assert UTF8 == rendered(structlog.PrintLogger(stream("utf-8")), terminal=lambda *_args: "shown")

    def test_loggers_in_turn(self) -> None:
        """One renderer serves several loggers, each in its form."""
        stage = JSONRenderer()
        loggers = [structlog.BytesLogger(io.BytesIO()), structlog.PrintLogger(stream("ascii")), logging.getLogger("a")]
        for _ in range(2):
            kinds = [type(stage(logger, "info", {"event": "é"})) for logger in loggers]
            assert [bytes, str, tuple] == kinds
        shared = stream("ascii")
        for logger in [structlog.PrintLogger(shared), structlog.PrintLogger(shared)] * 2:
            assert ['{"a":"\\u00e9"}'] * 2 == [stage(logger, "info", {"a": "é"}) for _ in range(2)]
        streams = [structlog.PrintLogger(stream(encoding)) for encoding in ("ascii", "utf-8")]
        for _ in range(2):
            assert ['{"a":"\\u00e9"}', '{"a":"é"}'] == [stage(logger, "info", {"a": "é"}) for logger in streams]


class TestLine:
    """The line itself."""

    @pytest.mark.parametrize("control", CONTROLS, ids=lambda each: f"{ord(each):04x}")
    @pytest.mark.parametrize("form", ["bytes", "str"])
    def test_one_line_under_every_splitter(self, control: str, form: Any) -> None:
        """A control in message, key, value, error, name or label doesn't end the line."""
        text = f"a{control}b"
        error = ValueError(text)
        error.add_note(text)

        class Named:
            name = text

        event: Any = {"event": text, text: text, "list": [text, {text: text}], "exc_info": error}
        with structlog.contextvars.bound_contextvars(**{f"{text}2": text}):
            for stage in [*preset(service="tests", renderer="json")[:-1], JSONRenderer(form)]:
                event = stage(Named(), "error", event)
        written = event if isinstance(event, str) else event.decode()
        assert 1 == len(written.splitlines())
        assert [] == [each for each in written if each in CONTROLS]
        line = json.loads(written)
        assert [text, text, text] == [line["message"], line["payload"][text], line["error"]["message"]]
        assert text == line["logger"]

    def test_labels(self) -> None:
        """A label that can't be printed is refused, so none reaches the line."""
        with pytest.raises(ConfigurationError):
            preset(service="tests", tags={"a": "b\x85"})

    @pytest.mark.parametrize(
        "event",
        [
            {"event": object()},
            {"event": 2**70},
            {"event": "\ud800"},
            {"\ud800": 1},
            {1: 1},
            {"a": {1: {2: float("nan")}}, "b": {1}},
            {"event": b"x"},
            {"event": type("Text", (str,), {})("x"), "more": (1, 2j)},
        ],
        ids=itertools.count(),
    )
    def test_without_redact(self, event: Any) -> None:
        """In a chain without `Redact` whatever JSON can't take is rendered here."""
        orjson.loads(rendered(structlog.BytesLogger(io.BytesIO()), event))

    def test_deep_and_cyclic_without_redact(self) -> None:
        """The same of what has no end."""
        cycle: list[Any] = []
        cycle.append(cycle)
        assert {"a": ["[CYCLE]"]} == orjson.loads(rendered(Accepting(), {"a": cycle}))
        deep: list[Any] = []
        for _ in range(100_000):
            deep = [deep]
        assert b"[DEPTH]" in rendered(Accepting(), {"a": deep})


class TestAsAStage:
    """What every stage of the chain can do."""

    def test_copies(self) -> None:
        """A copy does the same and keeps no logger."""
        stage = JSONRenderer("bytes", terminal=ConsoleRenderer())
        stage(logging.getLogger("tests"), "info", {})
        for other in (copy.copy(stage), copy.deepcopy(stage), pickle.loads(pickle.dumps(stage))):
            assert ("bytes", "ConsoleRenderer()") == (other.output, repr(other.terminal))
            assert b"{}" == other(None, "info", {})

    def test_repr(self) -> None:
        """The `repr` is the call that makes it."""
        assert "JSONRenderer()" == repr(JSONRenderer())
        assert "JSONRenderer('str')" == repr(JSONRenderer("str"))
        assert "JSONRenderer(terminal=ConsoleRenderer())" == repr(JSONRenderer(terminal=ConsoleRenderer()))
