"""`structlog-enrich view`, as a person starts it: on a terminal, in a pipe, beside a service that goes on writing."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

needs_terminals = pytest.mark.skipif(not hasattr(os, "openpty"), reason="this system has no pseudo-terminals")

_COMMAND = [sys.executable, "-m", "structlog_enrich.cli", "view"]
_PATIENCE = 60
_GOLDEN = Path(__file__).parents[1] / "golden" / "1.0"
_COLOUR = re.compile(r"\x1b\[(?:1|2|3[1-6]|1;31|1;37;41|0)m")
_LINE: dict[str, Any] = {
    "schema_version": "1.0",
    "timestamp": "2020-11-22T04:48:00.000123Z",
    "level": "info",
    "message": "paid",
    "service": "checkout",
    "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    "span_id": "00f067aa0ba902b7",
    "boot_id": "9f1c2ab4d07e6613",
}


def line(message: str, **more: Any) -> str:
    """Return a line of ours, with its newline."""
    return json.dumps({**_LINE, "message": message, **more}) + "\n"


class Viewer:
    """The command, at work, and what it has shown."""

    def __init__(self, arguments: list[str], *, terminal: bool = False, **options: Any) -> None:
        """Start it with its output into a pipe or on a terminal."""
        self._ours, theirs = os.openpty() if terminal else os.pipe()
        self.child = subprocess.Popen([*_COMMAND, *arguments], stdout=theirs, stderr=subprocess.PIPE, **options)
        os.close(theirs)
        self.shown = ""

    def until(self, text: str) -> None:
        """Wait until *text* has been shown."""
        while text not in self.shown:
            found = self._read()
            assert found, (self.shown, self.child.stderr and self.child.stderr.read())
            self.shown += found

    def end(self) -> tuple[int, str]:
        """Read to the end, and return the exit code and what was said on standard error."""
        while found := self._read():
            self.shown += found
        _, error = self.child.communicate(timeout=_PATIENCE)
        return self.child.returncode, error.decode()

    def close(self) -> None:
        """Leave nothing behind."""
        self.child.kill()
        self.child.communicate()
        os.close(self._ours)

    def _read(self) -> str:
        ready, _, _ = select.select([self._ours], [], [], _PATIENCE)
        assert ready, self.shown
        try:
            return os.read(self._ours, 65_536).decode().replace("\r\n", "\n")
        except OSError:
            # How Linux ends a terminal whose other side was closed.
            return ""


@pytest.fixture(autouse=True)
def _nothing_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave it to the terminal whether there are colours."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


@pytest.fixture
def start() -> Iterator[Callable[..., Viewer]]:
    """Return a function that starts the command; it ends with the test."""
    made: list[Viewer] = []

    def begin(*arguments: str | Path, **options: Any) -> Viewer:
        made.append(Viewer([*map(str, arguments)], **options))
        return made[-1]

    yield begin
    for each in made:
        each.close()


@pytest.fixture
def view(start: Callable[..., Viewer]) -> Callable[..., str]:
    """Return a function that runs the command to its end and returns what it shows."""

    def run(*arguments: str | Path, **options: Any) -> str:
        viewer = start(*arguments, **options)
        assert (0, "") == viewer.end()
        return viewer.shown

    return run


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return a file of three lines of ours and one that isn't."""
    path = tmp_path / "shop.jsonl"
    lines = [line("a"), line("b", level="error", service="till"), "Segmentation fault\n"]
    path.write_text("".join([*lines, line("c", trace_id="5bd66ef5095369c7b0d1f8f4bd33716a")]))
    return path


