"""What a writer is given, checked."""

from __future__ import annotations

import math
from pickle import PicklingError
from time import monotonic_ns
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from structlog_enrich.delivery.policies import Block, DropNewest, DropOldest, Reserve, Sample, Spill
from structlog_enrich.delivery.policies.guarded import GuardedPolicy
from structlog_enrich.delivery.sinks import File
from structlog_enrich.exceptions import ConfigurationError

if TYPE_CHECKING:
    from structlog_enrich.delivery.policies import Policy

__all__ = ["PolicyName", "checked", "deadline", "pickled", "policy_for", "positive", "seconds", "span", "writer_given"]

PolicyName: TypeAlias = Literal["block", "drop_newest", "drop_oldest", "reserve", "sample", "spill"]
"""The policies by name, each with its defaults."""

_SECOND: Final = 1_000_000_000
_MOMENT: Final = _SECOND // 4
# Longer than any process runs, and not too long for a lock.
_FOR_EVER: Final = 1e9

_POLICIES: Final[dict[str, type[Any]]] = {
    "block": Block,
    "drop_newest": DropNewest,
    "drop_oldest": DropOldest,
    "reserve": Reserve,
    "sample": Sample,
    "spill": Spill,
}


def policy_for(on_full: PolicyName | Policy, max_bytes: int, max_records: int) -> Policy:
    """Return a policy for that budget.

    Raises:
        ConfigurationError: It is neither the name of one nor one.
    """
    made: Any = _POLICIES[on_full]() if isinstance(on_full, str) and on_full in _POLICIES else on_full
    if isinstance(made, type) or not callable(getattr(made, "begin", None)):
        rule = f"must be one of {', '.join(sorted(_POLICIES))}, or a policy"
        raise ConfigurationError("on_full", rule, received=f"{on_full!r:.80}")
    policy: Policy = made if type(made) in _POLICIES.values() else GuardedPolicy(made)
    return policy.begin(max_bytes, max_records)


def checked(**given: Any) -> dict[str, Any]:
    """Return the arguments of a writer, whose numbers are sound and whose functions can be called.

    Raises:
        ConfigurationError: One isn't.
    """
    for name in ("max_bytes", "max_records"):
        positive(name, given[name])
    for name in ("block_timeout", "exit_timeout", "report_every"):
        if name != "report_every" or given[name] is not None:
            seconds(name, given[name])
    for name in ("describe", "frame_gap", "frame_stats"):
        if given[name] is not None and not callable(given[name]):
            raise ConfigurationError(name, "must be a function", received=f"{given[name]!r:.80}")
    if given["report_every"] == 0:
        rule, remedy = "must be more than 0 seconds", "Leave it out where no such lines are wanted"
        raise ConfigurationError("report_every", rule, received=f"{given['report_every']!r}", remedy=remedy)
    return given


def pickled(given: dict[str, Any]) -> dict[str, Any]:
    """Return *given*, the arguments of a writer that can be made again in another process.

    Raises:
        PicklingError: Its sink can't.
    """
    sink = given["sink"]
    if not isinstance(sink, str | File) and not hasattr(sink, "__fspath__"):
        msg = "a Writer can be pickled only when its sink is a path, a File or a standard stream"
        raise PicklingError(msg)
    return given


def positive(name: str, value: object) -> int:
    """Return *value*, a positive whole number.

    Raises:
        ConfigurationError: It is none.
    """
    if type(value) is not int or value < 1:
        raise ConfigurationError(name, "must be a positive whole number", received=f"{value!r:.80}")
    return value


def seconds(name: str, value: object) -> float:
    """Return *value*, a number of seconds, not negative.

    Raises:
        ConfigurationError: It is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ConfigurationError(name, "must be a number of seconds, 0 or more", received=f"{value!r:.80}")
    return float(value)


def writer_given(value: object) -> Any:
    """Return *value*, a `Writer` or a `Several`.

    Raises:
        ConfigurationError: It is neither.
    """
    if not callable(getattr(value, "finish", None)) or isinstance(value, type):
        remedy = "Pass the writer itself, not its sink or its logger"
        raise ConfigurationError("writer", "must be a Writer or a Several", received=f"{value!r:.80}", remedy=remedy)
    return value


def span(name: str, value: object) -> float:
    """Return *value*, a number of seconds; a negative one as none, an infinite one as longer than any process runs.

    Raises:
        ConfigurationError: It is no number.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        raise ConfigurationError(name, "must be a number of seconds", received=f"{value!r:.80}")
    return max(0.0, min(value, _FOR_EVER))


def deadline(timeout: object, since: int | None = None) -> int:
    """Return when *timeout* seconds, a `span`, are over, in nanoseconds.

    Those that count *since* then leave a moment from now on, unless *timeout* is shorter.

    Raises:
        ConfigurationError: It is no number.
    """
    now, nanoseconds = monotonic_ns(), int(span("timeout", timeout) * _SECOND)
    return now + nanoseconds if since is None else max(since + nanoseconds, now + min(nanoseconds, _MOMENT))
