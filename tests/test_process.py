"""The state of one process, and what a child makes of it."""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from structlog_enrich import preset, process

if TYPE_CHECKING:
    from collections.abc import Callable

FORKS = hasattr(os, "fork")
needs_fork = pytest.mark.skipif(not FORKS, reason="this system has no fork")

# What every program below starts with: a sink that takes no lock, and a chain made before any child.
PRELUDE = """
import faulthandler, os, signal, sys, threading
faulthandler.dump_traceback_later(50, exit=True)
import orjson, structlog
from structlog_enrich import TraceContext, bound_logger, preset, process
from structlog_enrich.trace.context import CURRENT

class Sink:
    accepts_bytes = True
    def __init__(self, fd): self.fd = fd
    def info(self, line): os.write(self.fd, line + b"\\n")

def logger(fd, chain):
    return structlog.wrap_logger(Sink(fd), chain, bound_logger()).bind()

def identity(line):
    return [line[name] for name in ("boot_id", "trace_id", "span_id", "process_id", "seq")]

def read(fd):
    with open(fd, "rb") as lines:
        return [orjson.loads(line) for line in lines]
"""

FORKED = (
    PRELUDE
    + """
chain = preset(service="checkout")
other = preset(stream="audit")
receive, send = os.pipe()
log, audit = logger(send, chain), logger(send, other)
for _ in range(3):
    log.info("parent")
    audit.info("parent audit")
if (pid := os.fork()) == 0:
    log.info("child"); log.info("child"); audit.info("child audit")
    if (grandchild := os.fork()) == 0:
        log.info("grandchild")
        os._exit(0)
    os.waitpid(grandchild, 0)
    log.info("child")
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
log.info("parent")
audit.info("parent audit")
os.close(send)
print(orjson.dumps([pid, os.getpid(), read(receive)]).decode())
"""
)

DEADLOCK = (
    PRELUDE
    + """
chain = preset(service="checkout")
null = os.open(os.devnull, os.O_WRONLY)
receive, send = os.pipe()
noise, log = logger(null, chain), logger(send, chain)
# What secrets are found by is compiled once, and not by each of the children.
noise.info("login password=hunter2")
stop = threading.Event()
sys.setswitchinterval(1e-4)
def shout():
    while not stop.is_set():
        noise.info("x", password="hunter2", n=[1, 2, {"a": b"b"}], exc_info=ValueError("no"))
threads = [threading.Thread(target=shout, daemon=True) for _ in range(3)]
for thread in threads: thread.start()
lines = []
reader = threading.Thread(target=lambda: lines.extend(read(receive)), daemon=True)
reader.start()
for number in range(200):
    if (pid := os.fork()) == 0:
        signal.alarm(20)
        log.info("child", n=number); log.info("child", n=number)
        os._exit(0)
    status = os.waitpid(pid, 0)[1]
    assert status == 0, (number, status)
stop.set()
for thread in threads: thread.join()
os.close(send)
reader.join()
mine = process.current().boot_id
assert [line["payload"]["n"] for line in lines] == [n for n in range(200) for _ in range(2)]
assert [line["seq"] for line in lines] == [0, 1] * 200
assert len({line["boot_id"] for line in lines} | {mine}) == 201
assert len({line["trace_id"] for line in lines}) == 200
assert all(line["span_id"] == line["boot_id"] for line in lines)
print("ok")
"""
)


def line_of(chain: list[Any]) -> dict[str, Any]:
    """Return a line of *chain*."""
    flat: Any = {"event": "x"}
    for stage in chain:
        flat = stage(None, "info", flat)
    line: dict[str, Any] = orjson.loads(flat)
    return line


