"""The trace in what travels between processes."""

from __future__ import annotations

import email.message
from collections import UserDict
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from structlog_enrich import TraceContext, entry, extract, inject, span
from structlog_enrich.trace.context import Remote

if TYPE_CHECKING:
    from collections.abc import Iterator

TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = f"00-{TRACE_ID}-{SPAN_ID}-01"
TRACE = TraceContext(TRACE_ID, SPAN_ID, trace_flags="01", tracestate="rojo=1")


class TestInject:
    """`inject`, which writes."""

    def test_the_active_one(self, written: Any) -> None:
        """Without a trace it is the active span that is named."""
        with span("x") as one:
            inject(carrier := {})
        line = written.line()

        assert {"traceparent": f"00-{line['trace_id']}-{one.trace.span_id}-03"} == carrier

    def test_outside_any(self) -> None:
        """Nothing is written, and nothing is taken away."""
        carrier = {"traceparent": PARENT, "other": "x"}
        inject(carrier)

        assert {"traceparent": PARENT, "other": "x"} == carrier

    @pytest.mark.parametrize("flags", [None, "00", "01", "02", "03", "ff"])
    def test_flags(self, flags: str | None) -> None:
        """Only the flags that are defined go out."""
        inject(carrier := {}, TraceContext(TRACE_ID, SPAN_ID, trace_flags=flags))

        assert {None: "00", "ff": "03"}.get(flags, flags) == carrier["traceparent"][-2:]

    @pytest.mark.parametrize(
        "names", [("traceparent", "tracestate"), ("TRACEPARENT", "TRACESTATE"), ("TraceParent", "x")]
    )
    def test_what_is_there_is_replaced(self, names: tuple[str, str]) -> None:
        """In any spelling: a second one in another case would make the receiver distrust both."""
        carrier = {"Host": "shop", names[0]: "stale", names[1]: "stale"}
        inject(carrier, TRACE)

        others = {} if names[1] != "x" else {"x": "stale"}
        assert {"Host": "shop", "traceparent": PARENT, "tracestate": "rojo=1", **others} == carrier

    def test_several_spellings(self) -> None:
        """They become one."""
        carrier = {"traceparent": "a", "TRACEPARENT": "b", "Tracestate": "c", "tracestate": "d"}
        inject(carrier, TraceContext(TRACE_ID, SPAN_ID))

        assert [f"00-{TRACE_ID}-{SPAN_ID}-00"] == list(carrier.values())

    def test_names_that_are_no_text(self) -> None:
        """They are left alone."""
        inject(carrier := {1: "a", b"traceparent": "b", None: "c"}, TRACE)  # type: ignore[arg-type]

        assert {1: "a", b"traceparent": "b", None: "c", "traceparent": PARENT, "tracestate": "rojo=1"} == carrier

    def test_spellings_that_are_one(self) -> None:
        """Some carriers name each spelling, and take all of them away at once."""

        class Headers(UserDict[str, str]):
            def __iter__(self) -> Iterator[str]:
                return iter([*self.data, *map(str.title, self.data)])

            def __delitem__(self, name: str) -> None:
                del self.data[name.lower()]

        carrier = Headers({"traceparent": "stale", "host": "shop"})
        inject(carrier, TRACE)

        assert {"host": "shop", "traceparent": PARENT, "tracestate": "rojo=1"} == carrier.data

    def test_an_environment(self) -> None:
        """A child process finds its parent, not its grandparent, in a copy of an environment that had one."""
        environment = {"TRACEPARENT": f"00-{'1' * 32}-{'2' * 16}-01", "TRACESTATE": "a=1", "HOME": "/root"}
        inject(environment, TRACE, environment=True)

        assert {"TRACEPARENT": PARENT, "TRACESTATE": "rojo=1", "HOME": "/root"} == environment
        assert Remote(TRACE_ID, SPAN_ID, "01", "rojo=1") == extract(environment)

    @pytest.mark.parametrize("kind", [dict, httpx.Headers, email.message.Message])
    def test_carriers(self, kind: Any) -> None:
        """Whatever is written like a mapping."""
        carrier = kind()
        inject(carrier, TraceContext(TRACE_ID, "1" * 16))
        inject(carrier, TRACE)

        assert (PARENT, "rojo=1") == (carrier["traceparent"], carrier["tracestate"])
        assert 2 == len([*carrier.keys()])


class TestExtract:
    """`extract`, which reads; the rules of W3C have tests of their own."""

    @pytest.mark.parametrize(
        "carrier",
        [
            {"traceparent": PARENT, "tracestate": "rojo=1"},
            {"TRACEPARENT": PARENT, "TRACESTATE": "rojo=1"},
            [("traceparent", PARENT.encode()), ("tracestate", b"rojo=1")],
            [(b"TraceParent", PARENT), (b"tracestate", b"rojo=1")],
            {"traceparent": [PARENT], "tracestate": ["rojo=1"]},
            httpx.Headers({"traceparent": PARENT, "tracestate": "rojo=1"}),
        ],
        ids=["text", "environment", "pairs", "bytes", "lists", "httpx"],
    )
    def test_carriers(self, carrier: Any) -> None:
        """Mappings and pairs, text and bytes, in any case."""
        assert Remote(TRACE_ID, SPAN_ID, "01", "rojo=1") == extract(carrier)

    @pytest.mark.parametrize("carrier", [{}, [], None, 5, "x", [1], {"traceparent": PARENT + "0"}], ids=repr)
    def test_nothing(self, carrier: Any) -> None:
        """None is well-formed."""
        assert None is extract(carrier)

    def test_there_and_back(self, written: Any) -> None:
        """What one process writes another reads, hop by hop."""
        carrier: dict[str, str] = {"traceparent": PARENT, "tracestate": "rojo=1"}
        for hop in range(3):
            with entry(f"hop {hop}", carrier=dict(carrier)):
                inject(carrier)
        lines = written.lines()

        assert {TRACE_ID} == {line["trace_id"] for line in lines}
        assert [SPAN_ID, lines[0]["span_id"], lines[1]["span_id"]] == [line["parent_span_id"] for line in lines]
        assert "rojo=1" == carrier["tracestate"]
