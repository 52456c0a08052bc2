"""Files that fill up, fail, move and are torn: rows R11 to R18 of the fault catalogue."""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
import sys
import threading
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from structlog_enrich import ConfigurationError
from structlog_enrich.delivery import File, Writer
from tests.delivery.conftest import numbered, numbers_in, read_lines, soak, until

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.delivery.rows.programs import Program

_SMALL = """mkdir '{folder}' && mount -t tmpfs -o size=256k none '{folder}' && exec "$0" "$@" """


@pytest.fixture
def small(tmp_path: Path, begin: Callable[..., Program]) -> Callable[..., Program]:
    """Return a function that starts a program with a disk of 256 KiB, seen by it alone, at `FOLDER`."""
    unshare = shutil.which("unshare")
    if unshare is None or not sys.platform.startswith("linux"):
        pytest.skip("this system has no unshare")
    is_root = os.geteuid() == 0
    if not is_root and subprocess.run([unshare, "-rm", "true"], check=False).returncode:
        pytest.skip("this system lets nobody but root mount a file system")
    shell = [unshare, "-m" if is_root else "-rm", "sh", "-c", _SMALL.format(folder=tmp_path / "small")]

    def start(text: str, *arguments: object) -> Program:
        return begin('FOLDER = os.path.dirname(PATH) + "/small"' + text, *arguments, prefix=shell)

    return start


