"""The tables of `words.py`, arranged for reading a name from its end."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from structlog_enrich.redaction import words as w
from structlog_enrich.redaction.spelling import plain_spelling, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["PHRASES", "SPEAKS", "Phrase", "apart"]

_COUNTED: Final = frozenset({"card", "cvv", "otp", "password", "pin", "secret", "ssn"})
_KEYS: Final = frozenset(w.KEY_KINDS) - {"session"}
_COMMON: Final = frozenset(
    {"account", "aiohttp", "atm", "codes", "connect", "forgery", "middleware", "security", "signature", "sim"}
) | {"transaction"}
_PASSWORD_AND: Final = re.compile(r"(passw(?:or)?d)(?!s\Z|less\Z)([a-z]+)")
# Of few owners only: a name in which they repeat could be divided in more ways than can be tried.
_OWNED: Final = re.compile(rf"(?:{'|'.join(sorted(w.OWNERS))}){{1,3}}(pass|pw)")
_JOINED_KEY: Final = re.compile(w.JOINED_KEYS)
_ENDING: Final = re.compile("|".join(f"({pattern})s?" for pattern in w.ENDINGS.values()))
_MEANT: Final = tuple(w.ENDINGS)


class Phrase(NamedTuple):
    """Words that speak of a secret."""

    words: tuple[str, ...]
    rule: str
    anywhere: bool = False
    """Whether they do so in front of other words too."""
    whole: bool = False
    """Whether they do so only as the whole name."""
    doubt: str | None = None
    """The test that a value must pass: a name of `shapes.DOUBTS`."""
    unless: frozenset[str] = frozenset()
    """The words that, standing before them, make them harmless."""
    numbers: bool = False
    """Whether a number may be the secret."""


def _phrases() -> Iterator[Phrase]:
    for anywhere, table in ((True, w.ANYWHERE), (False, w.TAIL)):
        for rule, words in _each(table):
            numbers = rule in _COUNTED | _KEYS and words != ("pass",) and not words[-1].endswith("s")
            yield Phrase(words, rule, anywhere, unless=_unless(rule, words), numbers=numbers)
    for rule, (kind,) in _each(w.KEY_KINDS):
        yield Phrase((kind, "key"), rule, unless=w.NOT_A_KEY, numbers=rule in _KEYS)
        yield Phrase((kind, "keys"), rule, unless=w.NOT_A_KEY)
    for rule, words in _each(w.WHOLE):
        doubt = {"auth": "auth", "key": "generated", "pin": "pin"}.get(rule, "opaque")
        yield Phrase(words, rule, whole=True, doubt=doubt, numbers=rule == "pin")
    for rule, words in _each(w.HALVES):
        yield Phrase(words, rule, doubt="words" if rule == "mnemonic" else "opaque")


def _each(table: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for rule, phrases in table.items():
        for phrase in phrases.split():
            yield rule, tuple(words_of(plain_spelling(phrase))[0])


def _unless(rule: str, words: tuple[str, ...]) -> frozenset[str]:
    if rule in _KEYS:
        return w.NOT_A_KEY
    if rule == "token":
        return w.NOT_A_TOKEN
    return w.NOT_A_PASS if words == ("pass",) else frozenset()


def _by_last_word() -> dict[str, tuple[Phrase, ...]]:
    arranged: dict[str, list[Phrase]] = {}
    for phrase in _phrases():
        arranged.setdefault(phrase.words[-1], []).append(phrase)
    # What says more goes first: more words, then the whole name, then what needs no look at the value.
    return {
        word: tuple(sorted(phrases, key=lambda each: (-len(each.words), not each.whole, each.doubt is not None)))
        for word, phrases in arranged.items()
    }


PHRASES: Final = _by_last_word()
"""Every phrase, by its last word; of several the first that fits counts."""


def _stems() -> str:
    # Of each phrase the word that is seldom in other names.
    common = w.TRANSPARENT | w.OWNERS | _COMMON
    stems = {
        max((word for word in phrase.words if word not in common), key=len, default=phrase.words[-1])
        for phrases in PHRASES.values()
        for phrase in phrases
        if not phrase.words[-1].startswith("key")
    }
    stems |= w.ENDINGS.keys() - {"sessionid"}
    loose = {"key", "pass", "pwd", "sess", "srf"}
    needed = sorted(stem for stem in stems | loose if not any(each != stem and each in stem for each in stems | loose))
    return "|".join([r"p[as]?s{0,3}w", *map(re.escape, needed)])


SPEAKS: Final = re.compile(_stems())
"""Found in every name, in lower case, that any phrase can fit; most names lack it and need no reading."""


@lru_cache(maxsize=2_048)
def apart(word: str) -> tuple[str, ...]:
    """Return a word as the words that were written together in it, as far as they matter.

    >>> apart("dbpassword"), apart("xapikey"), apart("mysqlpass"), apart("compass")
    (('db', 'password'), ('x', 'api', 'key'), ('mysql', 'pass'), ('compass',))
    """
    if word in PHRASES or SPEAKS.search(word) is None:
        return (word,)
    if (found := _JOINED_KEY.fullmatch(word)) is not None:
        before, kind, short = found.group("before", "kind", "short")
        if short is not None:
            return ("private" if short == "p" else short, "key")
        return (before, kind, "key") if before else (kind, "key")
    if (found := _OWNED.fullmatch(word)) is not None:
        return (word[: found.start(1)], found[1])
    if (found := _PASSWORD_AND.fullmatch(word)) is not None:
        return ("password", found[2])
    if (found := _ENDING.fullmatch(word)) is not None:
        return _ended(word, _MEANT[(found.lastindex or 1) - 1])
    return (word,)


def _ended(word: str, meant: str) -> tuple[str, ...]:
    plural = word.endswith("s")
    single = word[:-1] if plural else word
    before = single[: -len(meant)] if single.endswith(meant) else ""
    if meant == "token":
        # `nextpagetoken` is the token of the next page.
        before = next((each for each in sorted(w.NOT_A_TOKEN) if before.endswith(each)), before)
    last = f"{meant}s" if plural and f"{meant}s" in PHRASES else meant
    return (before, last) if before else (last,)
