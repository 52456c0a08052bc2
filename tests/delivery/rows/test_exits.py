"""Every way a program ends by itself, and what is logged after its end began."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.delivery.rows.programs import Program, Result

START = """
writer = Writer(PATH)
log = writer()
for n in range(1_000):
    log.info(line(n))
"""

ENDS = {
    "the last statement": ("", 0),
    "sys.exit": ("sys.exit(3)", 3),
    "sys.exit in a thread": ("thread = threading.Thread(target=sys.exit, args=(3,)); thread.start(); thread.join()", 0),
    "an exception": ("raise ValueError", 1),
    "an exception in a thread": ("thread = threading.Thread(target=[].pop); thread.start(); thread.join()", 0),
    "KeyboardInterrupt": ("signal.raise_signal(signal.SIGINT)", -signal.SIGINT),
    "a line of a daemon thread": (
        """
def spam():
    while True:
        log.info(b"{}")
threading.Thread(target=spam, daemon=True).start()
""",
        0,
    ),
}

LATE = {
    "a hook registered before": """
atexit.register(lambda: log.info(line(0, 1)))
writer = Writer(PATH)
log = writer()
log.info(line(0))
""",
    "a hook registered after": """
writer = Writer(PATH)
atexit.register(lambda: log.info(line(0, 1)))
log = writer()
log.info(line(0))
""",
    "a hook that logs first of all": """
writer = Writer(PATH)
log = writer()
atexit.register(lambda: (log.info(line(0)), log.info(line(0, 1))))
""",
    "a hook before, which logs first of all": """
atexit.register(lambda: (log.info(line(0)), log.info(line(0, 1))))
writer = Writer(PATH)
log = writer()
""",
    "a writer made by a hook": """
def hook():
    log = Writer(PATH)()
    log.info(line(0))
    log.info(line(0, 1))
atexit.register(hook)
""",
    "a finaliser of a module's variable": """
class Logging:
    def __init__(self, log, said):
        self.log, self.said = log, said
    def __del__(self):
        self.log.info(self.said)
writer = Writer(PATH)
log = writer()
log.info(line(0))
kept = Logging(log, line(0, 1))
""",
    "a thread that outlives main": """
writer = Writer(PATH)
log = writer()
log.info(line(0))
def outlive():
    threading.main_thread().join()
    log.info(line(0, 1))
threading.Thread(target=outlive).start()
""",
    "a thread that outlives main and logs first of all": """
writer = Writer(PATH)
log = writer()
def outlive():
    threading.main_thread().join()
    log.info(line(0))
    log.info(line(0, 1))
threading.Thread(target=outlive).start()
""",
    "a writer made by a thread that outlives main": """
def outlive():
    threading.main_thread().join()
    log = Writer(PATH)()
    log.info(line(0))
    log.info(line(0, 1))
threading.Thread(target=outlive).start()
""",
    "a child of multiprocessing, as it ends": """
import multiprocessing
from multiprocessing.util import Finalize
writer = Writer(PATH)
log = writer()
def run():
    Finalize(None, lambda: log.info(line(0, 1)), exitpriority=-1)
    log.info(line(0))
process = multiprocessing.get_context("fork").Process(target=run)
process.start()
process.join()
assert process.exitcode == 0
""",
    "a line after close": """
writer = Writer(PATH)
log = writer()
log.info(line(0))
assert writer.close()
log.info(line(0, 1))
""",
}


class TestExits:
    """A program that ends by itself has written every line."""

    @pytest.mark.parametrize("end", ENDS)
    def test_r27_exits(self, end: str, play: Callable[..., Result]) -> None:
        """However it ends, all lines are there, and the exit status is what it is without a writer."""
        statement, code = ENDS[end]
        result = play(START + statement, code=code)
        assert list(range(1_000)) == result.numbers()

    @pytest.mark.parametrize("how", LATE)
    def test_r28_late_lines(self, how: str, play: Callable[..., Result]) -> None:
        """A line that is logged when the end has begun is there, too; nothing hangs, and no traceback is shown."""
        result = play(LATE[how])
        assert ([0], [0], "") == (result.numbers(), result.numbers(1), result.stderr)

    def test_r27_keyboard(self, begin: Callable[..., Program]) -> None:
        """Ctrl-C in a program that waits costs no line."""
        program = begin(START + 'say("ready"); rest()')
        program.await_word()
        program.send(signal.SIGINT)
        result = program.wait()
        assert (-signal.SIGINT, list(range(1_000))) == (result.code, result.numbers())
