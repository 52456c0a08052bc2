"""The proofs of what must not come out: each holds on a real run, and fails on what would make it empty."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from structlog_enrich.demo import report
from structlog_enrich.demo.canaries import no_secret, nothing_forged
from structlog_enrich.demo.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog_enrich.demo.performance import Run
    from structlog_enrich.demo.shoppers import Answer


def _is_request_line(line: dict[str, Any]) -> bool:
    return line["service"] == "gateway" and line.get("span", {}).get("kind") == "server"


def _changed(answers: list[Answer], is_it: Callable[[Answer], object], **visit: Any) -> Answer:
    """Change the visit of the first of *answers* for which *is_it* holds, and return the answer."""
    at = next(at for at, each in enumerate(answers) if is_it(each))
    answers[at] = dataclasses.replace(answers[at], visit=dataclasses.replace(answers[at].visit, **visit))
    return answers[at]


def _without_request_line(written: list[bytes], answer: Answer) -> list[bytes]:
    """Return *written* without the line that ended the request of *answer*."""
    decoded = [(each, orjson.loads(each)) for each in written]
    return [
        each
        for each, line in decoded
        if not (_is_request_line(line) and line["context"].get("request_id") == answer.request_id)
    ]


def _is_hostile(answer: Answer) -> bool:
    return answer.visit.what.startswith("hostile")


def _has_secret(answer: Answer) -> bool:
    return bool(answer.visit.secrets)


def _with_header(answer: Answer, name: str, value: str) -> Answer:
    others = [each for each in answer.headers if each[0] != name]
    return dataclasses.replace(answer, headers=(*others, (name, value)))


class TestNoSecret:
    """Nothing that was planted comes out, and what stands in its place was written."""

    def test_holds(self, run: Run) -> None:
        """Of a real run nothing does, and it is said of how many, and how many masks that took."""
        verdict = no_secret(run.written, run.answers)

        expected = (
            "Of 464 passwords, tokens, cards and notes that went in, none came out: 66 were never logged; 398 were, "
            "some of them several times, and 564 masks stand in their place."
        )
        assert Verdict(expected) == verdict

    def test_masks(self, run: Run) -> None:
        """The masks are those of the table of all lines."""
        masks = sum(len(orjson.loads(each).get("redacted", ())) for each in run.written)

        assert f" {masks} masks " in no_secret(run.written, run.answers).claim
        assert f"\nmasks: {masks} (" in report.counts(run.written, 100)

    def test_fails(self, run: Run) -> None:
        """A secret is found wherever it stands, and isn't repeated."""
        secret = next(each.visit.secrets[-1] for each in run.answers if _has_secret(each))
        run.written[3] = orjson.dumps(orjson.loads(run.written[3]) | {"a": [f"x {secret} y"]}) + b"\n"

        assert "line 4: it holds a secret" == no_secret(run.written, run.answers).broken_by

    @pytest.mark.parametrize("what", ["look at a product", "order", "sign in"])
    def test_any_secret(self, run: Run, what: str) -> None:
        """Each that a request holds is looked for, whatever the request was for."""
        line = orjson.loads(run.written[3])
        for secret in next(each.visit.secrets for each in run.answers if each.visit.what == what):
            run.written[3] = orjson.dumps(line | {"message": secret}) + b"\n"
            assert "line 4: it holds a secret" == no_secret(run.written, run.answers).broken_by

    def test_unanswered(self, run: Run, unanswered: Callable[..., list[Answer]]) -> None:
        """Secrets of requests that nobody answered may never have come in."""
        verdict = no_secret(run.written, unanswered(run.answers, _has_secret))

        assert str(verdict.broken_by).startswith("request 1: ")
        assert "ReadError instead of" in str(verdict.broken_by)

    def test_refused(self, run: Run) -> None:
        """Neither need they when the answer is another one than was due."""
        at = next(at for at, each in enumerate(run.answers) if _has_secret(each))
        run.answers[at] = dataclasses.replace(run.answers[at], status=400)

        assert "400 instead of" in str(no_secret(run.written, run.answers).broken_by)

    def test_no_request_line(self, run: Run) -> None:
        """A request of which no line tells proves nothing of what is written."""
        one = next(each for each in run.answers if _has_secret(each))

        assert "it is on no line" in str(no_secret(_without_request_line(run.written, one), run.answers).broken_by)

    @pytest.mark.parametrize("what", ["order", "sign in", "hostile: an order that names fields of the header"])
    def test_nothing_masked(self, run: Run, what: str) -> None:
        """Where a secret would have been logged there is its mask, or nobody logged what held it."""
        one = next(each for each in run.answers if each.visit.what == what)
        decoded = [orjson.loads(each) for each in run.written]
        lines = [line for line in decoded if line.get("context", {}).get("request_id") == one.request_id]
        for line in lines:
            line.pop("redacted", None)
        others = [line for line in decoded if line.get("context", {}).get("request_id") != one.request_id]
        written = [orjson.dumps(line) + b"\n" for line in others + lines]

        assert "is masked on no line" in str(no_secret(written, run.answers).broken_by)

    def test_each_mask(self, run: Run) -> None:
        """Each of a request's masks is looked for."""
        one = _changed(run.answers, lambda each: each.visit.masked, masked=("payload.note", "payload.pin"))

        assert str(no_secret(run.written, run.answers).broken_by).endswith(
            f"{one.visit.what}: payload.pin is masked on no line"
        )

    def test_nothing_to_mask(self, run: Run) -> None:
        """Where no secret would ever have been logged nothing is proved."""
        answers = [each for each in run.answers if not each.visit.masked]

        assert "nothing was to be masked" == no_secret(run.written, answers).broken_by

    def test_nothing_to_look_for(self, run: Run) -> None:
        """Without secrets nothing is proved."""
        answers = [each for each in run.answers if not _has_secret(each)]

        assert "there is no request to look at" == no_secret(run.written, answers).broken_by

    def test_nothing(self, run: Run) -> None:
        """Without lines neither."""
        assert not no_secret([], run.answers).holds


