"""Find the sink for what a caller names."""

from __future__ import annotations

import errno
import io
import os
import sys
import types
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich import ConfigurationError
from structlog_enrich.delivery import Descriptor, File, Pipe, Sink, Writer
from structlog_enrich.delivery.sinks import sink_for
from structlog_enrich.delivery.sinks.standard import opened
from tests.delivery.conftest import read_all
from tests.delivery.faulty import Collecting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


async def _write(lines: Sequence[bytes]) -> int:
    """Be no way to write."""
    return len(lines)


class TestSinkFor:
    """Names, numbers, paths and sinks."""

    def test_a_path(self, tmp_path: Path) -> None:
        """A text or a path is a file."""
        for path in (tmp_path / "a", str(tmp_path / "b")):
            sink: Any = sink_for(path)
            assert File is type(sink)
            assert str(path) == sink.path
            sink.close()

    def test_a_number(self, tmp_path: Path, pipe: tuple[int, int]) -> None:
        """A number is an open descriptor; a pipe is known as one."""
        fd = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT)
        for number, kind in ((fd, Descriptor), (pipe[1], Pipe)):
            sink = sink_for(number)
            assert kind is type(sink)
            sink.close()
        os.close(fd)

    def test_a_sink(self) -> None:
        """A sink is itself."""
        sink = Collecting()
        assert sink is sink_for(sink)
        assert isinstance(sink, Sink)

    def test_a_sink_without_a_hash(self) -> None:
        """A sink may be a dataclass, or anything else that has no hash."""

        class Unhashable(Collecting):
            __hash__ = None  # type: ignore[assignment]

        sink = Unhashable()
        assert sink is sink_for(sink)
        with Writer(sink) as writer:
            writer().info(b"paid")
        assert [b"paid"] == sink.lines

    @pytest.mark.parametrize("name", ["stdout", "stderr"])
    def test_a_standard_stream(self, name: str, pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
        """It is what the stream leads to at this moment, behind what was printed so far."""
        stream = os.fdopen(os.dup(pipe[1]), "w", encoding="utf-8")
        monkeypatch.setattr(sys, name, stream)
        stream.write("printed, ")
        sink = sink_for(name)
        monkeypatch.undo()
        stream.close()
        sink.write([b"logged"])
        sink.close()
        assert b"printed, logged\n" == read_all(pipe[0])

    def test_redirected_to_memory(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where the stream has no descriptor, the process's own is meant; without either it is refused."""
        monkeypatch.setattr(sys, "stdout", io.StringIO())
        own = sys.__stdout__
        monkeypatch.setattr(sys, "__stdout__", None)
        said = r"^sys\.stdout must lead to a file descriptor, not StringIO\. Pass a descriptor, a path or a sink"
        with pytest.raises(ConfigurationError, match=said):
            sink_for("stdout")
        monkeypatch.setattr(sys, "__stdout__", own)

    def test_closed_behind_its_back(self, pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
        """A stream whose descriptor the program has closed is refused."""
        fd = os.dup(pipe[1])
        monkeypatch.setattr(sys, "stdout", types.SimpleNamespace(fileno=lambda: fd, flush=lambda: None))
        os.close(fd)
        said = r"not 'stdout' \(Bad file descriptor\)\. Start the process with an open one, or pass a path$"
        with pytest.raises(ConfigurationError, match=said):
            sink_for("stdout")

    @pytest.mark.parametrize("error", [OSError(), ValueError()], ids=repr)
    def test_not_flushed(self, error: Exception, pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
        """A stream that can't be flushed is written to all the same."""

        class Broken(io.StringIO):
            def fileno(self) -> int:
                return pipe[1]

            def flush(self) -> None:
                raise error

        monkeypatch.setattr(sys, "stdout", Broken())
        sink = sink_for("stdout")
        monkeypatch.undo()
        sink.write([b"logged"])
        sink.close()
        assert b"logged\n" == read_all(pipe[0])

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            (10_000, "Bad file descriptor.. Pass the number of a descriptor"),
            (-1, "Bad file descriptor"),
            ("/nowhere/log", "No such file or directory.. File.path, must_open=False. waits"),
            ("~/nowhere/log", "No such file or directory.. Path.path..expanduser"),
            (
                "Stdout",
                '^sink must be "stdout" or "stderr" in small letters, not .+ A file of that name is "./Stdout"$',
            ),
            ("STDERR", 'A file of that name is "./STDERR"$'),
            ("", "must be"),
            (None, "must be"),
            (True, "must be"),
            (b"log", "must be"),
            (object(), "must be"),
            # Nobody could name the test by an id with a backslash.
            pytest.param("nul\0", r"null (byte|character)[^.]*\)$", id="nul"),
            pytest.param(sys.stdout, r"[.] Pass the descriptor of an open file, file[.]fileno\(\)$", id="stream"),
            pytest.param(io.BytesIO(), "file.fileno()", id="memory"),
            pytest.param(Collecting, "must be", id="class"),
            pytest.param(types.SimpleNamespace(write=None, close=print), "must be", id="method"),
            pytest.param(
                types.SimpleNamespace(write=_write, close=print),
                r"[.] Its write\(\) can't be a coroutine: it is called in a thread$",
                id="coroutine",
            ),
        ],
        ids=lambda each: type(each).__name__ if not isinstance(each, str | int) else None,
    )
    def test_refused(self, given: Any, said: str) -> None:
        """What can't be written to is refused, with the reason."""
        with pytest.raises(ConfigurationError, match=said) as raised:
            sink_for(given)
        assert "sink" == raised.value.parameter
        assert raised.value.received.startswith(f"{given!r:.80}")

    @pytest.mark.skipif(sys.platform == "win32", reason="Windows doesn't tell it")
    def test_for_reading(self, pipe: tuple[int, int]) -> None:
        """A descriptor that is open for reading only would lose each line."""
        with pytest.raises(ConfigurationError, match=r"^sink must be .*, not \d+ \(It is open for reading only\)"):
            sink_for(pipe[0])
        with pytest.raises(OSError, match="reading only") as raised:
            opened(pipe[0])
        assert errno.EBADF == raised.value.errno
