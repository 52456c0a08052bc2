"""What was found where, and what keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction.checking import RULE_PREFIX, allowed
from structlog_enrich.redaction.keys_in_texts import can_be_allowed
from structlog_enrich.redaction.paths import LONGEST_PATH, path_text, segment_text, whole_path_text
from structlog_enrich.redaction.values import DEFAULT_RULES

if TYPE_CHECKING:
    from structlog_enrich.redaction.compiled import Compiled
    from structlog_enrich.redaction.matcher import PathState
    from structlog_enrich.redaction.paths import Path

__all__ = ["Finding", "finding", "rule_named", "withheld"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Say what was found at one place.

    Attributes:
        path: Where, as `redacted` spells it.
        rule: The id of the rule; `cycle`, `depth`, `items` or `error` for what couldn't be looked into.
        allow: What to write into `allow` to keep it; empty where nothing keeps it.
    """

    path: str
    rule: str
    allow: str

    def __str__(self) -> str:
        said = f"{self.path or 'the text'}: masked by the rule {self.rule}"
        if not self.allow:
            return f"{said}, and no allow keeps it"
        allow = self.allow.replace("\\", "\\\\").replace('"', '\\"')
        return f'{said}; allow={{"{allow}"}} keeps it'


def finding(compiled: Compiled, rule: str, path: Path | None, key: str = "", *, is_placed: bool) -> Finding:
    """Return what is said of what *rule* found, with the narrowest that keeps it: a key, then a place, then a rule.

    Args:
        compiled: The policy.
        rule: Its id.
        path: Where.
        key: The name it stands under, or by which it is assigned in a text, where that may have told.
        is_placed: Whether a path of the policy can lead there: none leads into a set or an exception.
    """
    label = compiled.label(rule)
    # By its key what its value looks like still counts; at its place all that is there stays, but nothing elsewhere.
    if key and compiled.rule_for(key) == rule and can_be_allowed(key) and compiled.clean(key):
        allow = segment_text(key).removeprefix(".")
    else:
        allow = _place(path, is_placed=is_placed) or f"{RULE_PREFIX}{rule}"
    return Finding(path_text(path), label, allow)


def withheld(rule: str, path: Path | None, *, is_placed: bool) -> Finding:
    """Return what is said of what goes by no rule of the policy: only its place keeps it, where it has one."""
    return Finding(path_text(path), rule, _place(path, is_placed=is_placed))


def rule_named(compiled: Compiled, label: str, state: PathState | None) -> str | None:
    """Return the id of the policy's rule that a marker names, or None when it is no rule of this policy.

    Args:
        compiled: The policy.
        label: What stands in the marker.
        state: Where that stands in the policy's paths.
    """
    if state is not None and state.path is not None and compiled.label(state.path) == label:
        return state.path
    own = {
        *compiled.keys,
        *(each.id for each in compiled.values),
        *(each for each in compiled.types if type(each) is str),
    }
    if (rule := next((each for each in sorted(own) if compiled.label(each) == label), None)) is not None:
        return rule
    try:
        allowed((f"{RULE_PREFIX}{label}",), (each.id for each in DEFAULT_RULES))
    except ConfigurationError:
        return None
    return label


def _place(path: Path | None, *, is_placed: bool) -> str:
    # In `allow` one name alone is a key, wherever it stands.
    if path is None or path[0] is None or not is_placed:
        return ""
    text = whole_path_text(path)
    return text if len(text) <= LONGEST_PATH else ""
