"""What a text looks like: random, a placeholder, a name, code."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from math import log2
from typing import AnyStr, Final

__all__ = [
    "EDGE",
    "ESCAPES",
    "end_of_rest",
    "ends_escape",
    "entropy",
    "has_digits",
    "has_letters_of_both_cases",
    "has_some_digits",
    "is_mixed",
    "is_opaque",
    "is_placeholder",
    "unlike_a_name",
]

EDGE: Final = rb"\b"
"""What stands before the literal that begins a word."""
ESCAPES: Final = (rb"\\[abfnrtv]", rb"\\x[0-9A-Fa-f]{2}", rb"\\u[0-9A-Fa-f]{4}")
"""What stands in a `repr` or in JSON for a break or another character: a word that follows begins behind it."""
_ESCAPE = re.compile(rb"(?:%b)\Z" % b"|".join(ESCAPES))

# A template that was not filled in, a mask, or a word that says there is no value.
_PLACEHOLDER = re.compile(
    rb"""\$\{[^}]*\}?|\$\([^)]*\)?|\$[A-Za-z_][A-Za-z0-9_]*|\$[0-9@*#?]|\{\{.*|\{%.*|<%.*|<[^<>]*>?"""
    rb"""|%[A-Za-z_][A-Za-z0-9_]*%"""
    rb"""|%[sdrfv]|%\([a-z_]+\)s|\{[A-Za-z0-9_.]*\}|\#\{[^}]*\}|@[A-Za-z_]+@|\[[A-Z_ -]+\]|\[\w*[^\]]*\]?"""
    rb"""|\xe2\x80\xa6\[\+[0-9]{1,20}\]?"""
    rb"""|[*xX.\-_#?\xe2\x80\xa2]+|\s*|[01]|\(?[Rr][Ee][Dd][Aa][Cc][Tt][Ee][Dd]\)?"""
    rb"""|(?i:none|null|nil|true|false|yes|no|on|off|undefined|empty|required|optional|missing|invalid|expired"""
    rb"""|incorrect"""
    rb"""|example|placeholder|changeme|change_me|todo|tbd|n/a|string|str|int|bool|bytes|object|unset"""
    rb"""|not[ _]set|hidden"""
    rb"""|masked"""
    rb"""|filtered|secret_?here|your[-_ ]?[a-z_ -]*|my[-_]?(?:password|secret|token|api[-_]?key)"""
    rb"""|xxx+(?:[-_][a-z0-9-]*)?)""",
)
# Somewhere in it a run of what is typed over a secret, or dots at the end.
_MASKED = re.compile(rb"[xX]{6}|\*{4}|#{5}|0{12}|1{20}|\.\.\.\Z")
_DIGITS = b"0123456789"
_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Shorter is a word or a number; without a digit it must be as long and as mixed as this.
_SHORTEST, _LONG, _MIXED = 6, 16, 3.6
_REST = re.compile(rb"[^\s\"'\\]*")
_WORD = re.compile(rb"[A-Za-z]+(?:[ _./:\\-][A-Za-z]+)*")


def entropy(text: bytes) -> float:
    """Return the Shannon entropy of *text* in bits a byte.

    >>> entropy(b"aaaa"), entropy(b"abab"), entropy(b"abcdefgh")
    (0.0, 1.0, 3.0)
    """
    size = len(text)
    return sum(n / size * log2(size / n) for n in Counter(text).values()) if size else 0.0


def is_placeholder(text: bytes) -> bool:
    """Tell whether *text* stands for a secret rather than being one.

    >>> [is_placeholder(each) for each in (b"${TOKEN}", b"<password>", b"****", b"[REDACTED:token]", b"hunter2")]
    [True, True, True, True, False]
    """
    # What is longer than any has more in it than one.
    return len(text) <= 256 and (_PLACEHOLDER.fullmatch(text) is not None or _MASKED.search(text) is not None)  # noqa: PLR2004


def is_opaque(text: bytes) -> bool:
    """Tell whether *text* looks made by a machine: digits among letters, or long without a word's shape.

    >>> is_opaque(b"a8Kx92lQ"), is_opaque(b"mismatch"), is_opaque(b"8080")
    (True, False, False)
    """
    text = text[:512]
    if len(text) < _SHORTEST or _WORD.fullmatch(text):
        return len(text) >= _LONG and entropy(text) > _MIXED and has_letters_of_both_cases(text) and b" " not in text
    digits = len(text) - len(text.translate(None, _DIGITS))
    letters = len(text) - len(text.translate(None, _LETTERS))
    return bool(digits and letters and digits + letters > len(text) * 0.6)


def matched_to(pattern: re.Pattern[AnyStr], data: AnyStr, at: int) -> int:
    """Return where the match of *pattern* at *at* ends, which is there when nothing matches."""
    found = pattern.match(data, at)
    return found.end() if found else at


def end_of_rest(data: bytes, at: int) -> int:
    """Return where what was cut at *at* ends at the latest: at a blank, a quote or a backslash.

    >>> end_of_rest(b"abc,def ghi", 2)
    7
    """
    return matched_to(_REST, data, at)


def ends_escape(data: bytes, at: int) -> bool:
    r"""Tell whether an escape ends at *at*.

    >>> ends_escape(rb"a\tb", 3), ends_escape(b"atb", 2)
    (True, False)
    """
    return b"\\" in data[max(0, at - 6) : at] and _ESCAPE.search(data, max(0, at - 6), at) is not None


def has_digits(secret: bytes) -> bool:
    """Tell whether there is a digit."""
    return len(secret.translate(None, _DIGITS)) < len(secret)


def has_some_digits(secret: bytes) -> bool:
    """Tell whether there are four digits or more, as in a token that holds numbers."""
    return len(secret) - len(secret.translate(None, _DIGITS)) > 3  # noqa: PLR2004


def has_letters_of_both_cases(secret: bytes) -> bool:
    """Tell whether there are capitals and small letters."""
    return secret.lower() != secret != secret.upper()


def is_mixed(secret: bytes) -> bool:
    """Tell whether there are capitals, small letters and two digits or more, as in nearly every random text."""
    return has_letters_of_both_cases(secret) and len(secret) - len(secret.translate(None, _DIGITS)) > 1


def unlike_a_name(secret: bytes) -> bool:
    """Tell a random body from an identifier in camel case, which changes case rarely: `hf_requiredTypesForDisplay`."""
    body = secret.rpartition(b"_")[2]
    changes = sum(a in range(97, 123) and b not in range(97, 123) for a, b in pairwise(body))
    return has_digits(body) or changes * 6 >= len(body)
