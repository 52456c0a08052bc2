"""The proofs that hold the lines against what the shoppers saw: each holds on a real run, and each can fail."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich.demo.shoppers import Answer
from structlog_enrich.demo.testimony import bound_everywhere, one_trace_each, prove

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog_enrich.demo.performance import Run


def _is_request_line(line: dict[str, Any]) -> bool:
    return line["service"] == "gateway" and line.get("span", {}).get("kind") == "server"


def _with_header(answer: Answer, name: str, value: str) -> Answer:
    others = [each for each in answer.headers if each[0] != name]
    return dataclasses.replace(answer, headers=(*others, (name, value)))


class TestProve:
    """All proofs together."""

    def test_all_hold(self, run: Run) -> None:
        """A real run keeps all seven promises."""
        verdicts = prove(run.written, run.answers)

        assert [None] * 7 == [each.broken_by for each in verdicts]

    def test_no_json(self, run: Run) -> None:
        """A line that isn't JSON ends it."""
        (verdict,) = prove([b"{}\n", b"Traceback (most recent call last):\n"], run.answers)

        assert str(verdict.broken_by).startswith("line 2: ")

    def test_not_ours(self, run: Run) -> None:
        """A line without the header ends it, since the other proofs read what the schema promises."""
        (verdict,) = prove([b"{}\n"], run.answers)

        assert str(verdict.broken_by).startswith("line 1: ")


