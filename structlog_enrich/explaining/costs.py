"""What each stage costs."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any, Final

from structlog.exceptions import DropEvent

from structlog_enrich.explaining.plain import plain
from structlog_enrich.explaining.probing import METHOD, calm_context

if TYPE_CHECKING:
    from structlog_enrich.explaining.probing import Trial

__all__ = ["cost_of"]

_ROUNDS: Final = 7
_ROUND_NANOSECONDS: Final = 1_000_000
_MOST_CALLS: Final = 512
_NANOSECONDS: Final = 1_000


def cost_of(trial: Trial, logger: Any) -> float | None:
    """Return what the stage that was tried costs, in microseconds per event: the median of seven rounds.

    A round is about a millisecond of calls, at least one and at most 512, each with an event of its own. None for a
    stage that wasn't run or fails.
    """
    if trial.twin is None or trial.failure is not None:
        return None
    return calm_context().run(_measured, trial, logger)


def _measured(trial: Trial, logger: Any) -> float | None:
    try:
        _round(trial, logger, 1)
        took = _round(trial, logger, 1)
        calls = max(1, min(_MOST_CALLS, _ROUND_NANOSECONDS // max(1, took)))
        rounds = [_round(trial, logger, calls) for _ in range(_ROUNDS)]
    except (Exception, DropEvent, SystemExit):  # noqa: BLE001 (one that samples, or has had enough)
        return None
    return statistics.median(rounds) / calls / _NANOSECONDS


def _round(trial: Trial, logger: Any, calls: int) -> int:
    twin = trial.twin
    events = [plain(trial.given) for _ in range(calls)]
    began = time.perf_counter_ns()
    for event in events:
        twin(logger, METHOD, event)
    return time.perf_counter_ns() - began
