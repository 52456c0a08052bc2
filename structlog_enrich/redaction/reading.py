"""How the words of a name are read: which of them speaks of a secret, and what takes it back."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from structlog_enrich.redaction import words as w
from structlog_enrich.redaction.phrases import PHRASES, SPEAKS, apart
from structlog_enrich.redaction.spelling import words_of

if TYPE_CHECKING:
    from collections.abc import Container


__all__ = ["Verdict", "read"]

# Humps set at odd places, `passWord`, don't hide these; of `sessionId` and `nextToken` the humps are the meaning.
_NEED_HUMPS: Final = frozenset({"session", "token", "auth", "bearer"})
_HEADER: Final = {"auth": "auth", "key": "api-key"}
_SHORTEST_HEADER: Final = 3


class Verdict(NamedTuple):
    """What a name says of the value under it."""

    rule: str
    doubt: str | None = None
    """The test that a text must pass to be masked; None when any is. Nothing but text is masked under a doubt."""
    numbers: bool = True
    """Whether a number is masked."""
    flag: bool = False
    """Whether the name asks for a yes or no."""
    always: bool = False
    """Whether everything is masked, as by a name that a team gave itself."""


def read(spelling: str, without: Container[str] = ()) -> Verdict | None:
    """Return what a name in its plain spelling says, or None: nothing under it is a secret by its name.

    Args:
        spelling: The name, as `plain_spelling` returns it.
        without: The ids of rules that don't count.

    >>> read("stripe.apiKey"), read("token_count")
    (Verdict(rule='api-key', doubt=None, numbers=True, flag=False, always=False), None)
    """
    if SPEAKS.search(spelling.casefold()) is None:
        return None
    words, place = words_of(spelling)
    verdict = _read(words, place, without)
    # Of a name that only tells about a secret, `passwordResetAt`, the humps are the meaning, too.
    tells = w.METADATA.issuperset(words[-1:])
    if verdict is None and not tells and spelling not in {spelling.lower(), spelling.upper()}:
        verdict = _read(*words_of(spelling, humps=False), without)
        if verdict is not None and verdict.rule in _NEED_HUMPS:
            return None
    return verdict


def _read(words: list[str], place: int, without: Container[str]) -> Verdict | None:
    together, words, before = words, [], 0
    for at, word in enumerate(together):
        if at == place:
            before = len(words)
        words += apart(word)
    place = before
    if w.PREPOSITIONS.isdisjoint(words[1:-1]):
        return _name(words, place, without, alone=True)
    start, verdict = 0, None
    if any(word == "of" and (before in w.METADATA or before in w.FLAGS) for before, word in pairwise(words)):
        return None
    # The password *for* the master: each part is a name of its own.
    for at in [*(at for at in range(1, len(words) - 1) if words[at] in w.PREPOSITIONS), len(words)]:
        part = words[start:at]
        verdict = verdict or _name(part, min(max(place - start, 0), len(part)), without, alone=False)
        start = at + 1
    return verdict


def _name(words: list[str], place: int, without: Container[str], *, alone: bool) -> Verdict | None:
    stop = len(words)
    while stop and (words[stop - 1] in w.TRANSPARENT or words[stop - 1].isdigit()):
        stop -= 1
    tells = stop > 0 and words[stop - 1] in w.METADATA
    for end in range(len(words), 0, -1):
        for phrase in PHRASES.get(words[end - 1], ()):
            start = end - len(phrase.words)
            if start < 0 or (end - start > 1 and tuple(words[start:end]) != phrase.words) or phrase.rule in without:
                continue
            last = end >= stop
            if not last and (tells or not phrase.anywhere or end <= place):
                continue
            if phrase.whole and (start or not last or not alone):
                continue
            if phrase.doubt == "opaque" and (header := _header(words, place, without)) is not None:
                return header
            before = words[min(place, start) : start]
            if phrase.unless and not phrase.unless.isdisjoint(before):
                return None
            flag = not w.FLAGS.isdisjoint(before)
            return Verdict(phrase.rule, phrase.doubt, phrase.numbers and last and not flag, flag)
    return _header(words, place, without)


def _header(words: list[str], place: int, without: Container[str]) -> Verdict | None:
    # `X-Partner-Key`: names of headers that a vendor made up.
    name = [word for word in words[place:] if not word.isdigit()]
    rule = _HEADER.get(name[-1]) if name and name[0] == "x" else None
    if rule is None or rule in without or not w.NOT_A_KEY.isdisjoint(name):
        return None
    if rule == "auth":
        return Verdict(rule, doubt="auth")
    return Verdict(rule) if len(name) >= _SHORTEST_HEADER else None
