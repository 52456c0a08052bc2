"""The harness: interleaved rounds, garbage collected between them, one clock."""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from benchmarks.workload import active, silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from benchmarks.contenders import Contender
    from benchmarks.workload import Workload

__all__ = ["FULL", "QUICK", "Effort", "Samples", "compare", "interleave", "pooled", "timed"]

Samples = dict[str, list[float]]
"""Microseconds per call by contender, one number for each round."""

_Taken = TypeVar("_Taken")

_NANOSECONDS: Final = 1_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """Say how long to measure.

    Args:
        sittings: How many interpreters, one after the other, measure a main comparison.
        rounds: Rounds of a main comparison in each of them.
        side_rounds: Rounds of each other comparison.
        cycles: How often one block goes through all value sets.
        starts: Fresh interpreters for each line of the import table.
        remembered: Calls after which memory is compared.
    """

    sittings: int
    rounds: int
    side_rounds: int
    cycles: int
    starts: int
    remembered: int


FULL: Final = Effort(sittings=5, rounds=40, side_rounds=9, cycles=2, starts=30, remembered=100_000)
QUICK: Final = Effort(sittings=2, rounds=5, side_rounds=3, cycles=1, starts=5, remembered=5_000)


def interleave(blocks: Mapping[str, Callable[[], _Taken]], *, rounds: int, warmup: int = 2) -> dict[str, list[_Taken]]:
    """Run all *blocks* in turn, again and again (A B C, A B C, …), and return what each said of each round.

    Before a block the garbage of the one before is collected, and what stood before the first round is frozen, so that
    nobody pays for another's objects. The collector stays on: what a contender leaves behind is its own cost.

    Args:
        blocks: By name, a call that does its work and returns how many nanoseconds it took, or several such numbers.
        rounds: How many rounds are counted.
        warmup: How many rounds go before and are forgotten.
    """
    taken: dict[str, list[_Taken]] = {name: [] for name in blocks}
    for _ in range(warmup):
        for block in blocks.values():
            block()
    gc.collect()
    gc.freeze()
    try:
        for _ in range(rounds):
            for name, block in blocks.items():
                gc.collect()
                taken[name].append(block())
    finally:
        gc.unfreeze()
    return taken


def timed(log: Callable[..., Any], workload: Workload, cycles: int) -> int:
    """Log every call of *workload*, *cycles* times over, and return the nanoseconds it took."""
    message, calls = workload.message, workload.calls
    start = time.perf_counter_ns()
    for _ in range(cycles):
        for call in calls:
            log(message, **call)
    return time.perf_counter_ns() - start


def compare(workload: Workload, contenders: Iterable[Contender], *, rounds: int, cycles: int = 1) -> Samples:
    """Let *contenders* log the same *workload* into nothing, interleaved in this one process."""
    with active(), silent() as file:
        logs = {each.NAME: getattr(each.build(workload, file), workload.method) for each in contenders}
        blocks = {name: lambda log=log: timed(log, workload, cycles) for name, log in logs.items()}
        taken = interleave(blocks, rounds=rounds)
    calls = len(workload.calls) * cycles
    return {name: [each / calls / _NANOSECONDS for each in rows] for name, rows in taken.items()}


def pooled(sittings: Sequence[Any]) -> Any:
    """Return the rounds of several sittings as those of one, however deep they lie.

    >>> pooled([{"we": [1.0, 2.0]}, {"we": [3.0]}])
    {'we': [1.0, 2.0, 3.0]}
    """
    first = sittings[0]
    if isinstance(first, dict):
        return {name: pooled([each[name] for each in sittings]) for name in first}
    return [each for rounds in sittings for each in rounds]
