"""Explain a chain."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol

import structlog
from structlog.stdlib import ProcessorFormatter

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.explaining.chain import chain_of
from structlog_enrich.explaining.costs import cost_of
from structlog_enrich.explaining.known import ADDING, NOTHING_KNOWN, Role, known_as, unguarded
from structlog_enrich.explaining.loggers import stand_in
from structlog_enrich.explaining.mistakes import RULE_IDS, find_mistakes
from structlog_enrich.explaining.naming import listed, stage_name
from structlog_enrich.explaining.presence import notes_of
from structlog_enrich.explaining.probing import PROBE, try_out
from structlog_enrich.explaining.report import Report, Stage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from structlog.typing import Processor

    from structlog_enrich.explaining.probing import Trial

__all__ = ["HasProcessors", "explain"]

_ALWAYS_THE_SAME: Final = frozenset({Role.ENVELOPE, Role.REDACT, Role.VERSION, Role.RENDERER, Role.HANDOVER})
_OF_FORMATTER: Final = {"_record": logging.makeLogRecord({"name": "explain"}), "_from_structlog": True}
"""What a ProcessorFormatter puts into an event."""


class HasProcessors(Protocol):
    """Hold a chain."""

    @property
    def processors(self) -> Iterable[Processor]:
        """The chain."""


def explain(
    processors: Iterable[Processor] | HasProcessors | None = None,
    *,
    measure: bool = False,
    probe: Mapping[str, Any] | None = PROBE,
    logger_factory: Any = None,
    allow: Iterable[str] = (),
) -> Report:
    """Say what each stage of a chain does, what it costs, and what is wrong with their order.

    One event, the *probe*, is run through copies of the stages to see what they do: in a copy of the context, outside
    any trace, and written nowhere. No `seq` is taken, nothing is raised, and no value is in the report, only names. A
    stage isn't run when it can't be copied, or when its code shows that it sends events elsewhere, logs, prints or
    uses a file. What can't be seen there, such as a counter in a module, can't be taken back: then pass `probe=None`.

    Args:
        processors: The chain, or what holds one: the handle that `configure()` returns, or a
            `structlog.stdlib.ProcessorFormatter`. Default the one that structlog is configured with.
        measure: Measure what each stage costs too, which takes some ten milliseconds for each.
        probe: The event to run, as the first stage would get it; default a message alone. None runs nothing: strangers
            are then judged by what is known of them, which is little.
        logger_factory: What makes the logger that the chain will have; default the one structlog is configured with. It
            isn't called. Where structlog isn't configured, no stage is judged by it.
        allow: The rules that may be broken, such as `export-before-redaction`: what breaks them is a note and no
            mistake. Default none.

    Raises:
        ConfigurationError: *processors* isn't a sequence of callables and holds none, *probe* isn't a mapping, there
            is none to measure with, or *allow* names no rule.

    >>> from structlog_enrich import preset
    >>> explain(preset(service="checkout")).ok
    True
    """
    chain = _checked(processors)
    if probe is not None and not isinstance(probe, Mapping):
        raise ConfigurationError("probe", "must be a mapping or None", received=type(probe).__name__)
    if probe is None and measure:
        raise ConfigurationError("measure", "needs a probe", received="True", remedy="Leave out probe=None")
    allowed = _allowed(allow)
    known = [known_as(unguarded(each)) for each in chain]
    is_formatters = isinstance(processors, ProcessorFormatter) or any(each.role is Role.FORMATTERS for each in known)
    if is_formatters:
        logger, is_logging = stand_in(structlog.stdlib.LoggerFactory(), wants_logging=True)
        probe = None if probe is None else {**_OF_FORMATTER, **probe}
    else:
        if logger_factory is None and (processors is None or structlog.is_configured()):
            logger_factory = structlog.get_config()["logger_factory"]
        logger, is_logging = stand_in(logger_factory, wants_logging=any(each.needs_logging for each in known))
    trials = try_out(chain, probe, logger)
    costs = [cost_of(each, logger) if measure else None for each in trials]
    stages = [_stage(number, *pair) for number, pair in enumerate(zip(trials, costs, strict=True), 1)]
    tried = chain_of(trials, is_logging=is_logging, is_formatters=is_formatters)
    found = find_mistakes(tried)
    notes = [*notes_of(tried), *(f"{each.rule} is allowed: {each.problem}" for each in found if each.rule in allowed)]
    return Report(tuple(stages), tuple(each for each in found if each.rule not in allowed), tuple(notes))


def _allowed(allow: Iterable[str]) -> frozenset[str]:
    if isinstance(allow, str):
        raise ConfigurationError("allow", "must be a sequence of rules", received="str", remedy="Put it in a list")
    try:
        allowed = frozenset(allow)
    except TypeError:
        raise ConfigurationError("allow", "must be a sequence of rules", received=type(allow).__name__) from None
    if unknown := sorted(map(str, allowed - RULE_IDS)):
        raise ConfigurationError("allow", "must name rules, such as `after-renderer`", received=f"{unknown[0]!r:.80}")
    return allowed


def _checked(given: Iterable[Processor] | HasProcessors | None) -> tuple[Processor, ...]:
    if given is None:
        return tuple(structlog.get_config()["processors"])
    held: Any = given if isinstance(given, list | tuple) else getattr(given, "processors", given)
    try:
        chain = tuple(held)
    except TypeError:
        rule = "must be a sequence of processors, or hold one"
        raise ConfigurationError("processors", rule, received=type(given).__name__) from None
    for index, each in enumerate(chain):
        if not callable(each):
            raise ConfigurationError(f"processors[{index}]", "must be callable", received=type(each).__name__)
    return chain


def _stage(number: int, trial: Trial, cost: float | None) -> Stage:
    return Stage(
        number,
        stage_name(trial.processor),
        _does(trial),
        trial.is_guarded,
        trial.added,
        trial.removed,
        trial.changed,
        trial.failure,
        trial.skipped,
        cost,
    )


def _does(trial: Trial) -> str:
    observed = _observed(trial)
    if trial.known is NOTHING_KNOWN:
        return observed or "leaves the probe as it is"
    if trial.known.role in _ALWAYS_THE_SAME and trial.failure is None:
        return trial.known.does
    if trial.added and observed == f"adds {listed(trial.added)}" and trial.known.role in ADDING:
        return f"{trial.known.does}: {listed(trial.added)}"
    return f"{trial.known.does}; here it {observed}" if observed else trial.known.does


def _observed(trial: Trial) -> str:
    if trial.skipped is not None:
        return f"wasn't run: {trial.skipped}" if trial.known is NOTHING_KNOWN else ""
    if trial.failure is not None:
        return trial.failure
    if trial.finishes:
        return "finishes the line"
    verbs = (("adds", trial.added), ("removes", trial.removed), ("changes", trial.changed))
    return ", ".join(f"{verb} {listed(names)}" for verb, names in verbs if names)