class TestView:
    """What it shows."""

    def test_lines(self, view: Callable[..., str], log: Path) -> None:
        """As a service shows them on its console, with the date and the service."""
        assert (
            "2020-11-22 04:48:00.000Z info     checkout a trace=4bf92f35\n"
            "2020-11-22 04:48:00.000Z error    till     b trace=4bf92f35\n"
            "Segmentation fault\n"
            "2020-11-22 04:48:00.000Z info     checkout c trace=5bd66ef5\n"
        ) == view(log)

    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            (["--level", "warn"], ["b"]),
            (["--service", "checkout"], ["a", "c"]),
            (["--service", "checkout", "--service", "till"], ["a", "b", "c"]),
            (["--trace", "5BD6"], ["c"]),
            (["--since", "2020-11-22T04:48:00Z", "--until", "2020-11-22T05:49+01:00"], ["a", "b", "c"]),
            (["--since", "10m"], []),
            (["--until", "1d", "--level", "debug", "--trace", "4", "--service", "till"], ["b"]),
        ],
    )
    def test_filters(self, arguments: list[str], expected: list[str], view: Callable[..., str], log: Path) -> None:
        """What passes them all, and nothing that isn't ours."""
        shown = view(*arguments, log).splitlines()

        assert expected == [re.split(r"Z \w+ +(?:checkout +|till +)?", each)[1][0] for each in shown]

    def test_one_service_is_not_repeated(self, view: Callable[..., str], log: Path) -> None:
        """Where only one service is asked for, its name tells nothing."""
        assert "2020-11-22 04:48:00.000Z error    b trace=4bf92f35\n" == view("--service", "till", log)

    def test_several_files(self, view: Callable[..., str], tmp_path: Path) -> None:
        """The lines of several services are shown by their time."""
        for service, seconds in (("one", (1, 4)), ("two", (2, 3))):
            lines = [line("x", service=service, timestamp=f"2020-11-22T04:48:0{each}.000000Z") for each in seconds]
            (tmp_path / service).write_text("".join(lines))
        shown = view(tmp_path / "one", tmp_path / "two")

        assert ["one", "two", "two", "one"] == [each.split()[3] for each in shown.splitlines()]

    def test_every_golden_line(self, view: Callable[..., str]) -> None:
        """Each line that a release has written is shown, and none as a stranger's."""
        files = sorted(_GOLDEN.glob("*.json"))
        shown = view(*files)
        lines = sum(each.read_bytes().count(b"\n") for each in files)

        assert lines == len(re.findall(r"^(?:2026-11-22 )?04:48:00\.000Z \w+ +\w+", shown, re.MULTILINE))
        assert '"schema_version"' not in shown

    def test_what_cannot_be_read(self, start: Callable[..., Viewer], log: Path, tmp_path: Path) -> None:
        """The others are shown, what is missing is said without its controls, and the code is 1."""
        viewer = start(tmp_path / "a\x1b[2Jb", log, tmp_path)

        assert (
            1,
            f"{tmp_path}/a\\u001b[2Jb: No such file or directory\n{tmp_path}: Is a directory\n",
        ) == viewer.end()
        assert 4 == viewer.shown.count("\n")

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ([], "Missing argument 'FILE...'"),
            (["--level", "loud", "-"], "'loud' is no level"),
            (["--trace", "xyz", "-"], "'xyz' begins no trace id"),
            (["--since", "soon", "-"], "'soon' is neither RFC 3339"),
            (["--until", "\x1b[2J", "-"], "'\\x1b[2J' is neither RFC 3339"),
            (["--follow", "-", "a"], "Standard input can't be followed beside files."),
        ],
    )
    def test_what_is_not_understood(self, arguments: list[str], said: str, start: Callable[..., Viewer]) -> None:
        """An argument that means nothing is an error with code 2."""
        code, error = start(*arguments).end()

        assert 2 == code
        assert said in " ".join(error.split())