class TestNothingForged:
    """What hostile requests held stays data."""

    def test_holds(self, run: Run) -> None:
        """It does in a real run."""
        assert nothing_forged(run.written, run.answers).holds

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            ({"message": "forged"}, "stands in its header"),
            ({"operation": "FORGED /products"}, "stands in its header"),
            ({"span": {"name": "forged"}}, "stands in its header"),
            ({"service": "bank"}, "its service is bank"),
            ({"context": {"request_id": "a b"}}, "its request id is not well-formed"),
        ],
    )
    def test_forged(self, run: Run, change: dict[str, Any], fault: str) -> None:
        """A text from a request that reached the header is found."""
        run.written[3] = orjson.dumps(orjson.loads(run.written[3]) | change) + b"\n"

        assert fault in str(nothing_forged(run.written, run.answers).broken_by)

    def test_data(self, run: Run) -> None:
        """The same text in the context, the payload, an error or an attribute is what it should be."""
        data: dict[str, Any] = {"context": {"a": "forged"}, "payload": {"forged": 1}, "error": {"message": "forged"}}
        data |= {"span": {"attributes": {"a": "forged"}}}
        run.written[3] = orjson.dumps(orjson.loads(run.written[3]) | data) + b"\n"

        assert nothing_forged(run.written, run.answers).holds

    def test_refused_id(self, run: Run) -> None:
        """An id out of a header that is no valid one is found, wherever it stands."""
        refused = next(each.visit.refused[0] for each in run.answers if each.visit.refused)
        run.written[3] = orjson.dumps(orjson.loads(run.written[3]) | {"links": [{"trace_id": refused}]}) + b"\n"

        assert "line 4: it has an id that was to be refused" == nothing_forged(run.written, run.answers).broken_by

    @pytest.mark.parametrize("end", [b"", b"\r\n", b"\n\n", b"\x1b[2J\n", "\u2028\n".encode()])
    def test_line_of_its_own(self, run: Run, end: bytes) -> None:
        """What isn't one printable line is found."""
        run.written[3] = run.written[3].rstrip() + end

        assert "line 4: it holds what can't be printed" == nothing_forged(run.written, run.answers).broken_by

    def test_header_of_the_answer(self, run: Run) -> None:
        """A header that a request smuggled into its answer is found."""
        run.answers[2] = _with_header(run.answers[2], "x-forged", "1")

        assert str(nothing_forged(run.written, run.answers).broken_by).startswith("request 3: ")

    def test_unanswered(self, run: Run, unanswered: Callable[..., list[Answer]]) -> None:
        """Hostile requests that nobody answered prove nothing."""
        verdict = nothing_forged(run.written, unanswered(run.answers, _is_hostile))

        assert "ReadError instead of" in str(verdict.broken_by)

    def test_refused_at_the_door(self, run: Run) -> None:
        """Nor does one that a server refused before the library saw it."""
        at = next(at for at, each in enumerate(run.answers) if _is_hostile(each))
        run.answers[at] = dataclasses.replace(run.answers[at], status=400)

        assert "400 instead of" in str(nothing_forged(run.written, run.answers).broken_by)

    def test_no_request_line(self, run: Run) -> None:
        """Nor does one of which no line tells."""
        one = next(each for each in run.answers if _is_hostile(each))
        written = _without_request_line(run.written, one)

        assert "it is on no line" in str(nothing_forged(written, run.answers).broken_by)

    def test_no_hostile(self, run: Run) -> None:
        """Without hostile requests nothing is proved."""
        answers = [each for each in run.answers if not _is_hostile(each)]

        assert "there is no request to look at" == nothing_forged(run.written, answers).broken_by

    def test_nothing_refused(self, run: Run) -> None:
        """Without an id that had to be refused nothing is proved of ids."""
        answers = [each for each in run.answers if not each.visit.refused]

        assert "no id was to be refused" == nothing_forged(run.written, answers).broken_by

    def test_no_data(self, run: Run) -> None:
        """Hostile texts must be on lines, as the data that they are, or nothing was tried."""
        written = [re.sub(rb"(?i)forged", b"honest", each) for each in run.written]

        assert "none of their texts is on any line" == nothing_forged(written, run.answers).broken_by

    def test_nothing(self, run: Run) -> None:
        """Without lines nothing is proved."""
        assert not nothing_forged([], run.answers).holds
