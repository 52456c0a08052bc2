"""What went in with the requests and must not come out: secrets, and what was made up to pass for something else."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

import orjson

from structlog_enrich.demo.hostile import MARK
from structlog_enrich.demo.proofs import SERVICES
from structlog_enrich.demo.verdict import Verdict, judged
from structlog_enrich.demo.witness import request_id_of, unheard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from structlog_enrich.demo.shoppers import Answer

__all__ = ["no_secret", "nothing_forged"]

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._\-]{1,128}").fullmatch


def no_secret(written: Sequence[bytes], answers: Sequence[Answer]) -> Verdict:
    """Tell whether nothing of what was to be kept secret was written, and masks were in its place."""
    sent = [each for each in answers if each.visit.secrets]
    secrets = [secret for each in sent for secret in each.visit.secrets]
    needles = [secret.encode() for secret in secrets]
    lines = [orjson.loads(each) for each in written]
    fault_of_request = unheard(lines)
    masked: defaultdict[str | None, set[str]] = defaultdict(set)
    for line in lines:
        masked[request_id_of(line)].update(mark.rpartition(":")[0] for mark in line.get("redacted", ()))

    def fault_of_answer(answer: Answer) -> str | None:
        visit = answer.visit
        bare = set(visit.masked) - masked[answer.request_id]
        return fault_of_request(answer) or (f"{visit.what}: {min(bare)} is masked on no line" if bare else None)

    def fault_of_line(line: bytes) -> str | None:
        return "it holds a secret" if any(needle in line for needle in needles) else None

    claim = f"Of {len(secrets):,} passwords, tokens, cards and notes that went in, none came out"
    verdict = judged(f"{claim}.", "line", written, fault_of_line)
    if verdict.holds:
        verdict = judged(f"{claim}.", "request", sent, fault_of_answer)
    if not verdict.holds:
        return verdict
    logged = sum(len(each.visit.secrets) for each in sent if each.visit.masked)
    if not logged:
        return Verdict(f"{claim}.", "nothing was to be masked")
    masks = sum(len(line.get("redacted", ())) for line in lines)
    return Verdict(
        f"{claim}: {len(secrets) - logged:,} were never logged; {logged:,} were, some of them several times, and "
        f"{masks:,} masks stand in their place."
    )


def nothing_forged(written: Sequence[bytes], answers: Sequence[Answer]) -> Verdict:
    """Tell whether hostile texts stayed data, and ids that stood in no valid header came out nowhere."""
    hostile = [each for each in answers if each.visit.what.startswith("hostile")]
    refused = [each.encode() for answer in hostile for each in answer.visit.refused]

    def fault_of_line(line: bytes) -> str | None:
        if any(each in line for each in refused):
            return "it has an id that was to be refused"
        if not line.endswith(b"\n") or not line[:-1].decode().isprintable():
            return "it holds what can't be printed"
        said = orjson.loads(line)
        if said["service"] not in SERVICES:
            return f"its service is {said['service']}"
        request_id = request_id_of(said)
        if request_id is not None and not _REQUEST_ID(request_id):
            return "its request id is not well-formed"
        for name in ("context", "payload", "error"):
            said.pop(name, None)
        said.get("span", {}).pop("attributes", None)
        return f"{MARK!r} stands in its header" if MARK in orjson.dumps(said).decode().lower() else None

    def fault_of_answer(answer: Answer) -> str | None:
        headers = repr(answer.headers).lower()
        return "a header of the answer was made by its sender" if MARK in headers else None

    claim = f"{len(hostile)} hostile requests forged nothing: no line, no id, no header of a line or of an answer."
    verdict = judged(claim, "line", written, fault_of_line)
    if verdict.holds:
        verdict = judged(claim, "request", answers, fault_of_answer)
    if verdict.holds:
        verdict = judged(claim, "request", hostile, unheard([orjson.loads(each) for each in written]))
    if not verdict.holds:
        return verdict
    if not refused:
        return Verdict(claim, "no id was to be refused")
    is_there = any(MARK in each.decode().lower() for each in written)
    return verdict if is_there else Verdict(claim, "none of their texts is on any line")
