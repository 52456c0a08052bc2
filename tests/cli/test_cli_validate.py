"""`structlog-enrich validate`, as a person and as a program start it."""

from __future__ import annotations

import gzip
import os
import re
import select
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

needs_terminals = pytest.mark.skipif(not hasattr(os, "openpty"), reason="this system has no pseudo-terminals")

LINE = Path(__file__).parents[1].joinpath("golden", "1.0", "reference.json").read_bytes()
GOLD = LINE.replace(b'"level":"info"', b'"level":"gold"')
TIDE = LINE.replace(b'"seq"', b'"tide":1,"seq"')
_COMMAND = [sys.executable, "-X", "dev", "-m", "structlog_enrich.cli", "validate"]
_TIMEOUT = 60


@pytest.fixture
def run(invoke: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that runs the command among the test's files."""
    return partial(invoke, "validate")


@pytest.fixture
def show(tmp_path: Path) -> Callable[..., tuple[str, str, int]]:
    """Return a function that runs the command with a terminal for its errors.

    It returns what went to the pipe, what the terminal got, and the exit code. Without a pipe the terminal gets all.
    """

    def start(*arguments: str, piped: bool, **more: str) -> tuple[str, str, int]:
        ours, theirs = os.openpty()
        told = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24", **more}
        out = subprocess.PIPE if piped else theirs
        with subprocess.Popen(
            [*_COMMAND, *arguments], cwd=tmp_path, env=told, stdin=theirs, stdout=out, stderr=theirs
        ) as child:
            os.close(theirs)
            shown = b"".join(iter(lambda: _read(ours), b""))
            os.close(ours)
            said = b"" if child.stdout is None else child.stdout.read()
        return said.decode(), shown.decode().replace("\r\n", "\n"), child.returncode

    return start


def _read(file: int) -> bytes:
    ready, _, _ = select.select([file], [], [], _TIMEOUT)
    try:
        return os.read(file, 65_536) if ready else b""
    except OSError:
        # How Linux ends a terminal whose other side was closed.
        return b""


def _plain(shown: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)


Run = Any


class TestText:
    """What a person reads."""

    def test_valid(self, run: Run, tmp_path: Path) -> None:
        """A file that keeps the contract is counted, and the code is 0."""
        (tmp_path / "shop.jsonl").write_bytes(LINE * 1_200)
        done = run("shop.jsonl")

        assert (0, "1,200 lines: no violation\n", "") == (done.code, done.out, done.err)

    def test_violations(self, run: Run, tmp_path: Path) -> None:
        """Each stands with its file, its line, its path and its rule; the counts stand at the end; the code is 1."""
        (tmp_path / "shop.jsonl").write_bytes(LINE + GOLD + b"\n" + GOLD.replace(b'"1.0"', b'"2.0"') + LINE[:50])
        done = run("shop.jsonl")

        assert (1, "") == (done.code, done.err)
        assert [
            "shop.jsonl:2: level: must be 'debug', 'info', 'warning', 'error' or 'critical' (enum)",
            "shop.jsonl:3: must not be blank (blank)",
            "shop.jsonl:4: schema_version: must match pattern '^1\\.(0|[1-9][0-9]*)$' (pattern)",
            "shop.jsonl:4: level: must be 'debug', 'info', 'warning', 'error' or 'critical' (enum)",
            "shop.jsonl:5: must end with \\n (torn)",
            "5 lines: 5 violations in 4 lines",
            "  enum: 2",
            "  blank: 1",
            "  pattern: 1",
            "  torn: 1",
        ] == done.out.splitlines()

    def test_several_files(self, run: Run, tmp_path: Path) -> None:
        """Files and standard input are told apart and counted together, the same file twice too."""
        (tmp_path / "a.jsonl").write_bytes(GOLD)
        done = run("a.jsonl", "-", "a.jsonl", given=LINE + b"[]\n")

        assert 1 == done.code
        assert ["a.jsonl:1:", "-:2:", "a.jsonl:1:"] == [each.split()[0] for each in done.out.splitlines()[:3]]
        assert "4 lines: 3 violations in 3 lines\n" in done.out

    def test_unknown_names(self, run: Run) -> None:
        """They are counted, and violations when asked for."""
        relaxed = run("-", given=TIDE * 2 + LINE)
        strict = run("--strict", "-", given=TIDE * 2 + LINE)

        assert (
            0,
            "3 lines: no violation\nnames that this version doesn't know: tide (2)\n",
        ) == (relaxed.code, relaxed.out)
        assert 1 == strict.code
        assert "-:1: tide: isn't a name that this version knows (unknown)\n" in strict.out

    def test_many_unknown_names(self, run: Run) -> None:
        """Of thousands of names some are shown, and all are counted."""
        done = run("-", given=b"".join(LINE.replace(b'"seq"', b'"n%d":1,"seq"' % each) for each in range(500)))

        assert "n19 (1), others (480)\n" in done.out

    def test_max_line(self, run: Run) -> None:
        """A service may have been given another limit."""
        long = LINE.replace(b'"message":"', b'"message":"' + b"x" * 200_000)

        assert (1, 0) == (run("-", given=long).code, run("--max-line=262144", "-", given=long).code)

    def test_nothing_reaches_the_terminal(self, run: Run, tmp_path: Path) -> None:
        """Neither a key nor the name of a file is taken for control characters, and a name needn't be text."""
        name = os.fsdecode(b"a\x1b[2J\xff.jsonl")
        (tmp_path / name).write_bytes(GOLD.replace(b'"seq"', b'"\\u001b[31m\\u202e":1,"seq"'))
        done = run(name, "--strict")

        assert 'a\\u001b[2J\\udcff.jsonl:1: ["\\u001b[31m\\u202e"]: isn' in done.out
        assert "\x1b" not in done.out + run(name, "--json").out + run(name, "--strict", "--json").out

    @pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
    def test_another_encoding(self, encoding: str, run: Run, tmp_path: Path) -> None:
        """What can't be spelled is escaped."""
        with (tmp_path / "out").open("w+", encoding=encoding) as out:
            done = run("-", given=TIDE.replace(b"tide", "Gezeit水".encode()), out=out)
            out.seek(0)
            said = out.read()

        assert (0, "") == (done.code, done.err)
        assert '["Gezeit\\u6c34"] (1)' in said


class TestJSON:
    """What a program reads."""

    def test_lines(self, run: Run) -> None:
        """One object a finding, information too, and one of the counts."""
        done = run("--json", "-", given=GOLD + TIDE)
        *found, counts = [orjson.loads(each) for each in done.out.splitlines()]

        assert 1 == done.code
        assert [
            {
                "file": "-",
                "line": 1,
                "path": "level",
                "rule": "enum",
                "message": "must be 'debug', 'info', 'warning', 'error' or 'critical'",
                "violation": True,
            },
            {
                "file": "-",
                "line": 2,
                "path": "tide",
                "rule": "unknown",
                "message": "isn't a name that this version knows",
                "violation": False,
            },
        ] == found
        assert {
            "lines": 2,
            "broken_lines": 1,
            "violations": {"enum": 1},
            "information": {"unknown": 1},
            "unreadable": 0,
        } == counts


class TestFiles:
    """Where lines come from."""

    def test_gzip(self, run: Run, tmp_path: Path) -> None:
        """A name that ends in .gz is decompressed."""
        (tmp_path / "shop.jsonl.gz").write_bytes(gzip.compress(LINE * 500 + GOLD))
        done = run("shop.jsonl.gz")

        assert 1 == done.code
        assert "shop.jsonl.gz:501: level:" in done.out
        assert "501 lines: 1 violation in 1 line\n" in done.out

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            pytest.param(gzip.compress(LINE * 50)[:-20], "it ends within the compressed data", id="torn"),
            pytest.param(b"plain text\n", "Not a gzipped file (b'pl')", id="plain"),
            pytest.param(gzip.compress(b"")[:10] + b"\xff" * 50, "its compressed data are damaged", id="damaged"),
        ],
    )
    def test_broken_gzip(self, content: bytes, reason: str, run: Run, tmp_path: Path) -> None:
        """What isn't whole is said in one sentence, with code 2."""
        (tmp_path / "shop.gz").write_bytes(content)
        done = run("shop.gz")

        assert (2, f"structlog-enrich can't read shop.gz: {reason}\n") == (done.code, done.err)

    def test_unreadable(self, run: Run, tmp_path: Path) -> None:
        """One that can't be read is said, the others are read all the same, and the code is 2."""
        (tmp_path / "shop.jsonl").write_bytes(GOLD)
        done = run("missing.jsonl", ".", "shop.jsonl")

        assert 2 == done.code
        assert [
            "structlog-enrich can't read missing.jsonl: No such file or directory",
            "structlog-enrich can't read .: Is a directory",
        ] == done.err.splitlines()
        assert "1 line: 1 violation in 1 line\n" in done.out

    def test_no_input(self, tmp_path: Path) -> None:
        """A closed standard input is said in one sentence."""
        done = subprocess.run(
            ["/bin/sh", "-c", 'exec "$0" "$@" <&-', *_COMMAND, "-"], capture_output=True, check=False, cwd=tmp_path
        )

        assert (2, b"structlog-enrich can't read -: there is no standard input\n") == (done.returncode, done.stderr)

    def test_an_option_that_is_none(
        self, run: Run, terminal: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The name of a file that looks like one is told without what a terminal obeys."""
        screen = terminal()
        monkeypatch.setattr(sys, "stderr", screen.file)

        assert 2 == run("--\x1b[2J\x9b\u202e", "shop.jsonl").code
        shown = screen.shown()
        assert "No such option" in shown
        assert shown.replace("\n", "").isprintable()

    def test_nothing_to_read(self, run: Run) -> None:
        """An empty file breaks nothing; no file at all is a mistake."""
        assert (0, "0 lines: no violation\n") == run("-")[:2]
        assert 2 == run().code


class TestPipes:
    """A program between others."""

    def test_a_finding_comes_at_once(self, tmp_path: Path) -> None:
        """What a running service writes is judged as it comes, before its end is known."""
        with subprocess.Popen([*_COMMAND, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path) as child:
            assert child.stdin is not None
            assert child.stdout is not None
            child.stdin.write(GOLD)
            child.stdin.flush()
            assert child.stdout.readline().startswith(b"-:1: level:")
            child.stdin.close()
            assert b"1 line: 1 violation in 1 line\n" == child.stdout.readline()
            child.stdout.read()
        assert 1 == child.returncode

    def test_a_reader_that_leaves(self, tmp_path: Path) -> None:
        """A pipe that is closed, as by `head`, is no traceback and no word."""
        (tmp_path / "shop.jsonl").write_bytes(b"\n" * 20_000)
        with subprocess.Popen(
            [*_COMMAND, "shop.jsonl"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
        ) as child:
            assert child.stdout is not None
            assert child.stderr is not None
            assert b"shop.jsonl:1: must not be blank (blank)\n" == child.stdout.readline()
            child.stdout.close()
            assert b"" == child.stderr.read()
        assert 1 == child.returncode

    def test_a_full_disk(self, tmp_path: Path) -> None:
        """What can't be written isn't taken for a file that can't be read."""
        (tmp_path / "shop.jsonl").write_bytes(GOLD)
        command = ["/bin/sh", "-c", 'exec "$0" "$@" >/dev/full', *_COMMAND, "shop.jsonl"]
        done = subprocess.run(command, stderr=subprocess.PIPE, check=False, cwd=tmp_path)

        assert (1, b"structlog-enrich can't write: No space left on device\n") == (done.returncode, done.stderr)


@needs_terminals
class TestTerminal:
    """A person waits."""

    def test_the_bar(self, show: Callable[..., tuple[str, str, int]], tmp_path: Path) -> None:
        """A bar with the name of the file goes to the terminal and is gone at the end; the pipe has none of it."""
        (tmp_path / "shop[bold].jsonl").write_bytes(LINE * 3_000 + GOLD)
        said, shown, code = show("shop[bold].jsonl", piped=True)

        assert 1 == code
        assert "shop[bold].jsonl:3001: level:" in said
        assert "\x1b" not in said
        assert "shop[bold].jsonl" in shown
        assert "━" in shown
        assert "level:" not in shown
        # Behind the last erasure there is nothing to see, and the cursor is back.
        _, _, rest = shown.rpartition("\x1b[2K")
        assert "" == _plain(rest).strip()
        assert shown.rindex("\x1b[?25l") < shown.rindex("\x1b[?25h")

    def test_findings_above_the_bar(self, show: Callable[..., tuple[str, str, int]], tmp_path: Path) -> None:
        """On one terminal a finding has a line of its own, unbroken, and the counts stand last."""
        (tmp_path / "shop.jsonl").write_bytes((LINE * 300 + GOLD) * 2)
        _, shown, code = show("shop.jsonl", "missing", piped=False, COLUMNS="40")
        lines = _plain(shown).replace("\r", "\n").splitlines()

        assert 1 <= code
        message = "level: must be 'debug', 'info', 'warning', 'error' or 'critical' (enum)"
        for number in (301, 602):
            assert 1 == lines.count(f"shop.jsonl:{number}: {message}")
        assert 1 == lines.count("structlog-enrich can't read missing: No such file or directory")
        assert ["602 lines: 2 violations in 2 lines", "  enum: 2"] == lines[-2:]

    def test_a_pipe_of_unknown_length(self, tmp_path: Path) -> None:
        """Without a size there is a bar without an end."""
        ours, theirs = os.openpty()
        told = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"}
        with subprocess.Popen(
            [*_COMMAND, "-"], cwd=tmp_path, env=told, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=theirs
        ) as child:
            os.close(theirs)
            assert child.stdin is not None
            assert child.stdout is not None
            child.stdin.write(LINE * 600)
            child.stdin.close()
            assert b"600 lines: no violation\n" == child.stdout.read()
            shown = b"".join(iter(lambda: _read(ours), b""))
            os.close(ours)
        assert 0 == child.returncode
        assert "/?" in _plain(shown.decode())

    @pytest.mark.usefixtures("interruptible")
    def test_interrupted(self, tmp_path: Path) -> None:
        """Control-C ends it with the counts and without a traceback, and gives the cursor back."""
        ours, theirs = os.openpty()
        with subprocess.Popen(
            [*_COMMAND, "-"], cwd=tmp_path, env={**os.environ, "TERM": "xterm-256color"}, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=theirs,
        ) as child:  # fmt: skip
            os.close(theirs)
            assert child.stdin is not None
            assert child.stdout is not None
            child.stdin.write(GOLD)
            child.stdin.flush()
            child.stdout.readline()
            child.send_signal(signal.SIGINT)
            shown = b"".join(iter(lambda: _read(ours), b""))
            said = child.stdout.read()
            os.close(ours)
        assert (130, b"1 line: 1 violation in 1 line\n  enum: 1\n") == (child.returncode, said)
        assert b"Traceback" not in shown
        assert b"\x1b[?25h" in shown
