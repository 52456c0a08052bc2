"""Finish on a signal, and reopen on one: each calls what was there before, and can be undone."""

from __future__ import annotations

import signal
import threading
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from structlog_enrich import ConfigurationError
from structlog_enrich.delivery import Several, Writer, finish_on_signal, reopen_on_signal
from structlog_enrich.delivery.policies import DropNewest
from tests.delivery.conftest import until
from tests.delivery.faulty import Collecting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import FrameType

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="this system has no signals of one's own")

SIGNUM = getattr(signal, "SIGUSR1", signal.SIGTERM)
INSTALL = {"finish": finish_on_signal, "reopen": reopen_on_signal}


class Interrupting(DropNewest):
    """Be asked for room in the main thread, and interrupted by a signal amid that, once."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        super().__init__()
        # After some lines, so that there are some to write.
        self._left = 20

    @property
    def free(self) -> tuple[int, int]:
        if threading.current_thread() is threading.main_thread():
            self._left -= 1
            if not self._left:
                signal.raise_signal(SIGNUM)
        return super().free


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """Let the signal be heard by a handler of the program's own, and return what it was told."""
    told: list[str] = []

    def hear(signum: int, frame: FrameType | None) -> None:
        told.append(signal.Signals(signum).name if frame is not None else "nowhere")

    before = signal.signal(SIGNUM, hear)
    yield told
    signal.signal(SIGNUM, before)


@pytest.fixture
def outlived() -> Iterator[int]:
    """Return a signal that does nothing where nobody handles it."""
    before = signal.signal(signal.SIGURG, signal.SIG_DFL)
    yield signal.SIGURG
    signal.signal(signal.SIGURG, before)


def _amid_a_call(writer: Writer, do: Callable[[], object]) -> None:
    """Log a line, and call *do* before it is handed over."""

    def process(*_: object) -> Any:
        do()
        return b"paid"

    structlog.wrap_logger(writer(), processors=[process]).info("paid")


