"""Lines are written whole, and no stream breaks the caller."""

from __future__ import annotations

import copy
import gc
import io
import os
import pickle
import select
import signal
import sys
from collections import Counter
from threading import Thread
from typing import TYPE_CHECKING, Any
from weakref import ref

import pytest

from structlog_enrich.setup.streams import StreamLogger

if TYPE_CHECKING:
    from pathlib import Path


class TestStreamLogger:
    """Lines of bytes."""

    @pytest.mark.parametrize("buffering", [0, -1])
    def test_threads(self, buffering: int) -> None:
        """Lines longer than a pipe takes at once stay whole, whoever else writes."""
        reading, writing = os.pipe()
        with open(reading, "rb") as source, open(writing, "wb", buffering) as file:  # noqa: PTH123 (a descriptor)
            texts = [bytes([65 + number]) * 100_000 for number in range(4)]
            threads = [Thread(target=_repeat, args=(StreamLogger(file), text)) for text in texts]
            for each in threads:
                each.start()
            lines = [source.readline() for _ in range(40)]
            for each in threads:
                each.join()

        assert Counter(text + b"\n" for text in texts for _ in range(10)) == Counter(lines)

    @pytest.mark.parametrize("buffering", [0, -1])
    def test_a_pipe_that_is_full(self, buffering: int) -> None:
        """A stream that takes a part of a line gets the rest, also where it doesn't wait by itself."""
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        with open(reading, "rb") as source, open(writing, "wb", buffering) as file:  # noqa: PTH123
            thread = Thread(target=StreamLogger(file).info, args=(b"x" * 300_000,))
            thread.start()
            line = source.readline()
            thread.join()

        assert b"x" * 300_000 + b"\n" == line

    def test_within_a_line(self) -> None:
        """What a signal's handler logs between two parts of a line comes after it."""
        reading, writing = os.pipe()
        with open(reading, "rb") as source, open(writing, "wb", 0) as file:  # noqa: PTH123
            logger = StreamLogger(file)
            before = signal.signal(signal.SIGALRM, lambda *_given: logger.info(b"handler"))
            try:
                # More than a pipe takes: the call stands half done until someone reads, who is late.
                reader = Thread(target=lambda: read.append([_late(source), source.readline()]))
                read: list[list[bytes]] = []
                reader.start()
                signal.setitimer(signal.ITIMER_REAL, 0.05)
                logger.info(b"x" * 200_000)
                reader.join()
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
                signal.signal(signal.SIGALRM, before)

        assert [[b"x" * 200_000 + b"\n", b"handler\n"]] == read

    def test_interrupted_within_a_line(self) -> None:
        """Where a signal's handler raises in the middle of a long line, the next one begins on a line of its own."""
        reading, writing = os.pipe()
        with open(reading, "rb") as source, open(writing, "wb", 0) as file:  # noqa: PTH123
            logger = StreamLogger(file)
            before = signal.signal(signal.SIGALRM, signal.default_int_handler)
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            try:
                with pytest.raises(KeyboardInterrupt):
                    # More than a pipe takes, and nobody reads.
                    logger.info(b"x" * 200_000)
            finally:
                signal.signal(signal.SIGALRM, before)
            reader = Thread(target=lambda: read.extend([source.readline(), source.readline()]))
            read: list[bytes] = []
            reader.start()
            logger.info(b"next")
            reader.join()

        assert set(b"x\n") == set(read[0])
        assert b"next\n" == read[1]

    def test_a_stream_that_logs(self) -> None:
        """One that logs while it is written to is heard, and not waited for."""
        seen: list[str] = []

        class Logging(io.StringIO):
            def write(self, text: str) -> int:
                if not seen:
                    seen.append(text)
                    logger.info("within")
                return super().write(text)

        stream = Logging()
        logger = StreamLogger(stream)
        logger.info("line")

        assert ["within", "line"] == stream.getvalue().split()

    def test_text_first(self, tmp_path: Path) -> None:
        """What was printed before the first line stands before it."""
        with (tmp_path / "out").open("w") as file:
            file.write("printed\n")
            StreamLogger(file).info(b"line")
        assert "printed\nline\n" == (tmp_path / "out").read_text()

    def test_kept_open(self, tmp_path: Path) -> None:
        """The file stays open for as long as a logger has it."""
        file = (tmp_path / "out").open("w")
        logger, kept = StreamLogger(file), ref(file)
        del file
        gc.collect()
        logger.info(b"line")

        assert "line\n" == (tmp_path / "out").read_text()
        kept().close()  # type: ignore[union-attr]

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

    def test_copies(self) -> None:
        """Whatever holds one can be copied, and shares it."""
        logger = StreamLogger(io.BytesIO())

        assert logger is copy.copy(logger)
        assert [logger] == copy.deepcopy([logger])

    def test_repr(self) -> None:
        """It says where to and under which name."""
        assert repr(StreamLogger(io.BytesIO(), "shop")).endswith(">, name='shop')")

    @pytest.mark.parametrize("buffering", [0, -1])
    def test_fork(self, buffering: int, tmp_path: Path) -> None:
        """A child that is forked while another thread writes can write."""
        reading, writing = os.pipe()
        with open(reading, "rb") as source, open(writing, "wb", buffering) as file:  # noqa: PTH123
            logger = StreamLogger(file)
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


