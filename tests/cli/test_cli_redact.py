"""`structlog-enrich redact`, as a person starts it: on files, in a pipe, in a CI."""

from __future__ import annotations

import gzip
import os
import re
import signal
import stat
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

needs_terminals = pytest.mark.skipif(not hasattr(os, "openpty"), reason="this system has no pseudo-terminals")

SECRET = "hunter" + "2x"
MASKED = "[REDACTED:password]"
JSON = f'{{"user":"ada","password":"{SECRET}"}}\n'
TEXT = f"login of ada failed: password={SECRET}\n"
CLEAN = '{"user":  "ada"}\n'
HINT = "to keep a value: --allow KEY, --allow PATH or --allow rule:ID"
TOLD = f"3 lines: 2 values masked\n  password: 2\n{HINT}; --check shows where\n"
_COMMAND = [sys.executable, "-X", "dev", "-m", "structlog_enrich.cli", "redact"]

Run = Any


def _interrupted(child: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """Press Ctrl-C, and once more where the first one met a finaliser, in which Python loses it."""
    child.send_signal(signal.SIGINT)
    try:
        return child.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGINT)
        return child.communicate(timeout=20)


def _masked(data: str) -> str:
    return data.replace(SECRET, MASKED)


@pytest.fixture
def run(invoke: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that runs the command among the test's files."""
    return partial(invoke, "redact")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Return a file of three lines, of which two hold a secret."""
    (tmp_path / "shop.log").write_text(JSON + TEXT + CLEAN, encoding="utf-8")
    return tmp_path / "shop.log"


class TestStandardOutput:
    """The lines without their secrets, and what is told of them."""

    def test_lines(self, run: Run, shop: Path) -> None:
        """The lines go to standard output, what was masked to standard error; the code is 0."""
        assert (0, _masked(JSON + TEXT + CLEAN), TOLD) == run(shop)

    def test_nothing_found(self, run: Run) -> None:
        """Clean lines stay, and that is said."""
        assert (0, CLEAN * 2, "2 lines: nothing found\n") == run("-", given=CLEAN.encode() * 2)

    def test_several_files(self, run: Run, shop: Path, tmp_path: Path) -> None:
        """Files and standard input come in their order, and their lines don't run together."""
        (tmp_path / "b.log").write_text("no end", encoding="utf-8")
        done = run("b.log", "-", shop, "b.log", given=TEXT.encode())

        assert "no end\n" + _masked(TEXT + JSON + TEXT + CLEAN) + "no end" == done.out
        assert done.err.startswith("6 lines: 3 values masked\n")

    def test_gzip(self, run: Run, tmp_path: Path) -> None:
        """A name that ends in .gz is decompressed."""
        (tmp_path / "shop.gz").write_bytes(gzip.compress(TEXT.encode() * 500))

        assert _masked(TEXT) * 500 == run("shop.gz").out

    def test_unreadable(self, run: Run, shop: Path, tmp_path: Path) -> None:
        """What can't be read is said, the rest and what could be read comes all the same, and the code is 2."""
        (tmp_path / "torn.gz").write_bytes(gzip.compress(TEXT.encode())[:-8])
        done = run("missing.log", ".", "torn.gz", shop)

        assert (2, _masked(TEXT + JSON + TEXT + CLEAN)) == (done.code, done.out)
        assert [
            "structlog-enrich can't read missing.log: No such file or directory",
            "structlog-enrich can't read .: Is a directory",
            "structlog-enrich can't read torn.gz: it ends within the compressed data",
            "4 lines: 3 values masked",
        ] == done.err.splitlines()[:4]

    def test_nothing_readable(self, run: Run, tmp_path: Path) -> None:
        """Of what can't be read it isn't said that nothing is found."""
        assert (2, "", "structlog-enrich can't read nope.log: No such file or directory\n") == run("nope.log")
        (tmp_path / "clean.log").write_text(CLEAN, encoding="utf-8")
        assert "1 line: nothing found in what could be read\n" in run("nope.log", "clean.log").err
        assert 2 == run("--check", "nope.log").code

    def test_no_files(self, run: Run) -> None:
        """Whoever names none is told how to give standard input."""
        done = run(given=TEXT.encode())
        assert (2, "") == (done.code, done.out)
        assert "`-` for standard input, as in `… | structlog-enrich redact -`" in done.err

    def test_packs(self, run: Run) -> None:
        """Several may be named at once."""
        given = b"alice@example.com from 10.1.2.3\n"
        for packs in (["--pack", "email,ip"], ["--pack", "email", "--pack", "ip"], ["--pack", "email, ip"]):
            assert "[REDACTED:email] from [REDACTED:ip]\n" == run(*packs, "-", given=given).out
        assert "--pack must be of email, ip, " in run("--pack", "email,", "-").err

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
    def test_wide(self, encoding: str, run: Run, tmp_path: Path) -> None:
        """Text whose letters are wide is refused: nothing would be found in it."""
        (tmp_path / "shop.log").write_bytes(TEXT.encode(encoding))
        done = run("shop.log")

        assert (2, "") == (done.code, done.out)
        assert "structlog-enrich can't read shop.log: it is UTF-16 or UTF-32; convert it to UTF-8\n" in done.err

    def test_its_own_output(self, run: Run, shop: Path) -> None:
        """A file isn't read and written at once, by which it would never end."""
        before = shop.read_text()
        with shop.open("a", encoding="utf-8") as out:
            done = run(shop, out=out)

        assert (2, before) == (done.code, shop.read_text())
        assert "shop.log: it is the output too\n" in done.err

    def test_a_harmless_name(self, run: Run) -> None:
        """The name of a file can't move the cursor."""
        assert "can't read a\\u001b[2J.log: No such file" in run("a\x1b[2J.log").err


class TestOutput:
    """`--output`: a file that is there when it is whole."""

    def test_file(self, run: Run, shop: Path, tmp_path: Path) -> None:
        """It holds the lines, and standard output nothing."""
        assert (0, "", TOLD) == run(shop, "-o", "clean.log")
        assert _masked(JSON + TEXT + CLEAN) == (tmp_path / "clean.log").read_text()

    def test_gzip(self, run: Run, shop: Path, tmp_path: Path) -> None:
        """A name that ends in .gz is compressed."""
        run(shop, "-o", "clean.gz")

        assert _masked(JSON + TEXT + CLEAN) == gzip.decompress((tmp_path / "clean.gz").read_bytes()).decode()

    def test_replaced(self, run: Run, shop: Path, tmp_path: Path) -> None:
        """What stood there is replaced at once, keeps who may read it, and a link to it stays one."""
        clean = tmp_path / "clean.log"
        clean.write_text("before", encoding="utf-8")
        clean.chmod(0o640)
        (tmp_path / "link.log").symlink_to(clean)
        run(shop, "-o", "link.log")

        assert _masked(JSON + TEXT + CLEAN) == clean.read_text()
        assert 0o640 == stat.S_IMODE(clean.stat().st_mode)
        assert (tmp_path / "link.log").is_symlink()

    @pytest.mark.parametrize("names", [["shop.log", "missing.log"], ["clean.log"]])
    def test_not_whole(self, names: list[str], run: Run, shop: Path, tmp_path: Path) -> None:
        """When something can't be read, or is the output itself, what stood there stays and nothing else is left."""
        (tmp_path / "clean.log").write_text("before", encoding="utf-8")
        done = run(*names, "-o", "clean.log")

        assert 2 == done.code
        assert "structlog-enrich has written nothing to clean.log\n" in done.err
        assert "before" == (tmp_path / "clean.log").read_text()
        assert [".given", "clean.log", shop.name] == sorted(each.name for each in tmp_path.iterdir())

    @pytest.mark.parametrize(
        ("output", "reason"),
        [("nowhere/clean.log", "No such file or directory"), ("/dev/full", "No space left on device")],
    )
    def test_unwritable(self, output: str, reason: str, run: Run, shop: Path) -> None:
        """What can't be written is said in one sentence, with code 1."""
        assert (1, "", f"structlog-enrich can't write {output}: {reason}\n") == run(shop, "-o", output)

    def test_special(self, run: Run, shop: Path) -> None:
        """What isn't a regular file is written to and not replaced."""
        assert 0 == run(shop, "-o", os.devnull).code
        assert stat.S_ISCHR(os.stat(os.devnull).st_mode)  # noqa: PTH116 (the file itself)


class TestCheck:
    """`--check`: for a CI."""

    @pytest.mark.parametrize("option", ["--check", "--dry-run"])
    def test_found(self, option: str, run: Run, shop: Path) -> None:
        """Each finding is told with its line, rule and path, without the value; the code is 1."""
        done = run(option, shop, "-", given=b'{"a":{"\\u001bpin":{"password":"' + SECRET.encode() + b'"}}}')

        assert 1 == done.code
        assert [
            f"{shop}:1: password at password",
            f"{shop}:2: password",
            '-:1: password at a["\\u001bpin"].password',
        ] == done.out.splitlines()
        assert f"4 lines: 3 values would be masked\n  password: 3\n{HINT}\n" == done.err

    def test_nothing_found(self, run: Run) -> None:
        """The code is 0 when there is nothing, 2 when something couldn't be read."""
        assert (0, "", "1 line: nothing found\n") == run("--check", "-", given=CLEAN.encode())
        assert 2 == run("--check", "missing.log").code

    def test_torn(self, run: Run, tmp_path: Path) -> None:
        """What was found before a file broke off is told."""
        (tmp_path / "torn.gz").write_bytes(gzip.compress(f"password={SECRET}".encode())[:-8])
        done = run("--check", "torn.gz")

        assert (2, "torn.gz:1: password\n") == (done.code, done.out)

    def test_output(self, run: Run, shop: Path, tmp_path: Path) -> None:
        """It writes nothing, so it takes no output."""
        assert 2 == run("--check", shop, "-o", "clean.log").code
        assert not (tmp_path / "clean.log").exists()


class TestPolicy:
    """What is a secret."""

    def test_packs_and_allowed(self, run: Run) -> None:
        """Packs are added, and what is allowed stays."""
        given = b'{"email":"alice@example.com","password":"' + SECRET.encode() + b'","pin":"4711"}\n'
        done = run("-", "--pack", "email", "--allow", "rule:password", "--allow", "pin", given=given)

        assert given.decode().replace("alice@example.com", "[REDACTED:email]") == done.out

    def test_file(self, run: Run, tmp_path: Path) -> None:
        """It is read from a file, with its keys from another: equal values have equal hashes."""
        (tmp_path / "policy.toml").write_text(
            'packs = ["email"]\npaths = ["payload.user.*"]\n[strategies]\nemail = "hash"\n', encoding="utf-8"
        )
        (tmp_path / "keys").write_text("k2=" + "q7Zk3RxV9mBt" + "W2nHc5Yp8LdF", encoding="utf-8")
        given = b'{"email":"alice@example.com","payload":{"user":{"name":"ada"}}}\nwrite to alice@example.com\n{"a":\n'
        done = run("-", "--policy", "policy.toml", "--hash-keys", "keys", given=given)

        first, second, _ = done.out.splitlines()
        hashed = re.findall(r"hk2:[A-Za-z0-9_-]{22}", done.out)
        assert (2, 1) == (len(hashed), len(set(hashed)))
        assert f'{{"email":"{hashed[0]}","payload":{{"user":{{"name":"[REDACTED:path]"}}}}}}' == first
        assert f"write to {hashed[0]}" == second
        assert "1 line of JSON cut short, where no path counts; --json masks such a line\n" in done.err

    def test_dry_run(self, run: Run, tmp_path: Path) -> None:
        """A policy that is a dry run changes nothing, and that is said before anything is written."""
        (tmp_path / "policy.toml").write_text("dry_run = true", encoding="utf-8")
        done = run("-", "--policy", "policy.toml", given=TEXT.encode())
        warning = "structlog-enrich masks nothing: policy.toml says dry_run; what is found is counted\n"

        assert TEXT == done.out
        assert done.err.startswith(f"{warning}1 line: 1 value found by a dry run\n")
        assert warning not in run("-", "--policy", "policy.toml", "--check", given=TEXT.encode()).err

    def test_forms(self, run: Run) -> None:
        """Lines may all be JSON, or none; a long one may be allowed."""
        given = (CLEAN + "x\n").encode()

        assert f'{CLEAN}"[REDACTED:not-json]"\n' == run("-", "--json", given=given).out
        assert JSON.replace(SECRET, MASKED) == run("-", "--text", given=JSON.encode()).out
        assert '"[REDACTED:line-length]"\nx\n' == run("-", "--max-line", "9", given=given).out

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--pack", "nope"], "--pack must be of email, ip"),
            (["--allow", "rule:nope"], "allow must"),
            (["--policy", "missing.toml"], "No such file"),
            (["--policy", "bad.toml"], "'kyes'"),
            (["--hash-keys", "missing"], "without --policy"),
            (["--policy", "bad.toml", "--hash-keys", "missing"], "No such file"),
        ],
    )
    def test_refused(self, arguments: list[str], said: str, run: Run, tmp_path: Path) -> None:
        """What no policy can be is said before anything is read, with code 2."""
        (tmp_path / "bad.toml").write_text('kyes = ["iban"]', encoding="utf-8")
        done = run(*arguments, "-", given=TEXT.encode())

        assert (2, "") == (done.code, done.out)
        assert said in done.err


