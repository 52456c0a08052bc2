"""What structlog calls to write a finished line."""

from __future__ import annotations

import copy
import pickle
import sys
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich.delivery import Writer
from structlog_enrich.delivery.loggers import LARGE, Watch, hand_off
from structlog_enrich.delivery.records import LEVEL_METHODS, LEVELS, OVERHEAD
from tests.delivery.faulty import Collecting

if TYPE_CHECKING:
    from pathlib import Path


class HandOff:
    """A hand-off whose preparation answers as `answer` says, and what came of it."""

    def __init__(self, slack: int = 10_000) -> None:
        self.intake: list[Any] = []
        self.watch = Watch(1, bool)
        self.watch.attention, self.watch.slack = False, 2 * slack
        self.answer = True
        self.prepared: list[tuple[bytes, int]] = []
        self.methods = hand_off(self.intake, self.watch, self._prepare)

    def _prepare(self, line: bytes, level: int) -> bool:
        self.prepared.append((line, level))
        return self.answer


class TestHandOff:
    """A line is appended, as bytes, with its level."""

    @pytest.mark.parametrize("level", range(len(LEVELS)))
    def test_record(self, level: int) -> None:
        """Nothing else is done while nobody needs attention."""
        handing = HandOff()
        handing.methods[level](b"paid")
        handing.methods[level](b"sent")
        assert [b"paid", level, b"sent", level] == handing.intake
        assert [] == handing.prepared
        assert LEVELS[level] == handing.methods[level].__name__

    def test_one_call(self) -> None:
        """It is one call that no other thread and no signal comes into, and no lock is in its way."""
        handing = HandOff()
        called: list[tuple[str, object]] = []

        def note(_frame: object, event: str, found: Any) -> None:
            if event == "c_call":
                called.append((found.__name__, found.__self__))

        sys.setprofile(note)
        handing.methods[1](b"paid")
        sys.setprofile(None)
        # The last is the one that ends it.
        assert {"len", "extend"} == {name for name, _ in called[:-1]}
        assert ["extend"] == [name for name, found in called if found is handing.intake]
        assert [b"paid", 1] == handing.intake

    def test_encoded(self) -> None:
        """Whatever isn't bytes becomes bytes by its caller."""
        handing = HandOff()
        line = bytearray(b"paid")
        handing.methods[1](line)
        line.clear()
        handing.methods[1]("größer")
        assert [b"paid", "größer".encode()] == handing.intake[::2]

    @pytest.mark.parametrize("answer", [True, False])
    def test_attention(self, answer: bool) -> None:  # noqa: FBT001 (a case)
        """Where attention is needed it is asked first whether the line is to be handed over."""
        handing = HandOff()
        handing.watch.attention, handing.answer = True, answer
        handing.methods[2]("paid")
        assert [(b"paid", 2)] == handing.prepared
        assert [b"paid", 2] * answer == handing.intake

    def test_slack(self) -> None:
        """It is asked as well when more was handed over than may be, with what Python keeps beside each line."""
        handing = HandOff(slack=3 * (4 + OVERHEAD))
        for _ in range(4):
            handing.methods[1](b"paid")
        assert [] == handing.prepared
        handing.methods[1](b"paid")
        assert 1 == len(handing.prepared)

    def test_large(self) -> None:
        """And before each large line, as those before may have been small."""
        handing = HandOff()
        handing.methods[1](b"x" * (LARGE - OVERHEAD))
        assert [] == handing.prepared
        handing.methods[1](b"x" * LARGE)
        assert 1 == len(handing.prepared)


class TestWatch:
    """It says when a line can't be handed over just so."""

    def test_begins_with_attention(self) -> None:
        """Before the first line something must be started."""
        assert Watch(1, bool).attention

    @pytest.mark.parametrize(("max_bytes", "slack"), [(1, 32_768), (1 << 20, 32_768), (64 << 20, (64 << 20) // 50)])
    def test_slack(self, max_bytes: int, slack: int) -> None:
        """One fiftieth of the budget may be handed over that nobody has decided on, 32 KiB at least."""
        assert 2 * slack == Watch(max_bytes, bool).slack

    @pytest.mark.parametrize(
        ("answers", "attention"), [((False, False), False), ((True, True), True), ((False, True), True)]
    )
    def test_update(self, answers: tuple[bool, ...], attention: bool) -> None:  # noqa: FBT001 (a case)
        """It asks for attention where that is needed, be it only a moment later."""
        left = list(answers)
        watch = Watch(1, lambda: left.pop(0))
        watch.update()
        assert (attention, []) == (watch.attention, left)


class TestWriterLogger:
    """It has every method that structlog calls."""

    def test_methods(self) -> None:
        """Each is one of its writer's, by its level."""
        writer = Writer(Collecting())
        logger = writer()
        for name, level in LEVEL_METHODS.items():
            assert writer.methods[level] is getattr(logger, name)
        assert logger.accepts_bytes

    def test_name(self) -> None:
        """It has the name that it is asked for by, if that is one."""
        writer = Writer(Collecting())
        assert ["shop", None, None] == [writer("shop").name, writer().name, writer(3).name]
        assert "WriterLogger(<Writer to" in repr(writer("shop"))
        assert ", name='shop')" in repr(writer("shop"))

    def test_stream(self) -> None:
        """It knows the stream, where a person may look on; a file has none."""
        writers = Writer("stderr"), Writer(Collecting())
        assert [sys.stderr, None] == [each()._file for each in writers]  # noqa: SLF001 (as structlog's own have it)

    def test_copies(self) -> None:
        """A copy of it is itself: a logger's context is copied with each binding."""
        logger = Writer(Collecting())()
        assert logger is copy.copy(logger) is copy.deepcopy(logger)

    def test_pickle(self, tmp_path: Path) -> None:
        """In another process it writes to the same place."""
        logger: Any = Writer(tmp_path / "log")("shop")
        found = pickle.loads(pickle.dumps(logger))
        assert "shop" == found.name
        logger.info(b"one")
        assert logger.writer.close()
        found.info(b"two")
        assert found.writer.close()
        assert b"one\ntwo\n" == (tmp_path / "log").read_bytes()
