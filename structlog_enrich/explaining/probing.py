"""What each stage does to one event, found out with no effect that can be foreseen.

The stages that run are twins of the chain's, in a copy of the context, outside any trace, and what they make is thrown
away. No line's number is taken.
"""

from __future__ import annotations

import itertools
from contextvars import copy_context
from copy import deepcopy
from types import CoroutineType, MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from structlog.contextvars import STRUCTLOG_KEY_PREFIX
from structlog.exceptions import DropEvent

from structlog_enrich.explaining.known import FINISHING, NOTHING_KNOWN, Known, Role, known_as, unguarded
from structlog_enrich.explaining.plain import lost_names, new_names, plain, same
from structlog_enrich.explaining.strangers import effect_of, exporter_of
from structlog_enrich.processors import Envelope, Guarded
from structlog_enrich.processors.inflight import PRIVATE
from structlog_enrich.said import SAID
from structlog_enrich.trace.context import CURRENT
from structlog_enrich.trace.ids import OWN
from structlog_enrich.trace.seen import SEEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from contextvars import Context

__all__ = ["METHOD", "PROBE", "Trial", "calm_context", "try_out"]

PROBE: Final[Mapping[str, Any]] = MappingProxyType({"event": "a probe of the chain"})
"""The event that is run unless another is given: a message and nothing else."""

METHOD: Final = "info"
"""The name of the method by which the probe is logged."""

_SCALARS: Final = frozenset({str, int, float, bool, type(None)})
_FINISHED: Final = (str, bytes, bytearray, tuple)


class Trial(NamedTuple):
    """Hold what is known of a stage once it was tried.

    Attributes:
        processor: The stage, without its guard.
        known: What was known of it before.
        is_guarded: Whether it has a guard.
        exports_to: Where it sends events, if that is known.
        twin: What was run, with its guard; None where it wasn't.
        given: What it was given; None where it wasn't run.
        added: The names that it added.
        removed: Those that it took away.
        changed: Those to which it gave another value.
        fresh: The names below which it put a value that it neither moved nor renamed.
        lost: Those that it took away with their value, which it neither moved nor renamed.
        is_finished: Whether it was handed a finished line.
        finishes: Whether it makes a finished line of the event.
        failure: What went wrong; None where nothing did.
        skipped: Why it wasn't run; None where it was.
        on_flat: What it makes of the flat event, `event` or `line`, where it failed after the envelope; else None.
    """

    processor: Any
    known: Known
    is_guarded: bool
    exports_to: str | None = None
    twin: Any = None
    given: Any = None
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    fresh: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    is_finished: bool = False
    finishes: bool = False
    failure: str | None = None
    skipped: str | None = None
    on_flat: str | None = None


def calm_context() -> Context:
    """Return a copy of this context without a trace, in which each name is bound whose value is safe to hand out.

    Another value is replaced by the name of its type: a stage might change it.
    """
    context = copy_context()
    context.run(_calm)
    return context


def _calm() -> None:
    for variable, value in copy_context().items():
        is_bound = variable.name.startswith(STRUCTLOG_KEY_PREFIX) and value is not ...
        if is_bound and type(value) not in _SCALARS:
            variable.set(f"<{type(value).__name__}>")
    CURRENT.set(None)
    SEEN.set(None)
    SAID.set(None)


def try_out(processors: Iterable[Any], probe: Mapping[str, Any] | None, logger: Any) -> list[Trial]:
    """Return what is found out about each of *processors*, by running *probe* through twins of them.

    A stage that fails or drops the event counts as one that did nothing.

    Args:
        processors: The chain.
        probe: The event, of which a copy is run; None runs nothing.
        logger: What the stages are given as the wrapped logger.
    """
    event: Any = None if probe is None else plain(dict(probe))
    context = calm_context()
    trials: list[Trial] = []
    flat = None
    finished = False
    for processor in processors:
        inner = unguarded(processor)
        known = known_as(inner)
        trial = Trial(inner, known, inner is not processor, exporter_of(inner) if known is NOTHING_KNOWN else None)
        if event is None:
            trial = trial._replace(skipped="no probe is run", is_finished=finished)
        else:
            trial, event = context.run(_tried, trial, event, logger)
            if known.role is Role.ENVELOPE:
                flat = trial.given
            elif flat is not None and not known.is_ours and trial.failure is not None and not trial.is_finished:
                trial = trial._replace(on_flat=context.run(_on_flat, inner, flat, logger))
        finished = finished or (known.role in FINISHING and not trial.is_guarded)
        trials.append(trial)
    return trials