class TestPipes:
    """A program between others."""

    def test_a_line_comes_at_once(self, tmp_path: Path) -> None:
        """What a running service writes is passed on as it comes, before its end is known."""
        with _started("-", cwd=tmp_path, stdin=subprocess.PIPE) as child:
            for line in (TEXT, JSON, CLEAN):
                child.stdin.write(line.encode())
                child.stdin.flush()
                assert _masked(line).encode() == child.stdout.readline()
            child.stdin.close()
            assert TOLD.encode() == child.stderr.read()
        assert 0 == child.returncode

    def test_a_reader_that_leaves(self, tmp_path: Path) -> None:
        """A pipe that is closed, as by `head`, is no traceback and no word."""
        (tmp_path / "shop.log").write_text(TEXT * 50_000, encoding="utf-8")
        with _started("shop.log", cwd=tmp_path) as child:
            assert _masked(TEXT).encode() == child.stdout.readline()
            child.stdout.close()
            assert b"" == child.stderr.read()
        assert 1 == child.returncode

    @pytest.mark.parametrize("check", [[], ["--check"]])
    def test_a_full_disk(self, check: list[str], shop: Path, tmp_path: Path) -> None:
        """What can't be written isn't taken for a file that can't be read."""
        command = ["/bin/sh", "-c", 'exec "$0" "$@" >/dev/full', *_COMMAND, *check, shop.name]
        done = subprocess.run(command, stderr=subprocess.PIPE, check=False, cwd=tmp_path)

        assert (1, b"structlog-enrich can't write: No space left on device\n") == (done.returncode, done.stderr)

    @pytest.mark.usefixtures("interruptible")
    @pytest.mark.parametrize("output", [[], ["-o", "clean.log"]])
    def test_interrupted(self, output: list[str], tmp_path: Path) -> None:
        """Control-C ends it with the counts, or with word that no file was written, and leaves no half of one."""
        (tmp_path / "shop.log").write_text(TEXT, encoding="utf-8")
        os.mkfifo(tmp_path / "pipe")
        # Without the developer's warnings: the interrupt may come between the opening and its first use.
        quiet = {**os.environ, "PYTHONWARNINGS": "ignore"}
        # Once it has opened the pipe it has read the file.
        with (
            _started("shop.log", "pipe", *output, cwd=tmp_path, env=quiet) as child,
            (tmp_path / "pipe").open("wb"),
        ):
            written, said = _interrupted(child)
        told = f"1 line: 1 value masked\n  password: 1\n{HINT}; --check shows where\n"
        assert 130 == child.returncode
        assert (b"structlog-enrich has written nothing to clean.log\n" if output else told.encode()) == said
        assert (b"" if output else _masked(TEXT).encode()) == written
        assert ["pipe", "shop.log"] == sorted(each.name for each in tmp_path.iterdir())


