"""Clocks that leap: nothing waits by the wall clock."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import time_machine

from structlog_enrich.delivery import Writer
from tests.delivery.conftest import numbered, numbers_in, read_lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.delivery.rows.programs import Result

PROGRAM = """
writer = Writer(PATH, on_full="block", block_timeout=20)
log = writer()
for n in range(5_000):
    log.info(line(n))
assert writer.flush(20)
stats = writer.stats()
assert_adds_up(stats)
assert all(count == stats.written for bound, count in stats.latency if bound >= 60), stats
"""


# How the wall clock goes, in seconds from where it began.
STEPS = {
    "an hour forth and back": [3_600, 0, -3_600],
    "a leap second back": [-1, -2],
    "before 1970": [-3_000_000_000],
}

# It sets its own wall clock, and weighs by others, which no step reaches.
STEPPED = """
import mmap, struct, time
import structlog
from structlog_enrich import configure

with open(sys.argv[2], "r+b") as file:
    ahead = mmap.mmap(file.fileno(), 8)
begun = time.time()

def step(seconds):
    ahead[:] = struct.pack("=q", int(seconds * 1_000_000_000))

writer = Writer(PATH, on_full="block", block_timeout=60)
configure(writer=writer, service="clocks")
log = structlog.get_logger()
slowest = 0.0
for seconds in [0, *map(float, sys.argv[3].split(",")), 0]:
    step(seconds)
    assert abs(time.time() - begun - seconds) < 600
    # Each waits as lines come at rest, and in a flood.
    for count in (1, 500):
        started = time.monotonic()
        for n in range(count):
            log.info("paid")
        assert writer.flush(30), writer.stats()
        slowest = max(slowest, time.monotonic() - started)
    assert writer.stats().last_progress_age < 60
used = []
for _ in range(3):
    # A part of its life, to be weighed.
    before = time.process_time()
    time.sleep(0.2)
    used.append((time.process_time() - before) / 0.2)
stats = writer.stats()
assert_adds_up(stats)
assert (stats.emitted, stats.dropped_total) == (stats.written, 0), stats
assert all(count == stats.written for bound, count in stats.latency if bound >= 60), stats
say(f"{slowest} {min(used)}")
"""

WAITING = """
import mmap, struct, time
from structlog_enrich.delivery.threads import Threads
with open(sys.argv[2], "r+b") as file:
    ahead = mmap.mmap(file.fileno(), 8)
pipe, seconds, patience = int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])
writer = Writer(pipe, on_full="block", block_timeout=patience, max_records=10)
os.close(pipe)
log = writer()
n, took, looks = 0, 0.0, 0
wait = Threads.wait

def look(self, timeout):
    global looks
    looks += 1
    return wait(self, timeout)

Threads.wait = look

def spend():
    global n, took
    while not writer.stats().dropped_total:
        began = time.monotonic()
        log.info(line(n)[:-1] + b',"pad":"%s"}' % (b"x" * 10_000))
        took = time.monotonic() - began
        n += 1

waiting = threading.Thread(target=spend, daemon=True)
waiting.start()
while not writer.stats().pending > 10:
    time.sleep(0.001)
ahead[:] = struct.pack("=q", seconds * 1_000_000_000)
say("stepped")
if patience < 10:
    waiting.join(30)
    assert not waiting.is_alive(), "it waits by the wall clock"
    say(f"{took}")
else:
    # Nobody has read, so who waits looks again and again, however late it seems to be.
    before = looks
    while looks < before + 3 and not writer.stats().dropped_total:
        time.sleep(0.001)
    say(f"{writer.stats().dropped_total}")
