"""Where lines go, and what is none."""

from __future__ import annotations

import copy
import io
import json
import os
import pickle
import sys
import tempfile
from collections import Counter
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from structlog_enrich import ConfigurationError, configure
from structlog_enrich.setup.sinks import NamedPrintLogger, StreamLogger, logger_factory

if TYPE_CHECKING:
    from pathlib import Path


class TestSinks:
    """What `sink` may be."""

    @pytest.mark.parametrize("mode", ["wb", "w"])
    @pytest.mark.parametrize("buffering", [-1, 1])
    def test_files(self, mode: str, buffering: int, tmp_path: Path) -> None:
        """A file of bytes or of text, written line by line."""
        if mode == "wb" and buffering == 1:
            buffering = 0
        options = {} if mode == "wb" else {"encoding": "utf-8"}
        with (tmp_path / "lines").open(mode, buffering, **options) as file:
            with configure(service="tests", sink=file, framed=False):
                structlog.get_logger("shop").info("ł")
            (line,) = (tmp_path / "lines").read_bytes().splitlines()

        assert ("ł", "shop") == (json.loads(line)["message"], json.loads(line)["logger"])

    @pytest.mark.parametrize("mode", ["w+b", "w+"])
    def test_temporary_files(self, mode: str) -> None:
        """A wrapped one, which is of no class of `io`."""
        with tempfile.NamedTemporaryFile(mode) as file:
            with configure(service="tests", sink=file, framed=False):
                structlog.get_logger().info("x")
            file.seek(0)
            text = file.read()

        assert "x" == json.loads(text)["message"]

    def test_memory(self) -> None:
        """Text gets text, bytes get bytes."""
        for sink in (io.StringIO(), io.BytesIO()):
            with configure(service="tests", sink=sink, framed=False):
                structlog.get_logger().info("x")
            assert "x" == json.loads(sink.getvalue())["message"]

    def test_factory(self) -> None:
        """A logger factory makes the loggers, of records too, with their names."""
        made: list[Any] = []

        def factory(*args: Any) -> Any:
            made.append(args)
            return structlog.ReturnLogger()

        with configure(service="tests", sink=factory, framed=False):
            assert "x" == json.loads(structlog.get_logger("shop").info("x"))["message"]

        assert ("shop",) in made

    def test_standard_output_that_logs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where what is printed goes into the log, lines go to the real standard output."""

        class Proxy:
            def write(self, _text: str) -> int:
                raise AssertionError("a line came back")

        real = io.StringIO()
        monkeypatch.setattr(sys, "stdout", Proxy())
        monkeypatch.setattr(sys, "__stdout__", real)
        with configure(service="tests", framed=False):
            structlog.get_logger().info("x")

        assert "x" == json.loads(real.getvalue())["message"]

    @pytest.mark.parametrize(
        ("sink", "rule"),
        [
            (5, "must be a stream or a logger factory"),
            ("lines.log", "must be a stream or a logger factory"),
            (structlog.stdlib.LoggerFactory(), "must not lead back"),
        ],
        ids=["number", "path", "logging"],
    )
    def test_refused(self, sink: Any, rule: str) -> None:
        """Anything else, by name, with the rule."""
        with pytest.raises(ConfigurationError, match=f"sink.*{rule}"):
            logger_factory(sink)

    def test_no_standard_output(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A process that has none says so when it starts, and not by losing its lines."""
        monkeypatch.setattr(sys, "stdout", None)
        monkeypatch.setattr(sys, "__stdout__", None)

        with pytest.raises(ConfigurationError, match="no standard output"):
            logger_factory(None)


class TestLoggers:
    """structlog's own, which know their names with any structlog."""

    @pytest.mark.parametrize("kind", [StreamLogger, NamedPrintLogger])
    def test_copies(self, kind: Any, capsys: pytest.CaptureFixture[str]) -> None:
        """One of standard output can be copied, as structlog's can."""
        logger = kind(name="shop")
        copy.deepcopy(logger).info(b"x" if kind is StreamLogger else "x")

        assert "x\n" == capsys.readouterr().out
        assert "shop" == logger.name

    def test_repr(self) -> None:
        """The factory says where its loggers write."""
        assert "BytesIO" in repr(logger_factory(io.BytesIO()))


class TestStreamLogger:
    """Lines of bytes."""

    @pytest.mark.parametrize("buffering", [0, -1])
    def test_threads(self, buffering: int) -> None:
        """Lines longer than a pipe takes at once stay whole, whoever else writes."""
        reading, writing = os.pipe()
        with open(reading, "rb") as source, open(writing, "wb", buffering) as file:  # noqa: PTH123 (a descriptor)
            factory = logger_factory(file)
            texts = [bytes([65 + number]) * 100_000 for number in range(4)]
            threads = [Thread(target=_repeat, args=(factory(), text)) for text in texts]
            for each in threads:
                each.start()
            lines = [source.readline() for _ in range(40)]
            for each in threads:
                each.join()

        assert Counter(text + b"\n" for text in texts for _ in range(10)) == Counter(lines)

    def test_a_pipe_that_is_full(self) -> None:
        """A raw stream that takes a part of a line gets the rest, also where it doesn't wait by itself."""
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        with open(reading, "rb") as source, open(writing, "wb", 0) as file:  # noqa: PTH123
            logger = logger_factory(file)()
            thread = Thread(target=logger.info, args=(b"x" * 300_000,))
            thread.start()
            line = source.readline()
            thread.join()

        assert b"x" * 300_000 + b"\n" == line

    def test_every_level(self) -> None:
        """structlog's other loggers call it by other names, too."""
        sink = io.BytesIO()
        logger = StreamLogger(sink)
        names = ["debug", "info", "warning", "warn", "error", "err", "exception", "critical", "fatal", "msg", "log"]
        for name in names:
            getattr(logger, name)(name.encode())

        assert names == sink.getvalue().decode().split()

    def test_pickle(self, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
        """One of standard output arrives as one of that of the process it comes to; no other can be pickled."""
        pickle.loads(pickle.dumps(StreamLogger(name="shop"))).info(b"x")

        assert b"x\n" == capsysbinary.readouterr().out
        with pytest.raises(pickle.PicklingError, match="standard output"):
            pickle.dumps(StreamLogger(io.BytesIO()))

    def test_repr(self) -> None:
        """It says where to and under which name."""
        assert repr(StreamLogger(io.BytesIO(), "shop")).endswith(">, name='shop')")

    def test_fork(self, tmp_path: Path) -> None:
        """A child that is forked while another thread writes can write."""
        reading, writing = os.pipe()
        with open(reading, "rb") as source, open(writing, "wb", 0) as file:  # noqa: PTH123
            logger = logger_factory(file)()
            # More than the pipe takes: the thread stays within, with the lock.
            thread = Thread(target=logger.info, args=(b"x" * 200_000,))
            thread.start()
            assert b"x" == source.read(1)
            child = os.fork()
            if not child:
                with (tmp_path / "child").open("wb", 0) as other:
                    os.dup2(other.fileno(), file.fileno())
                    logger.info(b"child")
                os._exit(0)
            assert (child, 0) == os.waitpid(child, 0)
            assert b"x" * 199_999 + b"\n" == source.readline()
            thread.join()

        assert b"child\n" == (tmp_path / "child").read_bytes()


def _repeat(logger: Any, text: bytes) -> None:
    for _ in range(10):
        logger.info(text)
