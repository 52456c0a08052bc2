"""Where lines go, and what is none."""

from __future__ import annotations

import io
import json
import sys
import tempfile
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from structlog_enrich import ConfigurationError, configure
from structlog_enrich.setup.sinks import logger_factory, standard_output

if TYPE_CHECKING:
    from pathlib import Path


def detached() -> io.TextIOWrapper:
    """Return a stream whose buffer was taken from it."""
    stream = io.TextIOWrapper(io.BytesIO())
    stream.detach()
    return stream


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

    def test_another_encoding(self) -> None:
        """For a person a line is in the encoding of the stream of text, with escapes for what that hasn't."""
        kept = io.BytesIO()
        sink = io.TextIOWrapper(kept, encoding="latin-1")
        with configure(service="tests", sink=sink, renderer="console", framed=False):
            structlog.get_logger().info("zażółć")

        assert b"za\\u017c\xf3\\u0142\\u0107" in kept.getvalue()
        sink.detach()

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
            (structlog.stdlib.LoggerFactory, "must not lead back"),
            (detached(), "must be open"),
        ],
        ids=["number", "path", "logging", "its class", "detached"],
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
            standard_output()


class TestFactory:
    """What makes the loggers."""

    def test_repr(self) -> None:
        """The factory says where its loggers write."""
        assert "BytesIO" in repr(logger_factory(io.BytesIO()))
