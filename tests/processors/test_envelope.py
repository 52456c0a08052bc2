"""Where an event in flight becomes a line on the wire."""

from __future__ import annotations

import io
import logging
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from structlog.exceptions import DropEvent

from structlog_enrich import Limits, RedactionPolicy, Resource, TraceContext, bound_logger, preset, process
from structlog_enrich.processors import HEADER, Envelope, JSONRenderer
from structlog_enrich.said import SAID, Facts, Said
from structlog_enrich.schema.fields import FIELDS, LEVELS
from structlog_enrich.schema.models import Line
from structlog_enrich.trace.context import CURRENT
from structlog_enrich.trace.ids import OwnIds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TRACE = TraceContext(
    "4bf92f3577b34da6a3ce929d0e0e4736",
    "00f067aa0ba902b7",
    parent_span_id="53995c3f42cd8ad8",
    trace_flags="01",
    operation="POST /orders/{id}",
)
ALWAYS = {
    "schema_version",
    "timestamp",
    "level",
    "message",
    "service",
    "version",
    "environment",
    "trace_id",
    "span_id",
    "boot_id",
    "seq",
    "host",
    "process_id",
    "thread_id",
    "runtime",
    "enrichment",
}


def line_of(chain: list[Any], method: Any = "info", logger: Any = None, /, **keywords: Any) -> dict[str, Any]:
    """Return the line that *chain* makes of a flat event."""
    flat: Any = keywords
    for stage in chain:
        flat = stage(logger, method, flat)
    line: dict[str, Any] = orjson.loads(flat)
    return line


@pytest.fixture
def trace() -> Iterator[TraceContext]:
    """Let a trace be active."""
    token = CURRENT.set(TRACE)
    yield TRACE
    CURRENT.reset(token)


SPAN = {"phase": "start", "name": "x", "kind": "internal", "attempt": 1}


class Named:
    """A wrapped logger with a name, as the standard library's have."""

    def __init__(self, name: Any) -> None:
        self.name = name


class TestOrder:
    """The order of the fields is the order of the table."""

    @given(
        tags=st.booleans(),
        flags=st.booleans(),
        stream=st.booleans(),
        name=st.booleans(),
        in_trace=st.booleans(),
        whole=st.booleans(),
        error=st.booleans(),
        secret=st.booleans(),
        long=st.booleans(),
        broken=st.booleans(),
        bound=st.booleans(),
        forged=st.booleans(),
        own=st.booleans(),
        linked=st.booleans(),
    )
    def test_always(self, **on: bool) -> None:
        """Whatever is on the line, and whatever isn't."""

        def breaks(*_: Any) -> Any:
            raise ValueError

        optional = ["instance_id", "host_id", "container_id", "service_namespace", "k8s_namespace", "k8s_pod"]
        optional += ["region", "release_channel", "commit"]
        chain = preset(
            tags={"team": "shop"} if on["tags"] else None,
            feature_flags={"new_cart": True} if on["flags"] else None,
            stream="audit" if on["stream"] else None,
            resource=Resource(**dict.fromkeys(optional, "x")) if on["whole"] else None,
            extra=[breaks] if on["broken"] else [],
            limits=Limits(max_string=64),
        )
        keywords: dict[str, Any] = {}
        keywords |= {"exc_info": ValueError("no")} if on["error"] else {}
        keywords |= {"password": "hunter2"} if on["secret"] else {}
        keywords |= {"text": "x" * 100} if on["long"] else {}
        keywords |= {"event": "aside", **dict.fromkeys(FIELDS, 1)} if on["forged"] else {"event": "paid"}
        if on["own"]:
            links = [{"trace_id": TRACE.trace_id, "span_id": TRACE.span_id}] if on["linked"] else []
            facts = Facts("span.start", {**SPAN, "attributes": {"n": 1}}, links)
            facts.message = keywords["event"]
            SAID.set(Said(facts=facts))
        token = CURRENT.set(TRACE if on["in_trace"] else None)
        with structlog.contextvars.bound_contextvars(**({"request_id": "r", "event": "c"} if on["bound"] else {})):
            line = line_of(chain, "info", Named("shop") if on["name"] else None, **keywords)
        CURRENT.reset(token)

        assert [name for name in FIELDS if name in line] == list(line)
        assert line.keys() >= ALWAYS
        Line.model_validate(line)
        assert on == on | {
            "tags": "tags" in line,
            "flags": "feature_flags" in line,
            "stream": "stream" in line,
            "name": "logger" in line,
            "in_trace": "operation" in line,
            "whole": "commit" in line,
            "error": "error" in line,
            "secret": "redacted" in line,
            "long": "truncated" in line,
            "broken": "faults" in line,
            "bound": "context" in line,
            "own": line.keys() >= {"event_name", "span"},
            "linked": "links" in line or (on["linked"] and not on["own"]),
        }

    def test_the_least_line(self) -> None:
        """A line without data has what is always there and nothing else."""
        assert set(line_of(preset(resource=Resource()), event="paid")) == ALWAYS

    def test_the_header(self) -> None:
        """`HEADER` names what holds no data of a call: all before the data but the message, and the faults."""
        assert {
            "extensions",
            "baggage",
            "context",
            "payload",
            "error",
            "span",
            "gap",
            "message",
            "redacted",
        }.isdisjoint(HEADER)
        assert HEADER <= set(FIELDS)
        assert ALWAYS - {"message"} <= HEADER


