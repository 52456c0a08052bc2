"""Long texts: how long one of a megabyte takes, and twice as much of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.judge.growth import CONTENTS, cost, filled
from structlog_enrich.redaction import DEFAULT_POLICY

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FAMILIES", "judged"]

_MEGABYTE: Final = 1_000_000
_LOOKED_AT: Final = 131_072
# Below this the clock ticks too coarsely for a ratio.
_LEAST_MS: Final = 1.0

FAMILIES: Final = CONTENTS | {
    "one capital": "K",
    "blanks": " ",
    "digits": "0123456789",
    "lines": "\n",
    "base64url of JSON": "eyJhbGciOiJub25lIn0",
    "hex": "9f86d081884c7d659a2feaa0c55ad015",
    "password": "password",
    "query": "a=1&token=x&",
    "cookies": "Cookie: a=b; ",
    "escaped quotes": '\\"secret\\": \\"',
    "dict repr": "{'api_key': '",
    "colons and slashes": "://",
    "at": "a:b@",
    "options": " --password -p",
    "dashes": "-",
    "open brackets": "[",
    "beginnings of tokens": "ghp_sk_live_xoxb-AKIAeyJ",
    "e-mail": "ada@example.com ",
    "beyond ASCII": "pässwörd=ü ",
    "four bytes": "\U0001f511",
    "lone surrogates": "\udcff",
}
"""What is repeated to make each text, by name."""


def judged(families: Mapping[str, str] = FAMILIES) -> dict[str, dict[str, float]]:
    """Return for each family the milliseconds of a megabyte, and how much longer double the text takes.

    `double` is the most that twice half a megabyte or one takes, `looked_at` what the last doubling takes before all
    that is behind is masked unread. What costs less than a millisecond is no base of a ratio.
    """
    scanner = DEFAULT_POLICY.compiled.scanner
    scanner.redact("a")
    found = {}
    for name, piece in families.items():
        # What is looked at is counted in bytes.
        whole = _LOOKED_AT * len(piece) // len(piece.encode("utf-8", "surrogatepass"))
        half, one, two, before, last = (
            cost(scanner, filled(piece, each)) for each in (_MEGABYTE // 2, _MEGABYTE, 2 * _MEGABYTE, whole // 2, whole)
        )
        found[name] = {
            "ms": one,
            "double": max(_ratio(one, half), _ratio(two, one)),
            "looked_at": _ratio(last, before),
        }
    return found


def _ratio(milliseconds: float, base: float) -> float:
    return milliseconds / base if base >= _LEAST_MS else 0.0
