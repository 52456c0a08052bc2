"""What a span is told: whatever it is, the line that ends it is valid and the work goes on."""

from __future__ import annotations

import io
import threading
from enum import StrEnum
from typing import Any

import orjson
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich import Limits, TraceContext, bound_logger, entry, preset, span
from structlog_enrich.schema.models import Line

OTHER = TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")
TEXTS = st.text(st.characters(), max_size=300)
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    TEXTS,
    st.binary(),
    st.lists(st.integers()),
    st.just(object),
    st.dictionaries(TEXTS, st.integers()),
)


class Broken:
    """Fail at every turn."""

    def __str__(self) -> str:
        raise RuntimeError

    __repr__ = __float__ = __eq__ = __bool__ = __str__  # type: ignore[assignment]
    __hash__ = object.__hash__


class Job(StrEnum):
    """What a team calls its spans by."""

    CHARGE = "charge card"


class TestHostileFacts:
    """Whatever a span is told, its line is valid and the work goes on."""

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("", None),
            ("a\nb", "a\ufffdb"),
            ("\ud800", "\ufffd"),
            ("x" * 10_000, "x" * 256),
            (5, "5"),
            (b"x", "b'x'"),
            (Broken(), "\ufffd"),
            (Job.CHARGE, "charge card"),
        ],
        ids=["empty", "control", "surrogate", "long", "number", "bytes", "broken", "enum"],
    )
    def test_outcome_and_peer(self, value: Any, expected: str | None, written: Any) -> None:
        """They are printable text of at most 256 characters, or not there."""
        with span("x") as one:
            one.outcome = one.peer = value
        found = written.line()["span"]

        assert (expected, expected) == (found.get("outcome"), found.get("peer"))

    def test_a_name_of_an_enum(self, written: Any) -> None:
        """A member of a team's own enumeration is its value."""
        with span(Job.CHARGE), entry(Job.CHARGE, attributes={"job": Job.CHARGE}):
            pass

        for line in written.lines():
            assert ("charge card",) * 2 == (line["message"], line["span"]["name"])
        assert "charge card" == written.lines()[0]["operation"]

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (float("nan"), None),
            (float("inf"), None),
            (float("-inf"), None),
            ("12", None),
            (b"12", None),
            (10**400, None),
            (None, None),
            (object(), None),
            (Broken(), None),
            (-3, -3.0),
            (0, 0.0),
            (True, 1.0),
            (0.1 + 0.2, 0.3),
        ],
        ids=[
            "nan",
            "inf",
            "-inf",
            "text",
            "bytes",
            "huge",
            "none",
            "object",
            "broken",
            "negative",
            "0",
            "bool",
            "float",
        ],
    )
    def test_queue_ms(self, value: Any, expected: float | None, written: Any) -> None:
        """It is a finite number, or not there; the clocks of two machines may disagree."""
        with span("x") as one:
            one.queue_ms = value

        assert expected == written.line()["span"].get("queue_ms")

    @pytest.mark.parametrize("value", ["odd", "", 5, "critical", None], ids=repr)
    def test_status_and_level(self, value: Any, written: Any) -> None:
        """What they can't be they aren't."""
        with span("x") as one:
            one.status = one.level = value

        assert ("ok", "info") == (written.line()["span"]["status"], written.line()["level"])

    def test_names(self, written: Any) -> None:
        """They are cut and made printable, in the message too."""
        with span("a\nb\u2028c\ud800" + "x" * 1_000):
            pass
        line = written.line()

        assert "a\ufffdb\ufffdc\ufffd" + "x" * 250 == line["span"]["name"] == line["message"]

    def test_links(self, written: Any) -> None:
        """The first 128 are written; what is no span is none of them."""
        links = [TraceContext(OTHER.trace_id, f"{number + 1:016x}") for number in range(1_000)]
        with span("x", links=[None, *links[:-1], "theirs"]) as one:  # type: ignore[list-item]
            one.add_link(links[-1])
            one.add_link(None)

        assert [each.span_id for each in links[:128]] == [link["span_id"] for link in written.line()["links"]]

    @pytest.mark.parametrize("max_line", [8_192, 12_000, 131_072])
    def test_links_in_a_short_line(self, max_line: int, written: Any) -> None:
        """Where there is no room they go, and the line says so."""
        written.configure(limits=Limits(max_line=max_line))
        with span("x", links=[OTHER] * 1_000, attributes={"a": 1}):
            pass

        assert len(written.raw()[0]) < max_line
        assert ("links" in written.line()) == (max_line > 8_192)
        assert ("links:max_line" in written.line().get("truncated", [])) == (max_line == 8_192)

    def test_attributes(self, written: Any) -> None:
        """Scalars stay, all else becomes text; what is a secret is masked at its path."""
        given = {
            "n": 1,
            "t": True,
            "f": float("nan"),
            "list": [1, {"password": "hunter2"}],
            "bytes": b"x",
            "big": 2**64,
        }
        given |= {"password": "hunter2", "authorization": "Bearer hunter2", "\ud800": "\ud800", "a.b": None}
        with span("x", attributes=given) as one:
            one.set_attribute(5, 5)  # type: ignore[arg-type]
        line = written.line()

        assert {
            "n": 1,
            "t": True,
            "f": "NaN",
            "list": '[1,{"password":"[REDACTED:password]"}]',
            "bytes": "x",
            "big": "18446744073709551616",
            "password": "[REDACTED:password]",
            "authorization": "[REDACTED:authorization]",
            "\ufffd": "\ufffd",
            "5": 5,
        } == line["span"]["attributes"]
        assert {
            "span.attributes.list[1].password:password",
            "span.attributes.password:password",
            "span.attributes.authorization:authorization",
        } == set(line["redacted"])

    def test_too_many_attributes(self, written: Any) -> None:
        """They are cut as any object is."""
        with span("x", attributes={f"a{number}": number for number in range(1_000)}):
            pass

        assert 256 == len(written.line()["span"]["attributes"])
        assert ["span.attributes:max_items"] == written.line()["truncated"]

    def test_huge_attributes(self, written: Any) -> None:
        """The line stays within its bound."""
        with span("x", attributes={f"a{number}": "ż" * 100_000 for number in range(100)}):
            pass

        assert len(written.raw()[0]) < 131_072

    def test_attributes_set_by_another_thread(self, written: Any) -> None:
        """Setting them while the line is made breaks neither."""
        one, stop = span("x"), threading.Event()

        def setting() -> None:
            number = 0
            while not stop.is_set():
                one.set_attribute(f"a{number % 500}", number)
                number += 1

        thread = threading.Thread(target=setting)
        thread.start()
        try:
            for _ in range(50):
                with one(lambda: span("y", attributes=one.attributes))():
                    pass
        finally:
            stop.set()
            thread.join()

        assert 100 == len(written.lines())

    @given(name=TEXTS.filter(bool), attributes=st.dictionaries(ODD.filter(lambda key: type(key) is str), ODD), odd=ODD)
    def test_anything(self, name: str, attributes: dict[Any, Any], odd: Any) -> None:
        """One valid line, whatever the name, the attributes and the facts are."""
        sink = io.BytesIO()
        log = structlog.wrap_logger(structlog.BytesLogger(sink), preset(service="tests"), bound_logger())
        for begin in (span, entry):
            with begin(name, attributes=attributes, logger=log) as one:
                one.outcome = one.peer = one.queue_ms = one.status = one.level = odd
        lines = [orjson.loads(line) for line in sink.getvalue().splitlines()]

        for line in lines:
            Line.model_validate(line)
        assert ["end", "end"] == [line["span"]["phase"] for line in lines]
