"""Which stages are there, how often and in which order."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from structlog_enrich.explaining.chain import about
from structlog_enrich.explaining.known import NOTHING_KNOWN, ORDER, Role
from structlog_enrich.explaining.report import Mistake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from structlog_enrich.explaining.chain import Chain
    from structlog_enrich.explaining.probing import Trial

__all__ = ["RULES"]

_FOR_ENVELOPE: Final = frozenset({Role.MERGER, Role.ERRORS, Role.VERSION})
_NO_ENVELOPE: Final = "no line says who wrote it, when, in which trace and under which schema"
_NO_REDACT: Final = "secrets are written as they are, and a value that JSON can't take costs the line"


def notes_of(chain: Chain) -> Iterator[str]:
    """Yield what is no mistake and good to know: what a chain doesn't promise that isn't, or isn't all, ours."""
    if Role.CAPTURE in chain.places:
        return
    if Role.ENVELOPE not in chain.places and not _needs_envelope(chain):
        yield f"without Envelope {_NO_ENVELOPE}."
        if Role.REDACT not in chain.places:
            yield f"without Redact {_NO_REDACT}."
    if Role.HANDOVER in chain.places:
        yield "a ProcessorFormatter finishes the line: explain(formatter) says how."


def _needs_envelope(chain: Chain) -> bool:
    return any(each.known.is_ours and each.known.role in _FOR_ENVELOPE for each in chain.trials)


def _missing(chain: Chain) -> Iterator[Mistake]:
    def missing(name: str, problem: str, remedy: str) -> Mistake:
        return Mistake("missing-stage", (), f"{name} is missing: {problem}", remedy)

    places, trials = chain.places, chain.trials
    if Role.CAPTURE in places:
        return
    if Role.ENVELOPE not in places and _needs_envelope(chain):
        yield missing("Envelope", f"{_NO_ENVELOPE}.", "Use preset(), or put Envelope() before Redact.")
    if Role.REDACT not in places and (Role.ENVELOPE in places or _needs_envelope(chain)):
        remedy = "Put Redact(trusted=HEADER) directly after Envelope."
        yield missing("Redact", f"{_NO_REDACT}.", remedy)
    # A stranger that wasn't run may be one; another mistake is told of one that takes the flat event.
    if Role.RENDERER not in places and not (trials and _may_render(trials[-1])):
        yield missing(
            "the renderer", "the wrapped logger is given a dict.", "Put JSONRenderer() or ConsoleRenderer() last."
        )
    if Role.ENVELOPE not in places:
        return
    if Role.MERGER not in places:
        yield missing("MergeContext", "what bind_contextvars binds is on no line.", "Put MergeContext() first.")
    if Role.ERRORS not in places:
        yield missing("ErrorDetails", "an exception is no error on the line.", "Put it directly before Envelope.")
    if Role.VERSION not in places:
        yield missing(
            "SchemaVersion", "the place that Envelope left for schema_version stays empty.", "Put it after Redact."
        )


def _captured(chain: Chain) -> Iterator[Mistake]:
    for place, trial in enumerate(chain.trials):
        if trial.known.role is Role.CAPTURE:
            problem = "structlog.testing.capture_logs stands in the place of the chain: no line is written."
            remedy = "Explain the chain outside its block; a test reads real lines with captured_lines()."
            yield about("capture-left", (place,), problem, remedy)


def _wrong_order(chain: Chain) -> Iterator[Mistake]:
    ours: dict[Role, int] = {}
    for place, trial in enumerate(chain.trials):
        if trial.known.is_ours and trial.known.role in ORDER and not trial.is_finished:
            ours.setdefault(trial.known.role, place)
    present = [role for role in ORDER if role in ours]
    for first, then in pairwise(present):
        if ours[first] > ours[then]:
            one, other = chain.name(ours[first]), chain.name(ours[then])
            problem = f"{one} stands after {other}, which needs what it does."
            yield about("wrong-order", (ours[then], ours[first]), problem, f"Put {one} before {other}.")


def _repeated(chain: Chain) -> Iterator[Mistake]:
    places = [place for place, trial in enumerate(chain.trials) if trial.known.role is Role.ENVELOPE]
    if len(places) > 1:
        problem = "Envelope stands there more than once: each takes a number, and readers see a loss that is none."
        yield about("repeated-stage", places, problem, "Keep one.")


def _second_merger(chain: Chain) -> Iterator[Mistake]:
    places = [place for place, each in enumerate(chain.trials) if each.known.role is Role.MERGER]
    if len(places) > 1:
        names = " and ".join(map(chain.name, places))
        problem = f"{names} add the same: a later one brings back what a stage between them took out."
        yield about("second-merger", places, problem, "Keep MergeContext, as the first, and take out the other.")


def _may_render(trial: Trial) -> bool:
    return trial.known is NOTHING_KNOWN and (trial.skipped is not None or trial.on_flat == "line")


RULES: Final = (_captured, _missing, _wrong_order, _repeated, _second_merger)