class TestOneTraceEach:
    """A request's lines share one trace, and say what the shopper got back."""

    def test_holds(self, lines: list[dict[str, Any]], run: Run) -> None:
        """They do in a real run, and it is said how many requests came through both services."""
        verdict = one_trace_each(lines, run.answers)

        assert verdict.holds
        assert "for 262 of them" in verdict.claim

    def test_wrong_status(self, lines: list[dict[str, Any]], run: Run) -> None:
        """An answer other than the one that was due is found."""
        run.answers[4] = dataclasses.replace(run.answers[4], status=500)

        assert str(one_trace_each(lines, run.answers).broken_by).startswith("request 5: ")

    def test_no_answer(self, lines: list[dict[str, Any]], run: Run) -> None:
        """Having got none is found, with the reason."""
        run.answers[0] = Answer(run.answers[0].visit, 0, trouble="ReadError")

        assert "ReadError instead of" in str(one_trace_each(lines, run.answers).broken_by)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("x-request-id", "visit-999"),
            ("traceresponse", f"00-{'f' * 32}-00000000000000ff-01"),
            ("traceresponse", "none"),
        ],
    )
    def test_wrong_ids(self, lines: list[dict[str, Any]], run: Run, name: str, value: str) -> None:
        """Ids on the answer that are on no line are found."""
        run.answers[7] = _with_header(run.answers[7], name, value)

        assert str(one_trace_each(lines, run.answers).broken_by).startswith("request 8: ")

    def test_two_of_one_header(self, lines: list[dict[str, Any]], run: Run) -> None:
        """An id that is on the answer twice is none."""
        answer = run.answers[0]
        run.answers[0] = dataclasses.replace(answer, headers=(*answer.headers, ("x-request-id", answer.request_id)))

        assert not one_trace_each(lines, run.answers).holds

    def test_request_id_not_kept(self, lines: list[dict[str, Any]], run: Run) -> None:
        """A well-formed id must come back."""
        at = next(at for at, each in enumerate(run.answers) if each.visit.request_id is not None)
        visit = dataclasses.replace(run.answers[at].visit, request_id="visit-999")
        run.answers[at] = dataclasses.replace(run.answers[at], visit=visit)

        assert "request id" in str(one_trace_each(lines, run.answers).broken_by)

    def test_caller_not_continued(self, lines: list[dict[str, Any]], run: Run) -> None:
        """A caller's trace must go on, under the caller's span."""
        at = next(at for at, each in enumerate(run.answers) if each.visit.caller is not None)
        visit = dataclasses.replace(run.answers[at].visit, caller=(run.answers[at].trace_id, "00000000000000ff"))
        run.answers[at] = dataclasses.replace(run.answers[at], visit=visit)

        assert "trace, span, parent and status" in str(one_trace_each(lines, run.answers).broken_by)

    @pytest.mark.parametrize("field", ["trace_id", "context"])
    def test_leaked(self, lines: list[dict[str, Any]], run: Run, field: str) -> None:
        """A line with the trace or the context of another request is found."""
        one, other = [line for line in lines if line["message"] == "signing in"][:2]
        one[field] = other[field]

        assert not one_trace_each(lines, run.answers).holds

    @pytest.mark.parametrize("times", [0, 2])
    def test_request_lines(self, lines: list[dict[str, Any]], run: Run, first: Callable[..., Any], times: int) -> None:
        """A request ends on one line, neither none nor two."""
        line = first(lines, _is_request_line)
        lines = [each for each in lines if each is not line] + [line] * times

        assert f"request lines: {times}" in str(one_trace_each(lines, run.answers).broken_by)

    def test_line_outside_its_trace(self, lines: list[dict[str, Any]], run: Run, first: Callable[..., Any]) -> None:
        """A line of a request that was written outside any span is found."""
        line = first(lines, lambda line: line["message"] == "order received")
        boot = first(lines, lambda line: line["span_id"] == line["boot_id"] and line["service"] == "gateway")
        line |= {"trace_id": boot["trace_id"], "span_id": boot["span_id"]}

        assert ": traces: {" in str(one_trace_each(lines, run.answers).broken_by)

    def test_line_without_its_context(self, lines: list[dict[str, Any]], run: Run, first: Callable[..., Any]) -> None:
        """A line in a request's trace that says of no request, or of another, is found."""
        del first(lines, lambda line: line["message"] == "order received")["context"]

        assert ": request ids in its trace: {" in str(one_trace_each(lines, run.answers).broken_by)

    def test_status_on_the_line(self, lines: list[dict[str, Any]], run: Run, first: Callable[..., Any]) -> None:
        """The request line must have the status that the shopper saw."""
        first(lines, _is_request_line)["span"]["attributes"]["http.response.status_code"] = 299

        assert "299" in str(one_trace_each(lines, run.answers).broken_by)

    def test_other_service_missing(self, lines: list[dict[str, Any]], run: Run) -> None:
        """A trace that ends at the gateway, where it should go on, is found."""
        lines = [line for line in lines if line["service"] == "gateway"]

        assert "services" in str(one_trace_each(lines, run.answers).broken_by)

    def test_through_one_only(self, lines: list[dict[str, Any]], run: Run) -> None:
        """Requests of which none comes through both services prove nothing of two."""
        answers = [each for each in run.answers if not each.visit.through_both]
        traces = {each.trace_id for each in answers}
        lines = [line for line in lines if line["trace_id"] in traces]

        assert "no request came through both services" == one_trace_each(lines, answers).broken_by

    def test_nothing(self) -> None:
        """Without requests nothing is proved."""
        assert not one_trace_each([], []).holds

    def test_stranger(self, lines: list[dict[str, Any]], run: Run, first: Callable[..., Any]) -> None:
        """A trace that nobody asked for is found."""
        line = first(lines, lambda line: "operation" in line)
        lines.append({**line, "trace_id": "f" * 32, "context": {}})

        assert f"trace {'f' * 32} is of no request" == one_trace_each(lines, run.answers).broken_by


class TestBoundEverywhere:
    """What a synchronous endpoint bound is on its request line."""

    def test_holds(self, lines: list[dict[str, Any]], run: Run) -> None:
        """It is in a real run."""
        assert bound_everywhere(lines, run.answers).holds

    def test_fails(self, lines: list[dict[str, Any]], run: Run, first: Callable[..., Any]) -> None:
        """Without it the name that is missing is told."""
        line = first(lines, lambda line: _is_request_line(line) and "user_id" in line["context"])
        del line["context"]["user_id"]

        assert "user_id is not on the request line" in str(bound_everywhere(lines, run.answers).broken_by)

    def test_no_request_line(self, lines: list[dict[str, Any]], run: Run) -> None:
        """Neither does a request hold that has no line."""
        lines = [line for line in lines if not _is_request_line(line)]

        assert not bound_everywhere(lines, run.answers).holds

    def test_unanswered(self, lines: list[dict[str, Any]], run: Run, unanswered: Callable[..., list[Answer]]) -> None:
        """Nor one that got no answer, which names no line."""
        answers = unanswered(run.answers, lambda each: each.visit.bound)

        assert not bound_everywhere(lines, answers).holds

    def test_nothing(self) -> None:
        """Without requests nothing is proved."""
        assert not bound_everywhere([], []).holds
