"""Let the standard library's `logging` write through a writer."""

from __future__ import annotations

import logging
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich.delivery import Several, Writer, WriterHandler
from structlog_enrich.exceptions import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path


class TestWriterHandler:
    """Records are lines."""

    def test_records(self, tmp_path: Path) -> None:
        """Each is formatted where it is logged, and counted by its level."""
        with Writer(tmp_path / "log") as writer:
            handler = WriterHandler(writer)
            handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
            log = logging.Logger("shop")  # noqa: LOG001 (of no other test)
            log.addHandler(handler)
            data = ["one"]
            log.info("%s", data)
            data.append("changed later")
            for level in (5, 10, 25, 30, 40, 50, 60):
                log.log(level, "at")
            handler.flush()
            assert {"debug": 2, "info": 2, "warning": 1, "error": 1, "critical": 2} == writer.stats().written_by_level
        assert (tmp_path / "log").read_text(encoding="utf-8").startswith("INFO ['one']\nLevel 5 at\nDEBUG at\n")

    def test_several(self, tmp_path: Path) -> None:
        """It takes several writers as well."""
        with Several(Writer(tmp_path / "a"), Writer(tmp_path / "b")) as several:
            handler = WriterHandler(several, logging.WARNING)
            handler.handle(logging.makeLogRecord({"msg": "paid", "levelno": logging.ERROR}))
            assert logging.WARNING == handler.level
        assert b"paid\n" == (tmp_path / "b").read_bytes()

    def test_no_lock(self, tmp_path: Path) -> None:
        """Nobody waits for one who waits for room, nor for `logging.shutdown`, which has the handler's lock."""
        with Writer(tmp_path / "log") as writer:
            handler = WriterHandler(writer)
            handler.acquire()
            other = threading.Thread(
                target=handler.handle, args=(logging.makeLogRecord({"msg": "paid", "levelno": logging.INFO}),)
            )
            other.start()
            other.join(10)
            assert not other.is_alive()
            handler.release()
        assert b"paid\n" == (tmp_path / "log").read_bytes()

    @pytest.mark.parametrize(("said", "expected"), [(True, [b"paid"]), (False, []), (None, [])])
    def test_filtered(self, said: Any, expected: list[bytes], tmp_path: Path) -> None:
        """What a filter refuses isn't written."""
        with Writer(tmp_path / "log") as writer:
            handler = WriterHandler(writer)
            handler.addFilter(lambda _: said)
            assert bool(said) == handler.handle(logging.makeLogRecord({"msg": "paid", "levelno": logging.INFO}))
        assert expected == (tmp_path / "log").read_bytes().splitlines()

    @pytest.mark.skipif(sys.version_info < (3, 12), reason="before 3.12 a filter can't replace a record")
    def test_replaced(self, tmp_path: Path) -> None:
        """What a filter puts in a record's place is written instead of it."""
        with Writer(tmp_path / "log") as writer:
            handler = WriterHandler(writer)
            handler.addFilter(lambda _: logging.makeLogRecord({"msg": "masked", "levelno": logging.INFO}))
            assert handler.handle(logging.makeLogRecord({"msg": "paid", "levelno": logging.INFO}))
        assert b"masked\n" == (tmp_path / "log").read_bytes()

    def test_a_formatter_that_fails(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """It is told as `logging` tells it, and nothing is raised."""
        with Writer(tmp_path / "log") as writer:
            WriterHandler(writer).emit(logging.makeLogRecord({"msg": "%d", "args": ("x",)}))
        told = capsys.readouterr().err
        assert "--- Logging error ---" in told
        assert "Message: '%d'" in told
        assert 0 == writer.stats().emitted

    def test_refused(self) -> None:
        """What is no writer is refused, not told of with each record."""
        given: Any = sys.stdout
        with pytest.raises(ConfigurationError, match=r"^writer must be a Writer or a Several, not "):
            WriterHandler(given)
