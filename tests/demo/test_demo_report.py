"""What a person sees: tables that fit, marks, a dozen lines with captions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich.demo import report
from structlog_enrich.demo.sample import sample
from structlog_enrich.demo.shoppers import Answer
from structlog_enrich.demo.verdict import Verdict
from structlog_enrich.demo.visit import Visit

if TYPE_CHECKING:
    from structlog_enrich.demo.performance import Run


def _span(span_id: str, parent: str | None, service: str, at_ms: int, ms: float, **more: Any) -> bytes:
    span = {"phase": "end", "name": span_id, "kind": "internal", "attempt": 1, "duration_ms": ms, "status": "ok"}
    line = {
        "timestamp": f"2026-11-22T04:48:00.{at_ms:03}000Z",
        "level": more.pop("level", "info"),
        "service": service,
        "trace_id": more.pop("trace_id", "a" * 32),
        "span_id": span_id,
        "span": {**span, **more.pop("span", {})},
        **more,
    }
    return json.dumps(line if parent is None else {**line, "parent_span_id": parent}).encode()


class TestRequests:
    """What was sent and how it was answered."""

    def test_order(self) -> None:
        """The most frequent come first and the hostile last; no answer is said so."""
        answers = [
            *[Answer(Visit("hostile: x", 200), 200)] * 3,
            Answer(Visit("look", 200), 0, trouble="ReadError"),
            *[Answer(Visit("order", 201), 201)] * 2,
        ]

        expected = """\
requests  what for    answer
       2  order       201
       1  look        none
       3  hostile: x  200"""
        assert expected == report.requests(answers, 100)


class TestFailedTrace:
    """One trace as a tree."""

    def test_tree(self) -> None:
        """Each span has its service, kind, duration and end, and a bar for when it was."""
        failed = {"level": "error", "error": {"type": "shop.ShelfError"}, "span": {"status": "error"}}
        answered = {"attributes": {"http.response.status_code": 502}, "kind": "server"}
        lines = [
            _span("read", "reserve", "inventory", 60, 10.0, **failed),
            _span("reserve", "order", "inventory", 80, 40.0, level="error", span={"attempt": 2, "outcome": "timeout"}),
            _span("order", None, "gateway", 80, 80.0, level="error", span=answered),
            _span("torn", "gone", "gateway", 80, 0.0),
        ]

        expected = f"""\
trace {"a" * 32}

service    span                    kind        ms  ended with  when
gateway    order                   server    80.0  502         ━━━━━━━━━━━━━━━━
inventory  └─ reserve (attempt 2)  internal  40.0  timeout             ━━━━━━━━
inventory     └─ read              internal  10.0  ShelfError            ━━
gateway    … torn                  internal  <0.1  ok                         ━"""
        assert expected == report.failed_trace(lines, 100)

    def test_quickest(self) -> None:
        """Of several the quickest is shown, which has least to wait for."""
        slow = _span("slow", None, "inventory", 80, 70.0, level="error")
        quick = _span("quick", None, "inventory", 80, 7.0, level="error", trace_id="b" * 32)

        assert report.failed_trace([slow, quick], 100).startswith(f"trace {'b' * 32}\n")

    def test_default_terminal(self) -> None:
        """80 columns have no room for the bars, and 60 none for the kind either; names are cut at last."""
        name = "walk to the shelf in the cellar"
        lines = [
            _span("order", None, "inventory", 80, 80.0, level="error", error={"type": "shop.ShelfError"}),
            _span("walk", "order", "inventory", 60, 0.04, span={"name": name, "attempt": 2}),
        ]

        expected = f"""\
trace {"a" * 32}

service    span                                            kind        ms  ended with
inventory  order                                           internal  80.0  ShelfError
inventory  └─ {name} (attempt 2)  internal  <0.1  ok"""
        assert expected == report.failed_trace(lines, 85)
        expected = f"""\
trace {"a" * 32}

