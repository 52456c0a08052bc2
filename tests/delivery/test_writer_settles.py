"""What a writer does before somebody else ends its process."""

from __future__ import annotations

import threading
from time import monotonic
from typing import TYPE_CHECKING, Any

from structlog_enrich.delivery import Several, Writer
from tests.delivery.conftest import until
from tests.delivery.faulty import Collecting, Gated, Short, Slow

if TYPE_CHECKING:
    import pytest


class TestSettle:
    """What a signal's handler does that may end the process, or not."""

    def test_before_and_later(self) -> None:
        """What waits is written before it goes on, and each later line before its call returns; the threads stay."""
        found: list[int] = []
        sink = Collecting()
        with Writer(sink) as writer:
            for _ in range(100):
                writer().info(b"paid")
            writer.settle(lambda: found.append(len(sink.lines)))
            for _ in range(100):
                writer().info(b"late")
                found.append(len(sink.lines))
            assert writer.stats().writer_alive
        assert [*range(100, 201)] == found

    def test_before_the_first_line(self) -> None:
        """Nothing is there to write, and the first line is waited for too."""
        with Writer(sink := Collecting()) as writer:
            writer.settle(lambda: None)
            writer().info(b"paid")
            assert [b"paid"] == sink.lines

    def test_slow_sink(self) -> None:
        """As long as it takes lines it is waited for."""
        found: list[int] = []

        with Writer(sink := Slow(1, 0.1)) as writer:
            for _ in range(5):
                writer().info(b"paid")
            writer.settle(lambda: found.append(len(sink.lines)))
        assert [5] == found

    def test_slower_than_the_exit_may_be(self) -> None:
        """At most as long as the exit of the process would."""
        found: list[int] = []

        with Writer(sink := Slow(1, 0.1), exit_timeout=0.2) as writer:
            for _ in range(10):
                writer().info(b"paid")
            writer.settle(lambda: found.append(len(sink.lines)))
            assert found[0] < 10

    def test_slow_in_all(self) -> None:
        """Slow lines, and a second such signal, are waited for together no longer than the exit may be."""
        with Writer(sink := Slow(1, 0.1), exit_timeout=0.5) as writer:
            began = monotonic()
            for _ in range(15):
                writer.settle(lambda: None)
                writer().info(b"paid")
            assert 0.4 <= monotonic() - began < 1.2
            assert 3 <= len(sink.lines) < 12

    def test_quick_in_all(self) -> None:
        """Lines that are written soon are waited for as often as they come."""
        with Writer(sink := Slow(1, 0.01), exit_timeout=0.2) as writer:
            writer.settle(lambda: None)
            for number in range(1, 41):
                writer().info(b"paid")
                assert number == len(sink.lines)

    def test_stalled_sink(self) -> None:
        """One that takes nothing is waited for 250 ms, and by no line."""
        found: list[float] = []
        with Writer(sink := Gated()) as writer:
            writer().info(b"paid")
            began = monotonic()
            writer.settle(lambda: found.append(monotonic() - began))
            for _ in range(100):
                writer().info(b"late")
            took = monotonic() - began - found[0]
            sink.gate.set()
        assert 0.25 <= found[0] < 2
        assert took < 0.25
        assert 101 == len(sink.lines)

    def test_stalled_later(self) -> None:
        """One that takes nothing any more is waited for by one line alone."""
        with Writer(sink := Gated()) as writer:
            sink.gate.set()
            writer.settle(lambda: None)
            writer().info(b"paid")
            sink.gate.clear()
            began = monotonic()
            for _ in range(100):
                writer().info(b"late")
            took = monotonic() - began
            sink.gate.set()
        assert 0.25 <= took < 2
        assert 101 == len(sink.lines)

    def test_stalled_without_threads(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where the caller writes the handler waits no longer either."""
        monkeypatch.setattr("structlog_enrich.delivery.writer.can_run_threads", bool)
        sink = Short(0)
        writer = Writer(sink, exit_timeout=30)
        writer().info(b"paid")
        began = monotonic()
        writer.settle(lambda: None)
        assert 0.2 <= monotonic() - began < 5
        sink.most = 1
        assert writer.close()

    def test_amid_a_call(self) -> None:
        """Who is amid handing a line over has done so before it goes on."""
        entered, leave = threading.Event(), threading.Event()

        class Slow:
            def __str__(self) -> str:
                entered.set()
                leave.wait(60)
                return "amid"

        found: list[list[bytes]] = []
        with Writer(sink := Collecting()) as writer:
            writer().info(b"paid")
            other = threading.Thread(target=writer().info, args=(Slow(),))
            other.start()
            assert entered.wait(60)
            threading.Timer(0.01, leave.set).start()
            writer.settle(lambda: found.append(list(sink.lines)))
            other.join(60)
        assert [[b"paid", b"amid"]] == found

    def test_not_by_another_writer(self) -> None:
        """The thread of another writer, whose sink logs, waits for nobody."""
        took: list[float] = []

        class Telling(Collecting):
            def write(self, lines: Any, /) -> int:
                began = monotonic()
                writer().info(b"told")
                took.append(monotonic() - began)
                return super().write(lines)

        sink = Gated()
        sink.gate.set()
        with Writer(sink) as writer, Writer(Telling()) as telling:
            writer.settle(lambda: None)
            # Not to be refused, as between two sinks of that kind.
            writer._pump.is_foreign = False  # noqa: SLF001 (as a file is none)
            sink.gate.clear()
            telling().info(b"paid")
            until(lambda: took)
            sink.gate.set()
        assert took[0] < 0.2

    def test_several(self) -> None:
        """Several share the time that one would have."""
        sinks = [Slow(1, 0.05) for _ in range(3)]
        several = Several(*(Writer(sink, exit_timeout=0.5) for sink in sinks))
        for _ in range(100):
            several().info(b"paid")
        began = monotonic()
        several.settle(lambda: None)
        assert 0.45 <= monotonic() - began < 1.4
        for each in sinks:
            each.most = 100
        assert several.close(30)

    def test_goes_on(self) -> None:
        """When it is undone nobody waits for the sink any more."""
        with Writer(sink := Gated()) as writer:
            sink.gate.set()
            writer.settle(lambda: None)
            writer().info(b"paid")
            assert [b"paid"] == sink.lines
            writer.go_on()
            sink.gate.clear()
            began = monotonic()
            writer().info(b"late")
            assert monotonic() < began + 0.25
            sink.gate.set()

    def test_forked(self) -> None:
        """A child's lines are waited for by nobody."""
        with Writer(sink := Gated()) as writer:
            writer.settle(lambda: None)
            writer.forget()
            began = monotonic()
            writer().info(b"paid")
            assert monotonic() < began + 0.25
            sink.gate.set()

    def test_finished(self) -> None:
        """Where each line is written by its caller nothing else is done."""
        found: list[int] = []
        with Writer(sink := Collecting()) as writer:
            writer.finish()
            writer.settle(lambda: found.append(0))
            writer().info(b"paid")
            assert ([b"paid"], [0]) == (sink.lines, found)
