"""What one rule of the value scanner is: data."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BUDGET_RULE", "Rule", "filler"]

BUDGET_RULE: Final = "scan-budget"
"""The rule that masks the rest of a text after more places worth a look than any honest text has."""

_LETTERS = "q7Zk3RxV9mBtW2nHc8JpL5sYdG4fTb6KvXgM1zQwNjC0rPhD"


def filler(length: int, alphabet: str = "") -> str:
    """Return *length* characters that look random and are the same each time: the body of an example.

    >>> filler(6), filler(6, "0123456789abcdef")
    ('q7Zk3R', '7392c8')
    """
    chosen = [each for each in _LETTERS if not alphabet or each in alphabet]
    return "".join(chosen[n % len(chosen)] for n in range(length))


@dataclass(frozen=True, slots=True)
class Rule:
    """Describe one kind of secret by its shape.

    Args:
        id: What the marker says: lower case, words joined by hyphens.
        pattern: What it looks like, in the syntax that `re` and RE2 share: ASCII, no look-around, no backreference, no
            counted repeat above 1,000. It is matched against UTF-8. Its first group, if there is one, is the secret;
            else all of it is.
        example: A text the rule finds; in parts, so that no source file holds a whole secret.
        source: Where the shape is documented, if anywhere.
        literals: Texts of which every match holds one; in one without capitals case doesn't count. A rule without
            them is tried everywhere.
        after: What follows the literal in every match, whatever its case. It counts to eight at most, except where no
            second literal can begin meanwhile: what is counted of several has to be remembered at once.
        before: How many bytes of a match may stand before its literal.
        entropy: The least Shannon entropy of the secret, in bits a byte.
        check: Decides by the secret itself whether it is one: a checksum, a decoded header.
    """

    id: str
    pattern: str
    example: str | tuple[str, ...]
    source: str = ""
    literals: tuple[str, ...] = ()
    after: str = ""
    before: int = 0
    entropy: float = 0.0
    check: Callable[[bytes], bool] | None = None
    _compiled: re.Pattern[bytes] | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def compiled(self) -> re.Pattern[bytes]:
        """The pattern as it runs, made when it is first needed: of all rules a process needs few."""
        found = self._compiled
        if found is None:
            found = re.compile(self.pattern.encode("ascii"))
            # Threads that come here together set the same.
            object.__setattr__(self, "_compiled", found)
        return found
