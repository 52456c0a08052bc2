"""Keep a broken processor from costing the event."""

from __future__ import annotations

import threading
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from structlog.exceptions import DropEvent

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.said import SAID, rejoin, report_fault

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

__all__ = ["Guarded", "name_of"]

_DEEPEST: Final = 2


class _Running(threading.local):
    """Hold the guards that run in this thread, the outermost first."""

    def __init__(self) -> None:
        # In no ContextVar: to set one for each stage would make MergeContext read the context again.
        self.guards: list[Guarded] = []


_RUNNING: Final = _Running()


class Guarded:
    """Run a team's processor so that its failure costs only its own contribution.

    An `Exception`, or a result that isn't a dict, leaves the event as it was before the processor saw it and names the
    processor in the line's `faults`. `DropEvent` passes: a team may drop its own events.

    A processor that logs by itself makes a line within a line, and is asked about that one too. Guards run two deep in
    a thread: deeper the processor is left out, with the fault `Nested`, so that one call makes a handful of lines.

    Args:
        processor: Any structlog processor.

    Raises:
        ConfigurationError: *processor* can't be called.

    >>> def broken(logger, method_name, event_dict):
    ...     del event_dict["event"]
    ...     raise KeyError("region")
    >>> Guarded(broken)(None, "info", {"event": "paid"})
    {'event': 'paid'}
    """

    __slots__ = ("_stage", "wrapped")

    wrapped: Processor

    def __init__(self, processor: Processor) -> None:
        if not callable(processor):
            raise ConfigurationError("processor", "must be callable", received=f"{processor!r:.80}")
        self.wrapped = processor
        self._stage = name_of(processor)

    def __repr__(self) -> str:
        return repr(self.wrapped)

    def __reduce__(self) -> tuple[type[Guarded], tuple[Processor]]:
        return Guarded, (self.wrapped,)

    def __call__(self, logger: WrappedLogger, method_name: str, event_dict: EventDict) -> EventDict:
        running = _RUNNING.guards
        if len(running) >= _DEEPEST and _depth(running, self) > _DEEPEST:
            report_fault(self._stage, "Nested")
            return event_dict
        before: EventDict = event_dict.copy()  # type: ignore[attr-defined]
        said = SAID.get()
        if said is not None:
            # The processor may log by itself: that line is another one, and nothing of this is said of it.
            SAID.set(None)
        try:
            # Within, so that a signal's exception, which comes after a call, finds it noted and takes it out again.
            running.append(self)
            # A stranger's processor may return anything; what isn't a dict is turned away below.
            result: EventDict = self.wrapped(logger, method_name, event_dict)  # type: ignore[assignment]
        except DropEvent:
            SAID.set(None if said is None else said.outer)
            raise
        except Exception as error:  # noqa: BLE001 (this is the guard)
            if said is not None:
                rejoin(said)
            report_fault(self._stage, error)
            return before
        finally:
            running.pop()
        if said is not None:
            rejoin(said)
        if issubclass(type(result), dict):
            return result
        report_fault(self._stage, "NotADict")
        return before


def name_of(processor: Processor) -> str:
    """Return the name under which *processor* appears in `faults`, `module.qualname`; a `partial` has its function's.

    Whatever can be called has one.

    >>> name_of(Guarded(print)), name_of(dict.get)
    ('structlog_enrich.processors.guard.Guarded', 'dict.get')
    """
    named: Any = processor
    # By its type: a stranger's `__class__` may lie, and any of its attributes may fail.
    while issubclass(type(named), partial):
        named = named.func
    qualname = _text(named, "__qualname__")
    if not qualname:
        named = type(named)
        # Read past a metaclass.
        qualname = type.__dict__["__qualname__"].__get__(named)
    return ".".join(filter(None, (_text(named, "__module__"), qualname)))


def _text(named: Any, attribute: str) -> str:
    try:
        text = getattr(named, attribute)
    except Exception:  # noqa: BLE001 (a stranger's own way of having no name)
        return ""
    return text if type(text) is str else ""


def _depth(running: list[Guarded], guard: Guarded) -> int:
    # A guard around a guard is one.
    return 1 + sum(outer.wrapped is not inner for outer, inner in pairwise([*running, guard]))
