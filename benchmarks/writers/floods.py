"""Hand lines over while nobody reads, in an interpreter of its own.

`python -m benchmarks.writers.floods NAME SECONDS`
"""

from __future__ import annotations

import json
import os
import sys
import time
from array import array
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from benchmarks.writers import Started

__all__ = ["flood"]

RATE: Final = 20_000
LINE: Final = b"x" * 400


def flood(name: str, seconds: float) -> dict[str, Any]:
    """Return how long the hand-offs took, in nanoseconds, at a steady rate while the pipe behind them is stalled."""
    # The other end stays open.
    _, writing = os.pipe()
    started = import_module(f"benchmarks.writers.{name}").start(writing)
    taken: array[int] = array("q")
    # It may never come back.
    thread = Thread(target=_hand_over, args=(started, int(seconds * RATE), taken), daemon=True)
    thread.start()
    thread.join(seconds + 5)
    ordered = sorted(taken)
    shares = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999}
    found: dict[str, Any] = {each: ordered[int(len(ordered) * share)] for each, share in shares.items()}
    return {**found, "max": ordered[-1], "calls": len(ordered), "blocked": thread.is_alive()}


def _hand_over(started: Started, calls: int, taken: array[int]) -> None:
    clock, add = time.perf_counter_ns, taken.append
    ready, hand_over = started.ready, started.hand_over
    # The first ones start threads and fill the pipe.
    for _ in range(50):
        hand_over(ready(LINE + b""))
    begun = clock()
    for number in range(calls):
        due = begun + number * 1_000_000_000 // RATE
        while clock() < due:
            pass
        line = ready(LINE + b"%d" % number)
        start = clock()
        hand_over(line)
        add(clock() - start)


if __name__ == "__main__":
    json.dump(flood(sys.argv[1], float(sys.argv[2])), sys.stdout)
    sys.stdout.flush()
    os._exit(0)
