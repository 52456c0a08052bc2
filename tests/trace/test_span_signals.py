"""A signal that raises leaves the spans in order; one that ends the process leaves nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

PROGRAM = """
import os, signal, sys
import structlog
from structlog_enrich import entry, preset, span

structlog.configure(processors=preset(service="nightly"), logger_factory=structlog.BytesLoggerFactory())
# A signal writes to it however early it comes: who only waits for one may miss it, and wait for ever.
heard, told = os.pipe()
os.set_blocking(told, False)
signal.set_wakeup_fd(told)
if "told" in sys.argv:
    signal.signal(signal.SIGTERM, signal.default_int_handler)

@entry("nightly")
def work():
    with span("step"):
        print("ready", flush=True, file=sys.stderr)
        os.read(heard, 1)

work()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that a process could handle")
class TestTerminated:
    """SIGTERM, as a platform sends it."""

    def test_raised(self) -> None:
        """Each span ends with a line that says `cancelled`, the inner one first."""
        assert [("step", "cancelled", "info"), ("nightly", "cancelled", "info")] == [
            (line["message"], line["span"]["outcome"], line["level"]) for line in terminated("told")
        ]

    def test_not_raised(self) -> None:
        """The system's own action leaves none, as the page says."""
        assert [] == terminated()


def terminated(*arguments: str) -> list[dict[str, dict[str, str]]]:
    """Run the program, end it as soon as it works, and return its lines."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert "ready\n" == process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        written, _ = process.communicate(timeout=60)
    return [json.loads(line) for line in written.splitlines()]