def _tried(trial: Trial, event: Any, logger: Any) -> tuple[Trial, Any]:
    finished = type(event) is not dict
    trial = trial._replace(is_finished=finished)
    if finished and trial.known is not NOTHING_KNOWN:
        return trial._replace(skipped="it is given a finished line"), event
    if trial.exports_to is not None:
        return trial._replace(skipped=f"it sends events to {trial.exports_to}"), event
    effect = effect_of(trial.processor) if trial.known is NOTHING_KNOWN else trial.known.effect
    if effect:
        return trial._replace(skipped=effect), event
    try:
        twin = _twin(trial.processor)
    except (Exception, SystemExit):  # noqa: BLE001 (someone's own way of refusing to be copied)
        return trial._replace(skipped="it can't be copied"), event
    trial = trial._replace(twin=Guarded(twin) if trial.is_guarded else twin, given=plain(event))
    try:
        result = twin(logger, METHOD, event)
    except DropEvent:
        return trial._replace(failure="drops the event"), trial.given
    except (Exception, SystemExit) as error:  # noqa: BLE001 (reported, with its type only)
        return trial._replace(failure=f"raises {type(error).__name__}"), trial.given
    if type(result) is CoroutineType:
        # Of an `async def`; nobody awaits it here either, and nothing is said of it.
        result.close()
    is_text = issubclass(type(result), _FINISHED)
    if trial.is_guarded and (finished or is_text):
        # A guard takes events only, and gives events only.
        return trial._replace(failure=f"returns {type(result).__name__}"), trial.given
    if is_text:
        return trial._replace(finishes=not finished), result
    if finished or not issubclass(type(result), dict):
        return trial._replace(failure=f"returns {type(result).__name__}"), trial.given
    return _compared(trial, result), plain(dict(result))


def _on_flat(processor: Any, flat: dict[Any, Any], logger: Any) -> str | None:
    try:
        result = _twin(processor)(logger, METHOD, plain(flat))
    except (Exception, DropEvent, SystemExit):  # noqa: BLE001 (it fails there, too)
        return None
    if issubclass(type(result), _FINISHED):
        return "line"
    return "event" if issubclass(type(result), dict) else None


def _compared(trial: Trial, result: dict[Any, Any]) -> Trial:
    given = trial.given
    return trial._replace(
        added=tuple(str(name) for name in result if name not in given and name != PRIVATE),
        removed=tuple(str(name) for name in given if name not in result and name != PRIVATE),
        changed=tuple(
            str(name)
            for name, value in result.items()
            if name in given and name != PRIVATE and not same(given[name], value)
        ),
        fresh=new_names(given, result),
        lost=lost_names(given, result),
    )


def _twin(processor: Any) -> Any:
    """Return a processor that does what *processor* does, and shares nothing with it that a call changes."""
    if not known_as(processor).is_ours:
        return deepcopy(processor)
    # By its state, so that a subclass stays what it is. What our own stages keep is replaced and never changed; what a
    # subclass keeps beside it, nobody knows.
    cls = type(processor)
    twin = object.__new__(cls)
    state: Any = object.__getstate__(processor)
    theirs, own = state if type(state) is tuple else (state, None)
    for name, value in (own or {}).items():
        object.__setattr__(twin, name, value)
    for name, value in (theirs or {}).items():
        object.__setattr__(twin, name, deepcopy(value))
    if issubclass(cls, Envelope):
        twin._renew()
        twin._next_seq = itertools.count().__next__
        twin._current = OWN.current
    return twin