class TestFull:
    """A disk without room."""

    def test_r11_full_then_freed(self, small: Callable[..., Program]) -> None:
        """What the budget holds is written within a second of the space being freed, and no line is halved."""
        program = small(
            """
import time
folder = FOLDER
with open(folder + "/filler", "wb") as filler:
    filler.write(bytes(192 << 10))
writer = Writer(folder + "/log", on_full="drop_newest")
log = writer()
for n in range(300):
    log.info(line(n)[:-1] + b',"pad":"%s"}' % (b"x" * 400))
while not writer.stats().retries.get("enospc"):
    pass
assert writer.stats().pending > 100, writer.stats()
os.unlink(folder + "/filler")
freed = time.monotonic()
assert writer.flush(10)
took = time.monotonic() - freed
assert_adds_up(writer.stats())
assert {} == writer.stats().dropped, writer.stats()
with open(folder + "/log", "rb") as file, open(PATH, "wb") as kept:
    kept.write(file.read())
say(f"{took:.3f}")
""",
        )
        result = program.wait()
        assert 0 == result.code, result.stderr
        assert list(range(300)) == result.numbers()
        # Within a second on a quiet machine.
        assert float(result.stdout) < 3

    @pytest.mark.parametrize("remedy", ["removed", "renamed and removed", "cut"])
    def test_r11_the_log_itself(self, remedy: str, small: Callable[..., Program]) -> None:
        """Where the log itself fills the disk, to remove it or cut it frees the space, and no line is halved."""
        program = small(
            """
import time
log_path = FOLDER + "/log"
writer = Writer(log_path)
log = writer()
for n in range(200):
    log.info(line(n)[:-1] + b',"pad":"%s"}' % (b"x" * 3_000))
    writer.flush(0.2)
    if writer.stats().retries.get("enospc"):
        break
# Full amid a line: else there is nothing to show.
assert not open(log_path, "rb").read().endswith(b"\\n")
if sys.argv[2] == "cut":
    os.truncate(log_path, 0)
elif sys.argv[2] == "removed":
    os.unlink(log_path)
else:
    os.rename(log_path, log_path + ".1")
    assert not writer.flush(0.1)
    os.unlink(log_path + ".1")
assert writer.flush(10), writer.stats()
assert {} == writer.stats().dropped, writer.stats()
with open(log_path, "rb") as file, open(PATH, "wb") as kept:
    kept.write(file.read())
say(str(n))
""",
            remedy,
        )
        result = program.wait()
        assert 0 == result.code, result.stderr
        last = int(result.stdout)
        assert last < 199
        # What was written whole before went with the file.
        numbers = result.numbers()
        assert list(range(numbers[0], last + 1)) == numbers

    def test_r12_for_good(self, begin: Callable[..., Program]) -> None:
        """A disk that stays full costs next to no time, whether lines come or not; it is told once a minute."""
        program = begin(
            """
import time
writer = Writer("/dev/full", max_records=100, on_full="drop_newest", exit_timeout=0)
log = writer()
log.info(b"first")
while not writer.stats().retries:
    pass
for n in range(1_000):
    log.info(line(n))
while writer.stats().emitted < 1_001 or writer.stats().pending > 101:
    pass
seconds, began = float(sys.argv[2]), time.monotonic()

def weigh(log, rounds, is_busy):
    weighed = []
    for _ in range(rounds):
        before = time.process_time()
        # Some of its life, to be weighed.
        for n in range(10):
            if is_busy:
                log.info(line(n))
            time.sleep(seconds / 10)
        weighed.append((time.process_time() - before) / seconds)
    return min(weighed)

idle, busy = weigh(log, 3, False), weigh(log, 2, True)
stats = writer.stats()
assert_adds_up(stats)
assert {"enospc"} == set(stats.dropped) == set(stats.retries), stats
writer.close(0)
with Writer(os.devnull) as well:
    say(f"{idle:.4f} {busy - weigh(well(), 2, True):.4f} {time.monotonic() - began}")
""",
            soak(0.6, 20.0),
        )
        result = program.wait()
        assert 0 == result.code, result.stderr
        idle, more, seconds = map(float, result.stdout.split())
        # Lines that come cost what they do anyway; beyond it, next to nothing.
        assert (True, True) == (idle <= 0.02, more <= 0.02), result.stdout
        told = [line for line in result.stderr.splitlines() if "writer.stats()" in line]
        assert all("(enospc)" in line for line in told)
        # Of its last minute the end tells.
        assert 1 + int(seconds * 5 / 7 // 60) == len(told), result.stderr

    def test_r12_each_minute(self, begin: Callable[..., Program]) -> None:
        """That lines are lost is told at once and then each minute, by a clock that is the test's."""
        program = begin(
            """
from time import monotonic_ns
from structlog_enrich.delivery import writer as module
ahead = 0
module.monotonic_ns = lambda: monotonic_ns() + ahead
writer = Writer("/dev/full", max_records=10, on_full="drop_newest", exit_timeout=0)
log = writer()

def lose(count):
    # The second time whoever decides has looked at the clock since the first.
    for part in (count - 1, 1):
        before = writer.stats().dropped_total
        for n in range(part):
            log.info(line(n))
        while writer.stats().dropped_total < before + part:
            threading.Event().wait(0.001)

for n in range(10):
    log.info(line(n))
while not writer.stats().retries:
    pass
for minute in range(5):
    for _ in range(6):
        lose(10)
        ahead += 10_000_000_000
lose(2)
assert_adds_up(writer.stats())
# Of the end nothing more is to be said.
os._exit(0)
"""
        )
        result = program.wait()
        assert 0 == result.code, result.stderr
        pattern = r"structlog-enrich: lines to .* are being lost, (\d+) so far \(enospc\)"
        told = [0, *map(int, re.findall(pattern, result.stderr))]
        # What is told at the beginning of a minute may be one or all of those ten.
        assert 7 == len(told), result.stderr
        assert 1 <= told[1] <= 10
        assert all(50 <= later - earlier <= 70 for earlier, later in pairwise(told[1:])), told


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

    @pytest.mark.parametrize("handling", ["default", "ignored"])
    def test_r14_a_limit_of_size(self, handling: str, tmp_path: Path, begin: Callable[..., Program]) -> None:
        """A file that may not grow any more costs lines, which are counted, and the process lives."""
        program = begin(
            """
import resource
if sys.argv[2] == "ignored":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
writer = Writer(PATH, exit_timeout=0)
log = writer()
for n in range(1_000):
    log.info(line(n))
while not writer.stats().retries.get("efbig"):
    pass
assert_adds_up(writer.stats())
say("lives")
""",
            handling,
        )
        stdout, stderr = program.process.communicate(timeout=60)
        assert (0, b"lives\n") == (program.process.returncode, stdout), stderr
        assert 10_000 == (tmp_path / "log").stat().st_size


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
        assert len(set(numbers)) > 10_000

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

    def test_r18_reopened_under_load(self, tmp_path: Path, begin: Callable[..., Program]) -> None:
        """A thousand signals to open it anew lose and repeat nothing."""
        program = begin(
            """
from structlog_enrich.delivery import reopen_on_signal
writer = Writer(PATH, on_full="block", block_timeout=60)
reopen_on_signal(writer)
log = writer()
for n in range(20_000):
    log.info(line(n))
    if n % 20 == 0:
        os.kill(os.getpid(), signal.SIGHUP)
assert writer.flush()
"""
        )
        result = program.wait()
        assert 0 == result.code, result.stderr
        assert list(range(20_000)) == result.numbers()