class TestLevel:
    """`level`, from the method's name."""

    @pytest.mark.parametrize(
        ("method", "level"),
        [
            *((level, level) for level in LEVELS),
            ("warn", "warning"),
            ("exception", "error"),
            ("err", "error"),
            ("fatal", "critical"),
            ("failure", "critical"),
            ("msg", "info"),
            ("log", "info"),
            ("WARNING", "warning"),
            (25, "info"),
            (35, "warning"),
            (9, "debug"),
            ("Level 35", "warning"),
        ],
    )
    def test_known(self, method: Any, level: str) -> None:
        """Every name and number of the contract, without a fault."""
        line = line_of(preset(), method, event="x")

        assert (level, False) == (line["level"], "faults" in line)

    @pytest.mark.parametrize("method", ["loud", "", "-1"])
    def test_unknown(self, method: str) -> None:
        """What is no level is `info`, and said."""
        line = line_of(preset(), method, event="x")

        assert ("info", ["Envelope:UnknownLevel"]) == (line["level"], line["faults"])


class TestMessage:
    """`message`, structlog's event."""

    @pytest.mark.parametrize(
        ("event", "message"),
        [
            ("paid", "paid"),
            ("", ""),
            (None, ""),
            (5, "5"),
            (True, "true"),
            (b"bytes", "bytes"),
            ({"a": 1}, '{"a":1}'),
            ([1, "x"], '[1,"x"]'),
            (ValueError("no"), "ValueError: no"),
        ],
        ids=repr,
    )
    def test_rendered(self, event: Any, message: str) -> None:
        """A text is itself, anything else rendered."""
        line = line_of(preset(), event=event)

        assert (message, False) == (line["message"], "payload" in line)

    def test_none(self) -> None:
        """An event without any has an empty one."""
        assert "" == line_of(preset())["message"]


