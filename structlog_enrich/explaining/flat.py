"""What stages before the envelope do to the flat event that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from structlog_enrich.explaining.chain import about
from structlog_enrich.explaining.known import NOTHING_KNOWN, Role
from structlog_enrich.explaining.reaching import names_of
from structlog_enrich.explaining.strangers import copies_ids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from structlog_enrich.explaining.chain import Chain
    from structlog_enrich.explaining.report import Mistake

__all__ = ["RULES"]

_HEADER_ROLES: Final = {Role.TIMESTAMP: "timestamp", Role.LEVEL: "level", Role.LOGGER: "logger"}
_OTEL: Final = 'Take it out; with preset(ids="otel") the header has OpenTelemetry\'s ids.'
_HEADER_NAMES: Final = {
    **dict.fromkeys(("timestamp", "level", "logger", "host", "process_id", "thread_id"), "Take it out."),
    **{name: f"Take it out, and say it by preset({name}=…)." for name in ("service", "version", "environment")},
    **dict.fromkeys(("trace_id", "span_id"), _OTEL),
}
_DATADOG: Final = "dd.trace_id"
_OF_DATADOG: Final = "get_log_correlation_context"


def _duplicate_header(chain: Chain) -> Iterator[Mistake]:
    for place, trial in chain.before_envelope():
        role = trial.known.role
        if role in _HEADER_ROLES:
            duplicated = [_HEADER_ROLES[role]]
        elif trial.known is NOTHING_KNOWN:
            duplicated = [name for name in trial.added if name in _HEADER_NAMES]
            if copies_ids(trial.processor) and not {"trace_id", "span_id"}.intersection(duplicated):
                # A probe is in no span, so it adds none to it.
                duplicated.append("trace_id")
        else:
            continue
        for field in duplicated:
            problem = f"{chain.name(place)} adds what the header has as {field}: it is written twice."
            yield about("duplicate-header", (place,), problem, _HEADER_NAMES[field])


def _datadogs_ids(chain: Chain) -> Iterator[Mistake]:
    for place, trial in chain.before_envelope():
        if trial.known is not NOTHING_KNOWN:
            continue
        if _DATADOG in trial.added or _OF_DATADOG in names_of(trial.processor):
            name = chain.name(place)
            problem = f"{name} adds Datadog's ids, which become payload, where Datadog doesn't look for them."
            remedy = "Set DD_LOGS_INJECTION=false, or have Datadog's trace id remapper read payload."
            yield about("duplicate-header", (place,), problem, remedy)


def _renamed_event(chain: Chain) -> Iterator[Mistake]:
    if Role.ENVELOPE not in chain.places:
        return
    envelope = chain.places[Role.ENVELOPE]
    for place, trial in enumerate(chain.trials):
        renames = trial.known.role is Role.RENAMER
        if not trial.is_finished and (
            renames or (trial.known is NOTHING_KNOWN and place < envelope and "event" in trial.removed)
        ):
            lost = "the line's message is empty" if place < envelope else "there is none any more, and the call fails"
            problem = f"{chain.name(place)} takes event away: {lost}."
            yield about("renamed-event", (place,), problem, "Take it out: on the line event is called message anyway.")


def _formatted_exception(chain: Chain) -> Iterator[Mistake]:
    details = chain.places.get(Role.ERRORS, 0)
    for place, trial in enumerate(chain.trials[:details]):
        if trial.known.role is Role.EXCEPTIONS:
            problem = f"{chain.name(place)} takes exc_info before ErrorDetails can describe it: the line has no error."
            yield about("formatted-exception", (place, details), problem, f"Take out {chain.name(place)}.")


RULES: Final = (_duplicate_header, _datadogs_ids, _renamed_event, _formatted_exception)
