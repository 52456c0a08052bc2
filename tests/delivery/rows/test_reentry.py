"""Lines from signals' handlers and finalisers, which come amid anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.delivery.conftest import soak

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.delivery.rows.programs import Result

SIGNALS = """
import itertools
wanted, mode = int(sys.argv[2]), sys.argv[3]
writer = Writer(PATH, max_bytes=1 << 30, max_records=1 << 30)
log = writer()
if mode == "synchronous":
    writer.finish()
numbers = itertools.count()
count = 0

def handle(signum, frame):
    # It may itself be interrupted by the next.
    global count
    count = number = next(numbers)
    log.info(line(number, 1))

signal.signal(signal.SIGALRM, handle)
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
n = 0
while count < wanted:
    log.info(line(n))
    n += 1
signal.setitimer(signal.ITIMER_REAL, 0)
signal.signal(signal.SIGALRM, signal.SIG_IGN)
count = next(numbers)
assert writer.flush(30)
stats = writer.stats()
assert_adds_up(stats)
assert (stats.emitted, stats.pending) == (n + count, 0), stats
say(f"{n} {count}")
"""

FINALISERS = """
import gc, itertools, weakref
wanted, mode = int(sys.argv[2]), sys.argv[3]
writer = Writer(PATH, max_bytes=1 << 30, max_records=1 << 30)
log = writer()
if mode == "synchronous":
    writer.finish()
finalised, forgotten = itertools.count(), itertools.count()
references = set()

class Logging:
    def __init__(self):
        self.itself = self
        references.add(weakref.ref(self, on_forgotten))

    def __del__(self):
        log.info(line(next(finalised), 1))

def on_forgotten(reference):
    references.discard(reference)
    log.info(line(next(forgotten), 2))

gc.set_threshold(1)
for n in range(wanted):
    Logging()
    log.info(line(n))
gc.set_threshold(0)
gc.collect()
assert writer.flush(30)
stats = writer.stats()
assert_adds_up(stats)
assert (stats.emitted, stats.pending) == (3 * wanted, 0), stats
"""


class TestReentry:
    """A line may be logged in the midst of logging another, by the same thread."""

    @pytest.mark.parametrize("mode", ["threads", "synchronous"])
    def test_r20_signals(self, mode: str, play: Callable[..., Result]) -> None:
        """Of 2,000 signals a second whose handler logs, none costs a line, and none stops the program."""
        result = play(SIGNALS, soak(1_500, 100_000), mode)
        for thread, count in enumerate(map(int, result.stdout.split())):
            assert list(range(count)) == sorted(result.numbers(thread))
        assert result.numbers() == sorted(result.numbers())

    @pytest.mark.parametrize("mode", ["threads", "synchronous"])
    def test_r21_finalisers(self, mode: str, play: Callable[..., Result]) -> None:
        """Of finalisers and weak references' callbacks that log while the collector runs, none costs a line."""
        count = soak(1_000, 100_000)
        result = play(FINALISERS, count, mode)
        assert list(range(count)) == result.numbers()
        assert [list(range(count))] * 2 == [sorted(result.numbers(thread)) for thread in (1, 2)]
