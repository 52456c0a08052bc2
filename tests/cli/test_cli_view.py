"""`structlog-enrich view`, as a person starts it: on a terminal, in a pipe, beside a service that goes on writing."""

from __future__ import annotations

import gzip
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
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from structlog_enrich.processors.wrapping import cells
from structlog_enrich.schema.fields import FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

needs_terminals = pytest.mark.skipif(not hasattr(os, "openpty"), reason="this system has no pseudo-terminals")

_COMMAND = [sys.executable, "-m", "structlog_enrich.cli", "view"]
_PATIENCE = 60
_GOLDEN = Path(__file__).parents[1] / "golden" / "1.0"
_COLOUR = re.compile(r"\x1b\[(?:1|2|3[1-6]|1;31|1;37;41|0)m")
# What no line of a terminal may hold, except as a part of a visible character.
_UNPRINTABLE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]"
    "|(?<![^\x00-\x7f])[\u200c\u200d\ufe0e\ufe0f]"
)
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


TEXT = st.text(st.characters(exclude_categories=())) | st.sampled_from(
    ["\x1b[2J", "\x9b31m", "\x1b]0;title\x07", "\u202e", "a\u200db", "\ud800", "\u2028", "\x7f", "\x00", "{", '"', " "]
)
VALUE = st.recursive(
    TEXT | st.none() | st.floats() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner)
)
HOSTILE = st.one_of(
    st.binary(),
    st.lists(TEXT).map(lambda texts: "".join(texts).encode("utf-8", "surrogatepass")),
    st.builds(
        lambda name, value, escaped: json.dumps({**_LINE, name: value}, ensure_ascii=escaped).encode(
            "utf-8", "surrogatepass"
        ),
        st.sampled_from([*FIELDS]) | TEXT,
        VALUE,
        st.booleans(),
    ),
)
"""Lines that mean harm: bytes, texts, and lines of ours with anything in one field."""


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
def view(invoke: Callable[..., Any]) -> Callable[..., str]:
    """Return a function that runs the command to its end, without a complaint, and returns what it shows."""

    def run(*arguments: str | Path, **options: Any) -> str:
        code, out, err = invoke("view", *arguments, **options)
        assert (0, "") == (code, err)
        return str(out)

    return run


@pytest.fixture
def watch(invoke: Callable[..., Any], terminal: Callable[..., Any]) -> Callable[..., str]:
    """Return a function that runs the command on a terminal of so many columns, and returns what that shows."""

    def run(*arguments: str | Path, columns: int = 200) -> str:
        screen = terminal(columns)
        assert (0, "", "") == invoke("view", *arguments, out=screen.file)
        return str(screen.shown())

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

    def test_compressed_files(self, view: Callable[..., str], log: Path) -> None:
        """They are shown as if they weren't."""
        shown = view(log)
        log.with_suffix(".gz").write_bytes(gzip.compress(log.read_bytes()))

        assert shown == view(log.with_suffix(".gz"))

    def test_what_cannot_be_read(self, invoke: Callable[..., Any], log: Path, tmp_path: Path) -> None:
        """The others are shown, what is missing is said without its controls, and the code is 1."""
        done = invoke("view", tmp_path / "a\x1b[2J\u202eb", log, tmp_path)

        assert (
            1,
            f"{tmp_path}/a\\u001b[2J\\u202eb: No such file or directory\n{tmp_path}: Is a directory\n",
        ) == (done.code, done.err)
        assert 4 == done.out.count("\n")

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ([], "Missing argument 'FILE...'"),
            (["--level", "loud", "-"], "'loud' is no level"),
            (["--trace", "xyz", "-"], "'xyz' begins no trace id"),
            (["--since", "soon", "-"], "'soon' is neither RFC 3339"),
            (["--until", "\x1b[2J", "-"], "'\\x1b[2J' is neither RFC 3339"),
            (["--follow", "-", "a"], "Standard input can't be followed beside files."),
            (["--follow", "a", "b\x1b.gz"], "b\\u001b.gz can't be followed: it is compressed."),
            (["--\x1b[2J", "a"], "No such option"),
        ],
    )
    def test_what_is_not_understood(self, arguments: list[str], said: str, invoke: Callable[..., Any]) -> None:
        """An argument that means nothing is an error with code 2."""
        done = invoke("view", *arguments)

        assert (2, "") == done[:2]
        assert said in " ".join(done.err.split())


