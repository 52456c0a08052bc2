"""Keep a broken processor from costing the event."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from structlog.exceptions import DropEvent

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.said import SAID, rejoin, report_fault

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

__all__ = ["Guarded", "name_of"]


class Guarded:
    """Run a team's processor so that its failure costs only its own contribution.

    An `Exception`, or a result that isn't a dict, leaves the event as it was before the processor saw it and names the
    processor in the line's `faults`. `DropEvent` passes: a team may drop its own events.

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
        before: EventDict = event_dict.copy()  # type: ignore[attr-defined]
        said = SAID.get()
        if said is not None:
            # The processor may log by itself: that line is another one, and nothing of this is said of it.
            SAID.set(None)
        try:
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
        if said is not None:
            rejoin(said)
        if issubclass(type(result), dict):
            return result
        report_fault(self._stage, "NotADict")
        return before


def name_of(processor: Processor) -> str:
    """Return the name under which *processor* appears in `faults`, `module.qualname`; a `partial` has its function's.

    >>> name_of(Guarded(print))
    'structlog_enrich.processors.guard.Guarded'
    """
    named: Any = processor
    while isinstance(named, partial):
        named = named.func
    if not isinstance(getattr(named, "__qualname__", None), str):
        named = type(named)
    return ".".join(filter(None, (named.__module__, named.__qualname__)))
