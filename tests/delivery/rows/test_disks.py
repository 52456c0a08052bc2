"""Disks without room: rows R11 and R12 of the fault catalogue."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.delivery.conftest import lost_in, soak

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.delivery.rows.programs import Program

_SMALL = """mkdir '{folder}' && mount -t tmpfs -o size=256k none '{folder}' && exec "$0" "$@" """

# Of the disk's 256 KiB a quarter is left.
FILLED = """
import time
from tests.delivery.conftest import described, framed, until

folder = FOLDER
with open(folder + "/filler", "wb") as filler:
    filler.write(bytes(192 << 10))
writer = Writer(folder + "/log", on_full="drop_newest", max_records=300, describe=described, frame_gap=framed)
log = writer()

def padded(n):
    return line(n)[:-1] + b',"level":"info","pad":"%s"}' % (b"x" * 400)

def keep():
    # Nobody else sees that disk.
    with open(folder + "/log", "rb") as file, open(PATH, "wb") as kept:
        kept.write(file.read())
"""


@pytest.fixture
def small(tmp_path: Path, begin: Callable[..., Program]) -> Callable[..., Program]:
    """Return a function that starts a program with a disk of 256 KiB, seen by it alone, at `FOLDER`."""
    unshare = shutil.which("unshare")
    if unshare is None or not sys.platform.startswith("linux"):
        pytest.skip("this system has no unshare")
    is_root = os.geteuid() == 0
    if not is_root and subprocess.run([unshare, "-rm", "true"], check=False).returncode:
        pytest.skip("this system lets nobody but root mount a file system")
    shell = [unshare, "-m" if is_root else "-rm", "sh", "-c", _SMALL.format(folder=tmp_path / "small")]

    def start(text: str, *arguments: object) -> Program:
        return begin('FOLDER = os.path.dirname(PATH) + "/small"' + text, *arguments, prefix=shell)

    return start


class TestFull:
    """A disk without room."""

    def test_r11_full_then_freed(self, small: Callable[..., Program]) -> None:
        """What the budget holds is written within a second of the space being freed, and no line is halved."""
        program = small(
            """
import time
folder = FOLDER
with open(folder + "/filler", "wb") as filler:
    filler.write(bytes(192 << 10))
writer = Writer(folder + "/log", on_full="drop_newest")
log = writer()
for n in range(300):
    log.info(line(n)[:-1] + b',"pad":"%s"}' % (b"x" * 400))
while not writer.stats().retries.get("enospc"):
    pass
assert writer.stats().pending > 100, writer.stats()
os.unlink(folder + "/filler")
freed = time.monotonic()
assert writer.flush(10)
took = time.monotonic() - freed
assert_adds_up(writer.stats())
assert {} == writer.stats().dropped, writer.stats()
with open(folder + "/log", "rb") as file, open(PATH, "wb") as kept:
    kept.write(file.read())
say(f"{took:.3f}")
""",
        )
        result = program.wait()
        assert 0 == result.code, result.stderr
        assert list(range(300)) == result.numbers()
        # Within a second on a quiet machine.
        assert float(result.stdout) < 3

    def test_r11_by_itself(self, small: Callable[..., Program]) -> None:
        """Nobody asks for it: what the budget holds is written when the pause between two tries is over, within 1 s."""
        program = small(
            FILLED
            + """
for n in range(300):
    log.info(padded(n))
