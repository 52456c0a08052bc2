"""One call that sets everything up, and a handle that undoes it."""

from __future__ import annotations

import logging
from functools import partial
from inspect import signature
from threading import RLock
from typing import TYPE_CHECKING, Any, Final, Literal, Self, Unpack

import structlog
from structlog.exceptions import DropEvent

from structlog_enrich._version import __version__
from structlog_enrich.logger import bound_logger
from structlog_enrich.preset import preset
from structlog_enrich.processors.envelope import Envelope
from structlog_enrich.processors.guard import Guarded, name_of
from structlog_enrich.setup.bridge import take_over
from structlog_enrich.setup.frame import frame
from structlog_enrich.setup.loops import log_loops
from structlog_enrich.setup.proxies import shorten_proxies
from structlog_enrich.setup.records import RecordHandler
from structlog_enrich.setup.settings import setting
from structlog_enrich.setup.sinks import logger_factory, standard_output
from structlog_enrich.setup.uncaught import log_uncaught
from structlog_enrich.setup.warned import WARNINGS, log_warnings
from structlog_enrich.setup.writers import as_sink

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from structlog_enrich.delivery import Writer
    from structlog_enrich.setup.options import PresetOptions

__all__ = ["Configured", "configure", "undo_current"]

_LEVELS: Final = ("debug", "info", "warning", "error", "critical")
_RENDERERS: Final = ("auto", "json", "console")
_NAME: Final = "structlog_enrich"
# Seconds for a sink that takes nothing.
_PATIENCE: Final = 0.25

_lock: Final = RLock()


class Configured:
    """Hold what `configure()` set up, until it is undone; a context manager undoes it at its end.

    An exception that leaves the block of a context manager is logged as one that nobody caught. Where `configure()` was
    called again in the same way, this is the same handle, and the first block to end undoes it.

    Attributes:
        processors: The chain that structlog and the standard library's records share.
        handler: What writes the standard library's records, for a `QueueListener` or a logger that handles its own;
            None where they were left out.
    """

    __slots__ = ("_given", "_uncaught", "_undo", "handler", "processors")

    def __init__(
        self,
        given: dict[str, Any],
        processors: list[Any],
        handler: RecordHandler | None,
        undo: list[Callable[[], object]],
        uncaught: _Critical | None,
    ) -> None:
        self._given = given
        self._undo = undo
        self._uncaught = uncaught
        self.processors = processors
        self.handler = handler

    def __repr__(self) -> str:
        given = sorted(name for name, value in self._given.items() if value is not None)
        return f"<Configured({', '.join(given)})>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # Whoever catches it outside, or prints it, does so when this is undone.
        if isinstance(error, Exception) and self._undo and self._uncaught is not None:
            self._uncaught("uncaught exception", error, {})
        self.undo()

    def undo(self) -> None:
        """Put everything back as it was before, in the opposite order; a second call does nothing.

        A logger that was cached keeps its chain and its sink, for structlog knows none of them.
        """
        global _current  # noqa: PLW0603 (structlog's configuration is the process's, and so is this)
        with _lock:
            while self._undo:
                self._undo.pop()()
            if _current is self:
                _current = None


_current: Configured | None = None


def undo_current() -> None:
    """Undo what is set up at this moment, if anything is."""
    with _lock:
        if _current is not None:
            _current.undo()


