"""What the shoppers saw against what the lines say: whether both tell the same story."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import orjson

from structlog_enrich.demo.canaries import no_secret, nothing_forged
from structlog_enrich.demo.proofs import SERVICES, no_orphans, nothing_lost, valid
from structlog_enrich.demo.verdict import Verdict, judged
from structlog_enrich.demo.witness import is_request_line, missed, request_id_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from structlog_enrich.demo.shoppers import Answer

    Line = dict[str, Any]

__all__ = ["bound_everywhere", "one_trace_each", "prove"]


def prove(written: Sequence[bytes], answers: Sequence[Answer]) -> list[Verdict]:
    """Return the verdict on each promise.

    Args:
        written: The lines as they left the processes.
        answers: What was sent, and what came back.
    """
    lines: list[Line] = []
    for number, each in enumerate(written, start=1):
        try:
            lines.append(orjson.loads(each))
        except orjson.JSONDecodeError as error:
            return [Verdict("Every line is JSON.", f"line {number}: {error}")]
    sent = [each.visit for each in answers]
    callers = [each.caller for each in sent if each.caller is not None]
    sound = valid(lines)
    if not sound.holds:
        # The others read what the schema promises.
        return [sound]
    return [
        sound,
        nothing_lost(lines),
        one_trace_each(lines, answers),
        no_orphans(lines, callers),
        bound_everywhere(lines, answers),
        no_secret(written, answers),
        nothing_forged(written, answers),
    ]


def one_trace_each(lines: Sequence[Line], answers: Sequence[Answer]) -> Verdict:
    """Tell whether each request has one trace, each trace one request, and its lines say what the shopper got back."""
    by_request, by_trace = _grouped(lines, request_id_of), _grouped(lines, lambda line: line["trace_id"])
    further = sum(each.visit.through_both for each in answers)
    claim = (
        f"Each of {len(answers)} requests has one trace, and each trace one request: its lines, in both services "
        f"for {further} of them, have the ids and the status that the shopper got back."
    )

    def fault_of(answer: Answer) -> str | None:
        visit = answer.visit
        if (other := missed(answer)) is not None:
            return other
        own, trace = by_request.get(answer.request_id, []), by_trace.get(answer.trace_id, [])
        request_lines = [line for line in own if is_request_line(line)]
        facts = (
            (len(request_lines), 1, "request lines"),
            ({line["trace_id"] for line in own}, {answer.trace_id}, "traces"),
            ({request_id_of(line) for line in trace}, {answer.request_id}, "request ids in its trace"),
            ({line["service"] for line in trace}, SERVICES if visit.through_both else {"gateway"}, "services"),
            ({answer.request_id}, {visit.request_id or answer.request_id}, "request id"),
            *((_facts(line), _expected(answer), "trace, span, parent and status") for line in request_lines),
        )
        return next((f"{visit.what}: {what}: {found}" for found, wanted, what in facts if found != wanted), None)

    verdict = judged(claim, "request", answers, fault_of)
    strangers = (
        by_trace.keys() - {each.trace_id for each in answers} - {line["trace_id"] for line in lines if _is_boot(line)}
    )
    if not verdict.holds:
        return verdict
    if strangers:
        return Verdict(claim, f"trace {min(strangers)} is of no request")
    return verdict if further else Verdict(claim, "no request came through both services")


def bound_everywhere(lines: Sequence[Line], answers: Sequence[Answer]) -> Verdict:
    """Tell whether what a synchronous endpoint bound is on the line that ends its request."""
    bound = [each for each in answers if each.visit.bound]
    request_lines = {request_id_of(line): line for line in lines if is_request_line(line)}

    def fault_of(answer: Answer) -> str | None:
        context = request_lines.get(answer.request_id, {}).get("context", {})
        missing = answer.visit.bound.items() - context.items()
        return f"{min(missing)[0]} is not on the request line" if missing else None

    claim = f"What {len(bound)} synchronous endpoints bound, in threads of their own, is on the request line."
    return judged(claim, "request", bound, fault_of)


def _grouped(lines: Sequence[Line], key: Any) -> dict[Any, list[Line]]:
    groups: defaultdict[Any, list[Line]] = defaultdict(list)
    for line in lines:
        groups[key(line)].append(line)
    return groups


def _is_boot(line: Line) -> bool:
    return bool(line["span_id"] == line["boot_id"])


def _facts(line: Line) -> tuple[Any, ...]:
    status = line["span"].get("attributes", {}).get("http.response.status_code")
    return line["trace_id"], line["span_id"], line.get("parent_span_id"), status


def _expected(answer: Answer) -> tuple[Any, ...]:
    trace_id, parent = answer.visit.caller or (answer.trace_id, None)
    return trace_id, answer.span_id, parent, answer.status
