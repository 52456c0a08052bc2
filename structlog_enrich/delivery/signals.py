"""What a signal asks of a writer. Nothing here happens unless it is called."""

from __future__ import annotations

import _thread
import signal
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.delivery.options import writer_given
from structlog_enrich.exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from structlog_enrich.delivery.several import Several
    from structlog_enrich.delivery.writer import Writer

__all__ = ["finish_on_signal", "reopen_on_signal"]

# Windows has none.
_HANG_UP: Final = getattr(signal, "SIGHUP", signal.SIGTERM)


def finish_on_signal(writer: Writer | Several, signum: int = signal.SIGTERM) -> Callable[[], None]:
    """Let *writer* finish when *signum* comes, before what was to happen then.

    By default `SIGTERM` ends a process without its exit hooks, and lines that wait are lost. With this they are written
    first, within the writer's *exit_timeout*, and the process ends by the same signal as ever. Those who are amid a
    call of a logger hand their line over before, at most 250 ms long, and go on no more, so that no line is missing
    that has its number; a second signal meanwhile waits for nobody. A signal that is ignored stays ignored.

    A handler that was there is called, once, when what waits is written. It may go on for long and then end the process
    in any way, so each line that comes later is written before its caller goes on. A sink that takes nothing for
    250 ms, or whose slow writes add up to *exit_timeout*, isn't waited for any more, neither by the handler nor by
    lines; the exit of the process still does.

    A handler that is installed later replaces this one, unless it chains it.

    Args:
        writer: The writer, or several.
        signum: The signal.

    Returns:
        What undoes it, from the main thread.

    Raises:
        ConfigurationError: No writer, a signal that can't be handled, one whose handler isn't Python's, or another
            thread than the main one.

    >>> import os, signal
    >>> from structlog_enrich.delivery import Writer
    >>> read, write = os.pipe()
    >>> writer = Writer(write)
    >>> before = signal.signal(signal.SIGTERM, lambda signum, frame: print("the service's own handler"))
    >>> undo = finish_on_signal(writer)
    >>> writer().info(b"paid")
    >>> signal.raise_signal(signal.SIGTERM)
    the service's own handler
    >>> os.read(read, 100)
    b'paid\\n'
    >>> undo()
    >>> _ = signal.signal(signal.SIGTERM, before)
    """
    writer_given(writer)

    def then(given: int, frame: FrameType | None, before: Any) -> None:
        go_on = partial(_go_on, before, given, frame)
        if _is_another(before):
            # It may go on for long, and ends the process in its own way.
            writer.settle(go_on)
        else:
            writer.standstill.begin(partial(writer.finish, go_on), frame, partial(_send, given))

    if _handler_of(signum) is signal.SIG_IGN:
        return _nothing
    return _install(signum, then, writer.go_on, ends=True)


def reopen_on_signal(writer: Writer | Several, signum: int = _HANG_UP) -> Callable[[], None]:
    """Let *writer* open its sink anew before the next lines when *signum* comes, as who rotates files asks for.

    The handler only sets a flag, and calls the one that was there; where there was none the signal ends the process no
    longer.

    Args:
        writer: The writer, or several.
        signum: The signal.

    Returns:
        What undoes it, from the main thread.

    Raises:
        ConfigurationError: As for `finish_on_signal`.

    >>> import signal, tempfile
    >>> from pathlib import Path
    >>> from structlog_enrich.delivery import Writer
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = Path(folder.name, "shop.log")
    >>> with Writer(path) as writer:
    ...     undo = reopen_on_signal(writer)
    ...     _ = path.rename(path.with_suffix(".1"))
    ...     signal.raise_signal(signal.SIGHUP)
    ...     writer().info(b"paid")
    >>> undo()
    >>> path.read_bytes()
    b'paid\\n'
    >>> folder.cleanup()
    """
    writer_given(writer)

    def then(given: int, frame: FrameType | None, before: Any) -> None:
        writer.reopen()
        if callable(before):
            before(given, frame)

    return _install(signum, then, _nothing, ends=False)


class _Handler:
    """Handle a signal, until it is undone.

    Args:
        then: Called with the signal, where it came, and the handler before.
        before: That handler.
        ends: Whether the signal ends the process as it would without this one.
    """

    __slots__ = ("_then", "before", "ends", "is_wanted")

    def __init__(self, then: Callable[[int, FrameType | None, Any], None], before: Any, *, ends: bool) -> None:
        self._then = then
        self.before = before
        self.ends = ends
        self.is_wanted = True

    def __call__(self, signum: int, frame: FrameType | None) -> None:
        if self.is_wanted:
            self._then(signum, frame, self.before)
        else:
            _go_on(self.before, signum, frame)


def _is_another(handler: Any) -> bool:
    """Tell whether a handler is there that isn't of another writer that ends with the process."""
    while isinstance(handler, _Handler) and (handler.ends or not handler.is_wanted):
        handler = handler.before
    return callable(handler)


def _install(
    signum: int, then: Callable[[int, FrameType | None, Any], None], at_undo: Callable[[], object], *, ends: bool
) -> Callable[[], None]:
    """Install what calls *then* with the handler before it; return what takes it away again."""
    before = _handler_of(signum)
    handle = _Handler(then, before, ends=ends)

    def undo() -> None:
        _require_main_thread()
        # Who came later and calls this one still does, so it stays as a mere link.
        handle.is_wanted = False
        if signal.getsignal(signum) is handle:
            signal.signal(signum, before)
        at_undo()

    _require_main_thread()
    try:
        signal.signal(signum, handle)
    except (OSError, ValueError) as error:
        rule = f"must be a signal that can be handled ({error})"
        raise ConfigurationError("signum", rule, received=f"{signum!r:.80}") from None
    return undo


def _go_on(before: Any, signum: int, frame: FrameType | None) -> None:
    """Do what would have been done without us."""
    if callable(before):
        before(signum, frame)
    elif before is signal.SIG_DFL:
        ours = signal.signal(signum, signal.SIG_DFL)
        signal.raise_signal(signum)
        # The first process of a container outlives signals it has no handler for.
        signal.signal(signum, ours)


def _send(signum: int, ident: int) -> None:
    """Send *signum* to the thread with that number, as to who waits in a call of the system."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(ident, signum)
    else:
        _thread.interrupt_main(signal.Signals(signum))


def _handler_of(signum: int) -> Any:
    try:
        before = signal.getsignal(signum)
    except (TypeError, ValueError):
        raise ConfigurationError("signum", "must be the number of a signal", received=f"{signum!r:.80}") from None
    if before is None:
        rule = "must be a signal whose handler was installed by Python"
        raise ConfigurationError("signum", rule, received=f"{signum!r:.80}", remedy="It couldn't be chained")
    return before


def _require_main_thread() -> None:
    if threading.current_thread() is not threading.main_thread():
        rule, name = "must be the main one", threading.current_thread().name
        raise ConfigurationError("thread", rule, received=f"{name!r:.80}")


def _nothing() -> None:
    return
