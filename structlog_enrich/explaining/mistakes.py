"""What is wrong with a chain, by all the rules there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from structlog_enrich.explaining import enveloped, flat, presence, surroundings

if TYPE_CHECKING:
    from structlog_enrich.explaining.chain import Chain
    from structlog_enrich.explaining.report import Mistake

__all__ = ["RULE_IDS", "find_mistakes"]

RULE_IDS: Final = frozenset(
    {
        "after-renderer",
        "capture-left",
        "data-after-redaction",
        "data-beside-header",
        "dropped-after-envelope",
        "duplicate-header",
        "export-before-redaction",
        "export-without-message",
        "formatted-exception",
        "missing-stage",
        "needs-flat-event",
        "removed-header",
        "renamed-event",
        "repeated-stage",
        "returns-no-event",
        "second-merger",
        "under-processor-formatter",
        "unguarded-failure",
        "wrong-logger",
        "wrong-order",
    }
)
"""What each rule is called."""

_RULES: Final = (*presence.RULES, *flat.RULES, *enveloped.RULES, *surroundings.RULES)


def find_mistakes(chain: Chain) -> list[Mistake]:
    """Return what is wrong with *chain*, by the stage it is about; what is missing comes first."""
    found = [mistake for rule in _RULES for mistake in rule(chain)]
    return sorted(found, key=lambda mistake: mistake.stages[:1])
