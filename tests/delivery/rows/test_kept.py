"""What is kept under each policy, whatever happens: the table of docs/writer-ends.md, row by row."""

from __future__ import annotations

import errno
import os
import signal
import threading
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich.delivery import File, Writer
from tests.delivery.conftest import (
    assert_adds_up,
    described,
    framed,
    lost_in,
    numbered,
    numbers_in,
    read_lines,
    until,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.delivery.rows.programs import Program, Result

_RECORDS = 100

# Of 200 lines at `info`, 50 at `warning` and 50 at `error`, numbered from 1, for which ninety-nine have room.
KEPT = {
    "reserve": [*range(1, 75), *range(201, 213), *range(251, 264)],
    "drop_newest": [*range(1, 100)],
    "drop_oldest": [*range(202, 301)],
    "sample": [*range(1, 50), *range(59, 250, 10), *range(251, 281)],
    "spill": [*range(1, 301)],
    "block": [*range(1, 301)],
}

# What the sink says, and the reason of what is lost meanwhile.
FAULTS = {"stalled": (0, "full"), "ENOSPC": (errno.ENOSPC, "enospc"), "EPIPE": (errno.EPIPE, "epipe")}

# One program with a writer under each policy; two of them have room for few lines, so that it is no matter of room.
EACH = """
from structlog_enrich.delivery import Spill
given = {name: {"on_full": name} for name in ("reserve", "drop_newest", "drop_oldest", "sample")}
given["spill"] = {"on_full": Spill(directory=os.path.dirname(PATH)), "max_records": 100}
given["block"] = {"on_full": "block", "max_records": 100, "block_timeout": 60}
writers = {name: Writer(f"{PATH}.{name}", **options) for name, options in given.items()}

def log(begin, end, thread=0):
    for writer in writers.values():
        for n in range(begin, end):
            writer().info(line(n, thread))
"""

FORK = """
log(0, 1_000)
if not (child := os.fork()):
    log(0, 1_000, 1)
    os._exit(0 if all(writer.flush(30) for writer in writers.values()) else 1)
log(1_000, 2_000)
assert os.waitpid(child, 0)[1] == 0
"""


class Faulty(File):
    """A file whose disk takes nothing, and says so in the one or the other way, until it is well."""

    __slots__ = ("_fault", "is_met", "is_well")

    def __init__(self, path: Path, fault: int) -> None:
        super().__init__(path)
        self._fault = fault
        self.is_met = threading.Event()
        self.is_well = threading.Event()

    def write(self, lines: Sequence[bytes], /) -> int:
        """Take *lines* when it is well."""
        if self.is_well.is_set():
            return super().write(lines)
        self.is_met.set()
        if self._fault:
            raise OSError(self._fault, os.strerror(self._fault))
        return 0

    def wait(self, timeout: float) -> None:
        """Wait until it is well."""
        self.is_well.wait(timeout)


class TestFaults:
    """Where nothing can be written for a while, the policy says what is kept for after it."""

    @pytest.mark.parametrize("policy", KEPT)
    @pytest.mark.parametrize("fault", FAULTS)
    def test_r01_r10_r11_kept(self, fault: str, policy: Any, tmp_path: Path) -> None:
        """Exactly those lines are written afterwards, in their order, and a gap names each of the others."""
        number, reason = FAULTS[fault]
        sink = Faulty(tmp_path / "log", number)
        given: Any = {"max_records": _RECORDS, "block_timeout": 60, "describe": described, "frame_gap": framed}
        writer = Writer(sink, on_full=policy, **given)
        log = writer()
        # What the sink was offered is kept under each policy, and takes one place of the budget.
        log.info(*numbered(1))
        assert sink.is_met.wait(60)
        lines = [
            *((log.info, line) for line in numbered(200, start=1)),
            *((log.warning, line) for line in numbered(50, start=201, level="warning")),
            *((log.error, line) for line in numbered(50, start=251, level="error")),
        ]

        def run() -> None:
            for place, (method, line) in enumerate(lines):
                method(line)
                if place == _RECORDS + 1:
                    # Else all may be handed over before anybody has seen that there is no room.
                    until(lambda: sum(writer.stats().emitted_by_level.values()) == _RECORDS + 3)

        logging = threading.Thread(target=run)
        logging.start()
        if policy == "block":
            # One has no room and is kept all the same: whoever logs the next waits.
            until(lambda: writer.stats().pending > writer.stats().depth_records == _RECORDS)
            assert logging.is_alive()
        else:
            logging.join(60)
            # Handed over isn't decided on yet, and what is decided on later may find the room of what was written.
            until(lambda: writer.stats().dropped_total == 300 - len(KEPT[policy]))
        sink.is_well.set()
        logging.join(60)
        assert writer.close(60)
        stats, found = writer.stats(), read_lines((tmp_path / "log").read_bytes())
        assert_adds_up(stats)
        assert [0, *KEPT[policy]] == numbers_in(found)
        assert {*range(1, 301)} - {*KEPT[policy]} == {*lost_in(found)}
        assert 300 - len(KEPT[policy]) == stats.dropped_total
        if stats.dropped:
            assert {reason, *(["sampled"] if policy == "sample" else [])} == {*stats.dropped}


class TestEnds:
    """However a process ends, the policy takes nothing of what has room."""

    def test_r27_exit(self, tmp_path: Path, play: Callable[..., Result]) -> None:
        """At its exit all is written."""
        play(EACH + "log(0, 1_000)")
        for policy in KEPT:
            assert [*range(1_000)] == numbers_in(read_lines((tmp_path / f"log.{policy}").read_bytes()))

    @pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="this system has no signals of one's own")
    def test_r29_sigterm(self, tmp_path: Path, begin: Callable[..., Program]) -> None:
        """With the hook it is the same at SIGTERM."""
        program = begin(
            EACH
            + """
for writer in writers.values():
    finish_on_signal(writer)
log(0, 1_000)
say("ready")
# Python doesn't hear a signal that comes right before an endless wait.
while not threading.Event().wait(0.05):
    pass
"""
        )
        program.await_word()
        program.send(signal.SIGTERM)
        assert -signal.SIGTERM == program.wait().code
        for policy in KEPT:
            assert [*range(1_000)] == numbers_in(read_lines((tmp_path / f"log.{policy}").read_bytes()))

    @pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
    def test_r31_sigkill(self, tmp_path: Path, begin: Callable[..., Program]) -> None:
        """At SIGKILL it is what the sink has taken, from the first line on without a hole; `spill` leaves no file."""
        program = begin(
            EACH
            + """
log(0, 1_000)
assert all(writer.flush(30) for writer in writers.values())
say("flushed")
log(1_000, 200_000)
"""
        )
        program.await_word()
        program.send(signal.SIGKILL)
        assert -signal.SIGKILL == program.process.wait(60)
        for policy in KEPT:
            whole, _ = (tmp_path / f"log.{policy}").read_bytes().rsplit(b"\n", 1)
            numbers = numbers_in(read_lines(whole + b"\n"))
            assert len(numbers) >= 1_000
            assert [*range(len(numbers))] == numbers
        assert {f"log.{policy}" for policy in KEPT} == {each.name for each in tmp_path.iterdir()}

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
    def test_r22_fork(self, tmp_path: Path, play: Callable[..., Result]) -> None:
        """A forked child has its own, and what waits at that moment is the parent's alone."""
        play(EACH + FORK)
        for policy in KEPT:
            lines = read_lines((tmp_path / f"log.{policy}").read_bytes())
            assert [*range(2_000)] == numbers_in(lines)
            assert [*range(1_000)] == numbers_in(lines, 1)
