"""Offer lines while nobody reads, in an interpreter of its own, and see by how much its memory grows.

`python -m benchmarks.writers.growth NAME SIZE SECONDS`

What memory a process uses is read in `/proc`, so this needs Linux.
"""

from __future__ import annotations

import json
import os
import select
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from benchmarks.writers import Started

__all__ = ["BUDGET", "Offer", "grow"]

BUDGET: Final = 64 << 20
_BETWEEN: Final = 1 << 20
_LOOK: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Say what is offered.

    Args:
        size: Bytes of a line.
        seconds: Time after which no more are offered.
        total: Bytes of all lines.
        most: Growth at which no more are offered: nobody is to use up the machine.
        patience: Seconds without one more line after which who logs counts as blocked.
    """

    size: int
    seconds: float
    total: int = 4 * BUDGET
    most: int = 8 * BUDGET
    patience: float = 2.0

    @property
    def lines(self) -> int:
        """How many they are."""
        return self.total // self.size


def grow(name: str, offer: Offer) -> dict[str, Any]:
    """Return by how many bytes the process grew with a stalled pipe, and which part of the lines it was given."""
    reading, writing = os.pipe()
    started = import_module(f"benchmarks.writers.{name}").start(writing)
    # What it starts and imports with the first line is no cost of those that wait.
    started.hand_over(started.ready(b"begun"))
    if not select.select([reading], [], [], 30)[0]:
        msg = f"{name} writes nothing"
        raise RuntimeError(msg)
    before = _used("VmRSS:")
    given = [0]
    # It may never come back.
    thread = Thread(target=_hand_over, args=(started, offer, before + offer.most, given), daemon=True)
    thread.start()
    seen, last = 0, time.monotonic()
    while thread.is_alive() and time.monotonic() - last < offer.patience:
        if seen != given[0]:
            seen, last = given[0], time.monotonic()
        thread.join(_LOOK)
    # The most that it ever was.
    grown = _used("VmHWM:") - before
    return {"grown": grown, "given": given[0] / offer.lines, "blocked": thread.is_alive()}


def _hand_over(started: Started, offer: Offer, most: int, given: list[int]) -> None:
    ready, hand_over, size = started.ready, started.hand_over, offer.size
    between, latest = max(1, _BETWEEN // size), time.monotonic() + offer.seconds
    for number in range(offer.lines):
        hand_over(ready((b"%d " % number).ljust(size, b"x")))
        given[0] = number + 1
        if number % between == 0 and (_used("VmRSS:") > most or time.monotonic() > latest):
            return


def _used(what: str) -> int:
    rows = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith(what)) << 10


if __name__ == "__main__":
    json.dump(grow(sys.argv[1], Offer(size=int(sys.argv[2]), seconds=float(sys.argv[3]))), sys.stdout)
    sys.stdout.flush()
    os._exit(0)
