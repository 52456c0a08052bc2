"""Descriptors that take a part, nothing, or are no longer what they were: rows R5 to R10 and R19."""

from __future__ import annotations

import json
import os
import select
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from structlog_enrich.delivery import Writer
from tests.delivery.conftest import (
    Reader,
    assert_adds_up,
    numbered,
    numbers_in,
    read_all,
    read_lines,
    shrink,
    soak,
    until,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.delivery.rows.programs import Program, Result


@pytest.fixture(scope="session")
def shim(preloaded: Callable[[str], str]) -> str:
    """Return a library that breaks writes."""
    return preloaded("faults")


class TestParts:
    """What is written in part is gone on with."""

    @pytest.mark.parametrize("unbuffered", ["", "1"])
    def test_r06_short_writes(self, unbuffered: str, shim: str, tmp_path: Path, begin: Callable[..., Program]) -> None:
        """Short writes, EINTR and EAGAIN at random lose, tear and repeat nothing."""
        (tmp_path / "log").touch()
        count = soak(20_000, 1_000_000)
        program = begin(
            """
with Writer(PATH, on_full="block", block_timeout=60) as writer:
    log = writer()
    for n in range(int(sys.argv[2])):
        log.info(line(n))
        if n % 50 == 0:
            # Else all would go in a few writes, which is too few to break.
            writer.flush(60)
    assert writer.flush(60)
    assert_adds_up(writer.stats())
    say(str(writer.stats().written))
""",
            count,
            env={
                "LD_PRELOAD": shim,
                "FAULT_PATH": str(tmp_path / "log"),
                "FAULT_REPORT": str(tmp_path / "faults"),
                "PYTHONUNBUFFERED": unbuffered,
            },
        )
        result = program.wait()
        assert (0, f"{count}\n") == (result.code, result.stdout), result.stderr
        assert list(range(count)) == result.numbers()
        faults = [int(each) for each in (tmp_path / "faults").read_text(encoding="ascii").split()]
        # Of each kind, as the library itself counted them.
        assert min(faults) >= 20, faults

    def test_r05_a_slow_sink(self, tmp_path: Path, begin: Callable[..., Program]) -> None:
        """A sink that needs a millisecond for each write gets many lines at once, and is hardly ever left waiting."""
        strace = shutil.which("strace")
        if strace is None:
            pytest.skip("there is no strace here")
        # Only the writes to the log, which is opened as descriptor 3 or above and named by its path.
        prefix = [strace, "-f", "--seccomp-bpf", "-o", str(tmp_path / "trace"), "-P", str(tmp_path / "log")]
        prefix += ["-e", "trace=write", "-e", "inject=write:delay_enter=1000"]
        program = begin(
            """
import time
# How many bytes a second the sink can take, from one thread that does nothing else, in writes of that size.
def weigh(size):
    fd = os.open(PATH, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    begun = time.monotonic()
    for _ in range(50):
        os.write(fd, b"x" * (size - 1) + b"\\n")
    took = time.monotonic() - begun
    os.close(fd)
    os.truncate(PATH, 0)
    return 50 * size / took

rounds, each, best, done = int(sys.argv[2]), 4_000, 0, 0
sink = weigh(245_000)
with Writer(PATH, on_full="block", block_timeout=60, max_bytes=4 << 20) as writer:
    log = writer()
    for number in range(rounds):
        begun = time.monotonic()
        for n in range(number * each, (number + 1) * each):
            log.info(line(n)[:-1] + b',"pad":"%s"}' % (b"x" * 2_000))
        assert writer.flush(60)
        stats = writer.stats()
        best, done = max(best, (stats.bytes - done) / (time.monotonic() - begun)), stats.bytes
    assert_adds_up(stats)
    assert stats.written == rounds * each, stats
say(f"{best / sink}")
""",
            rounds := soak(5, 25),
            prefix=prefix,
        )
        result = program.wait()
        assert 0 == result.code, result.stderr
        assert list(range(rounds * 4_000)) == result.numbers()
        # Fifty were there to weigh the sink.
        writes = (tmp_path / "trace").read_text(encoding="utf-8").count("write(") - 50
        assert 0 < writes < rounds * 4_000 / 50
        # Of several rounds the best: all that isn't the sink's own time depends on what else the machine does.
        assert float(result.stdout) >= soak(0.8, 0.9)

    @pytest.mark.parametrize("policy", ["block", "drop_newest"])
    def test_r07_non_blocking_pipe(self, policy: str, pipe: tuple[int, int]) -> None:
        """A pipe that doesn't block and is read slowly gets whole lines, all but those that are counted."""
        read, write = pipe
        shrink(write)
        os.set_blocking(write, False)
        writer = Writer(write, on_full=policy, block_timeout=60, max_records=500)  # type: ignore[arg-type]
        os.close(write)
        reader = Reader(read, at_a_time=700)
        log = writer()
        for each in numbered(5_000, size=300):
            log.info(each)
        assert writer.close(60)
        numbers = numbers_in(read_lines(reader.finish(60)))
        stats = writer.stats()
        assert_adds_up(stats)
        assert stats.written == len(numbers)
        assert sorted(set(numbers)) == numbers
        assert (policy == "block") == (numbers == list(range(5_000)))

    @pytest.mark.parametrize("kind", ["pipe", "socket"])
    def test_r08_someone_flips_it(self, kind: str, pipe: tuple[int, int]) -> None:
        """Another who shares the sink switches blocking on and off meanwhile; nothing is lost, torn or raised."""
        read, write = pipe
        if kind == "pipe":
            shrink(write)
        else:
            # Which can't be opened anew, so that it blocks or not as the other likes.
            for number, end in zip(pipe, socket.socketpair(), strict=True):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
                os.dup2(end.fileno(), number)
                end.close()
        reader = Reader(read, at_a_time=900)
        flips = f"""
import os
while True:
    os.set_blocking({write}, False)
    os.set_blocking({write}, True)
"""
        other = subprocess.Popen([sys.executable, "-c", flips], pass_fds=[write])
        try:
            seen: set[bool] = set()
            count = soak(10_000, 300_000)
            until(lambda: seen.add(os.get_blocking(write)) or len(seen) == 2)  # type: ignore[func-returns-value]
            writer = Writer(write, on_full="block", block_timeout=60)
            log = writer()
            for each in numbered(count, size=400):
                log.info(each)
            assert writer.close(60)
            assert {} == writer.stats().retries
            assert other.poll() is None
        finally:
            other.kill()
            other.wait()
        os.close(write)
        assert list(range(count)) == numbers_in(read_lines(reader.finish(60)))

    @pytest.mark.parametrize("unbuffered", ["", "1"])
    def test_r09_signals(self, unbuffered: str, begin: Callable[..., Program]) -> None:
        """Large lines pass through a blocking pipe while a timer's signals interrupt whatever they can."""
        program = begin(
            """
signal.signal(signal.SIGALRM, lambda *_: None)
signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
# Once the interpreter no longer handles them they would end it; after the writer's own hook.
atexit.register(signal.setitimer, signal.ITIMER_REAL, 0)
log = Writer("stdout", on_full="block", block_timeout=60)()
for n in range(200):
    log.info(line(n)[:-1] + b',"pad":"%s"}' % (b"x" * 30_000))
""",
            env={"PYTHONUNBUFFERED": unbuffered},
        )
        stdout, stderr = program.process.communicate(timeout=60)
        assert (0, b"") == (program.process.returncode, stderr)
        assert list(range(200)) == numbers_in(read_lines(stdout))


class TestStolen:
    """The program does with its own descriptors as it likes."""

    def test_r19_closed_and_used_again(self, tmp_path: Path, pipe: tuple[int, int]) -> None:
        """What gets the number of a closed descriptor gets none of the lines; they go where they went before."""
        read, write = pipe
        number = os.dup(write)
        writer = Writer(number)
        log = writer()
        log.info(b"before")
        with (tmp_path / "another's").open("wb") as file:
            os.dup2(file.fileno(), number)
            log.info(b"after")
            assert writer.flush()
            os.close(number)
        assert b"" == (tmp_path / "another's").read_bytes()
        assert b"before\nafter\n" == os.read(read, 100)
        writer.close()

    def test_r19_standard_output(self, begin: Callable[..., Program]) -> None:
        """A program that closes its standard output, or leads it elsewhere, still logs to where it led."""
        program = begin(
            """
log = Writer("stdout")()
log.info(line(0))
os.close(1)
other = os.open(PATH, os.O_WRONLY | os.O_CREAT)
assert 1 == other
log.info(line(1))
"""
        )
        stdout, stderr = program.process.communicate(timeout=60)
        assert (0, b"") == (program.process.returncode, stderr)
        assert [0, 1] == numbers_in(read_lines(stdout))
        assert b"" == Path(program.process.args[-1]).read_bytes()  # type: ignore[index, arg-type]

    @pytest.mark.parametrize("reused", [0, 9])
    @pytest.mark.parametrize("sink", ["file", "stdout"])
    def test_r19_all_closed(self, sink: str, reused: int, tmp_path: Path, begin: Callable[..., Program]) -> None:
        """A program that closes all but its standard streams, as daemons do, loses no line, and no file of its own."""
        program = begin(
            """
import fcntl
folder = os.path.dirname(PATH)
writer = Writer(PATH if sys.argv[2] == "file" else "stdout")
log = writer()
log.info(line(0))
assert writer.flush()
os.closerange(3, 64)
# They get all the numbers that were freed.
own = [os.open(f"{folder}/own{number}", os.O_RDWR | os.O_CREAT) for number in range(int(sys.argv[3]))]
for each in own:
    fcntl.flock(each, fcntl.LOCK_EX)
log.info(line(1))
assert writer.flush()
writer.close()
# None was written to, closed or unlocked.
for number, each in enumerate(own):
    assert 0 == os.fstat(each).st_size
    try:
        fcntl.flock(os.open(f"{folder}/own{number}", os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)
        sys.exit("unlocked")
    except BlockingIOError:
        pass
""",
            sink,
            reused,
        )
        stdout, stderr = program.process.communicate(timeout=60)
        assert (0, b"") == (program.process.returncode, stderr)
        data = (tmp_path / "log").read_bytes() if sink == "file" else stdout
        assert [0, 1] == numbers_in(read_lines(data))

    def test_r19_spilled(self, begin: Callable[..., Program]) -> None:
        """So does the file of a policy: what was in it is lost and counted, what comes later has another."""
        program = begin(
            """
writer = Writer("stdout", max_bytes=20_000, on_full="spill")
log = writer()
for n in range(3_000):
    log.info(line(n))
# Nobody can keep a thread that writes at this very moment from whoever opens a file then.
while not (stats := writer.stats()).elsewhere or stats.pending != stats.depth_records + stats.elsewhere:
    pass
os.closerange(3, 64)
own = [os.open(f"{PATH}{number}", os.O_RDWR | os.O_CREAT) for number in range(9)]
for each in own:
    os.write(each, b"own")
for n in range(3_000, 6_000):
    log.info(line(n))
os.write(2, b"ready\\n")
assert writer.flush(60)
for each in own:
    assert 3 == os.fstat(each).st_size
    assert b"own" == os.pread(each, 10, 0)
stats = writer.stats()
assert_adds_up(stats)
lost = stats.dropped["spill_ebadf"]["info"]
assert stats.dropped_total == lost > 0, stats
assert {"info": stats.written} == stats.written_by_level
os.write(2, b"%d\\n" % stats.written)
"""
        )
        assert program.process.stderr
        assert b"being lost" in program.process.stderr.readline() + program.process.stderr.readline()
        stdout, stderr = program.process.communicate(timeout=60)
        assert 0 == program.process.returncode, stderr
        numbers = numbers_in(read_lines(stdout))
        assert int(stderr.split()[-1]) == len(numbers)
        assert sorted(set(numbers)) == numbers


class TestDead:
    """A reader that dies."""

    def test_r10_a_pipe(self, pipe: tuple[int, int]) -> None:
        """Nothing is raised, what isn't taken any more is counted as `epipe`, and the rest as written."""
        read, write = pipe
        writer = Writer(write, max_records=50, on_full="drop_newest", exit_timeout=0)
        log = writer()
        log.info(b"read")
        assert writer.flush()
        os.close(read)
        log.info(b"unread")
        until(lambda: writer.stats().retries.get("epipe"))
        for each in numbered(500):
            log.info(each)
        until(lambda: writer.stats().dropped.get("epipe"))
        assert not writer.close(0.2)
        stats = writer.stats()
        assert_adds_up(stats)
        assert 1 == stats.written
        assert {"epipe"} == set(stats.dropped)

    @pytest.mark.parametrize("kind", ["pipe", "socket"])
    @pytest.mark.parametrize("has_threads", [True, False])
    def test_r10_nobody_waits(self, kind: str, has_threads: bool) -> None:  # noqa: FBT001 (a case)
        """Where there will never be a reader again, neither a flush nor the end waits for one."""
        if kind == "pipe":
            read, write = os.pipe()
        else:
            read, write = (end.detach() for end in socket.socketpair())
        writer = Writer(write, exit_timeout=60)
        try:
            if not has_threads:
                writer.finish()
            os.close(read)
            began = monotonic()
            for each in numbered(5):
                writer().info(each)
            assert not writer.flush(60)
            writer.finish()
            assert not writer.close(60)
            assert monotonic() - began < 20
        finally:
            os.close(write)
        assert {"epipe": {"info": 5}} == writer.stats().dropped

    def test_r10_as_head_does(self, play: Callable[..., Result]) -> None:
        """A program whose reader has what it wants ends at once, and says what was lost."""
        text = """
log = Writer("stdout", exit_timeout=60)()
for n in range(100_000):
    log.info(line(n))
"""
        result = play(text, prefix=("sh", "-c", '"$@" | head -n 1', "sh"))
        assert [0] == [each["n"] for each in map(json.loads, result.stdout.splitlines())]
        assert result.seconds < 30
        assert "(epipe)" in result.stderr

    def test_r10_a_named_pipe(self, tmp_path: Path) -> None:
        """The next reader gets what comes, soon and in whole lines."""
        os.mkfifo(tmp_path / "fifo")
        first = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
        with Writer(tmp_path / "fifo") as writer:
            log = writer()
            log.info(b"one")
            assert writer.flush()
            assert b"one\n" == os.read(first, 100)
            os.close(first)
            log.info(b"two")
            until(lambda: writer.stats().retries)
            second = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
            log.info(b"three")
            # The longest pause between two tries is a second.
            assert writer.flush(10)
            assert b"two\nthree\n" == os.read(second, 100)
            os.close(second)
        assert {} == writer.stats().dropped

    @pytest.mark.parametrize("has_asked", [False, True], ids=["", "reopen"])
    def test_r10_what_nobody_has_read(self, has_asked: bool, tmp_path: Path) -> None:  # noqa: FBT001 (a table)
        """What lies in a named pipe when its reader dies the next one gets, also where it is to be opened anew."""
        os.mkfifo(tmp_path / "fifo")
        first = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
        with Writer(tmp_path / "fifo") as writer:
            log = writer()
            *earlier, last = numbered(1_001)
            for each in earlier:
                log.info(each)
            until(lambda: writer.stats().written)
            os.close(first)
            if has_asked:
                writer.reopen()
            log.info(last)
            until(lambda: writer.stats().retries)
            second = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
            assert writer.flush(10)
            found = numbers_in(read_lines(read_all(second)))
            os.close(second)
        assert [*range(1_001)] == found
        assert {} == writer.stats().dropped

    def test_r10_amid_a_long_line(self, tmp_path: Path) -> None:
        """A line of which a reader that died has read a part the next one gets whole, behind what is left of that."""
        os.mkfifo(tmp_path / "fifo")
        first = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
        line = b"".join(b"%06d" % n for n in range(30_000))
        with Writer(tmp_path / "fifo") as writer:
            writer().info(line)
            assert select.select([first], [], [], 60)[0]
            assert 8_192 == len(os.read(first, 8_192))
            os.close(first)
            until(lambda: writer.stats().retries)
            second = os.open(tmp_path / "fifo", os.O_RDONLY)
            found = b""
            while not found.endswith(line + b"\n"):
                found += os.read(second, 65_536)
            assert writer.flush(10)
            os.close(second)
        rest, _ = found.split(b"\n", 1)
        assert rest in line
        assert line + b"\n" == found[len(rest) + 1 :]
        assert (1, {}) == (writer.stats().written, writer.stats().dropped)

    def test_r10_another_in_its_place(self, tmp_path: Path) -> None:
        """Where a named pipe whose reader died is made anew meanwhile, the lines go to that."""
        os.mkfifo(tmp_path / "fifo")
        first = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
        line = b"x" * 100_000
        with Writer(tmp_path / "fifo") as writer:
            writer().info(line)
            assert select.select([first], [], [], 60)[0]
            os.close(first)
            until(lambda: writer.stats().retries)
            (tmp_path / "fifo").unlink()
            os.mkfifo(tmp_path / "fifo")
            second = os.open(tmp_path / "fifo", os.O_RDONLY)
            found = b""
            while not found.endswith(b"\n"):
                found += os.read(second, 65_536)
            assert writer.flush(10)
            os.close(second)
        assert line + b"\n" == found

    def test_r10_a_named_pipe_again(self, tmp_path: Path) -> None:
        """Nobody asks for it, and the next reader gets what has room within 1 s; the rest is `epipe`."""
        os.mkfifo(tmp_path / "fifo")
        fd = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
        writer = Writer(tmp_path / "fifo", max_records=50, on_full="drop_newest", exit_timeout=0)
        log = writer()
        log.info(b"read")
        assert select.select([fd], [], [], 60)[0]
        assert b"read\n" == os.read(fd, 100)
        os.close(fd)
        first, *others = numbered(500)
        log.info(first)
        until(lambda: writer.stats().retries.get("epipe"))
        for each in others:
            log.info(each)
        until(lambda: writer.stats().dropped)
        # By then it waits as long as it ever does between two tries, and has just tried.
        tries = soak(9, 40)
        until(lambda: sum(writer.stats().retries.values()) >= tries, 60)
        began = monotonic()
        fd = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
        until(lambda: writer.stats().written > 1, 60)
        took = monotonic() - began
        until(lambda: not writer.stats().pending, 60)
        assert writer.close()
        numbers = numbers_in(read_lines(read_all(fd)))
        os.close(fd)
        # Twice as much on a machine that does something else.
        assert soak(1.95, 1.1) >= took
        stats = writer.stats()
        assert_adds_up(stats)
        assert sorted({*numbers}) == numbers
        assert 1 + len(numbers) == stats.written
        # What the system said when the line had no room.
        assert {"epipe"} == {*stats.dropped}
