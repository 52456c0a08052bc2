"""Files that fail, move and are torn: rows R13 to R18 of the fault catalogue."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import threading
from typing import TYPE_CHECKING

import pytest

from structlog_enrich import ConfigurationError
from structlog_enrich.cli.completeness import Proof
from structlog_enrich.delivery import File, Writer
from tests.delivery.conftest import numbered, numbers_in, read_lines, soak, until

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.delivery.rows.programs import Program

SERVICE = """
import structlog
from structlog_enrich import configure
from structlog_enrich.delivery import File
writer = Writer(sink := File(PATH), max_bytes=1 << 30)
configure(writer=writer, service="killed")
log = structlog.get_logger()
"""

# The line is the process's last, and takes the system some time.
LONG = """
log.info("paid")
assert writer.flush()
say(str(os.stat(PATH).st_size))
writer().info(b'{"long":"' + b"x" * (64 << 20) + b'"}')
rest()
"""


class Failing:
    """A sink that fails so many times as the system would, and then takes all."""

    def __init__(self, number: int, times: int) -> None:
        self.number = number
        self.times = times
        self.lines: list[bytes] = []

    def write(self, lines: Sequence[bytes], /) -> int:
        """Take *lines*, or fail."""
        if self.times:
            self.times -= 1
            raise OSError(self.number, os.strerror(self.number))
        self.lines += lines
        return len(lines)

    def close(self) -> None:
        """Hold nothing."""


class TestErrors:
    """What else the system may say."""

    @pytest.mark.parametrize("name", ["EIO", "EROFS", "EDQUOT", "EBADF", "ESTALE", "ENOSPC"])
    def test_r13_recovers(self, name: str) -> None:
        """Each failure is counted by its name, nothing is raised, and what was kept is written when it is over."""
        sink = Failing(getattr(errno, name), 3)
        with Writer(sink) as writer:
            log = writer()
            for each in numbered(100):
                log.info(each)
            assert writer.flush()
            assert {name.lower(): 3} == dict(writer.stats().retries)
        assert numbered(100) == sink.lines

    @pytest.mark.parametrize("name", ["EIO", "EROFS", "EDQUOT", "EBADF", "ESTALE"])
    def test_r13_injected(self, name: str, tmp_path: Path, begin: Callable[..., Program]) -> None:
        """The same from the system itself, in the midst of a file's life."""
        strace = shutil.which("strace")
        if strace is None:
            pytest.skip("there is no strace here")
        (tmp_path / "log").touch()
        prefix = [strace, "-f", "-o", os.devnull, "-P", str(tmp_path / "log")]
        prefix += ["-e", "trace=write", "-e", f"inject=write:error={name}:when=2..4"]
        program = begin(
            """
writer = Writer(PATH)
log = writer()
for n in range(200):
    log.info(line(n))
    if n % 20 == 0:
        writer.flush()
assert writer.flush()
say(str(sum(writer.stats().retries.values())))
""",
            prefix=prefix,
        )
        result = program.wait()
        assert 0 == result.code, result.stderr
        assert list(range(200)) == result.numbers()
        assert "3" == result.stdout.strip()

    @pytest.mark.parametrize("synchronous", ["", "synchronous"])
    @pytest.mark.parametrize("handler", ["SIG_IGN", "SIG_DFL"])
    def test_r14_a_limit_of_size(
        self, handler: str, synchronous: str, tmp_path: Path, begin: Callable[..., Program]
    ) -> None:
        """A file that may not grow costs lines, which are counted; the caller lives on, though the signal is deadly."""
        program = begin(
            """
import resource
# Python ignores it.
assert signal.getsignal(signal.SIGXFSZ) is signal.SIG_IGN
signal.signal(signal.SIGXFSZ, getattr(signal, sys.argv[2]))
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
writer = Writer(PATH, exit_timeout=0)
log = writer()
if sys.argv[3]:
    writer.finish()
for n in range(1_000):
    log.info(line(n))
while not writer.stats().retries.get("efbig"):
    writer.flush(0)
writer.close(timeout=0)
stats = writer.stats()
assert_adds_up(stats)
assert 0 == stats.pending
assert {"efbig": stats.dropped_total} == {reason: sum(levels.values()) for reason, levels in stats.dropped.items()}
say(str(stats.dropped_total))
""",
            handler,
            synchronous,
        )
        stdout, stderr = program.process.communicate(timeout=60)
        assert 0 == program.process.returncode, stderr
        data = (tmp_path / "log").read_bytes()
        assert (10_000, 1_000 - data.count(b"\n")) == (len(data), int(stdout))