class TestMemory:
    """However long a file or a line is."""

    def test_bounded(self, tmp_path: Path) -> None:
        """A file of 200 MB in one line passes through a process that may have no more than 400 MB of addresses."""
        resource = pytest.importorskip("resource", reason="this system limits no memory")
        with (tmp_path / "shop.log").open("wb") as file:
            file.write(TEXT.rstrip().encode() + b" ")
            file.truncate(200_000_000)
        limit = partial(resource.setrlimit, resource.RLIMIT_AS, (400 << 20, 400 << 20))
        with _started("shop.log", cwd=tmp_path, preexec_fn=limit) as child:
            size = len(begun := child.stdout.read(100))
            while chunk := child.stdout.read(1 << 20):
                size += len(chunk)
            said = child.stderr.read()

        assert begun.startswith(_masked(TEXT).rstrip().encode() + b" \0")
        assert 200_000_000 + len(MASKED) - len(SECRET) == size
        assert said.startswith(b"1 line: 1 value masked\n")
        assert 0 == child.returncode


@needs_terminals
class TestTerminal:
    """A person looks on."""

    @pytest.mark.parametrize(
        ("arguments", "has_bar"),
        [(["shop.log"], False), (["shop.log", "-o", "clean.log"], True), (["shop.log", "--check"], True)],
    )
    def test_the_bar(self, arguments: list[str], *, has_bar: bool, shop: Path, terminal: Callable[..., Any]) -> None:
        """There is a bar where no lines go to the same terminal; at the end it is gone, and what is told stands."""
        screen = terminal(80)
        told = {**os.environ, "TERM": "xterm-256color"}
        subprocess.run(
            [*_COMMAND, *arguments], stdout=screen.file, stderr=screen.file, check=False, cwd=shop.parent, env=told
        )
        shown = screen.shown()

        assert has_bar == ("━" in shown)
        assert "\n  password: 2\nto keep a value" in shown
        if has_bar:
            _, _, rest = shown.rpartition("\x1b[2K")
            assert rest.replace("\r", "").startswith("3 lines: 2 values")

    def test_a_line_without_an_end(self, tmp_path: Path, terminal: Callable[..., Any]) -> None:
        """What is told begins on a line of its own."""
        (tmp_path / "shop.log").write_text("no end", encoding="utf-8")
        screen = terminal(80)
        subprocess.run([*_COMMAND, "shop.log"], stdout=screen.file, stderr=screen.file, check=True, cwd=tmp_path)

        assert "no end\n1 line: nothing found\n" == screen.shown()


def _started(*arguments: str, **options: Any) -> Any:
    return subprocess.Popen([*_COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
