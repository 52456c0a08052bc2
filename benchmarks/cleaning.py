"""Scrubbers at work on events that hold nothing to scrub."""

from __future__ import annotations

import copy
import itertools
import time
from typing import TYPE_CHECKING, Any, Final

from benchmarks import pool
from benchmarks.harness import interleave
from benchmarks.markdown import measured
from benchmarks.markdown import table as markdown_table
from benchmarks.scrubbers import function, logfire_scrubber, sentry, stage
from benchmarks.statistics import compared, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from benchmarks.harness import Samples
    from benchmarks.scrubbers import Scrubber

__all__ = ["EVENTS", "SCRUBBERS", "compare_clean", "table"]

SCRUBBERS: Final = (stage, function, sentry, logfire_scrubber)
"""Who takes turns, in the order of the tables."""

EVENTS: Final = {"flat, 12 keys": pool.flat, "nested, 25 leaves": pool.nested}
"""What the page calls them."""

_AT_ONCE: Final = 1_000
# So many are made before they are timed: what has just been made is still at hand, as in a service.
_FRESH: Final = 50
_CHECKED: Final = 10
_NANOSECONDS: Final = 1_000.0


def compare_clean(
    rounds: int, scrubbers: Iterable[Scrubber] = SCRUBBERS, *, most: int = pool.SIZE, at_once: int = _AT_ONCE
) -> dict[str, Samples]:
    """Let *scrubbers* look at the same clean events, interleaved in this one process.

    Args:
        rounds: How many rounds are counted; each takes the next *at_once* events of the pool.
        scrubbers: Who takes part.
        most: How many events of the pool are used.
        at_once: How many events are one block.

    Raises:
        RuntimeError: Somebody finds something in one of each ten events: then not all do the same work.
    """
    result: dict[str, Samples] = {}
    for name, event in EVENTS.items():
        events = event(most)
        blocks = {each.NAME: _block(each, events, at_once) for each in scrubbers}
        taken = interleave(blocks, rounds=rounds)
        result[name] = {each: [one / at_once / _NANOSECONDS for one in rows] for each, rows in taken.items()}
    return result


def _block(scrubber: Scrubber, events: Sequence[dict[str, Any]], at_once: int) -> Callable[[], int]:
    scrub = scrubber.build()
    for event in events[::_CHECKED]:
        given = scrubber.prepared(_fresh(event))
        before = copy.deepcopy(given)
        if scrubber.left(given, scrub(given)) != before:
            msg = f"{scrubber.NAME} changes an event that is clean"
            raise RuntimeError(msg)
    parts = itertools.cycle(events[at : at + at_once] for at in range(0, len(events), at_once))

    def block() -> int:
        part = next(parts)
        taken = 0
        for at in range(0, len(part), _FRESH):
            ready = [scrubber.prepared(_fresh(event)) for event in part[at : at + _FRESH]]
            start = time.perf_counter_ns()
            for one in ready:
                scrub(one)
            taken += time.perf_counter_ns() - start
        return taken

    return block


def _fresh(value: Any) -> Any:
    """Return *value* with new texts in new containers, as a service has just made them; its keys are constants."""
    if type(value) is dict:
        return {key: _fresh(each) for key, each in value.items()}
    if type(value) is list:
        return [_fresh(each) for each in value]
    return value.encode().decode() if type(value) is str else value


def table(result: dict[str, Samples]) -> str:
    """Return the result as Markdown: each event's time, its range and its ratio to sentry-sdk's."""
    head = ["scrubber", *(cell for event in result for cell in (f"{event}, µs", "range", f"÷ {sentry.NAME}"))]
    rows = (
        [name, *(cell for samples in result.values() for cell in _cells(samples, name))]
        for name in next(iter(result.values()))
    )
    return markdown_table(head, rows)


def _cells(samples: Samples, name: str) -> tuple[str, ...]:
    return *measured(spread(samples[name])), f"{compared(samples[name], samples[sentry.NAME]).median:.2f}"