class TestOpening:
    """A file that can't be opened."""

    def test_r15_refused(self, tmp_path: Path) -> None:
        """A file that must be opened is refused at once, with the reason."""
        with pytest.raises(ConfigurationError, match="No such file or directory"):
            Writer(tmp_path / "missing" / "log")
        (tmp_path / "file").touch()
        with pytest.raises(ConfigurationError, match="Not a directory"):
            Writer(tmp_path / "file" / "log")

    def test_r15_awaited(self, tmp_path: Path) -> None:
        """One that needn't is tried again; what the budget holds is written as soon as it can be."""
        with Writer(File(tmp_path / "later" / "log", must_open=False)) as writer:
            log = writer()
            for each in numbered(50):
                log.info(each)
            until(lambda: writer.stats().retries.get("enoent"))
            (tmp_path / "later").mkdir()
            assert writer.flush(10)
        assert list(range(50)) == numbers_in(read_lines((tmp_path / "later" / "log").read_bytes()))

    def test_r15_not_allowed(self, tmp_path: Path, begin: Callable[..., Program]) -> None:
        """One that may not be written to is refused to whoever isn't root."""
        (tmp_path / "log").touch(0o400)
        tmp_path.chmod(0o755)
        program = begin(
            """
if os.geteuid() == 0:
    os.seteuid(65534)
from structlog_enrich import ConfigurationError
from structlog_enrich.cli.completeness import Proof
try:
    Writer(PATH)
except ConfigurationError as error:
    say(str(error))
"""
        )
        stdout, stderr = program.process.communicate(timeout=60)
        assert b"Permission denied" in stdout, stderr

    def test_r15_too_many_files(self, begin: Callable[..., Program]) -> None:
        """Without a descriptor left it waits for one, and nothing is lost."""
        program = begin(
            """
import resource
from structlog_enrich.delivery import File
writer = Writer(File(PATH, must_open=False))
log = writer()
resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
taken = []
try:
    while True:
        taken.append(os.open(os.devnull, os.O_RDONLY))
except OSError:
    pass
for n in range(50):
    log.info(line(n))
while not writer.stats().retries.get("emfile"):
    pass
for each in taken:
    os.close(each)
assert writer.flush(10)
"""
        )
        result = program.wait()
        assert 0 == result.code, result.stderr
        assert list(range(50)) == result.numbers()


class TestTorn:
    """A last line without its end."""

    def test_r16_after_a_crash(self, tmp_path: Path) -> None:
        """The first new line starts on a line of its own, and the repair is counted."""
        (tmp_path / "log").write_bytes(b'{"n":0}\n{"n":')
        sink = File(tmp_path / "log")
        with Writer(sink) as writer:
            for each in numbered(2, start=1):
                writer().info(each)
            assert writer.flush()
        first, torn, *rest = (tmp_path / "log").read_bytes().split(b"\n")
        assert (b'{"n":0}', b'{"n":') == (first, torn)
        assert [*numbered(2, start=1), b""] == rest
        assert 1 == sink.repaired

    def test_r16_killed_amid_a_write(self, tmp_path: Path, begin: Callable[..., Program]) -> None:
        """Where SIGKILL breaks a write off, the next process begins on a new line; that one alone isn't whole."""
        path = tmp_path / "log"
        for _ in range(soak(1, 20)):
            whole, torn = break_off(path, begin)
            following = begin(SERVICE + 'log.info("paid")\nsay(str(sink.repaired))\n')
            stdout, stderr = following.process.communicate(timeout=60)
            assert (0, b"1\n") == (following.process.returncode, stdout), stderr
            data = path.read_bytes()
            assert data.startswith(whole + b"\n" + torn + b"\n")
            # As `structlog-enrich verify` marks it: no other line is foreign, and none is missing.
            proof = Proof()
            proof.add(data.splitlines())
            killed, after = proof.boots()
            assert (1, [], []) == (proof.foreign, [*killed.lost()], [*after.lost()])
            assert (None, 1, 2) == (killed.stopped, killed.last, after.last)
            assert 6 == len(data.splitlines())
            path.unlink()


def break_off(path: Path, begin: Callable[..., Program]) -> tuple[bytes, bytes]:
    """Kill a program amid its write of a long line, and return what it left: whole lines, and a part of that one."""
    # It may be through with it before it is killed.
    for _ in range(5):
        path.unlink(missing_ok=True)
        program = begin(SERVICE + LONG)
        before = int(program.await_word())
        until(lambda size=before: path.stat().st_size > size)
        program.process.kill()
        assert -signal.SIGKILL == program.process.wait(60)
        whole, torn = path.read_bytes().rsplit(b"\n", 1)
        if torn:
            assert before == len(whole) + 1
            assert (b'{"long":"' + b"x" * (64 << 20)).startswith(torn)
            return whole, torn
    pytest.fail("no write was broken off")


