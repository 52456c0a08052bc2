"""Take finished lines where the chain ends, in place of its sink."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import structlog
from structlog.exceptions import DropEvent

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.logger import bound_logger
from structlog_enrich.preset import preset
from structlog_enrich.processors.console import ConsoleRenderer
from structlog_enrich.processors.guard import name_of
from structlog_enrich.processors.rendering import JSONRenderer
from structlog_enrich.testing.captured import Captured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from structlog.typing import EventDict, Processor, WrappedLogger

__all__ = ["captured_lines"]


@contextmanager
def captured_lines(chain: list[Processor] | None = None) -> Iterator[Captured]:
    """Capture every line that the real chain finishes within the block; none of them reaches its sink.

    Unlike `structlog.testing.capture_logs` it leaves the chain as it is and takes its last stage's lines, so that what
    is asserted is what would have been written: header, masks, cuts. Where that stage would write for a person, it
    writes JSON instead. Whoever shares the configured list is captured: loggers that were cached before, other threads
    and tasks, spans, and records of the standard library that come through `structlog_enrich.configure`.

    Not captured are loggers that were cached with another chain: configure once, before the first line, or without
    `cache_logger_on_first_use`. Nor are the lines of other processes, or of a chain that is configured within the
    block. A block within another has its lines for itself.

    Args:
        chain: The list of processors to capture from; structlog is configured with it for the block unless it is
            already. Default the one structlog is configured with, else `preset(service="tests")` with `bound_logger()`.

    Raises:
        ConfigurationError: A chain that is no list, or is empty.

    >>> with captured_lines(preset(service="checkout")) as lines:
    ...     structlog.get_logger().info("paid", password="hunter2")
    >>> lines[0]["service"], lines[0]["payload"]
    ('checkout', {'password': '[REDACTED:password]'})
    """
    with _configured(chain) as processors:
        captured = Captured(lambda: _why_nothing(processors))
        tap = _Tap(processors[-1], captured)
        # In place and in one step: whoever made a logger of this very list sees it, and a thread that logs meanwhile
        # sees the one or the other.
        processors[-1] = tap
        try:
            yield captured
        finally:
            tap.is_over = True
            # Looked for, since the list may have been edited meanwhile; another block may have begun in this one and
            # end after it.
            for index, each in enumerate(processors):
                if each is tap:
                    processors[index] = _beneath(tap, only_over=True)


def _why_nothing(processors: list[Processor]) -> str:
    if structlog.get_config()["processors"] is processors:
        return ""
    return "; structlog was configured anew within the block: configure it before"


class _Tap:
    """Run the last stage of a chain and keep what it makes."""

    __slots__ = ("_captured", "_finish", "is_over", "stage")

    def __init__(self, stage: Processor, captured: Captured) -> None:
        self.stage = stage
        self.is_over = False
        self._finish = _for_programs(_beneath(stage))
        self._captured = captured

    def __repr__(self) -> str:
        return repr(self.stage)

    def __reduce__(self) -> tuple[object, ...]:
        # To another process goes the stage that it stands for.
        return _beneath, (self.stage,)

    def __call__(self, logger: WrappedLogger, method_name: str, event_dict: EventDict) -> Any:
        if self.is_over:
            # Someone who kept a copy of the list, such as `capture_logs`, put it back after the block.
            return self.stage(logger, method_name, event_dict)
        self._captured.add(self._finish(logger, method_name, event_dict), name_of(_beneath(self.stage)))
        raise DropEvent


def _beneath(stage: Processor, *, only_over: bool = False) -> Processor:
    """Return what stands beneath the taps on *stage*, or beneath those whose blocks are over."""
    while isinstance(stage, _Tap) and (stage.is_over or not only_over):
        stage = stage.stage
    return stage


def _for_programs(stage: Processor) -> Processor:
    """Return *stage*, or what writes JSON where it would write for a person."""
    if isinstance(stage, ConsoleRenderer):
        return JSONRenderer()
    if isinstance(stage, JSONRenderer) and stage.terminal is not None:
        return JSONRenderer(stage.output, max_line=stage.max_line, total=stage._total)  # noqa: SLF001 (our own)
    return stage


@contextmanager
def _configured(chain: list[Processor] | None) -> Iterator[list[Processor]]:
    """Give the list that structlog is configured with, configured for the block where it isn't yet."""
    was_configured, before = structlog.is_configured(), structlog.get_config()
    standing: Any = before["processors"] if was_configured else None
    wanted: Any = standing if chain is None else chain
    given: dict[str, Any] = {} if was_configured else {"wrapper_class": bound_logger()}
    if wanted is None:
        wanted = preset(service="tests")
    elif chain is None and not isinstance(wanted, list):
        # Whatever iterable was configured, a list can be edited.
        wanted = list(wanted)
    if not isinstance(wanted, list) or not wanted:
        received = "an empty one" if isinstance(wanted, list) else type(wanted).__name__
        raise ConfigurationError("chain", "must be a list of processors", received=received)
    if wanted is standing:
        yield wanted
        return
    # Cached, a logger of this block would keep this chain for ever.
    structlog.configure(processors=wanted, cache_logger_on_first_use=False, **given)
    try:
        yield wanted
    finally:
        if was_configured:
            structlog.configure(**before)
        else:
            structlog.reset_defaults()