def configure(
    *,
    level: str | None = None,
    sink: Any = None,
    writer: Writer | None = None,
    renderer: Literal["auto", "json", "console"] | None = None,
    records: bool = True,
    uncaught: bool = True,
    warnings: bool = True,
    framed: bool = True,
    **given: Unpack[PresetOptions],
) -> Configured:
    """Set up structlog and the standard library's `logging`, so that every line of this process has the envelope.

    Call it once, before the first line: a logger that has been used is cached with what was set up then. Called again
    in the same way it changes nothing; otherwise the new way replaces the old, and a line says what differs.

    Args:
        level: The least level that is written; default what `STRUCTLOG_ENRICH_LEVEL` says, else `info`.
        sink: A stream of bytes or of text, or a logger factory of structlog's kind; default standard output.
        writer: What writes the lines in place of a sink, without anybody waiting for it. It says in the stream what it
            lost, unless it was told how to already. It stays the caller's to close.
        renderer: As for `preset()`; default what `STRUCTLOG_ENRICH_RENDERER` says, else `auto`.
        records: Bring the records of the standard library into the same chain, in place of its console handlers.
        uncaught: Log exceptions that nobody caught: of the process, its threads, its finalisers, its event loops.
        warnings: Log what `warnings.warn` says.
        framed: Write `log.start` first and `log.stop` at the end.
        **given: What else `preset()` takes. Arguments win over the environment.

    Returns:
        The handle that undoes it.

    Raises:
        ConfigurationError: A level or a sink that is none, or what `preset()` refuses. Nothing is changed then.

    >>> import sys
    >>> with configure(service="checkout", sink=sys.stdout, renderer="console", framed=False) as configured:
    ...     configured.handler
    RecordHandler(level=INFO)
    """
    global _current  # noqa: PLW0603 (as above)
    sink = as_sink(sink, writer)
    asked: dict[str, Any] = {
        "level": level,
        # By the stream itself: another standard output is another sink.
        "sink": standard_output() if sink is None else sink,
        "renderer": renderer,
        "records": records,
        "uncaught": uncaught,
        "warnings": warnings,
        "framed": framed,
        **given,
    }
    with _lock:
        before = _current
        if before is not None and not (changed := _changed(before._given, asked)):  # noqa: SLF001 (our own)
            return before
        least = setting("level", None if level is None else str(level).lower(), "info", _LEVELS)
        shown: Any = setting("renderer", renderer, "auto", _RENDERERS)
        factory = logger_factory(asked["sink"])
        chain = preset(renderer=shown, **given)
        # Whatever the level, what the library says itself is written.
        log = structlog.wrap_logger(factory(_NAME), chain, bound_logger()).bind()
        warned = structlog.wrap_logger(factory(WARNINGS), chain, bound_logger(least)).bind()
        handler = RecordHandler(chain, factory, getattr(logging, least.upper())) if records else None
        if before is not None:
            before.undo()
        undo: list[Callable[[], object]] = [_restorer(), shorten_proxies()]
        ending: tuple[Any, ...] = ()
        if writer is not None:
            from structlog_enrich.setup.framing import account, framing  # noqa: PLC0415 (of use for a writer alone)

            writer.frame_with(**framing(chain))
            ending = writer.end_with, partial(account, writer)
            # After the last line. A sink that takes nothing the exit of the process waits for.
            undo.append(partial(writer.flush, patience=_PATIENCE))
        structlog.configure(
            processors=chain,
            wrapper_class=bound_logger(least),
            context_class=dict,
            logger_factory=factory,
            cache_logger_on_first_use=True,
        )
        if framed:
            undo.append(frame(log, {"level": least, "renderer": shown, **_facts(chain, asked)}, *ending))
            if writer is not None:
                # That has room then, where the sink takes lines at all.
                undo.append(partial(writer.flush, 1.0, patience=_PATIENCE))
        if handler is not None:
            undo.append(take_over(handler))
        if warnings:
            undo.append(log_warnings(warned))
        critical = _Critical(log) if uncaught else None
        if critical is not None:
            undo += [log_uncaught(critical), log_loops(critical)]
        _current = Configured(asked, chain, handler, undo, critical)
        if before is not None:
            log.warning("logging was configured anew", changed=changed)
        return _current


class _Critical:
    """Write a line about what nobody caught, and never raise: the interpreter would say that instead."""

    __slots__ = ("_log",)

    def __init__(self, log: Any) -> None:
        self._log = log

    def __call__(self, message: str, error: Any, data: dict[str, Any]) -> None:
        try:
            self._log.critical(message, exc_info=error, **data)
        except (Exception, DropEvent):  # noqa: BLE001 (a sink that was closed)
            return


def _facts(chain: list[Any], asked: dict[str, Any]) -> dict[str, Any]:
    # What `enrichment` is the fingerprint of, and what else decides what is written.
    return {
        **{name: asked[name] for name in ("records", "uncaught", "warnings")},
        "processors": [_shown(each) for each in chain],
        "library": __version__,
    }


def _shown(stage: Any) -> str:
    # A stranger's repr may hold anything; whose line it is says the header.
    if isinstance(stage, Guarded):
        return name_of(stage.wrapped)
    return "Envelope" if isinstance(stage, Envelope) else repr(stage)


def _changed(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    # What wasn't given is as its default.
    names = {*one, *other}
    return sorted(name for name in names if not _equal(_of(one, name), _of(other, name)))


def _of(given: dict[str, Any], name: str) -> Any:
    if name in given:
        return given[name]
    parameter = signature(preset).parameters.get(name)
    return None if parameter is None else parameter.default


def _equal(one: Any, other: Any) -> bool:
    try:
        return one is other or bool(one == other)
    except Exception:  # noqa: BLE001 (someone's own values)
        return False


def _restorer() -> Callable[[], None]:
    was_configured, config = structlog.is_configured(), structlog.get_config()

    def restore() -> None:
        if was_configured:
            structlog.configure(**config)
        else:
            structlog.reset_defaults()

    return restore
