"""What is wrong with a chain, rule by rule."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from structlog_enrich.explaining.known import ADDING, NOTHING_KNOWN, ORDER, Role
from structlog_enrich.explaining.naming import listed, stage_name
from structlog_enrich.explaining.report import Mistake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from structlog_enrich.explaining.probing import Trial

__all__ = ["find_mistakes"]

_HEADER_ROLES: Final = {Role.TIMESTAMP: "timestamp", Role.LEVEL: "level", Role.LOGGER: "logger"}
_HEADER_NAMES: Final = {
    **dict.fromkeys(("timestamp", "level", "logger", "host", "process_id", "thread_id"), "Take it out."),
    **dict.fromkeys(
        ("trace_id", "span_id"), 'Take it out; with preset(ids="otel") the header has OpenTelemetry\'s ids.'
    ),
}
_APPLICATIONS: Final = frozenset({"context", "payload"})
_GUARD: Final = "Pass it to preset(extra=[…]) or wrap it in Guarded, which keeps the event and names it in faults."


class _Chain(NamedTuple):
    """Hold the trials, and where in the chain the turning points are.

    Attributes:
        trials: Those before and after.
        places: The first place of each role; a guard spoils a renderer, so a guarded one is none.
        redact: Where `Redact` stands, or the end of the chain, past which nothing is.
        is_logging: Whether the wrapped logger is a `logging.Logger`; None where nobody knows.
    """

    trials: Sequence[Trial]
    places: dict[Role, int]
    redact: int
    is_logging: bool | None

    def name(self, place: int) -> str:
        return stage_name(self.trials[place].processor)

    def before_envelope(self) -> Iterator[tuple[int, Trial]]:
        """Yield the stages on the flat event of a chain that has an envelope, with their places."""
        yield from list(enumerate(self.trials))[: self.places.get(Role.ENVELOPE, 0)]

    def after_envelope(self) -> Iterator[tuple[int, Trial]]:
        """Yield those from the envelope to the renderer, with their places."""
        start = self.places.get(Role.ENVELOPE, len(self.trials))
        yield from (
            (place, trial) for place, trial in enumerate(self.trials) if place > start and not trial.is_finished
        )


def find_mistakes(trials: Sequence[Trial], *, is_logging: bool | None) -> list[Mistake]:
    """Return what is wrong with the chain, by the stage it is about; what is missing comes first.

    Args:
        trials: What was found out about each stage, in the order of the chain.
        is_logging: Whether the wrapped logger is a `logging.Logger`; None where nobody knows.
    """
    places: dict[Role, int] = {}
    for place, trial in enumerate(trials):
        role = Role.RENDERER if trial.finishes else trial.known.role
        if role is not None and not (role is Role.RENDERER and trial.is_guarded):
            places.setdefault(role, place)
    chain = _Chain(trials, places, places.get(Role.REDACT, len(trials)), is_logging)
    found = [mistake for rule in _RULES for mistake in rule(chain)]
    return sorted(found, key=lambda mistake: mistake.stages[:1])


def _missing(chain: _Chain) -> Iterator[Mistake]:
    def missing(name: str, problem: str, remedy: str) -> Mistake:
        return Mistake("missing-stage", (), f"{name} is missing: {problem}", remedy)

    places, trials = chain.places, chain.trials
    if Role.ENVELOPE not in places:
        yield missing(
            "Envelope",
            "no line says who wrote it, when, in which trace and under which schema.",
            "Use preset(), or put Envelope() before Redact.",
        )
    if Role.REDACT not in places:
        yield missing(
            "Redact",
            "secrets are written as they are, and a value that JSON can't take costs the line.",
            "Put Redact(trusted=HEADER) directly after Envelope, or Redact() before the renderer.",
        )
    # A stranger that wasn't run may be one.
    if Role.RENDERER not in places and not (trials and _is_unknown(trials[-1])):
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


def _wrong_order(chain: _Chain) -> Iterator[Mistake]:
    ours: dict[Role, int] = {}
    for place, trial in enumerate(chain.trials):
        if trial.known.is_ours and trial.known.role in ORDER and not trial.is_finished:
            ours.setdefault(trial.known.role, place)
    present = [role for role in ORDER if role in ours]
    for first, then in pairwise(present):
        if ours[first] > ours[then]:
            one, other = chain.name(ours[first]), chain.name(ours[then])
            problem = f"{one} stands after {other}, which needs what it does."
            yield _about("wrong-order", (ours[then], ours[first]), problem, f"Put {one} before {other}.")


def _repeated(chain: _Chain) -> Iterator[Mistake]:
    places = [place for place, trial in enumerate(chain.trials) if trial.known.role is Role.ENVELOPE]
    if len(places) > 1:
        problem = "Envelope stands there more than once: each takes a number, and readers see a loss that is none."
        yield _about("repeated-stage", places, problem, "Keep one.")


def _second_merger(chain: _Chain) -> Iterator[Mistake]:
    places = [place for place, each in enumerate(chain.trials) if each.known.role is Role.MERGER]
    if len(places) > 1:
        names = " and ".join(map(chain.name, places))
        problem = f"{names} add the same: a later one brings back what a stage between them took out."
        yield _about("second-merger", places, problem, "Keep MergeContext, as the first, and take out the other.")


def _duplicate_header(chain: _Chain) -> Iterator[Mistake]:
    for place, trial in chain.before_envelope():
        role = trial.known.role
        if role in _HEADER_ROLES:
            duplicated = [_HEADER_ROLES[role]]
        elif trial.known is NOTHING_KNOWN:
            duplicated = [name for name in trial.added if name in _HEADER_NAMES]
        else:
            continue
        for field in duplicated:
            problem = f"{chain.name(place)} adds what the header has as {field}: it is written twice."
            yield _about("duplicate-header", (place,), problem, _HEADER_NAMES[field])


def _renamed_event(chain: _Chain) -> Iterator[Mistake]:
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
            yield _about("renamed-event", (place,), problem, "Take it out: on the line event is called message anyway.")


def _formatted_exception(chain: _Chain) -> Iterator[Mistake]:
    details = chain.places.get(Role.ERRORS, 0)
    for place, trial in enumerate(chain.trials[:details]):
        if trial.known.role is Role.EXCEPTIONS:
            problem = f"{chain.name(place)} takes exc_info before ErrorDetails can describe it: the line has no error."
            yield _about("formatted-exception", (place, details), problem, f"Take out {chain.name(place)}.")


def _export(chain: _Chain) -> Iterator[Mistake]:
    for place, trial in enumerate(chain.trials[: chain.redact]):
        if trial.exports_to is not None and not trial.is_finished:
            problem = f"{chain.name(place)} sends the event to {trial.exports_to} before anything is masked."
            remedy = "Put it after Redact, where it sees the masked line, or hand it a copy that a Redact() has masked."
            yield _about("export-before-redaction", (place,), problem, remedy)


def _data_beside_header(chain: _Chain) -> Iterator[Mistake]:
    for place, trial in chain.after_envelope():
        added = [name for name in trial.added if name not in _APPLICATIONS]
        if place < chain.redact and not trial.known.is_ours and (what := _added(trial, added)):
            problem = f"{chain.name(place)} adds {what} beside the header, where only Envelope writes."
            yield _about("data-beside-header", (place,), problem, "Put it before ErrorDetails, where it adds payload.")


def _data_after_redaction(chain: _Chain) -> Iterator[Mistake]:
    for place, trial in enumerate(chain.trials):
        late = place > chain.redact and not trial.is_finished and not trial.finishes
        if late and not trial.known.is_ours and (what := _added(trial, trial.fresh)):
            problem = f"{chain.name(place)} adds data after Redact, which nobody examines: {what}."
            remedy = "Put it before ErrorDetails; after Redact a stage may only move or rename."
            yield _about("data-after-redaction", (place,), problem, remedy)


def _after_renderer(chain: _Chain) -> Iterator[Mistake]:
    for place, trial in enumerate(chain.trials):
        if not trial.is_finished:
            continue
        name = chain.name(place)
        if trial.known.role is Role.RENDERER:
            problem = f"{name} is a second renderer: the line is finished when it comes to it."
            yield _about("after-renderer", (place,), problem, "Keep the library's renderer, as the last, and no other.")
        elif trial.known is not NOTHING_KNOWN or trial.is_guarded:
            problem = f"{name} takes an event, and is given a finished line."
            yield _about("after-renderer", (place,), problem, "Put it before the renderer.")
        elif trial.failure is not None:
            kind = type(trial.given).__name__
            problem = f"{name} {trial.failure} when it is given the finished line ({kind})."
            remedy = "Let it take the line as the renderer returns it and return it likewise, or put it before."
            yield _about("after-renderer", (place,), problem, remedy)


def _dropped(chain: _Chain) -> Iterator[Mistake]:
    for place, trial in chain.after_envelope():
        if trial.known.role is Role.FILTER or trial.failure == "drops the event":
            problem = f"{chain.name(place)} drops lines that have a number: readers see a loss that is none."
            yield _about("dropped-after-envelope", (place,), problem, "Put it before Envelope.")


def _wrong_logger(chain: _Chain) -> Iterator[Mistake]:
    for place, trial in enumerate(chain.trials):
        if trial.known.needs_logging and chain.is_logging is False:
            problem = f"{chain.name(place)} needs a logging.Logger, and the wrapped logger is none."
            remedy = "Take it out; a level is filtered by bound_logger(level)."
            if trial.known.role is not Role.FILTER:
                remedy = "Take it out, or configure logger_factory=structlog.stdlib.LoggerFactory()."
            yield _about("wrong-logger", (place,), problem, remedy)


def _unguarded_failure(chain: _Chain) -> Iterator[Mistake]:
    for place, trial in enumerate(chain.trials):
        failed = trial.failure is not None and trial.failure != "drops the event"
        if failed and trial.known is NOTHING_KNOWN and not (trial.is_guarded or trial.is_finished):
            problem = f"{chain.name(place)} {trial.failure} on the probe, and takes the call down with it."
            yield _about("unguarded-failure", (place,), problem, _GUARD)


_RULES: Final[tuple[Callable[[_Chain], Iterator[Mistake]], ...]] = (
    _missing,
    _wrong_order,
    _repeated,
    _second_merger,
    _duplicate_header,
    _renamed_event,
    _formatted_exception,
    _export,
    _data_beside_header,
    _data_after_redaction,
    _after_renderer,
    _dropped,
    _wrong_logger,
    _unguarded_failure,
)


def _about(rule: str, places: Sequence[int], problem: str, remedy: str) -> Mistake:
    return Mistake(rule, tuple(place + 1 for place in places), problem, remedy)


def _added(trial: Trial, observed: Sequence[str]) -> str:
    # Whoever is known to add may add nothing to a probe.
    return listed(observed) or (trial.known.does if trial.known.role in ADDING else "")


def _is_unknown(trial: Trial) -> bool:
    return trial.known is NOTHING_KNOWN and trial.skipped is not None