@pytest.fixture(params=INSTALL)
def install(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Return each of the two in turn."""
    return INSTALL[request.param]


class TestBoth:
    """What both do."""

    def test_chained(self, heard: list[str], install: Callable[..., Any]) -> None:
        """The handler that was there is called once for each signal, and told where the program was."""
        with Writer(Collecting()) as writer:
            undo = install(writer, SIGNUM)
            signal.raise_signal(SIGNUM)
            signal.raise_signal(SIGNUM)
            undo()
        assert ["SIGUSR1"] * 2 == heard

    def test_two_writers(self, heard: list[str], install: Callable[..., Any]) -> None:
        """Each of two writers has its hook, whatever order they are undone in."""
        with Writer(Collecting()) as first, Writer(Collecting()) as second:
            undo_first, undo_second = install(first, SIGNUM), install(second, SIGNUM)
            signal.raise_signal(SIGNUM)
            undo_first()
            signal.raise_signal(SIGNUM)
            undo_second()
            signal.raise_signal(SIGNUM)
        assert ["SIGUSR1"] * 3 == heard

    def test_undone(self, heard: list[str], install: Callable[..., Any]) -> None:
        """Undone, all is as before."""
        before = signal.getsignal(SIGNUM)
        with Writer(Collecting()) as writer:
            undo = install(writer, SIGNUM)
            assert before is not signal.getsignal(SIGNUM)
            undo()
            undo()
        assert before is signal.getsignal(SIGNUM)

    def test_a_mere_link(self, heard: list[str], install: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
        """Undone behind one that came later, it does nothing but call what was before it."""
        writers = [Writer(Collecting()) for _ in range(2)]
        undo, undo_later = (install(writer, SIGNUM) for writer in writers)
        undo()
        for name in ("settle", "reopen"):
            monkeypatch.setattr(Writer, name, lambda writer, then=lambda: None, **_: (asked.append(writer), then()))
        asked: list[Writer] = []
        signal.raise_signal(SIGNUM)
        assert ([writers[1]], ["SIGUSR1"]) == (asked, heard)
        undo_later()

    @pytest.mark.parametrize("signum", [9, 0, 1_000, "SIGTERM", None])
    def test_no_signal(self, signum: Any, install: Callable[..., Any]) -> None:
        """What can't be handled is refused."""
        said = rf"^signum must be .*, not {signum!r}$"
        with Writer(Collecting()) as writer, pytest.raises(ConfigurationError, match=said):
            install(writer, signum)

    def test_no_writer(self, install: Callable[..., Any]) -> None:
        """What couldn't be finished is refused now, not as the process ends."""
        with pytest.raises(ConfigurationError, match=r"^writer must be a Writer or a Several, not 'x'"):
            install("x")

    def test_another_thread(self, install: Callable[..., Any]) -> None:
        """Off the main thread it is refused, since Python handles signals there only."""
        errors: list[BaseException] = []

        def run() -> None:
            try:
                install(writer, SIGNUM)
            except ConfigurationError as error:
                errors.append(error)

        with Writer(Collecting()) as writer:
            thread = threading.Thread(target=run, name="other")
            thread.start()
            thread.join()
        assert ["thread must be the main one, not 'other'"] == list(map(str, errors))

    def test_handled_by_c(self, install: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
        """A handler that isn't Python's, as of a program that embeds it, couldn't be chained, so it is refused."""
        monkeypatch.setattr(signal, "getsignal", lambda _signum: None)
        with Writer(Collecting()) as writer, pytest.raises(ConfigurationError) as raised:
            install(writer, SIGNUM)
        rule = "signum must be a signal whose handler was installed by Python"
        assert f"{rule}, not {SIGNUM!r}. It couldn't be chained" == str(raised.value)


class TestFinishOnSignal:
    """The writer finishes first."""

    def test_finished(self, heard: list[str]) -> None:
        """What waits is written before the program's own handler runs, what comes later before its caller goes on."""
        sink = Collecting()
        found: list[list[bytes]] = []
        signal.signal(SIGNUM, lambda *_: found.append(list(sink.lines)))
        with Writer(sink) as writer:
            undo = finish_on_signal(writer, SIGNUM)
            writer().info(b"paid")
            signal.raise_signal(SIGNUM)
            assert [[b"paid"]] == found
            assert ("running", True) == (writer.stats().state, writer.stats().writer_alive)
            writer().info(b"late")
            assert [b"paid", b"late"] == sink.lines
            undo()

    def test_amid_writing(self, heard: list[str]) -> None:
        """When it comes as this very thread writes, that is done first; then the handler is called, once."""

        class Interrupted(Collecting):
            def write(self, lines: Any, /) -> int:
                signal.raise_signal(SIGNUM)
                assert not heard
                return super().write(lines)

        sink = Interrupted()
        with Writer(sink) as writer:
            undo = finish_on_signal(writer, SIGNUM)
            writer.finish()
            writer().info(b"paid")
            assert ([b"paid"], ["SIGUSR1"]) == (sink.lines, heard)
            undo()

    def test_amid_deciding(self, heard: list[str]) -> None:
        """When it comes as this very thread makes room for a line, all that is written first, that line with it."""
        sink = Collecting()
        with Writer(sink, on_full=Interrupting()) as writer:
            # The caller makes room by itself.
            writer._watch.slack = -1  # noqa: SLF001 (as where the thread that decides is late)
            undo = finish_on_signal(writer, SIGNUM)
            began = monotonic()
            logged: list[bytes] = []
            while not heard:
                logged.append(b"%d" % len(logged))
                writer().info(logged[-1])
                assert monotonic() < began + 20
            undo()
            assert (logged, {}, "running") == (sink.lines, writer.stats().dropped, writer.stats().state)
            assert monotonic() < began + 4

    def test_flush_amid_deciding(self) -> None:
        """A handler that flushes then doesn't wait for what only the interrupted thread can do."""
        found: list[tuple[bool, float]] = []

        def flush(*_: object) -> None:
            began = monotonic()
            found.append((writer.flush(5), monotonic() - began))

        before = signal.signal(SIGNUM, flush)
        try:
            with Writer(Collecting(), on_full=Interrupting()) as writer:
                writer._watch.slack = -1  # noqa: SLF001 (as above)
                latest = monotonic() + 20
                while not found:
                    writer().info(b"paid")
                    assert monotonic() < latest
        finally:
            signal.signal(SIGNUM, before)
        ((is_done, seconds),) = found
        assert not is_done
        assert seconds < 1

    def test_ignored(self) -> None:
        """A signal that is ignored stays so."""
        before = signal.signal(SIGNUM, signal.SIG_IGN)
        try:
            with Writer(Collecting()) as writer:
                undo = finish_on_signal(writer, SIGNUM)
                assert signal.SIG_IGN is signal.getsignal(SIGNUM)
                undo()
                assert signal.SIG_IGN is signal.getsignal(SIGNUM)
        finally:
            signal.signal(SIGNUM, before)

    def test_outlived(self, outlived: int) -> None:
        """Where the default action doesn't end the process, the hook stays."""
        with Writer(Collecting()) as writer:
            undo = finish_on_signal(writer, outlived)
            ours = signal.getsignal(outlived)
            signal.raise_signal(outlived)
            assert ours is signal.getsignal(outlived)
            undo()
        assert signal.SIG_DFL is signal.getsignal(outlived)

    def test_amid_a_call(self, outlived: int) -> None:
        """Interrupted amid a call of a logger, that hands its line over, and it is written, before the end."""
        told: list[list[bytes]] = []
        with Writer(sink := Collecting()) as writer:
            writer.end_with(lambda: told.append(list(sink.lines)))
            undo = finish_on_signal(writer, outlived)
            _amid_a_call(writer, lambda: signal.raise_signal(outlived))
            assert ([[b"paid"]], "synchronous") == (told, writer.stats().state)
            undo()

    @pytest.mark.parametrize("system", ["with pthread_kill", "without"])
    def test_amid_a_call_for_long(self, system: str, outlived: int, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where that call takes longer than 250 ms it isn't waited for."""
        if system == "without":
            monkeypatch.delattr(signal, "pthread_kill", raising=False)
        told: list[list[bytes]] = []

        def wait() -> None:
            signal.raise_signal(outlived)
            assert not told
            began = monotonic()
            until(lambda: told)
            assert 0.2 <= monotonic() - began

        with Writer(sink := Collecting()) as writer:
            writer.end_with(lambda: told.append(list(sink.lines)))
            undo = finish_on_signal(writer, outlived)
            _amid_a_call(writer, wait)
            assert ([[]], [b"paid"]) == (told, sink.lines)
            undo()

    def test_two_that_end(self, outlived: int) -> None:
        """Of two hooks each ends its writer."""
        with Writer(Collecting()) as first, Writer(Collecting()) as second:
            undos = [finish_on_signal(first, outlived), finish_on_signal(second, outlived)]
            for writer in (first, second):
                writer().info(b"paid")
            signal.raise_signal(outlived)
            assert ["synchronous"] * 2 == [first.stats().state, second.stats().state]
            for undo in undos:
                undo()

    @pytest.mark.parametrize(("is_undone", "state"), [(False, "running"), (True, "synchronous")])
    def test_behind_one_that_reopens(self, is_undone: bool, state: str, outlived: int) -> None:  # noqa: FBT001 (a table)
        """A hook that opens sinks anew ends nothing, so it goes on; one that was undone is none."""
        with Writer(Collecting()) as writer:
            undo_reopen = reopen_on_signal(writer, outlived)
            undo = finish_on_signal(writer, outlived)
            if is_undone:
                undo_reopen()
            writer().info(b"paid")
            signal.raise_signal(outlived)
            assert state == writer.stats().state
            undo()
            undo_reopen()

    def test_several(self, heard: list[str]) -> None:
        """All of several are finished before the program's own handler runs."""
        sinks = Collecting(), Collecting()
        found: list[list[list[bytes]]] = []
        signal.signal(SIGNUM, lambda *_: found.append([list(sink.lines) for sink in sinks]))
        with Several(*map(Writer, sinks)) as several:
            undo = finish_on_signal(several, SIGNUM)
            several().info(b"paid")
            signal.raise_signal(SIGNUM)
            undo()
        assert [[[b"paid"]] * 2] == found

    def test_several_amid_writing(self, heard: list[str]) -> None:
        """When it comes as this very thread writes to one of them, that is done first; then the handler is called."""

        class Interrupted(Collecting):
            def write(self, lines: Any, /) -> int:
                signal.raise_signal(SIGNUM)
                assert not heard
                return super().write(lines)

        sinks = Collecting(), Interrupted()
        with Several(*map(Writer, sinks)) as several:
            undo = finish_on_signal(several, SIGNUM)
            several.finish()
            several().info(b"paid")
            assert ([[b"paid"]] * 2, ["SIGUSR1"]) == ([sink.lines for sink in sinks], heard)
            undo()


class TestReopenOnSignal:
    """The writer opens its sink anew."""

    def test_reopened(self, tmp_path: Path, heard: list[str]) -> None:
        """After a file was rotated the next lines go to a new one, whose handle isn't the old one's."""
        path = tmp_path / "log"
        with Writer(path) as writer:
            undo = reopen_on_signal(writer, SIGNUM)
            writer().info(b"old")
            assert writer.flush()
            path.rename(tmp_path / "log.1")
            signal.raise_signal(SIGNUM)
            writer().info(b"new")
            undo()
        assert (b"old\n", b"new\n") == ((tmp_path / "log.1").read_bytes(), path.read_bytes())
        assert ["SIGUSR1"] == heard

    def test_several(self, tmp_path: Path, heard: list[str]) -> None:
        """Each of several files goes on as a new one."""
        with Several(Writer(tmp_path / "a"), Writer(tmp_path / "b")) as several:
            undo = reopen_on_signal(several, SIGNUM)
            for name in "ab":
                (tmp_path / name).rename(tmp_path / f"{name}.1")
            signal.raise_signal(SIGNUM)
            several().info(b"new")
            undo()
        assert [b"new\n"] * 2 == [(tmp_path / name).read_bytes() for name in "ab"]
        assert ["SIGUSR1"] == heard

    def test_ignored(self) -> None:
        """Undone behind another, where the signal was ignored, it still is."""
        before = signal.signal(SIGNUM, signal.SIG_IGN)
        try:
            undo = reopen_on_signal(Writer(Collecting()), SIGNUM)
            link: Any = signal.getsignal(SIGNUM)
            undo()
            link(SIGNUM, None)
        finally:
            signal.signal(SIGNUM, before)

    def test_without_reopen(self, heard: list[str]) -> None:
        """A sink that can't be opened anew is left alone."""
        with Writer(Collecting()) as writer:
            undo = reopen_on_signal(writer, SIGNUM)
            signal.raise_signal(SIGNUM)
            undo()
        assert ["SIGUSR1"] == heard