class TestOutput:
    """Where it shows them."""

    def test_on_a_terminal(self, watch: Callable[..., str], log: Path) -> None:
        """With colours, and nothing else that a terminal obeys."""
        with log.open("a") as file:
            file.write(line("\x1b[2J", payload={"\x9b": "\x07\u202e"}) + "\x1b[31mred\x1b[0m\x07\n")
        shown = watch(log)

        assert "\x1b[31merror\x1b[0m    \x1b[35mtill\x1b[0m     \x1b[1mb\x1b[0m \x1b[2mtrace=4bf92f35\x1b[0m\n" in shown
        plain = _COLOUR.sub("", shown)
        assert plain.replace("\n", "").isprintable()
        assert "red\\u0007" in plain

    @pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
    def test_no_colours(
        self, name: str, value: str, watch: Callable[..., str], log: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A terminal shows none where they aren't wanted."""
        monkeypatch.setenv(name, value)

        assert "\x1b" not in watch(log)

    @pytest.mark.parametrize(("columns", "asked"), [(40, None), (30, None), (200, "30"), (200, "0")])
    def test_width(
        self, columns: int, asked: str | None, watch: Callable[..., str], log: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Rows fit the terminal, or `COLUMNS`, and what isn't ours is shown as it is."""
        if asked is not None:
            monkeypatch.setenv("COLUMNS", asked)
        other = "not ours " * 30
        log.write_text(line("x", payload={"note": "支払い " * 30, "blob": "y" * 200}) + f"{other}\n")
        *rows, last = _COLOUR.sub("", watch(log, columns=columns)).splitlines()

        assert (int(asked or 0) or columns) >= max(map(cells, rows))
        assert f'note="{"支払い" * 30}"' in re.sub(r"\s", "", "".join(rows))
        assert other == last

    def test_a_pipe_has_no_width(self, view: Callable[..., str], log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Into a pipe goes one line for each, for `grep` and `less -S`."""
        monkeypatch.setenv("COLUMNS", "20")

        assert 4 == len(view(log).splitlines())

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(HOSTILE), st.sampled_from([b"\n", b"\r\n", b""]))
    def test_hostile_files(self, view: Callable[..., str], log: Path, lines: list[bytes], end: bytes) -> None:
        """Whatever a file holds, what is shown is harmless, and the command ends well."""
        log.write_bytes(b"".join(each + end for each in lines))
        shown = view(log)

        assert not _UNPRINTABLE.search(shown)

    def test_colours_in_a_pipe(self, view: Callable[..., str], log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A pipe has them where they are wanted."""
        monkeypatch.setenv("FORCE_COLOR", "1")

        assert "\x1b[31merror\x1b[0m" in view(log)

    def test_another_encoding(self, view: Callable[..., str], log: Path, tmp_path: Path) -> None:
        """What the terminal can't show is escaped."""
        log.write_text(line("zażółć"), encoding="utf-8")
        with (tmp_path / "out").open("w+", encoding="ascii") as out:
            assert "" == view(log, out=out)
            out.seek(0)
            assert "za\\u017c\\xf3\\u0142\\u0107" in out.read()

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

        assert (1, "", "-: there is no standard input\n") == (done.returncode, done.stdout, done.stderr)

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


@pytest.mark.usefixtures("interruptible")
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

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
    def test_a_fifo_beside_a_file(self, start: Callable[..., Viewer], log: Path, tmp_path: Path) -> None:
        """The file is shown before anybody writes to the other."""
        os.mkfifo(tmp_path / "fifo")
        viewer = start("--follow", log, tmp_path / "fifo")
        viewer.until("5bd66ef5")
        (tmp_path / "fifo").write_text(line("from afar"))
        viewer.until("from afar")

    def test_standard_input(self, view: Callable[..., str], log: Path) -> None:
        """A pipe is followed anyway, and ends."""
        assert 4 == view("--follow", "-", given=log.read_bytes()).count("\n")
