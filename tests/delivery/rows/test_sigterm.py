"""SIGTERM, with the hook that a program may ask for."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import orjson
import pytest

from tests.delivery.conftest import soak

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.delivery.rows.programs import Program

# It takes nothing for the time being, so that lines wait when the signal comes.
START = """
class Slow:
    def __init__(self):
        self.gate = threading.Event()
        self.file = os.open(PATH, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    def write(self, lines):
        if not self.gate.is_set():
            return 0
        return len(lines) if os.write(self.file, b"".join(each + b"\\n" for each in lines)) else 0
    def wait(self, timeout):
        self.gate.wait(timeout)
    def close(self):
        pass

sink = Slow()
writer = Writer(sink)
log = writer()
count = 0

def begin():
    for n in range(1_000):
        log.info(line(n))
    # As soon as someone asks for it to be finished.
    threading.Thread(target=lambda: asked.wait() and sink.gate.set(), daemon=True).start()
    say("ready")

asked = threading.Event()
finish = writer.finish
class Told(Writer):
    __slots__ = ()
    def finish(self, then=None, **when):
        asked.set()
        super().finish(then, **when)
    def settle(self, then):
        asked.set()
        super().settle(then)
writer.__class__ = Told
"""

HANDLERS = {
    "none": ("finish_on_signal(writer); begin(); rest()", -signal.SIGTERM, 0),
    "one that exits": (
        """
def handle(signum, frame):
    log.info(line(0, 1))
    sys.exit(4)
signal.signal(signal.SIGTERM, handle)
finish_on_signal(writer)
begin()
rest()
""",
        4,
        1,
    ),
    "one that exits without hooks": (
        """
def handle(signum, frame):
    log.info(line(0, 1))
    os._exit(5)
signal.signal(signal.SIGTERM, handle)
finish_on_signal(writer)
begin()
rest()
""",
        5,
        1,
    ),
    "one that sets a flag": (
        """
stop = threading.Event()
def handle(signum, frame):
    log.info(line(0, 1))
    stop.set()
signal.signal(signal.SIGTERM, handle)
finish_on_signal(writer)
begin()
while not stop.wait(0.01):
    pass
sys.exit(6)
""",
        6,
        1,
    ),
    "asyncio's": (
        """
import asyncio
async def main():
    stop = asyncio.Event()
    def handle():
        log.info(line(0, 1))
        stop.set()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, handle)
    finish_on_signal(writer)
    begin()
    await stop.wait()
asyncio.run(main())
sys.exit(7)
""",
        7,
        1,
    ),
    "asyncio's, which comes later": (
        """
import asyncio
async def main():
    stop = asyncio.Event()
    def handle():
        log.info(line(0, 1))
        stop.set()
    finish_on_signal(writer)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, handle)
    begin()
    await stop.wait()
    asked.set()
asyncio.run(main())
sys.exit(8)
""",
        8,
        1,
    ),
    "none, amid writing in this very thread": (
        """
finish_on_signal(writer)
asked.set()
sink.gate.set()
writer.finish()
write = sink.write
def interrupted(lines):
    sink.write = write
    signal.raise_signal(signal.SIGTERM)
    log.info(line(0, 1))
    return write(lines)
for n in range(999):
    log.info(line(n))
sink.write = interrupted
say("ready")
log.info(line(999))
say("not ended")
""",
        -signal.SIGTERM,
        0,
    ),
}

# It logs all the time, by both ways, so that the signal finds each thread amid a call.
BUSY = """
import logging, structlog
from structlog_enrich import configure
from structlog_enrich.delivery import Several

writer = Writer(PATH) if sys.argv[3] == "one" else Several(Writer(PATH + ".other"), Writer(PATH))
configure(service="busy", writer=writer)
finish_on_signal(writer)
log, standard = structlog.get_logger(), logging.getLogger("busy")

def run():
    while True:
        log.info("order placed", items=[{"number": 1}], note="in time")
        standard.warning("%s is late", "o-1")

for _ in range(int(sys.argv[2]) - 1):
    threading.Thread(target=run, daemon=True).start()
say("ready")
run()
"""

# Those that log go on while what waits is written for a handler that ends the process at once.
OTHERS = """
import json
writer = Writer(PATH)
log = writer()
returned = [0] * 3
signal.signal(signal.SIGTERM, lambda *_: (say(json.dumps(returned)), os._exit(4)))
finish_on_signal(writer)

def run(thread):
    while True:
        log.info(line(returned[thread], thread))
        returned[thread] += 1
        threading.Event().wait(0.0001)

