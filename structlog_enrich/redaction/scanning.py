"""The scanner that goes with a policy's keys and rules."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from structlog_enrich.redaction.spelling import plain_spelling, words_of
from structlog_enrich.redaction.values import Rule, Scanner
from structlog_enrich.redaction.values.words import KEY_WORDS

if TYPE_CHECKING:
    from structlog_enrich.redaction.classifier import KeyClassifier

__all__ = ["scanner_for"]

_WORD: Final = re.compile(r"[^\W\d_]+|[0-9]+")


# Told by what it is made of, so a policy that travels finds the one that is there.
@lru_cache(maxsize=16)
def scanner_for(rules: tuple[Rule, ...], classifier: KeyClassifier, silent: frozenset[str] = frozenset()) -> Scanner:
    """Return a scanner for *rules* and for what is assigned to a key that *classifier* names, made once for each.

    Args:
        rules: What is found by its shape.
        classifier: What is found by a key.
        silent: Ids of rules that find nothing.

    >>> from structlog_enrich.redaction.classifier import KeyClassifier
    >>> scanner_for((), KeyClassifier(keys={"kundenNummer"})).redact("kunden-nummer=a8Kx92lQ")[0]
    'kunden-nummer=[REDACTED:kundenNummer]'
    """
    words = {word for name in classifier.keys for word in _words_in_text(name)}
    return Scanner(
        rules,
        classifier.classify,
        judge=classifier.judge,
        words=(*KEY_WORDS, *sorted(words)),
        silent=silent,
        allows=classifier.allows if classifier.allow else None,
    )


def _words_in_text(name: str) -> set[str]:
    # The longest word stands in the text whatever stands between them, in plain letters or as it is given.
    plain = words_of(plain_spelling(name))[0]
    given = _WORD.findall(name.lower())
    return {max(words, key=len) for words in (plain, given) if words}
