"""The names that are known to need no look."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["KnownNames"]

_SIMPLE: Final = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
_SIZE: Final = 4_096


class KnownNames:
    """Remember the names that no rule masks and that stand on the line as they are: short, plain, of one byte each.

    Services log the same names over and over, so each is judged once. Bounded: a process that makes names without end
    starts over.

    Args:
        rule_for: Return the id of the rule that masks what stands under a name, or None.

    Attributes:
        names: The names that are known now; one set for the life of this object.

    >>> known = KnownNames({"password": "password"}.get)
    >>> known.learn(["order_id"]), known.learn(["order_id", "password"]), known.names
    (True, False, {'order_id'})
    """

    __slots__ = ("names", "rule_for")

    def __init__(self, rule_for: Callable[[str], str | None]) -> None:
        self.names: set[str] = set()
        self.rule_for = rule_for

    def learn(self, names: Iterable[object]) -> bool:
        """Add each of *names* that may be known, and tell whether all are."""
        for name in names:
            if type(name) is not str or not _SIMPLE.fullmatch(name) or self.rule_for(name) is not None:
                return False
            if len(self.names) >= _SIZE:
                self.names.clear()
            self.names.add(name)
        return True
