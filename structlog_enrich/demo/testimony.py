"""What the shoppers saw against what the lines say: whether both tell the same story."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import orjson

from structlog_enrich.demo.hostile import MARK
from structlog_enrich.demo.proofs import no_orphans, no_secret, nothing_lost, valid
from structlog_enrich.demo.verdict import Verdict, judged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from structlog_enrich.demo.shoppers import Answer

    Line = dict[str, Any]

__all__ = ["bound_everywhere", "nothing_forged", "one_trace_each", "prove"]

_SERVICES: Final = frozenset({"gateway", "inventory"})
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._\-]{1,128}").fullmatch


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
    secrets = [secret for each in sent for secret in each.secrets]
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
        no_secret(written, secrets),
        nothing_forged(written, answers),
    ]


def one_trace_each(lines: Sequence[Line], answers: Sequence[Answer]) -> Verdict:
    """Tell whether each request has one trace, each trace one request, and its lines say what the shopper got back."""
    by_request, by_trace = _grouped(lines, _request_id_of), _grouped(lines, lambda line: line["trace_id"])
    further = sum(each.visit.through_both for each in answers)
    claim = (
        f"Each of {len(answers)} requests has one trace, and each trace one request: its lines, in both services\n"
        f"for {further} of them, have the ids and the status that the shopper got back."
    )

    def fault_of(answer: Answer) -> str | None:
        visit = answer.visit
        if answer.status != visit.status:
            return f"{visit.what}: {answer.trouble or answer.status} instead of {visit.status}"
        own, trace = by_request.get(answer.request_id, []), by_trace.get(answer.trace_id, [])
        request_lines = [line for line in own if _is_request_line(line)]
        facts = (
            (len(request_lines), 1, "request lines"),
            ({line["trace_id"] for line in own}, {answer.trace_id}, "traces"),
            ({_request_id_of(line) for line in trace}, {answer.request_id}, "request ids in its trace"),
            ({line["service"] for line in trace}, _SERVICES if visit.through_both else {"gateway"}, "services"),
            ({answer.request_id}, {visit.request_id or answer.request_id}, "request id"),
            *((_facts(line), _expected(answer), "trace, span, parent and status") for line in request_lines),
        )
        return next((f"{visit.what}: {what}: {found}" for found, wanted, what in facts if found != wanted), None)

    verdict = judged(claim, "request", answers, fault_of)
    strangers = (
        by_trace.keys() - {each.trace_id for each in answers} - {line["trace_id"] for line in lines if _is_boot(line)}
    )
    return Verdict(claim, f"trace {min(strangers)} is of no request") if verdict.holds and strangers else verdict


def bound_everywhere(lines: Sequence[Line], answers: Sequence[Answer]) -> Verdict:
    """Tell whether what a synchronous endpoint bound is on the line that ends its request."""
    bound = [each for each in answers if each.visit.bound]
    request_lines = {_request_id_of(line): line for line in lines if _is_request_line(line)}

    def fault_of(answer: Answer) -> str | None:
        context = request_lines.get(answer.request_id, {}).get("context", {})
        missing = answer.visit.bound.items() - context.items()
        return f"{min(missing)[0]} is not on the request line" if missing else None

    claim = f"What {len(bound)} synchronous endpoints bound, in threads of their own, is on the request line."
    return judged(claim, "request", bound, fault_of)


def nothing_forged(written: Sequence[bytes], answers: Sequence[Answer]) -> Verdict:
    """Tell whether hostile texts stayed data, and ids that stood in no valid header came out nowhere."""
    refused = [each.encode() for answer in answers for each in answer.visit.refused]
    hostile = sum(answer.visit.what.startswith("hostile") for answer in answers)

    def fault_of_line(line: bytes) -> str | None:
        if any(each in line for each in refused):
            return "it has an id that was to be refused"
        if not line.endswith(b"\n") or not line[:-1].decode().isprintable():
            return "it holds what can't be printed"
        said = orjson.loads(line)
        if said["service"] not in _SERVICES:
            return f"its service is {said['service']}"
        request_id = _request_id_of(said)
        if request_id is not None and not _REQUEST_ID(request_id):
            return "its request id is not well-formed"
        for name in ("context", "payload", "error"):
            said.pop(name, None)
        said.get("span", {}).pop("attributes", None)
        return f"{MARK!r} stands in its header" if MARK in orjson.dumps(said).decode().lower() else None

    def fault_of_answer(answer: Answer) -> str | None:
        headers = repr(answer.headers).lower()
        return "a header of the answer was made by its sender" if MARK in headers else None

    claim = f"{hostile} hostile requests forged nothing: no line, no id, no header of a line or of an answer."
    verdict = judged(claim, "line", written, fault_of_line)
    return judged(claim, "request", answers, fault_of_answer) if verdict.holds else verdict


def _grouped(lines: Sequence[Line], key: Any) -> dict[Any, list[Line]]:
    groups: defaultdict[Any, list[Line]] = defaultdict(list)
    for line in lines:
        groups[key(line)].append(line)
    return groups


def _request_id_of(line: Line) -> str | None:
    found: str | None = line.get("context", {}).get("request_id")
    return found


def _is_boot(line: Line) -> bool:
    return bool(line["span_id"] == line["boot_id"])


def _is_request_line(line: Line) -> bool:
    return bool(line["service"] == "gateway" and line.get("span", {}).get("kind") == "server")


def _facts(line: Line) -> tuple[Any, ...]:
    status = line["span"].get("attributes", {}).get("http.response.status_code")
    return line["trace_id"], line["span_id"], line.get("parent_span_id"), status


def _expected(answer: Answer) -> tuple[Any, ...]:
    trace_id, parent = answer.visit.caller or (answer.trace_id, None)
    return trace_id, answer.span_id, parent, answer.status