service    span                               ms  ended with
inventory  order                            80.0  ShelfError
inventory  └─ walk to the shelf in the ce…  <0.1  ok"""
        assert expected == report.failed_trace(lines, 60)

    @pytest.mark.parametrize(("ms", "shown"), [(0.0, "<0.1"), (0.01, "<0.1"), (0.099, "<0.1"), (0.1, "0.1")])
    def test_short(self, ms: float, shown: str) -> None:
        """No span is said to have taken no time at all."""
        lines = [_span("a", None, "inventory", 80, ms, level="error")]

        assert shown == report.failed_trace(lines, 100).splitlines()[-1].split()[3]

    def test_no_time(self) -> None:
        """A trace that took no time has no bars."""
        shown = report.failed_trace([_span("a", None, "inventory", 80, 0.0, level="error")], 100)

        assert shown.endswith("inventory  a     internal  <0.1  ok")

    def test_nothing_failed(self) -> None:
        """When nothing failed that is said."""
        assert "Nothing failed." == report.failed_trace([], 100)

    def test_real(self, performed: Run) -> None:
        """A real one goes through both services and back, twice."""
        shown = report.failed_trace(performed.written, 100).splitlines()[3:]

        spans = [row.split(maxsplit=1) for row in shown]
        expected = [
            ("gateway", "POST /orders"),
            ("gateway", "├─ check payment"),
            ("gateway", "└─ reserve stock"),
            ("gateway", "├─ POST"),
            ("inventory", "│  └─ POST /reservations"),
            ("inventory", "│     ├─ walk to the shelf"),
            ("inventory", "│     └─ read the label"),
            ("gateway", "└─ POST (attempt 2)"),
            ("inventory", "└─ POST /reservations"),
            ("inventory", "├─ walk to the shelf"),
            ("inventory", "└─ read the label"),
        ]
        assert [service for service, _ in expected] == [service for service, _ in spans]
        assert all(rest.startswith(name) for (_, name), (_, rest) in zip(expected, spans, strict=True))


class TestCounts:
    """How many lines of what."""

    def test_table(self) -> None:
        """Lines are counted by service, operation and level, the most frequent first."""
        made = [("b", "POST /x", "info"), ("a", None, "info"), ("a", "GET /y", "error"), ("a", "GET /y", "info")]
        lines = [
            {"service": service, "level": level, **({} if operation is None else {"operation": operation})}
            for service, operation, level in made
        ]
        lines[0] |= {"redacted": ['payload["a:b"].pin:pin', "context.pin:pin"], "faults": ["x:KeyError"]}

        expected = """\
service  operation              info  error  lines
a        GET /y                    1      1      2
a        (outside any request)     1             1
b        POST /x                   1             1
total                              3      1      4

masks: 2 (pin x 2)
faults: x:KeyError x 1"""
        assert expected == report.counts([json.dumps(line).encode() for line in lines], 100)

    def test_same_on_every_run(self, performed: Run) -> None:
        """The traffic is seeded, so a real run has these very numbers."""
        shown = report.counts(performed.written, 100).splitlines()

        assert ["total", "1,896", "62", "108", "2,066"] == shown[9].split()
        masked = "card_number x 204, password x 108, note x 108, authorization x 108, cookie x 36"
        assert [f"masks: 564 ({masked})", "faults: none"] == shown[-2:]


class TestVerdicts:
    """Each promise with a mark."""

    def test_marks(self) -> None:
        """What breaks a promise stands below it."""
        found = [Verdict("All is well."), Verdict("Nothing is lost.", "line 3 is")]

        assert "✓ All is well.\n✗ NOT TRUE: Nothing is lost.\n  line 3 is" == report.verdicts(found, 100)

    def test_narrow(self) -> None:
        """What doesn't fit goes on below, beside the mark."""
        found = [Verdict("All of it is well."), Verdict("Nothing is lost.", "line 3 is, as it seems")]

        expected = """\
✓ All of it
  is well.
✗ NOT TRUE:
  Nothing is
  lost.
  line 3 is,
  as it seems"""
        assert expected == report.verdicts(found, 13)

    def test_none(self) -> None:
        """Nothing to say is said with nothing."""
        assert "" == report.verdicts([], 100)


class TestSample:
    """A dozen lines worth a look."""

    def test_real(self, performed: Run) -> None:
        """Each of a real run's is there as it was written, under a caption of one line that fits 100 columns."""
        shown = sample(performed.written, 100).split("\n\n")

        assert 12 == len(shown)
        captions, lines = zip(*(each.split("\n") for each in shown), strict=True)
        assert set(lines) <= {each.decode().rstrip() for each in performed.written}
        assert all(caption.endswith(":") and len(caption) <= 100 for caption in captions)
        assert 12 == len(set(lines))

    def test_narrow(self, performed: Run) -> None:
        """In a narrow terminal a caption takes several lines, and the line below it stays as it was written."""
        shown = sample(performed.written, 60).splitlines()

        assert {each.decode().rstrip() for each in performed.written} >= {each for each in shown if each[:1] == "{"}
        assert 60 >= max(len(each) for each in shown if each[:1] != "{")

    def test_one_trace(self, performed: Run) -> None:
        """Four of them are one look at a product, each the parent of the one before."""
        lines = [json.loads(each.split("\n")[1]) for each in sample(performed.written, 100).split("\n\n")[1:5]]

        assert 1 == len({line["trace_id"] for line in lines})
        assert [line["parent_span_id"] for line in lines[:3]] == [line["span_id"] for line in lines[1:]]

    def test_nothing(self) -> None:
        """Of nothing there is no sample."""
        assert "" == sample([], 100)
