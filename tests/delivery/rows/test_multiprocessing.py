"""Children of `multiprocessing`, of `subprocess`, and a program that becomes another."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.delivery.rows.programs import Result

METHODS = ("fork", "spawn", "forkserver") if hasattr(os, "fork") else ("spawn",)

WORK = """
import os
from structlog_enrich.delivery import Writer

def begin(path):
    # What a child that shares no memory is told at its start.
    global log
    log = Writer(path)()

def work(thread):
    for n in range(100):
        log.info(b'{"pid":%d,"thread":%d,"n":%d}' % (os.getpid(), thread, n))
    return thread
"""

BY = {
    "Process": """
    processes = [context.Process(target=run, args=(PATH, number)) for number in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [0, 0, 0] == [process.exitcode for process in processes]
""",
    "Pool": """
    with context.Pool(2, initializer=work.begin, initargs=(PATH,)) as pool:
        assert [0, 1, 2] == pool.map(work.work, range(3), chunksize=1)
        pool.close()
        pool.join()
""",
    "ProcessPoolExecutor": """
    from concurrent.futures import ProcessPoolExecutor
    with ProcessPoolExecutor(2, mp_context=context, initializer=work.begin, initargs=(PATH,)) as executor:
        assert [0, 1, 2] == list(executor.map(work.work, range(3)))
""",
}

PROGRAM = """
import multiprocessing, sys
import work

PATH, METHOD = sys.argv[1:]

def run(path, thread):
    work.begin(path)
    work.work(thread)

if __name__ == "__main__":
    context = multiprocessing.get_context(METHOD)
    {by}
"""

INHERITED = """
import {library}
writer = Writer(PATH)
log = writer()

def run():
    for n in range(100):
        log.info(line(n, 1))

for n in range(100):
    log.info(line(n))
process = {library}.get_context("fork").Process(target=run)
process.start()
process.join()
assert process.exitcode == 0
"""

BESIDE = {
    "subprocess": 'subprocess.run([sys.executable, "-c", CHECK, *sys.argv[1:]], check=True, close_fds=False)',
    "posix_spawn": "os.waitpid(os.posix_spawn(sys.executable, [sys.executable, '-c', CHECK, PATH], os.environ), 0)",
}

CHILDREN = """
import subprocess
CHECK = '''
import os, sys
for each in os.listdir("/proc/self/fd"):
    try:
        assert os.readlink("/proc/self/fd/" + each) != sys.argv[1]
    except FileNotFoundError:
        pass
'''
writer = Writer(PATH)
log = writer()
for n in range(100):
    log.info(line(n))
started = {beside}
if isinstance(started, tuple):
    assert started[1] == 0
for n in range(100, 200):
    log.info(line(n))
"""

EXEC = """
writer = Writer(PATH)
log = writer()
for n in range(100):
    log.info(line(n))
assert writer.flush(10)
os.execv(sys.executable, [sys.executable, "-c", "print('another program')"])
"""


class TestMultiprocessing:
    """A child that ends by itself has written what it logged."""

    @pytest.mark.parametrize("method", METHODS)
    @pytest.mark.parametrize("by", BY)
    def test_r25_children(self, by: str, method: str, tmp_path: Path, run_file: Callable[..., Result]) -> None:
        """Whatever starts the children, and however: all of their lines are there once, in their order."""
        (tmp_path / "work.py").write_text(WORK)
        result = run_file(PROGRAM.format(by=BY[by].strip()), method)
        assert [list(range(100))] * 3 == [result.numbers(number) for number in range(3)]

    @pytest.mark.skipif("fork" not in METHODS, reason="this system has no fork")
    @pytest.mark.parametrize("library", ["multiprocessing", "billiard"])
    def test_r25_inherited(self, library: str, play: Callable[..., Result]) -> None:
        """A forked child, Celery's too, may go on with its parent's writer; the parent's lines stay the parent's."""
        if find_spec(library) is None:
            pytest.skip(f"{library} isn't installed")
        result = play(INHERITED.format(library=library))
        assert [list(range(100))] * 2 == [result.numbers(0), result.numbers(1)]


class TestOtherPrograms:
    """Another program neither gets the sink nor keeps a line from it."""

    @pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="this system doesn't show what is open")  # noqa: PTH112
    @pytest.mark.parametrize("beside", BESIDE)
    def test_r26_started_beside(self, beside: str, play: Callable[..., Result]) -> None:
        """A program that is started while lines wait inherits no descriptor; no line is lost."""
        result = play(CHILDREN.replace("{beside}", BESIDE[beside]))
        assert list(range(200)) == result.numbers()

    def test_r26_become_another(self, play: Callable[..., Result]) -> None:
        """Who closes the writer before `exec` has written every line when the other program begins."""
        result = play(EXEC)
        assert ("another program\n", list(range(100))) == (result.stdout, result.numbers())
