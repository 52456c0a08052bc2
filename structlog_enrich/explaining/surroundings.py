"""What a chain is run by, and what comes of a stage that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from structlog_enrich.explaining.chain import about
from structlog_enrich.explaining.known import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from structlog_enrich.explaining.chain import Chain
    from structlog_enrich.explaining.report import Mistake

__all__ = ["RULES"]

_GUARD: Final = "Pass it to preset(extra=[…]) or wrap it in Guarded, which keeps the event and names it in faults."
_BRIDGE: Final = "Use configure(), which brings the standard library's records into the same chain."
_ONCE: Final = frozenset({Role.ENVELOPE, Role.RENDERER})
_EXIT: Final = "raises SystemExit"
_NEVER: Final = frozenset({Role.RENAMER, Role.FILTER, Role.CAPTURE})


def _under_formatter(chain: Chain) -> Iterator[Mistake]:
    ours = [place for place, each in enumerate(chain.trials) if each.known.is_ours and each.known.role in _ONCE]
    if chain.is_formatters and ours:
        name = chain.name(ours[0])
        problem = f"A ProcessorFormatter runs {name}, once for each handler, and doesn't write what it makes as JSON."
        yield about("under-processor-formatter", ours[:1], problem, _BRIDGE)
        return
    place = chain.places.get(Role.HANDOVER)
    if Role.ENVELOPE in chain.places and place is not None and not chain.trials[place].is_finished:
        problem = "A ProcessorFormatter finishes the line: records of the standard library have no envelope."
        yield about("under-processor-formatter", (place,), problem, _BRIDGE)


def _wrong_logger(chain: Chain) -> Iterator[Mistake]:
    for place, trial in enumerate(chain.trials):
        if trial.known.needs_logging and chain.is_logging is False:
            problem = f"{chain.name(place)} needs a logging.Logger, and the wrapped logger is none."
            remedy = "Take it out; a level is filtered by bound_logger(level)."
            if trial.known.role is not Role.FILTER:
                remedy = "Take it out, or configure logger_factory=structlog.stdlib.LoggerFactory()."
            yield about("wrong-logger", (place,), problem, remedy)


def _unguarded_failure(chain: Chain) -> Iterator[Mistake]:
    for place, trial in enumerate(chain.trials):
        failed = trial.failure is not None and trial.failure != "drops the event" and trial.on_flat is None
        is_told_elsewhere = trial.known.role in _NEVER or (trial.known.needs_logging and chain.is_logging is False)
        if trial.failure == _EXIT:
            problem = f"{chain.name(place)} {_EXIT} on the probe, which no guard stops: it ends the program."
            yield about("unguarded-failure", (place,), problem, "Let it raise an Exception.")
        elif failed and not (is_told_elsewhere or trial.is_guarded or trial.is_finished):
            problem = f"{chain.name(place)} {trial.failure} on the probe, and takes the call down with it."
            yield about("unguarded-failure", (place,), problem, _GUARD)


def _returns_no_event(chain: Chain) -> Iterator[Mistake]:
    for place, trial in enumerate(chain.trials):
        if trial.is_guarded and not trial.is_finished and (trial.failure or "").startswith("returns "):
            problem = f"{chain.name(place)} {trial.failure}: it adds nothing, and its guard names it in faults."
            yield about("returns-no-event", (place,), problem, "Let it return the event.")


RULES: Final = (_under_formatter, _wrong_logger, _unguarded_failure, _returns_no_event)