class TestOutput:
    """Where it shows them."""

    @needs_terminals
    def test_on_a_terminal(self, view: Callable[..., str], log: Path) -> None:
        """With colours, and nothing else that a terminal obeys."""
        with log.open("a") as file:
            file.write(line("\x1b[2J", payload={"\x9b": "\x07\u202e"}) + "\x1b[31mred\x1b[0m\x07\n")
        shown = view(log, terminal=True)

        assert "\x1b[31merror\x1b[0m    \x1b[35mtill\x1b[0m     \x1b[1mb\x1b[0m \x1b[2mtrace=4bf92f35\x1b[0m\n" in shown
        plain = _COLOUR.sub("", shown)
        assert plain.replace("\n", "").isprintable()
        assert "red\\u0007" in plain

    @needs_terminals
    @pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
    def test_no_colours(
        self, name: str, value: str, view: Callable[..., str], log: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A terminal shows none where they aren't wanted."""
        monkeypatch.setenv(name, value)

        assert "\x1b" not in view(log, terminal=True)

    def test_colours_in_a_pipe(self, view: Callable[..., str], log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A pipe has them where they are wanted."""
        monkeypatch.setenv("FORCE_COLOR", "1")

        assert "\x1b[31merror\x1b[0m" in view(log)

    def test_another_encoding(self, view: Callable[..., str], log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """What the terminal can't show is escaped."""
        monkeypatch.setenv("PYTHONIOENCODING", "ascii")
        log.write_text(line("zażółć"), encoding="utf-8")

        assert "za\\u017c\\xf3\\u0142\\u0107" in view(log)

    def test_as_it_comes(self, start: Callable[..., Viewer]) -> None:
        """From a pipe, a line is shown when it has come."""
        viewer = start("-", stdin=subprocess.PIPE)
        pipe = viewer.child.stdin
        assert pipe is not None
        for message in ("first", "second"):
            pipe.write(line(message).encode())
            pipe.flush()
            viewer.until(message)
        pipe.write(b"no newline")
        pipe.close()
        viewer.child.stdin = None

        assert (0, "") == viewer.end()
        assert viewer.shown.endswith("\nno newline\n")

    def test_no_standard_input(self) -> None:
        """Where there is none it says so."""
        done = subprocess.run(
            ["/bin/sh", "-c", 'exec "$0" "$@" <&-', *_COMMAND, "-"], capture_output=True, check=False, encoding="utf-8"
        )

        assert (1, "", "-: Bad file descriptor\n") == (done.returncode, done.stdout, done.stderr)

    @pytest.mark.parametrize("options", [[], ["--follow"]])
    def test_a_reader_that_leaves(self, options: list[str], tmp_path: Path) -> None:
        """A pipe that is closed, as by `head`, is no traceback, and ends it."""
        path = tmp_path / "long"
        path.write_text(line("x") * 20_000)
        with subprocess.Popen(
            [*_COMMAND, *options, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
        ) as child:
            assert child.stdout is not None
            assert child.stderr is not None
            assert "x" in child.stdout.readline()
            child.stdout.close()
            error = child.stderr.read()

        assert (1, "") == (child.returncode, error)


class TestFollow:
    """Beside a service that goes on writing."""

    @needs_terminals
    def test_a_service_that_writes(self, start: Callable[..., Viewer], tmp_path: Path, run_python: Any) -> None:
        """What another process appends is shown, until Ctrl-C, without a word more."""
        path = tmp_path / "shop.jsonl"
        path.touch()
        viewer = start("--follow", path, terminal=True)
        program = """if True:
            import sys, structlog
            from structlog_enrich import bound_logger, preset
            with open(sys.argv[1], "ab", buffering=0) as sink:
                chain = preset(service="till")
                log = structlog.wrap_logger(structlog.BytesLogger(sink), chain, bound_logger())
                for number in range(100):
                    log.info(f"n{number}")
                log.info(sys.argv[2])
        """
        for last in ("first run", "second run"):
            run_python(program, str(path), last)
            viewer.until(last)
        viewer.child.send_signal(signal.SIGINT)

        assert (130, "") == viewer.end()
        assert [f"n{number}" for number in range(100)] * 2 == re.findall(r"\bn\d+\b", _COLOUR.sub("", viewer.shown))

    def test_half_a_line(self, start: Callable[..., Viewer], log: Path) -> None:
        """A line is shown when its newline is there, and then whole."""
        viewer = start("-f", log)
        viewer.until("5bd66ef5")
        text = line("halved")
        with log.open("a") as file:
            for part in (text[:50], text[50:], line("whole")):
                file.write(part)
                file.flush()
        viewer.until("whole")

        assert viewer.shown.endswith("checkout halved trace=4bf92f35\n" + viewer.shown.splitlines(keepends=True)[-1])

    def test_a_file_that_is_turned_over(self, start: Callable[..., Viewer], log: Path) -> None:
        """Through renaming, late lines in the old file, a new file, and cutting, each line is shown once."""
        viewer = start("--follow", "--service", "s", log)
        with log.open("a") as old:
            old.write(line("one", service="s"))
            old.flush()
            viewer.until("one")
            log.rename(log.with_suffix(".1"))
            old.write(line("two", service="s"))
            old.flush()
            viewer.until("two")
            log.write_text(line("three", service="s"))
            viewer.until("three")
            old.write(line("four", service="s"))
            old.flush()
            viewer.until("four")
        os.truncate(log, 0)
        with log.open("a") as new:
            new.write(line("five and more than was there before it was cut", service="s"))
        viewer.until("five")

        assert ["one", "two", "three", "four", "five"] == [each.split()[3] for each in viewer.shown.splitlines()]

    def test_a_file_that_is_not_there_yet(self, start: Callable[..., Viewer], tmp_path: Path) -> None:
        """It is waited for, which is said."""
        viewer = start("--follow", tmp_path / "later")
        assert viewer.child.stderr is not None
        assert f"{tmp_path}/later: No such file or directory\n" == viewer.child.stderr.readline().decode()
        (tmp_path / "later").write_text(line("here"))
        viewer.until("here")
        viewer.child.send_signal(signal.SIGINT)

        assert 130 == viewer.end()[0]

    def test_standard_input(self, view: Callable[..., str], log: Path) -> None:
        """A pipe is followed anyway, and ends."""
        with log.open("rb") as file:
            assert 4 == view("--follow", "-", stdin=file).count("\n")