# By then it waits long, at last as long as it ever does, and has just tried.
until(lambda: sum(writer.stats().retries.values()) >= int(sys.argv[2]), 60)
assert {"enospc"} == set(writer.stats().retries), writer.stats()
os.unlink(folder + "/filler")
freed = time.monotonic()
until(lambda: writer.stats().written == 300)
say(f"{time.monotonic() - freed:.3f}")
assert_adds_up(writer.stats())
assert {} == writer.stats().dropped, writer.stats()
keep()
""",
            soak(7, 15),
        )
        result = program.wait()
        assert 0 == result.code, result.stderr
        assert list(range(300)) == result.numbers()
        # It is never longer; more than that on a machine that does something else.
        assert float(result.stdout) <= soak(3, 1.1)

    def test_r11_more_than_the_budget(self, small: Callable[..., Program]) -> None:
        """What the budget doesn't hold is lost for that reason and told of: with it every line is accounted for."""
        program = small(
            FILLED
            + """
n = 0
while not writer.stats().retries.get("enospc"):
    log.info(padded(n))
    n += 1
    until(lambda: writer.stats().written == n or writer.stats().retries)
for n in range(n, n + 1_000):
    log.info(padded(n))
until(lambda: writer.stats().dropped_total and writer.stats().pending == 300)
stats = writer.stats()
assert_adds_up(stats)
assert {"enospc": {"info": n + 1 - 300 - stats.written}} == stats.dropped, stats
os.unlink(folder + "/filler")
until(lambda: not writer.stats().pending)
assert writer.close()
assert_adds_up(writer.stats())
assert stats.dropped == writer.stats().dropped
keep()
say(f"{n + 1} {stats.dropped_total}")
"""
        )
        result = program.wait()
        assert 0 == result.code, result.stderr
        count, lost = map(int, result.stdout.split())
        told = lost_in(result.lines)
        assert (lost, ["enospc"]) == (len(told), [line["gap"]["reason"] for line in result.lines if "gap" in line])
        numbers = result.numbers()
        assert sorted({*numbers}) == numbers
        assert list(range(count)) == sorted(numbers + told)

    @pytest.mark.parametrize("remedy", ["removed", "renamed and removed", "cut"])
    def test_r11_the_log_itself(self, remedy: str, small: Callable[..., Program]) -> None:
        """Where the log itself fills the disk, to remove it or cut it frees the space, and no line is halved."""
        program = small(
            """
import time
log_path = FOLDER + "/log"
writer = Writer(log_path)
log = writer()
for n in range(200):
    log.info(line(n)[:-1] + b',"pad":"%s"}' % (b"x" * 3_000))
    writer.flush(0.2)
    if writer.stats().retries.get("enospc"):
        break
# Full amid a line: else there is nothing to show.
assert not open(log_path, "rb").read().endswith(b"\\n")
if sys.argv[2] == "cut":
    os.truncate(log_path, 0)
elif sys.argv[2] == "removed":
    os.unlink(log_path)
else:
    os.rename(log_path, log_path + ".1")
    assert not writer.flush(0.1)
    os.unlink(log_path + ".1")
assert writer.flush(10), writer.stats()
assert {} == writer.stats().dropped, writer.stats()
with open(log_path, "rb") as file, open(PATH, "wb") as kept:
    kept.write(file.read())
say(str(n))
""",
            remedy,
        )
        result = program.wait()
        assert 0 == result.code, result.stderr
        last = int(result.stdout)
        assert last < 199
        # What was written whole before went with the file.
        numbers = result.numbers()
        assert list(range(numbers[0], last + 1)) == numbers

    def test_r12_for_good(self, begin: Callable[..., Program]) -> None:
        """A disk that stays full costs next to no time, whether lines come or not; it is told once a minute."""
        program = begin(
            """
import time
writer = Writer("/dev/full", max_records=100, on_full="drop_newest", exit_timeout=0)
log = writer()
log.info(b"first")
while not writer.stats().retries:
    pass
for n in range(1_000):
    log.info(line(n))
while writer.stats().emitted < 1_001 or writer.stats().pending > 101:
    pass
seconds, began = float(sys.argv[2]), time.monotonic()

def weigh(log, rounds, is_busy):
    weighed = []
    for _ in range(rounds):
        before = time.process_time()
        # Some of its life, to be weighed.
        for n in range(10):
            if is_busy:
                log.info(line(n))
            time.sleep(seconds / 10)
        weighed.append((time.process_time() - before) / seconds)
    return min(weighed)

idle, busy = weigh(log, 3, False), weigh(log, 2, True)
stats = writer.stats()
assert_adds_up(stats)
assert {"enospc"} == set(stats.dropped) == set(stats.retries), stats
writer.close(0)
with Writer(os.devnull) as well:
    say(f"{idle:.4f} {busy - weigh(well(), 2, True):.4f} {time.monotonic() - began}")
""",
            soak(0.6, 20.0),
        )
        result = program.wait()
        assert 0 == result.code, result.stderr
        idle, more, seconds = map(float, result.stdout.split())
        # Lines that come cost what they do anyway; beyond it, next to nothing.
        assert (True, True) == (idle <= 0.02, more <= 0.02), result.stdout
        told = [line for line in result.stderr.splitlines() if "writer.stats()" in line]
        assert all("(enospc)" in line for line in told)
        # Of its last minute the end tells.
        assert 1 + int(seconds * 5 / 7 // 60) == len(told), result.stderr

    def test_r12_each_minute(self, begin: Callable[..., Program]) -> None:
        """That lines are lost is told at once and then each minute, by a clock that is the test's."""
        program = begin(
            """
from time import monotonic_ns
from structlog_enrich.delivery import writer as module
ahead = 0
module.monotonic_ns = lambda: monotonic_ns() + ahead
writer = Writer("/dev/full", max_records=10, on_full="drop_newest", exit_timeout=0)
log = writer()

def lose(count):
    # The second time whoever decides has looked at the clock since the first.
    for part in (count - 1, 1):
        before = writer.stats().dropped_total
        for n in range(part):
            log.info(line(n))
        while writer.stats().dropped_total < before + part:
            threading.Event().wait(0.001)

for n in range(10):
    log.info(line(n))
while not writer.stats().retries:
    pass
for minute in range(5):
    for _ in range(6):
        lose(10)
        ahead += 10_000_000_000
lose(2)
assert_adds_up(writer.stats())
# Of the end nothing more is to be said.
os._exit(0)
"""
        )
        result = program.wait()
        assert 0 == result.code, result.stderr
        pattern = r"structlog-enrich: lines to .* are being lost, (\d+) so far \(enospc\)"
        told = [0, *map(int, re.findall(pattern, result.stderr))]
        # What is told at the beginning of a minute may be one or all of those ten.
        assert 7 == len(told), result.stderr
        assert 1 <= told[1] <= 10
        assert all(50 <= later - earlier <= 70 for earlier, later in pairwise(told[1:])), told