os._exit(0)
"""


class TestClocks:
    """A service goes on whatever its clocks show."""

    @pytest.mark.parametrize("hours", [1, -1, 24 * 365])
    def test_r37_wall_clock(self, hours: int, tmp_path: Path) -> None:
        """The wall clock leaps while lines wait: all are written, in their order, and no age is measured by it."""
        with Writer(tmp_path / "log") as writer:
            log = writer()
            for number, line in enumerate(numbered(2_000)):
                if number == 1_000:
                    with time_machine.travel(hours * 3_600, tick=True):
                        log.info(line)
                        assert writer.flush(20)
                else:
                    log.info(line)
            assert writer.flush(20)
            assert 60 > writer.stats().last_progress_age
        assert list(range(2_000)) == numbers_in(read_lines((tmp_path / "log").read_bytes()))

    @pytest.mark.parametrize("offset", ["86400", "31536000"])
    def test_r37_monotonic_clock(self, offset: str, play: Callable[..., Result]) -> None:
        """Where the monotonic clock starts, as in another namespace of time, makes no difference."""
        prefix = ["unshare", "--user", "--map-root-user", "--time", "--monotonic", offset, "--boottime", offset]
        if shutil.which("unshare") is None:
            pytest.skip("this machine has no unshare")
        possible = subprocess.run([*prefix, "true"], check=False, capture_output=True)
        if possible.returncode:
            reason = f"this machine gives no namespace of time: {possible.stderr.decode().strip()}"
            assert os.geteuid() != 0 or not os.path.exists("/proc/self/ns/time"), reason  # noqa: PTH110
            pytest.skip(reason)
        result = play(PROGRAM, prefix=[*prefix, "--fork"])
        assert list(range(5_000)) == result.numbers()

    @pytest.mark.parametrize("steps", STEPS)
    def test_r37_steps(self, steps: str, clock: dict[str, str], play: Callable[..., Result]) -> None:
        """Whoever sets the time stops no line and makes nobody busy; lines stand in the order of their `seq`."""
        result = play(STEPPED, clock["CLOCK_FILE"], ",".join(map(str, STEPS[steps])), env=clock)
        slowest, used = map(float, result.stdout.split())
        assert (True, True) == (slowest < 10, used <= 0.05), result.stdout
        assert_in_order(result, 501 * (len(STEPS[steps]) + 2))
        assert steps == "a leap second back" or is_stepped(result)

    @pytest.mark.parametrize("moment", ["2026-03-29T00:59:59", "2026-10-25T00:59:59"])
    def test_r37_summer_time(self, moment: str, clock: dict[str, str], play: Callable[..., Result]) -> None:
        """The same where the clocks on the wall are put forth or back, as in most of Europe."""
        at = datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp() - datetime.now(UTC).timestamp()
        steps = [at, at + 2, at + 3_600]
        zone = {"TZ": "CET-1CEST,M3.5.0,M10.5.0/3"}
        result = play(STEPPED, clock["CLOCK_FILE"], ",".join(map(str, steps)), env=clock | zone)
        slowest, used = map(float, result.stdout.split())
        assert (True, True) == (slowest < 10, used <= 0.05), result.stdout
        assert_in_order(result, 501 * 5)

    @pytest.mark.parametrize(("hours", "patience"), [(-1, 0.1), (1, 60)])
    def test_r37_while_waiting(
        self, hours: int, patience: float, clock: dict[str, str], pipe: tuple[int, int], play: Callable[..., Result]
    ) -> None:
        """Who waits for room when the time is set waits neither an hour longer nor shorter."""
        given = clock["CLOCK_FILE"], pipe[1], hours * 3_600, patience
        result = play(WAITING, *given, env=clock, pass_fds=(pipe[1],))
        _, said = result.stdout.split()
        assert float(said) == 0 if hours > 0 else float(said) < 10


@pytest.fixture
def clock(preloaded: Callable[[str], str], tmp_path: Path) -> dict[str, str]:
    """Return the environment in which a program sets its wall clock by itself."""
    (tmp_path / "clock").write_bytes(bytes(8))
    return {"LD_PRELOAD": preloaded("clocks"), "CLOCK_FILE": str(tmp_path / "clock")}


def assert_in_order(result: Result, count: int) -> None:
    """Fail unless the lines are all there, in the order of their numbers, whatever time they say."""
    lines = [line for line in result.lines if line["message"] == "paid"]
    assert count == len(lines)
    numbers = [line["seq"] for line in result.lines]
    assert [*range(len(numbers))] == numbers


def is_stepped(result: Result) -> bool:
    """Tell whether a line says another day or hour than the one before it: else nothing was shown."""
    times = [datetime.fromisoformat(line["timestamp"]) for line in result.lines]
    return any(abs((later - earlier).total_seconds()) > 1_800 for earlier, later in pairwise(times))
