"""Level, message, logger, labels, thread and payload, each from where the table says."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from typing import Any

import pytest

from structlog_enrich import Resource, preset
from structlog_enrich.processors import Envelope
from structlog_enrich.schema.fields import LEVELS
from tests.processors.envelope.making import Named, line_of


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