class TestRotation:
    """Others rename, cut and remove the file."""

    def test_r17_renamed(self, tmp_path: Path) -> None:
        """Across all the files there is every line, once and in its order."""
        count, done = soak(20_000, 1_000_000), threading.Event()

        def rotate() -> None:
            number = 0
            while not done.wait(0.002):
                number += 1
                (tmp_path / "log").rename(tmp_path / f"log.{number:06}")
                until((tmp_path / "log").exists)

        with Writer(tmp_path / "log", on_full="block", block_timeout=60) as writer:
            rotating = threading.Thread(target=rotate)
            rotating.start()
            log = writer()
            for number, each in enumerate(numbered(count)):
                log.info(each)
                if number % 500 == 0:
                    writer.flush()
            done.set()
            # The rotator waits for the file that the next line makes.
            while rotating.is_alive():
                log.info(numbered(1, start=count, thread=1)[0])
                rotating.join(0.01)
            assert writer.flush()
        files = [*sorted(tmp_path.glob("log.*")), tmp_path / "log"]
        assert len(files) > 3
        lines = [line for file in files for line in read_lines(file.read_bytes())]
        assert list(range(count)) == numbers_in(lines)

    def test_r17_copytruncate(self, tmp_path: Path) -> None:
        """A file that is copied and cut has no holes, and every line that is there is whole."""
        path, done = tmp_path / "log", threading.Event()

        def rotate() -> None:
            number = 0
            while not done.wait(0.01):
                number += 1
                shutil.copyfile(path, tmp_path / f"log.{number:06}")
                os.truncate(path, 0)

        with Writer(path, on_full="block", block_timeout=60) as writer:
            rotating = threading.Thread(target=rotate)
            rotating.start()
            log = writer()
            for each in numbered(20_000):
                log.info(each)
            assert writer.flush()
            done.set()
            rotating.join(60)
        numbers = []
        for file in [*sorted(tmp_path.glob("log.*")), path]:
            data = file.read_bytes()
            assert b"\0" not in data
            # A copy may end within the batch that is written meanwhile.
            numbers += numbers_in(read_lines(data[: data.rfind(b"\n") + 1]))
        # What is written between the copy and the cut is nowhere; nothing is anywhere twice.
        assert len(numbers) == len(set(numbers)) > 10_000

    def test_r17_copytruncate_between(self, tmp_path: Path) -> None:
        """What is copied and cut while nothing is being written is in the copies, and no line is lost."""
        path = tmp_path / "log"
        with Writer(path) as writer:
            log = writer()
            for number, each in enumerate(numbered(2_000)):
                log.info(each)
                if number % 100 == 99:
                    assert writer.flush()
                    shutil.copyfile(path, tmp_path / f"log.{number:06}")
                    os.truncate(path, 0)
        files = sorted(tmp_path.glob("log.*"))
        assert (20, 0) == (len(files), path.stat().st_size)
        assert list(range(2_000)) == numbers_in([line for file in files for line in read_lines(file.read_bytes())])

    def test_r17_removed(self, tmp_path: Path) -> None:
        """A removed file is made anew."""
        with Writer(tmp_path / "log") as writer:
            log = writer()
            log.info(b"one")
            assert writer.flush()
            (tmp_path / "log").unlink()
            log.info(b"two")
            assert writer.flush()
        assert b"two\n" == (tmp_path / "log").read_bytes()

    def test_r18_reopened_under_load(self, begin: Callable[..., Program]) -> None:
        """A thousand signals to open it anew lose and repeat nothing, and it is."""
        program = begin(
            """
from structlog_enrich.delivery import reopen_on_signal
opened = []
sys.addaudithook(lambda event, given: event == "open" and opened.append(given[0]))
writer = Writer(PATH, on_full="block", block_timeout=60)
assert 1 == opened.count(PATH), opened
reopen_on_signal(writer)
log = writer()
for n in range(20_000):
    log.info(line(n))
    if n % 20 == 0:
        os.kill(os.getpid(), signal.SIGHUP)
        if n % 200 == 0:
            # Signals that come before the next batch are one.
            writer.flush()
assert writer.flush()
say(str(opened.count(PATH)))
"""
        )
        result = program.wait()
        assert 0 == result.code, result.stderr
        assert list(range(20_000)) == result.numbers()
        assert int(result.stdout) >= 100
