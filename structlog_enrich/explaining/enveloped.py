"""What stages between the envelope and the sink may do, and where an event may leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from structlog_enrich.explaining.chain import about, added_by
from structlog_enrich.explaining.known import FINISHING, NOTHING_KNOWN, Role
from structlog_enrich.explaining.naming import listed
from structlog_enrich.explaining.strangers import reads_event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from structlog_enrich.explaining.chain import Chain
    from structlog_enrich.explaining.probing import Trial
    from structlog_enrich.explaining.report import Mistake

__all__ = ["REQUIRED", "RULES"]

REQUIRED: Final = frozenset(
    {
        "schema_version",
        "timestamp",
        "level",
        "message",
        "service",
        "version",
        "environment",
        "trace_id",
        "span_id",
        "boot_id",
        "seq",
        "host",
        "process_id",
        "thread_id",
        "runtime",
        "enrichment",
    }
)
"""The names that every line has."""

_APPLICATIONS: Final = frozenset({"context", "payload"})
_DROPS: Final = "drops the event"


def _export(chain: Chain) -> Iterator[Mistake]:
    for place, trial in enumerate(chain.trials[: chain.redact]):
        if trial.exports_to is not None and not trial.is_finished:
            problem = f"{chain.name(place)} sends the event to {trial.exports_to} before anything is masked."
            remedy = "Put it directly after Redact, where it sees the masked line."
            yield about("export-before-redaction", (place,), problem, remedy)


def _export_without_message(chain: Chain) -> Iterator[Mistake]:
    for place, trial in chain.after_envelope():
        if place > chain.redact and reads_event(trial.processor):
            problem = f"{chain.name(place)} looks for event, which Envelope made message: what it sends has no text."
            remedy = 'Hand it {**event_dict, "event": event_dict["message"]}.'
            yield about("export-without-message", (place,), problem, remedy)


def _needs_flat_event(chain: Chain) -> Iterator[Mistake]:
    for place, trial in chain.after_envelope():
        if trial.on_flat is not None and trial.known.role is not Role.RENAMER:
            problem = f"{chain.name(place)} takes the flat event, and {trial.failure} on what Envelope made of it."
            is_renderer = trial.on_flat == "line" or trial.known.role in FINISHING
            remedy = "Use JSONRenderer() in its place." if is_renderer else "Put it before ErrorDetails."
            yield about("needs-flat-event", (place,), problem, remedy)
        elif trial.known.reads_event and _misses_event(trial):
            problem = f"{chain.name(place)} looks for event, which Envelope made message: it is one name of many."
            remedy = "Use ConsoleRenderer() or JSONRenderer() of this library in its place."
            yield about("needs-flat-event", (place,), problem, remedy)


def _misses_event(trial: Trial) -> bool:
    # structlog's ConsoleRenderer can be told what the event is called.
    told = getattr(trial.processor, "_event_key", "event")
    return told == "event" and (trial.given is None or "event" not in trial.given)


def _removed_header(chain: Chain) -> Iterator[Mistake]:
    for place, trial in chain.after_envelope():
        lost = [name for name in trial.lost if name in REQUIRED]
        if lost and not trial.known.is_ours:
            problem = f"{chain.name(place)} takes away {listed(lost)}, which each line has: readers refuse it."
            remedy = "Keep them; whoever stores the lines may leave out what isn't wanted there."
            yield about("removed-header", (place,), problem, remedy)


def _data_beside_header(chain: Chain) -> Iterator[Mistake]:
    for place, trial in chain.after_envelope():
        added = [name for name in trial.added if name not in _APPLICATIONS]
        if place < chain.redact and not trial.known.is_ours and (what := added_by(trial, added)):
            problem = f"{chain.name(place)} adds {what} beside the header, where only Envelope writes."
            yield about("data-beside-header", (place,), problem, "Put it before ErrorDetails, where it adds payload.")


def _data_after_redaction(chain: Chain) -> Iterator[Mistake]:
    for place, trial in enumerate(chain.trials):
        late = place > chain.redact and not trial.is_finished and not trial.finishes
        if late and not trial.known.is_ours and (what := added_by(trial, trial.fresh)):
            problem = f"{chain.name(place)} adds data after Redact, which nobody examines: {what}."
            remedy = "Put it before ErrorDetails; after Redact a stage may only move or rename."
            yield about("data-after-redaction", (place,), problem, remedy)


def _after_renderer(chain: Chain) -> Iterator[Mistake]:
    for place, trial in enumerate(chain.trials):
        if not trial.is_finished:
            continue
        name = chain.name(place)
        if trial.known.role in FINISHING:
            problem = f"{name} is a second renderer: the line is finished when it comes to it."
            yield about("after-renderer", (place,), problem, "Keep the library's renderer, as the last, and no other.")
        elif trial.known is not NOTHING_KNOWN or trial.is_guarded:
            problem = f"{name} takes an event, and is given a finished line."
            yield about("after-renderer", (place,), problem, "Put it before the renderer.")
        elif trial.failure is not None:
            kind = type(trial.given).__name__
            problem = f"{name} {trial.failure} when it is given the finished line ({kind})."
            remedy = "Let it take the line as the renderer returns it and return it likewise, or put it before."
            yield about("after-renderer", (place,), problem, remedy)


def _dropped(chain: Chain) -> Iterator[Mistake]:
    for place, trial in chain.after_envelope():
        if trial.known.role is Role.FILTER or (trial.failure == _DROPS and trial.on_flat is None):
            problem = f"{chain.name(place)} drops lines that have a number: readers see a loss that is none."
            yield about("dropped-after-envelope", (place,), problem, "Put it before Envelope.")


RULES: Final = (
    _export,
    _export_without_message,
    _needs_flat_event,
    _removed_header,
    _data_beside_header,
    _data_after_redaction,
    _after_renderer,
    _dropped,
)
