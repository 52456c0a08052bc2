"""A chain that was tried, with its turning points; what every rule looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from structlog_enrich.explaining.known import ADDING, FINISHING, Role
from structlog_enrich.explaining.naming import listed, stage_name
from structlog_enrich.explaining.report import Mistake

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from structlog_enrich.explaining.probing import Trial

__all__ = ["Chain", "about", "added_by", "chain_of"]


class Chain(NamedTuple):
    """Hold the trials, and where in the chain the turning points are.

    Attributes:
        trials: What was found out about each stage, in the order of the chain.
        places: The first place of each role; a guard spoils a renderer, so a guarded one is none.
        redact: Where `Redact` stands, or the end of the chain, past which nothing is.
        is_logging: Whether the wrapped logger is a `logging.Logger`; None where nobody knows.
        is_formatters: Whether a `structlog.stdlib.ProcessorFormatter` runs it.
    """

    trials: Sequence[Trial]
    places: dict[Role, int]
    redact: int
    is_logging: bool | None
    is_formatters: bool

    def name(self, place: int) -> str:
        """Return what the stage at *place* is called."""
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


def chain_of(trials: Sequence[Trial], *, is_logging: bool | None, is_formatters: bool) -> Chain:
    """Return the chain whose stages were tried."""
    places: dict[Role, int] = {}
    for place, trial in enumerate(trials):
        finishes = trial.finishes or (trial.known.role in FINISHING and not trial.is_guarded)
        if finishes:
            places.setdefault(Role.RENDERER, place)
        if trial.known.role is not None and trial.known.role is not Role.RENDERER:
            places.setdefault(trial.known.role, place)
    return Chain(trials, places, places.get(Role.REDACT, len(trials)), is_logging, is_formatters)


def about(rule: str, places: Sequence[int], problem: str, remedy: str) -> Mistake:
    """Return the mistake that breaks *rule* at *places*, which count from 0."""
    return Mistake(rule, tuple(place + 1 for place in places), problem, remedy)


def added_by(trial: Trial, observed: Sequence[str]) -> str:
    """Return what a stage adds, for a sentence: the names *observed*, or what it is known to do; else nothing."""
    # Whoever is known to add may add nothing to a probe.
    return listed(observed) or (trial.known.does if trial.known.role in ADDING else "")
