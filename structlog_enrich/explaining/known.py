"""The processors whose nature is known: the library's own, and structlog's."""

from __future__ import annotations

from enum import Enum, auto
from typing import Any, Final, NamedTuple

import structlog
from structlog.stdlib import ProcessorFormatter

from structlog_enrich import processors as ours

__all__ = ["ADDING", "FINISHING", "NOTHING_KNOWN", "ORDER", "Known", "Role", "known_as", "unguarded"]


class Role(Enum):
    """What a stage is in the chain, where that matters for its place."""

    MERGER = auto()
    ERRORS = auto()
    ENVELOPE = auto()
    REDACT = auto()
    VERSION = auto()
    RENDERER = auto()
    FILTER = auto()
    CAPTURE = auto()
    HANDOVER = auto()
    FORMATTERS = auto()
    RENAMER = auto()
    EXCEPTIONS = auto()
    TIMESTAMP = auto()
    LEVEL = auto()
    LOGGER = auto()
    DATA = auto()


ORDER: Final = (Role.MERGER, Role.ERRORS, Role.ENVELOPE, Role.REDACT, Role.VERSION)
"""The library's own stages, as they stand before the renderer."""

FINISHING: Final = frozenset({Role.RENDERER, Role.HANDOVER})
"""Who makes something of the event that is no event any more."""

ADDING: Final = frozenset({Role.MERGER, Role.TIMESTAMP, Role.LEVEL, Role.LOGGER, Role.DATA})
"""Who adds data to every event or to some."""


class Known(NamedTuple):
    """Hold what is known of a processor.

    Attributes:
        does: What it adds or does, a phrase without a subject.
        role: What it is; None where it may stand anywhere before the envelope.
        is_ours: Whether it is the library's own.
        needs_logging: Whether it works with a `logging.Logger` only.
        name: Its public name, where its own says something else; empty where it doesn't.
        effect: What it would do beside its event, for which it isn't run; empty where it does nothing.
        reads_event: Whether it writes the text that stands under `event` apart from all other names.
    """

    does: str
    role: Role | None = None
    is_ours: bool = False
    needs_logging: bool = False
    name: str = ""
    effect: str = ""
    reads_event: bool = False


NOTHING_KNOWN: Final = Known("")
"""What is known of a stranger."""

_THEIRS: Final = "structlog.processors"


def _own(does: str, role: Role) -> Known:
    return Known(does, role, is_ours=True)


_TYPES: Final[dict[type, Known]] = {
    ours.MergeContext: Known(
        "adds what bind_contextvars bound, where the call has no such name", Role.MERGER, is_ours=True
    ),
    ours.ErrorDetails: _own("describes the exception, for the line's error", Role.ERRORS),
    ours.Envelope: Known(
        "puts the header on, and the event's own data into context and payload", Role.ENVELOPE, is_ours=True
    ),
    ours.Redact: _own("masks secrets, renders what JSON can't take, cuts to the limits", Role.REDACT),
    ours.SchemaVersion: _own("writes schema_version", Role.VERSION),
    ours.JSONRenderer: Known(
        "writes the line as JSON, in the form the wrapped logger takes", Role.RENDERER, is_ours=True
    ),
    ours.ConsoleRenderer: _own("writes the line for a person", Role.RENDERER),
    structlog.processors.TimeStamper: Known("adds the time", Role.TIMESTAMP),
    structlog.processors.MaybeTimeStamper: Known("adds the time, where there is none", Role.TIMESTAMP),
    structlog.processors.CallsiteParameterAdder: Known(
        "adds where in the code the call was made, for which it walks the stack", Role.DATA
    ),
    structlog.processors.EventRenamer: Known("renames event", Role.RENAMER),
    structlog.processors.ExceptionRenderer: Known("turns exc_info into exception", Role.EXCEPTIONS),
    structlog.processors.ExceptionPrettyPrinter: Known("prints exc_info", Role.EXCEPTIONS, effect="it prints"),
    structlog.processors.StackInfoRenderer: Known("turns stack_info into stack"),
    structlog.processors.UnicodeDecoder: Known("decodes bytes"),
    structlog.processors.UnicodeEncoder: Known("encodes text as bytes"),
    structlog.processors.JSONRenderer: Known("writes the event as JSON", Role.RENDERER),
    structlog.processors.KeyValueRenderer: Known(
        "writes the event as key=value pairs", Role.RENDERER, reads_event=True
    ),
    structlog.processors.LogfmtRenderer: Known("writes the event as logfmt", Role.RENDERER, reads_event=True),
    structlog.dev.ConsoleRenderer: Known("writes the event for a person", Role.RENDERER, reads_event=True),
    structlog.stdlib.PositionalArgumentsFormatter: Known("fits positional arguments into event"),
    structlog.stdlib.ExtraAdder: Known("adds what a record has as extra=", Role.DATA),
    structlog.testing.LogCapture: Known("captures the event for a test, and drops it", Role.CAPTURE),
}

# Looked up by identity: a stranger may not be hashable, or say that it equals everything.
_OBJECTS: Final[tuple[tuple[Any, Known], ...]] = (
    (structlog.contextvars.merge_contextvars, Known("adds what bind_contextvars bound", Role.MERGER)),
    (
        structlog.processors.add_log_level,
        Known("adds the level", Role.LEVEL, name=f"{_THEIRS}.add_log_level"),
    ),
    (structlog.stdlib.add_log_level_number, Known("adds the level's number", Role.DATA)),
    (structlog.stdlib.add_logger_name, Known("adds the logger's name", Role.LOGGER, needs_logging=True)),
    (structlog.dev.set_exc_info, Known("notes that exception() was called")),
    (
        structlog.processors.format_exc_info,
        Known("turns exc_info into exception, a text", Role.EXCEPTIONS, name=f"{_THEIRS}.format_exc_info"),
    ),
    (
        structlog.processors.dict_tracebacks,
        Known("turns exc_info into exception, a list", Role.EXCEPTIONS, name=f"{_THEIRS}.dict_tracebacks"),
    ),
    (
        structlog.stdlib.filter_by_level,
        Known("drops what the logger isn't enabled for", Role.FILTER, needs_logging=True),
    ),
    (
        structlog.stdlib.render_to_log_kwargs,
        Known("hands the event to logging as keywords", Role.RENDERER, needs_logging=True),
    ),
    (
        structlog.stdlib.render_to_log_args_and_kwargs,
        Known("hands the event to logging as arguments", Role.RENDERER, needs_logging=True),
    ),
    (
        ProcessorFormatter.wrap_for_formatter,
        Known("hands the event to a ProcessorFormatter", Role.HANDOVER, needs_logging=True),
    ),
    (
        ProcessorFormatter.remove_processors_meta,
        Known("removes what ProcessorFormatter added for its own use", Role.FORMATTERS),
    ),
)


def unguarded(processor: Any) -> Any:
    """Return what a `Guarded` wraps, however often, and any other as it is."""
    # By its type, here and in the whole room: `isinstance` believes a `__class__` that lies, and asks one that fails.
    while issubclass(type(processor), ours.Guarded):
        processor = processor.wrapped
    return processor


def known_as(processor: Any) -> Known:
    """Return what is known of *processor*, or `NOTHING_KNOWN`; a subclass is what its base is.

    >>> known_as(ours.Envelope()).role
    <Role.ENVELOPE: 3>
    >>> known_as(print) is NOTHING_KNOWN
    True
    """
    for each, known in _OBJECTS:
        if each is processor:
            return known
    return next((_TYPES[base] for base in type(processor).__mro__ if base in _TYPES), NOTHING_KNOWN)