class TestRandomId:
    """`random_id`, of W3C's kind."""

    @pytest.mark.parametrize("length", [1, 8, 16])
    def test_its_form(self, length: int) -> None:
        """Lower hex of twice the length."""
        text = process.random_id(length)

        assert bytes.fromhex(text).hex() == text
        assert 2 * length == len(text)

    def test_never_all_zeros(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Zeros mean none, so they are drawn again."""
        drawn = iter([bytes(8), bytes(8), bytes(7) + b"\1"])
        monkeypatch.setattr(os, "urandom", lambda _length: next(drawn))

        assert "0" * 15 + "1" == process.random_id(8)


class TestProcessState:
    """`ProcessState`, from start to end of one process."""

    def test_it_is_one(self) -> None:
        """Every question finds the same."""
        assert process.current() is process.current() is process.state
        assert os.getpid() == process.current().process_id

    def test_two_are_different(self) -> None:
        """Each has ids and counters of its own."""
        one, two = process.ProcessState(), process.ProcessState()

        assert (16, 32) == (len(one.boot_id), len(one.boot_trace_id))
        assert {one.boot_id, one.boot_trace_id}.isdisjoint({two.boot_id, two.boot_trace_id})
        assert [0, 1, 0] == [one.next_seq(), one.next_seq(), two.next_seq()]

    def test_counters(self) -> None:
        """Each stream has one counter; the main chain's is `next_seq`."""
        state = process.ProcessState()
        numbers = [state.counter(name)() for name in ("a", "b", None, "a", None)]

        assert [0, 0, 0, 1, 1] == numbers
        assert 2 == state.next_seq()

    def test_one_counter_for_all_threads(self) -> None:
        """Threads that ask first together get the same one."""
        state, ready, numbers = process.ProcessState(), threading.Barrier(8), []

        def work() -> None:
            ready.wait()
            numbers.append(state.counter("audit")())

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert list(range(8)) == sorted(numbers)

    def test_repr(self) -> None:
        """It shows which process it is."""
        state = process.ProcessState()

        assert f"<ProcessState(boot_id={state.boot_id!r}, process_id={os.getpid()})>" == repr(state)


class TestFirst:
    """The first call of a process."""

    def test_importing_makes_nothing(self, run_python: Callable[..., Any]) -> None:
        """State comes with the first chain and not with the import."""
        program = (
            "from structlog_enrich import preset, process\nbefore = process.state\npreset()\n"
            "print(before, process.state is not None)"
        )

        assert "None True" == run_python(program).stdout.strip()

    def test_the_hook_is_registered_once(self, run_python: Callable[..., Any]) -> None:
        """Threads that come first together see one state, and one of them registers the hook."""
        program = """
import os, sys, threading
from structlog_enrich import process
hooks, states = [], []
os.register_at_fork = lambda **given: hooks.append(given)
sys.setswitchinterval(1e-6)
class Slow:
    made = 0
    def __call__(self):
        ready.wait()
        return fresh()
fresh, process.ProcessState = process.ProcessState, Slow()
ready = threading.Barrier(8)
threads = [threading.Thread(target=lambda: states.append(process.current())) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
process.current()
print(len(hooks), sorted(hooks[0]), len(set(map(id, states))))
"""
        assert "1 ['after_in_child'] 1" == run_python(program).stdout.strip()

    def test_a_system_without_fork(self, run_python: Callable[..., Any]) -> None:
        """Where there is no hook to register, none is missed."""
        program = "import os\nfrom structlog_enrich import process\ndel os.register_at_fork\nprint(process.current())"

        assert "<ProcessState(" in run_python(program).stdout

    def test_no_thread_is_started(self, run_python: Callable[..., Any]) -> None:
        """Neither importing nor making a chain starts one."""
        program = "import threading, structlog_enrich\nstructlog_enrich.preset()\nprint(threading.active_count())"

        assert "1" == run_python(program).stdout.strip()


@needs_fork
class TestFork:
    """A forked child is another process."""

    def test_its_identity(self, run_python: Callable[..., Any]) -> None:
        """Child and grandchild have their own ids and count from 0, the parent goes on; so do streams."""
        child, parent, lines = orjson.loads(run_python(FORKED).stdout)

        def numbers(message: str) -> list[int]:
            return [line["seq"] for line in lines if line["message"] == message]

        assert [0, 1, 2, 3] == numbers("parent") == numbers("parent audit")
        assert ([0, 1, 2], [0], [0]) == (numbers("child"), numbers("child audit"), numbers("grandchild"))
        ids = {
            (line["message"].split()[0], line["boot_id"], line["trace_id"], line["process_id"]): line for line in lines
        }
        assert 3 == len(ids) == len({key[1] for key in ids}) == len({key[2] for key in ids})
        assert {"parent": parent, "child": child} == {key[0]: key[3] for key in ids if key[0] != "grandchild"}
        assert all(line["span_id"] == line["boot_id"] for line in lines)
        assert 1 == len({line["enrichment"] for line in lines if "stream" not in line})

    def test_within_a_trace(self, run_python: Callable[..., Any]) -> None:
        """A child that is forked within a request stays in its trace, with its own boot id."""
        program = (
            PRELUDE
            + """
CURRENT.set(TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", operation="op"))
receive, send = os.pipe()
log = logger(send, preset())
log.info("parent")
if (pid := os.fork()) == 0:
    log.info("child")
    os._exit(0)
os.waitpid(pid, 0)
os.close(send)
print(orjson.dumps(read(receive)).decode())
"""
        )
        parent, child = orjson.loads(run_python(program).stdout)

        assert {(parent["trace_id"], parent["span_id"], "op")} == {
            (line["trace_id"], line["span_id"], line["operation"]) for line in (parent, child)
        }
        assert parent["boot_id"] != child["boot_id"]
        assert parent["process_id"] != child["process_id"]
        assert (0, 0) == (parent["seq"], child["seq"])

    @pytest.mark.once
    @pytest.mark.usefixtures("unmeasured")
    def test_no_deadlock_under_threads(self, run_python: Callable[..., Any]) -> None:
        """Two hundred forks under three logging threads: every child logs, none hangs, none shares an id."""
        assert "ok" == run_python(DEADLOCK, env={**os.environ, "PYTHONWARNINGS": "ignore"}).stdout.strip()

    def test_the_hook_takes_no_lock_and_does_not_log(self) -> None:
        """The hook makes plain objects, even while logging's own lock is held and the chain is broken."""
        before = process.state
        try:
            with logging._lock:  # noqa: SLF001 (the lock that hooks of others hang at)
                process._renew()  # noqa: SLF001 (the hook itself)
            assert process.state is not before
        finally:
            process.state = before


class TestMultiprocessing:
    """Children that `multiprocessing` starts, in each of its ways."""

    @pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
    def test_each_way(self, method: str, run_python: Callable[..., Any], tmp_path: Any) -> None:
        """The child gets the chain, by memory or by pickle, and an identity of its own."""
        if method not in multiprocessing.get_all_start_methods():
            pytest.skip(f"this system has no {method}")
        (tmp_path / "child.py").write_text(
            """
import json, multiprocessing, os, sys
import orjson
from structlog_enrich import preset, RedactionPolicy, Resource

def stage(_logger, _name, event):
    event["region"] = "eu"
    return event

def line(chain):
    flat = {"event": "x", "iban": "hunter2"}
    for each in chain: flat = each(None, "info", flat)
    return orjson.loads(flat)

def report(connection, chain):
    connection.send([line(chain), line(chain)])

if __name__ == "__main__":
    from child import report, stage
    context = multiprocessing.get_context(sys.argv[1])
    chain = preset(resource=Resource(service="checkout"), extra=[stage], redaction=RedactionPolicy(keys={"iban"}))
    first, second = line(chain), line(chain)
    receive, send = context.Pipe(duplex=False)
    child = context.Process(target=report, args=(send, chain))
    child.start()
    lines = receive.recv()
    child.join(30)
    print(json.dumps([child.pid, [first, second, line(chain)], lines]))
"""
        )
        program = (
            "import runpy, sys\nsys.path.insert(0, sys.argv[2])\n"
            "runpy.run_module('child', run_name='__main__', alter_sys=True)"
        )
        pid, parent, child = orjson.loads(run_python(program, method, str(tmp_path)).stdout)

        assert ([0, 1, 2], [0, 1]) == ([line["seq"] for line in parent], [line["seq"] for line in child])
        assert {pid} == {line["process_id"] for line in child} != {line["process_id"] for line in parent}
        for name in ("boot_id", "trace_id", "span_id"):
            assert (1, 1, 2) == (
                len({line[name] for line in parent}),
                len({line[name] for line in child}),
                len({line[name] for line in parent + child}),
            )
        assert 1 == len({line["enrichment"] for line in parent + child})
        assert {("checkout", "[REDACTED:iban]", "eu")} == {
            (line["service"], line["payload"]["iban"], line["payload"]["region"]) for line in parent + child
        }


class TestRenewal:
    """A chain notices that the process is another one."""

    def test_every_cache_is_renewed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Ids, counters and kept headers are the new process's at the next line, in a trace and outside."""
        chain, named = preset(), preset(stream="audit")
        before = [line_of(chain), line_of(named)]
        monkeypatch.setattr(process, "state", process.ProcessState())
        after = [line_of(chain), line_of(named), line_of(chain)]

        assert [0, 0, 1] == [line["seq"] for line in after]
        assert {process.current().boot_id} == {line["boot_id"] for line in after} == {line["span_id"] for line in after}
        assert {line["boot_id"] for line in before}.isdisjoint({line["boot_id"] for line in after})
