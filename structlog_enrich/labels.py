"""A team's own labels for every line: what they may be."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.processors.plain import INT_MAX, INT_MIN
from structlog_enrich.redaction.markers import DROP
from structlog_enrich.redaction.policy import RedactionPolicy
from structlog_enrich.resource.rules import LABEL_NAME, MAX_LABELS, MAX_LENGTH, is_label_name

if TYPE_CHECKING:
    from structlog_enrich.resource import Scalar

__all__ = ["MAX_LABELS", "checked_labels"]


def checked_labels(
    parameter: str, labels: Mapping[str, Scalar] | None, redaction: RedactionPolicy | None, masked: list[str]
) -> dict[str, Scalar]:
    """Return *labels* as they are written on every line.

    Args:
        parameter: Whose value they are, `tags` or `feature_flags`.
        labels: Names to text, finite numbers or bools.
        redaction: What is masked: a label is on every line, so it is judged once and here.
        masked: Where each label that was masked is noted as `path:rule`.

    Raises:
        ConfigurationError: Labels, a name or a value that can't be written. A value isn't shown, only its type: one
            that no rule knows may still hold what should not be seen.

    >>> checked_labels("tags", {"team": "pay", "password": "hunter2"}, RedactionPolicy(), [])
    {'team': 'pay', 'password': '[REDACTED:password]'}
    """
    if labels is not None and not isinstance(labels, Mapping):
        raise ConfigurationError(parameter, "must map names to values", received=type(labels).__name__)
    if labels is not None and len(labels) > MAX_LABELS:
        raise ConfigurationError(parameter, f"must hold at most {MAX_LABELS} labels", received=str(len(labels)))
    checked: dict[str, Scalar] = {}
    for name, value in (labels or {}).items():
        if not isinstance(name, str) or not is_label_name(name):
            rule = f"must have names of {LABEL_NAME}"
            raise ConfigurationError(parameter, rule, received=f"{name!r:.80}")
        found = value if redaction is None else _redacted(parameter, name, value, redaction, masked)
        if found is DROP:
            continue
        if not _is_scalar(found):
            rule = f"must be text of at most {MAX_LENGTH} printable characters, a finite number or a bool"
            raise ConfigurationError(f"{parameter}[{name!r}]", rule, received=type(found).__name__)
        checked[name] = _plain(found)
    return checked


def _redacted(parameter: str, name: str, value: Any, redaction: RedactionPolicy, masked: list[str]) -> Any:
    policy, path = redaction.compiled, f"{parameter}.{name}"
    state = policy.start
    for step in (parameter, name):
        state = None if state is None else state.step(step)
    if policy.keeps(state):
        return value
    rule = policy.judge(name, value, state)
    if rule is not None:
        masked.append(f"{path}:{policy.label(rule)}")
        return policy.replace(rule, value, path, key=name)
    if not isinstance(value, str):
        return value
    found, rules = policy.scan(str.__str__(value), path)
    masked += [f"{path}:{policy.label(each)}" for each in rules]
    return found


def _is_scalar(value: object) -> bool:
    if isinstance(value, bool):
        return True
    if isinstance(value, int):
        return INT_MIN <= value <= INT_MAX
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, str) and len(value) <= MAX_LENGTH and value.isprintable()


def _plain(value: Scalar) -> Scalar:
    # Of a subclass only what JSON takes, past any override.
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int.__add__(value, 0)
    return float.__add__(value, 0.0) if isinstance(value, float) else str.__str__(value)