class TestSeq:
    """`seq`, a number for each line of a process."""

    def test_it_starts_at_zero_without_holes(self, run_python: Callable[..., Any]) -> None:
        """The first line of a process has 0, and each next one more, whichever chain wrote it."""
        done = run_python(
            "import orjson\nfrom structlog_enrich import preset\n"
            "def line(chain, flat):\n"
            "    for stage in chain: flat = stage(None, 'info', flat)\n"
            "    return orjson.loads(flat)['seq']\n"
            "one, two = preset(), preset(service='x')\n"
            "print([line(chain, {'event': 'x'}) for chain in (one, two, one, one, two)])\n"
        )

        assert "[0, 1, 2, 3, 4]" == done.stdout.strip()

    def test_under_threads(self, collect: Callable[..., Any]) -> None:
        """Eight threads take each number once and leave none out."""
        sinks = [collect(preset()) for _ in range(8)]
        ready = threading.Barrier(8)

        def work(sink: Any) -> None:
            ready.wait()
            for _ in range(500):
                sink.log.info("x")

        threads = [threading.Thread(target=work, args=(sink,)) for sink in sinks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        numbers = sorted(line["seq"] for sink in sinks for line in sink.lines())

        assert list(range(numbers[0], numbers[0] + 4_000)) == numbers

    def test_a_stream_has_its_own(self) -> None:
        """Chains of one stream count together, apart from all others."""
        main, first, again, other = preset(), preset(stream="s-one"), preset(stream="s-one"), preset(stream="s-two")
        start = line_of(main)["seq"]

        assert [0, 1, 0, 2] == [line_of(chain)["seq"] for chain in (first, again, other, first)]
        assert start + 1 == line_of(main)["seq"]
        assert ("s-one", False) == (line_of(first)["stream"], "stream" in line_of(main))

    def test_a_logger_that_is_not_enabled_takes_none(self) -> None:
        """What the standard library would drop is dropped before it has a number, and its faults with it."""

        def breaks(*_: Any) -> Any:
            raise ValueError

        logger = logging.getLogger("tests.envelope.disabled")
        logger.setLevel(logging.WARNING)
        broken, chain = preset(extra=[breaks]), preset()
        before = line_of(chain)["seq"]
        for method in ("debug", "info", "msg", "log"):
            with pytest.raises(DropEvent):
                line_of(broken, method, logger, event="x")
        # The rest of a DropEvent is the wrapper's business; here the chain stops on its own.
        line = orjson.loads(chain[-1](None, "warning", _through(chain[:-1], "warning", logger)))

        assert (before + 1, False) == (line["seq"], "faults" in line)

    def test_the_logger_is_asked_each_time(self) -> None:
        """A level that is set at run time counts at once."""
        logger = logging.getLogger("tests.envelope.changing")
        stage = Envelope()
        logger.setLevel(logging.INFO)
        stage(logger, "info", {"event": "x"})
        logger.setLevel(logging.ERROR)
        with pytest.raises(DropEvent):
            stage(logger, "info", {"event": "x"})
        logger.setLevel(logging.DEBUG)

        assert "debug" == stage(logger, "debug", {"event": "x"})["level"]


def _through(chain: list[Any], method: str, logger: Any) -> Any:
    flat: Any = {"event": "x"}
    for stage in chain:
        flat = stage(logger, method, flat)
    return flat


class TestLogger:
    """`logger`, the name of the wrapped one."""

    def test_a_name(self) -> None:
        """A name that is text is written."""
        assert "shop.cart" == line_of(preset(), "info", Named("shop.cart"))["logger"]

    def test_the_standard_librarys(self) -> None:
        """A `logging.Logger` has one."""
        assert "tests.named" == Envelope()(logging.getLogger("tests.named"), "error", {})["logger"]

    @pytest.mark.parametrize("name", [None, "", 5, b"x", ["x"]], ids=repr)
    def test_no_name(self, name: Any) -> None:
        """Anything else is not."""
        assert "logger" not in line_of(preset(), "info", Named(name))

    def test_a_hostile_one(self) -> None:
        """A name that fails costs nothing but itself; a long or broken one is cut and mended."""

        class Failing:
            @property
            def name(self) -> str:
                raise RuntimeError

        assert "logger" not in line_of(preset(), "info", Failing())
        assert "x" * 256 == line_of(preset(), "info", Named("x" * 1_000))["logger"]
        assert "a?" == line_of(preset(), "info", Named("a\ud800"))["logger"]

    def test_loggers_may_take_turns(self) -> None:
        """One chain serves many loggers, each line with its own name."""
        chain, names = preset(), ["a", "b", None, "a", None, "b"]

        assert names == [line_of(chain, "info", Named(name)).get("logger") for name in names]


class TestTrace:
    """Which trace the line belongs to."""

    def test_the_active_one(self, trace: TraceContext) -> None:
        """Ids, parent, flags and operation of the active trace are on every line."""
        line = line_of(preset())

        assert (trace.trace_id, trace.span_id, trace.parent_span_id, trace.trace_flags, trace.operation) == tuple(
            line[name] for name in ("trace_id", "span_id", "parent_span_id", "trace_flags", "operation")
        )

    def test_the_boot_trace(self) -> None:
        """Outside any, the process's own; its span is the boot id."""
        line = line_of(preset())
        state = process.current()

        assert (state.boot_trace_id, state.boot_id, state.boot_id) == (
            line["trace_id"],
            line["span_id"],
            line["boot_id"],
        )
        assert {"parent_span_id", "trace_flags", "operation"}.isdisjoint(line)

    def test_the_least_trace(self) -> None:
        """What a trace doesn't have isn't written."""
        token = CURRENT.set(TraceContext(TRACE.trace_id, TRACE.span_id))
        line = line_of(preset())
        CURRENT.reset(token)

        assert {"parent_span_id", "trace_flags", "operation"}.isdisjoint(line)

    def test_it_comes_and_goes(self, trace: TraceContext) -> None:
        """One chain follows the trace from line to line, in and out."""
        chain, boot = preset(), process.current().boot_trace_id
        ids = []
        for each in (trace, None, TraceContext("1" * 32, "2" * 16), trace, None):
            CURRENT.set(each)
            ids.append(line_of(chain)["trace_id"])

        assert [trace.trace_id, boot, "1" * 32, trace.trace_id, boot] == ids

    def test_several_chains_share_one(self, trace: TraceContext) -> None:
        """Each chain has its own header for the same trace."""
        chains = [preset(service=name, tags={"n": name}) for name in ("one", "two", "one")]

        assert ["one", "two", "one"] == [line_of(chain)["service"] for chain in chains]
        assert {trace.trace_id} == {line_of(chain)["trace_id"] for chain in chains}


class TestLabels:
    """Tags and feature flags."""

    def test_they_are_on_every_line(self) -> None:
        """They stand where the table says, with their types."""
        chain = preset(tags={"team": "shop", "n": 1, "f": 1.5, "b": True}, feature_flags={"x": False})

        for _ in range(2):
            line = line_of(chain)
            assert ({"team": "shop", "n": 1, "f": 1.5, "b": True}, {"x": False}) == (
                line["tags"],
                line["feature_flags"],
            )

    def test_a_later_change_is_not_seen(self) -> None:
        """They are stable: what the caller does to the mapping afterwards changes nothing."""
        tags: dict[str, Any] = {"team": "shop"}
        chain = preset(tags=tags)
        tags["team"] = "theirs"

        assert {"team": "shop"} == line_of(chain)["tags"]


class TestThread:
    """`thread_id` and `process_id`."""

    def test_the_callers(self) -> None:
        """The thread that logged is named as `threading.get_ident()` names it."""
        chain, lines = preset(), []
        thread = threading.Thread(target=lambda: lines.append((threading.get_ident(), line_of(chain)["thread_id"])))
        thread.start()
        thread.join()

        assert lines[0][0] == lines[0][1] != line_of(chain)["thread_id"] == threading.get_ident()


class TestEvent:
    """The event that came in."""

    def test_another_class_of_dict(self) -> None:
        """A context class of the team's is fine; the payload is a plain dict."""
        line = Envelope()(None, "info", OrderedDict(event="x", n=1))

        assert (dict, {"n": 1}) == (type(line["payload"]), line["payload"])

    def test_lines_share_nothing(self) -> None:
        """A stage behind may change one line; the next is as if it hadn't."""
        stage = Envelope(Resource(service="checkout"))
        line = stage(None, "info", {"event": "x"})
        line.clear()

        assert "checkout" == stage(None, "info", {"event": "x"})["service"]

    def test_what_the_standard_library_carries(self) -> None:
        """structlog's own names for a record are not data; a caller's values under them are."""
        record = logging.makeLogRecord({"msg": "x"})
        theirs = {"_record": "theirs", "_from_structlog": True}

        assert "payload" not in line_of(preset(), event="x", _record=record, _from_structlog=False)
        assert "payload" not in line_of(preset(), event="x", _record=record)
        assert theirs == line_of(preset(), event="x", **theirs)["payload"]

    def test_repr_names_no_secret(self) -> None:
        """The repr is of the resource, the stream and where ids come from."""
        stage = Envelope(Resource(service="checkout"), tags={"password": "hunter2"}, stream="audit")

        assert repr(stage).startswith("Envelope(Resource(service='checkout'")
        assert repr(stage).endswith("stream='audit', ids=OwnIds())")
        assert "hunter2" not in repr(stage)


class TestStandardLibrary:
    """Under `structlog.stdlib`, each way it is configured."""

    @pytest.fixture
    def sink(self) -> Iterator[io.StringIO]:
        """Let the standard library write its bare messages into memory."""
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        handler.setFormatter(logging.Formatter("%(message)s"))
        root = logging.getLogger()
        root.addHandler(handler)
        root.setLevel(logging.INFO)
        yield stream
        root.removeHandler(handler)

    @pytest.mark.parametrize("wrapper", [structlog.stdlib.BoundLogger, bound_logger("info")], ids=["theirs", "ours"])
    @pytest.mark.parametrize("cached", [True, False], ids=["cached", "fresh"])
    def test_one_line_each(self, wrapper: Any, cached: bool, sink: io.StringIO, validator: Any) -> None:  # noqa: FBT001
        """Every method writes one valid line, with nothing appended, and without a deprecation warning."""
        structlog.configure(
            processors=preset(),
            wrapper_class=wrapper,
            logger_factory=structlog.stdlib.LoggerFactory(),
            cache_logger_on_first_use=cached,
        )
        log = structlog.get_logger("shop")
        methods = ["debug", "info", "warning", "warn", "error", "critical", "fatal", "exception"]
        try:
            raise ValueError("hunter2 % s")
        except ValueError:
            for method in methods:
                getattr(log, method)("100% sure", order_id="o-1")

        lines = [orjson.loads(line) for line in sink.getvalue().splitlines()]
        for line in lines:
            validator.validate(line)
        assert ["info", "warning", "warning", "error", "critical", "critical", "error"] == [
            line["level"] for line in lines
        ]
        assert ["error" in line for line in lines] == [False] * 6 + [True]
        assert {("100% sure", "shop")} == {(line["message"], line["logger"]) for line in lines}
        assert list(range(lines[0]["seq"], lines[0]["seq"] + 7)) == [line["seq"] for line in lines]


class TestPrinting:
    """Under structlog's default logger."""

    @pytest.mark.parametrize("encoding", ["latin-1", "ascii", "cp1252", "utf-8", "utf-16"])
    def test_any_encoding(self, encoding: str, monkeypatch: pytest.MonkeyPatch, validator: Any) -> None:
        """Standard output in any encoding takes the line, and gives it back as it was."""
        raw = io.BytesIO()
        stream = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
        monkeypatch.setattr("sys.stdout", stream)
        structlog.configure(processors=preset(), cache_logger_on_first_use=False)
        structlog.get_logger().info("żółć 日本 🙂 \u2028 \x85", n="\ud800")
        stream.flush()

        text = raw.getvalue().decode(encoding)
        assert 1 == len(text.splitlines())
        line = orjson.loads(text)
        validator.validate(line)
        assert ("żółć 日本 🙂 \u2028 \x85", "\ufffd") == (line["message"], line["payload"]["n"])


def test_no_policy() -> None:
    """Nothing of the envelope depends on what is a secret."""
    for policy in (None, RedactionPolicy(keys={"iban"})):
        assert line_of(preset(resource=Resource(), redaction=policy)).keys() == ALWAYS


class TestOwnLines:
    """Lines of which the library says something besides."""

    def test_only_the_next(self, trace: TraceContext) -> None:
        """What is said is said of one line, and the template that others share knows nothing of it."""
        chain = preset()
        names = []
        for facts in (None, Facts("span.start", SPAN, []), None):
            SAID.set(None if facts is None else Said(facts=facts))
            names.append(line_of(chain).keys() & {"event_name", "span", "links"})

        assert [set(), {"event_name", "span"}, set()] == names
        assert SAID.get() is None

    def test_with_faults(self) -> None:
        """Both are said of the same line."""

        def broken(*_: Any) -> Any:
            raise ValueError

        SAID.set(Said(("before:A",), Facts("span.start", SPAN, [])))
        line = line_of(preset(extra=[broken]), "notalevel")

        assert ("before:A", SPAN) == (line["faults"][0], line["span"])
        assert (3, "Envelope:UnknownLevel") == (len(line["faults"]), line["faults"][2])

    def test_dropped(self) -> None:
        """A line that its logger doesn't want takes what was said of it along."""
        logger = logging.getLogger("tests.quiet")
        logger.setLevel(logging.ERROR)
        SAID.set(Said(facts=Facts("span.start", SPAN, [])))
        with pytest.raises(DropEvent):
            Envelope()(logger, "info", {"event": "x"})

        assert "span" not in line_of(preset())

    def test_another_source_of_ids(self) -> None:
        """It gives the ids, and travels with the stage."""

        class Fixed(OwnIds):
            current = staticmethod(lambda: TRACE)

        line = line_of([Envelope(ids=Fixed()), JSONRenderer()])

        assert (TRACE.trace_id, TRACE.operation) == (line["trace_id"], line["operation"])


class TestRecord:
    """What `structlog.stdlib.ProcessorFormatter` leaves in the event."""

    def test_its_own_is_dropped(self) -> None:
        """A record and its mark are no data."""
        record = logging.LogRecord("shop", 20, "shop.py", 1, "x", None, None)
        line = Envelope()(None, "info", {"event": "x", "n": 1, "_record": record, "_from_structlog": False})
        assert {"n": 1} == line["payload"]

    def test_a_caller_s_is_kept(self) -> None:
        """A value of that name is payload, also one that won't say what it is."""

        class Hostile:
            @property
            def __class__(self) -> Any:
                raise RuntimeError

        for value in ("vinyl", Hostile()):
            line = Envelope()(None, "info", {"event": "x", "_record": value, "_from_structlog": True})
            assert {"_record": value, "_from_structlog": True} == line["payload"]
