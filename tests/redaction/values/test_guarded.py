"""A gate through a fork and at the end of the process."""

from __future__ import annotations

import importlib.util
import os
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich.redaction.values.guarded import Gate

if TYPE_CHECKING:
    from collections.abc import Callable

WORK = """
import os, signal
from threading import Event, Thread
from structlog_enrich.redaction import RedactionPolicy, redact_text

TEXT = "login password=hunter" + "2 of ada"
policy = RedactionPolicy(keys={"a"})
redact_text(TEXT, policy)
stop = Event()

def work():
    while not stop.is_set():
        redact_text(TEXT, policy)

for _ in range(3):
    Thread(target=work, daemon=True).start()
"""
FORKS = """
codes = set()
for _ in range(30):
    if not (child := os.fork()):
        signal.alarm(20)
        os._exit(0 if "hunter" not in redact_text(TEXT, policy) else 1)
    codes.add(os.waitpid(child, 0)[1])
stop.set()
print(codes)
"""


BESIDE = """
import os, sys, tempfile
from threading import Event, Thread
from structlog_enrich.delivery import Writer
from structlog_enrich.redaction.values.guarded import Gate

gate = Gate(lambda: lambda _: True, lambda _: False)
# Of the writer's there are two.
with tempfile.TemporaryDirectory() as folder, Writer(folder + "/log") as writer:
    writer().info(b"paid")
    writer.flush()
    is_over = Event()
    if "another" in sys.argv:
        Thread(target=is_over.wait).start()
    if not (child := os.fork()):
        os._exit(gate.match(b""))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    is_over.set()
"""


class TestGate:
    """`Gate`, which asks google-re2 where it can."""

    def test_by_re(self) -> None:
        """Where there is no other, `re` says it."""
        gate = Gate(lambda: None, lambda data: b"key" in data)
        assert (False, True, False) == (gate.is_fast, gate.match(b"a key"), gate.match(b"a"))

    def test_renewed(self) -> None:
        """Another is made once, when the next text comes."""
        made: list[Callable[[bytes], object]] = []

        def make() -> Callable[[bytes], object]:
            made.append(lambda data: [len(made), data])
            return made[-1]

        gate = Gate(make, bool)
        gate.renew()
        assert 1 == len(made)
        assert [[2, b"a"], [2, b"b"]] == [gate.match(b"a"), gate.match(b"b")]

    def test_retired(self) -> None:
        """From then on it is `re`."""
        gate = Gate(lambda: lambda _: "fast", lambda _: "slow")
        before = gate.match(b"")
        gate.retire()
        assert ("fast", "slow") == (before, gate.match(b""))


@pytest.mark.usefixtures("unmeasured")
class TestProcess:
    """The real one, beside threads that look at texts all the time."""

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
    def test_a_forked_child(self, run_python: Callable[..., Any]) -> None:
        """It doesn't wait for what a thread of its parent held."""
        assert "{0}\n" == run_python(WORK + FORKS).stdout

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
    @pytest.mark.parametrize(("threads", "expected"), [([], "1\n"), (["another"], "0\n")])
    def test_beside_a_writer(self, threads: list[str], expected: str, run_python: Callable[..., Any]) -> None:
        """Beside a writer's own threads it is as fast as its parent: a server forks beside those for each worker."""
        assert expected == run_python(BESIDE, *threads).stdout

    @pytest.mark.skipif(importlib.util.find_spec("re2") is None, reason="google-re2 isn't installed")
    @pytest.mark.parametrize("time", range(3))
    def test_the_end(self, time: int, run_python: Callable[..., Any]) -> None:
        """Daemon threads that still look at texts don't take the process down."""
        done = run_python(WORK)
        assert (0, "") == (done.returncode, done.stderr)
