"""Clocks that leap: nothing waits by the wall clock."""

from __future__ import annotations

import os
import shutil
import subprocess
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