for thread in range(3):
    threading.Thread(target=run, args=(thread,), daemon=True).start()
say("ready")
rest()
"""

TWO = """
import structlog
from structlog_enrich import configure
audit, writer = Writer(PATH + ".audit"), Writer(PATH)
finish_on_signal(audit)
configure(service="shop", writer=writer)
finish_on_signal(writer)
audit().info(b"{}")
structlog.get_logger().info("paid")
signal.raise_signal(signal.SIGTERM)
"""


class TestSigterm:
    """The hook writes what waits, and what was to happen happens."""

    @pytest.mark.parametrize("handler", HANDLERS)
    def test_r29_sigterm(self, handler: str, begin: Callable[..., Program]) -> None:
        """No line is lost, a handler of the program's own is called once, and the exit status stays what it was."""
        program_text, code, own = HANDLERS[handler]
        program = begin(START + program_text)
        program.await_word()
        if "amid" not in handler:
            program.send(signal.SIGTERM)
        result = program.wait()
        assert (code, "") == (result.code, result.stderr)
        assert (list(range(1_000)), [0] * own) == (result.numbers(), result.numbers(1))

    @pytest.mark.parametrize(("threads", "writers"), [(1, "one"), (4, "one"), (3, "several")])
    def test_r29_amid_calls(self, threads: int, writers: str, begin: Callable[..., Program]) -> None:
        """No number is missing of a process that logs all the time, and nothing comes after `log.stop`."""
        for count in range(1, soak(4, 100)):
            program = begin(BUSY, threads, writers)
            program.await_word()
            program.await_lines(count * 50)
            program.send(signal.SIGTERM)
            result = program.wait()
            assert (-signal.SIGTERM, "") == (result.code, result.stderr)
            assert sorted(line["seq"] for line in result.lines) == list(range(len(result.lines)))
            assert "log.stop" == result.lines[-1]["event_name"]
            program.path.unlink()

    def test_r29_others_go_on(self, begin: Callable[..., Program]) -> None:
        """Whatever a call has returned for is there, though the handler of the program ends it without hooks."""
        for _ in range(soak(3, 100)):
            program = begin(OTHERS)
            program.await_word()
            program.await_lines(300)
            program.send(signal.SIGTERM)
            result = program.wait()
            assert (4, "") == (result.code, result.stderr)
            returned = orjson.loads(result.stdout)
            found = [result.numbers(thread) for thread in range(3)]
            assert [[*range(len(each))] for each in found] == found
            # More may be there: the others go on between what the handler says and the end.
            assert all(0 < count <= len(each) for each, count in zip(found, returned, strict=True))
            program.path.unlink()

    def test_r29_two_writers(self, begin: Callable[..., Program]) -> None:
        """Two that are asked for one after the other end both, each with its last line."""
        result = begin(TWO).wait()
        assert (-signal.SIGTERM, "") == (result.code, result.stderr)
        assert ["log.start", "paid", "log.stop"] == [line["message"] for line in result.lines]

    def test_r29_ignored(self, begin: Callable[..., Program]) -> None:
        """A signal that is ignored stays ignored, and the threads go on."""
        program = begin(
            """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
writer = Writer(PATH)
log = writer()
finish_on_signal(writer)
log.info(line(0))
signal.raise_signal(signal.SIGTERM)
say(writer.stats().state)
"""
        )
        result = program.wait()
        assert (0, "running\n", [0]) == (result.code, result.stdout, result.numbers())

    def test_r29_without_hook(self, begin: Callable[..., Program]) -> None:
        """Without the hook SIGTERM is the end at once, as ever; the file holds whole lines."""
        program = begin('log = Writer(PATH)()\nlog.info(line(0))\nsay("ready")\nrest()')
        program.await_word()
        program.await_lines(1)
        program.send(signal.SIGTERM)
        result = program.wait()
        assert (-signal.SIGTERM, [0]) == (result.code, result.numbers())

    def test_r29_stalled(self, begin: Callable[..., Program]) -> None:
        """A sink that takes nothing is waited for once, though the handler exits by itself; it is said once."""
        program = begin(
            """
read, write = os.pipe()
writer = Writer(write, exit_timeout=2.0)
log = writer()
signal.signal(signal.SIGTERM, lambda *_: sys.exit(4))
finish_on_signal(writer)
for n in range(1_000):
    log.info(line(n) * 10)
say("ready")
rest()
"""
        )
        program.await_word()
        program.send(signal.SIGTERM)
        result = program.wait()
        assert 4 == result.code
        assert 1 == result.stderr.count("lines to Pipe")
        assert 2 <= result.seconds < 4