class TestFailures:
    """A stream that fails costs its lines, and nothing else."""

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no device that is full")  # noqa: PTH110
    @pytest.mark.parametrize("mode", ["w", "wb"])
    def test_told_once(self, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is told once where errors go, by the kind of failure alone."""
        told = io.StringIO()
        monkeypatch.setattr(sys, "__stderr__", told)
        with open("/dev/full", mode) as file:  # noqa: PTH123
            logger = StreamLogger(file)
            logger.info(b"secret")
            logger.info(b"secret")

        assert "structlog-enrich: lines are lost: OSError\n" == told.getvalue()

    def test_a_reader_that_left(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A pipe without a reader raises nothing into the caller."""
        told = io.StringIO()
        monkeypatch.setattr(sys, "__stderr__", told)
        reading, writing = os.pipe()
        os.close(reading)
        with open(writing, "wb", 0) as file:  # noqa: PTH123
            StreamLogger(file).info(b"x")

        assert "structlog-enrich: lines are lost: BrokenPipeError\n" == told.getvalue()

    @pytest.mark.parametrize("stderr", [None, "closed"])
    def test_nowhere_to_tell(self, stderr: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where errors can't be told either, nothing is printed and nothing raised."""
        if stderr:
            stderr = io.StringIO()
            stderr.close()
        monkeypatch.setattr(sys, "__stderr__", stderr)
        reading, writing = os.pipe()
        os.close(reading)
        with open(writing, "wb", 0) as file:  # noqa: PTH123
            StreamLogger(file).info(b"x")

    @pytest.mark.parametrize("sink", [io.BytesIO, io.StringIO])
    def test_closed(self, sink: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """Of a stream that the program itself closed nothing is said."""
        told = io.StringIO()
        monkeypatch.setattr(sys, "__stderr__", told)
        stream = sink()
        logger = StreamLogger(stream)
        stream.close()
        logger.info(b"x" if sink is io.BytesIO else "x")

        assert "" == told.getvalue()

    def test_a_line_that_was_begun(self) -> None:
        """The next line begins on a line of its own."""
        written: list[bytes] = []

        class Filling(io.RawIOBase):
            room = 3

            def writable(self) -> bool:
                return True

            def write(self, data: Any) -> int:
                if not self.room:
                    raise OSError(28, "No space left on device")
                part = bytes(data[: self.room])
                self.room -= len(part)
                written.append(part)
                return len(part)

        stream = Filling()
        logger = StreamLogger(stream)
        logger.info(b"first")
        logger.info(b"second")
        stream.room = 1_000
        logger.info(b"third")

        assert b"fir\nthird\n" == b"".join(written)


def _late(source: Any) -> bytes:
    # The signal comes meanwhile.
    select.select([], [], [], 0.2)
    line: bytes = source.readline()
    return line


def _repeat(logger: Any, text: bytes) -> None:
    for _ in range(10):
        logger.info(text)
