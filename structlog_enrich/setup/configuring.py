"""One call that sets everything up, and a handle that undoes it."""

from __future__ import annotations

import io
import logging
import sys
from typing import TYPE_CHECKING, Any, Final, Self

import structlog

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.logger import bound_logger
from structlog_enrich.preset import preset
from structlog_enrich.setup.bridge import take_over
from structlog_enrich.setup.frame import frame
from structlog_enrich.setup.records import RecordHandler
from structlog_enrich.setup.settings import setting
from structlog_enrich.setup.uncaught import log_uncaught

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

__all__ = ["Configured", "configure"]

_LEVELS: Final = ("debug", "info", "warning", "error", "critical")


class Configured:
    """Hold what `configure()` set up, until it is undone; a context manager undoes it at its end.

    Attributes:
        processors: The chain that structlog and the standard library's records share.
        handler: What writes the records, for a `QueueListener`.
    """

    __slots__ = ("_given", "_undo", "handler", "processors")

    def __init__(
        self,
        given: dict[str, Any],
        processors: list[Any],
        handler: RecordHandler | None,
        undo: list[Callable[[], None]],
    ) -> None:
        self._given = given
        self._undo = undo
        self.processors = processors
        self.handler = handler

    def __repr__(self) -> str:
        return f"<Configured({', '.join(sorted(self._given))})>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.undo()

    def undo(self) -> None:
        """Put everything back as it was before, in the opposite order; a second call does nothing."""
        global _current  # noqa: PLW0603 (structlog's configuration is the process's, and so is this)
        while self._undo:
            self._undo.pop()()
        if _current is self:
            _current = None


_current: Configured | None = None


def configure(
    *,
    level: str | None = None,
    sink: Any = None,
    renderer: str | None = None,
    records: bool = True,
    uncaught: bool = True,
    warnings: bool = True,
    framed: bool = True,
    **given: Any,
) -> Configured:
    """Set up structlog and the standard library's `logging`, so that every line of this process has the envelope.

    Called again in the same way it changes nothing; otherwise the new way replaces the old, and a line says so.

    Args:
        level: The least level that is written; default what `STRUCTLOG_ENRICH_LEVEL` says, else `info`.
        sink: A stream, of bytes or of text; default standard output.
        renderer: As for `preset()`; default what `STRUCTLOG_ENRICH_RENDERER` says, else `auto`.
        records: Bring the records of the standard library into the same chain, in place of its console handlers.
        uncaught: Log exceptions that nobody caught.
        warnings: Log what `warnings.warn` says.
        framed: Write `log.start` first and `log.stop` at the end.
        **given: What else `preset()` takes; arguments win over the environment.

    Returns:
        The handle that undoes it.

    Raises:
        ConfigurationError: A level or a sink that is none, or what `preset()` refuses.

    >>> with configure(service="checkout", sink=sys.stdout, renderer="console", framed=False) as configured:
    ...     configured.handler
    RecordHandler(level=INFO)
    """
    global _current  # noqa: PLW0603 (as above)
    asked = {
        "level": level,
        "sink": sink,
        "renderer": renderer,
        "records": records,
        "uncaught": uncaught,
        "warnings": warnings,
        "framed": framed,
        **given,
    }
    if _current is not None and _same(_current._given, asked):  # noqa: SLF001 (our own)
        return _current
    least = _level(level)
    factory = _factory(sink)
    shown: Any = setting("renderer", renderer, "auto", ("auto", "json", "console"))
    chain = preset(renderer=shown, **given)
    before = _current
    if before is not None:
        before.undo()
    undo: list[Callable[[], None]] = [_restorer()]
    structlog.configure(
        processors=chain,
        wrapper_class=bound_logger(least),
        logger_factory=factory,
        cache_logger_on_first_use=True,
    )
    # Whatever the level, these are written.
    log = structlog.wrap_logger(factory("structlog_enrich"), chain, bound_logger()).bind()
    if framed:
        undo.append(frame(log, {"level": least, "renderer": shown}))
    handler = None
    if records:
        handler = RecordHandler(chain, factory, getattr(logging, least.upper()))
        undo.append(take_over(handler))
    if warnings:
        logging.captureWarnings(capture=True)
        undo.append(lambda: logging.captureWarnings(capture=False))
    if uncaught:
        undo.append(log_uncaught(log))
    _current = Configured(asked, chain, handler, undo)
    if before is not None:
        changed = sorted(name for name in {*before._given, *asked} if before._given.get(name) != asked.get(name))  # noqa: SLF001
        log.warning("logging was configured anew", changed=changed)
    return _current


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    try:
        return bool(one == other)
    except Exception:  # noqa: BLE001 (someone's own values)
        return False


def _level(level: str | None) -> str:
    return setting("level", None if level is None else level.lower(), "info", _LEVELS)


def _factory(sink: Any) -> Callable[..., Any]:
    stream = sys.stdout if sink is None else sink
    if isinstance(stream, io.TextIOBase) and getattr(stream, "buffer", None) is not None:
        stream = stream.buffer  # type: ignore[attr-defined]
    if isinstance(stream, io.RawIOBase | io.BufferedIOBase):
        return structlog.BytesLoggerFactory(stream)  # type: ignore[arg-type]
    if callable(getattr(stream, "write", None)):
        return structlog.PrintLoggerFactory(stream)
    raise ConfigurationError("sink", "must be a stream", received=type(sink).__name__)


def _restorer() -> Callable[[], None]:
    was_configured, config = structlog.is_configured(), structlog.get_config()

    def restore() -> None:
        if was_configured:
            structlog.configure(**config)
        else:
            structlog.reset_defaults()

    return restore
