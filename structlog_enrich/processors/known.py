"""The names that are known to need no look."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["KnownNames"]

_SIMPLE: Final = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
_SIZE: Final = 4_096


class KnownNames(set[str]):
    """Remember the names that no rule masks and that stand on the line as they are: short, plain, of one byte each.

    Services log the same names over and over, so each is judged once. Bounded: a process that makes names without end
    starts over.

    Args:
        rule_for: Return the id of the rule that masks what stands under a name, or None.

    >>> names = KnownNames({"password": "password"}.get)
    >>> names.learn(["order_id"]), names.learn(["order_id", "password"]), sorted(names)
    (True, False, ['order_id'])
    """

    rule_for: Callable[[str], str | None]

    def __init__(self, rule_for: Callable[[str], str | None]) -> None:
        super().__init__()
        self.rule_for = rule_for

    def learn(self, names: Iterable[object]) -> bool:
        """Add each of *names* that may be known, and tell whether all are."""
        for name in names:
            if type(name) is not str or not _SIMPLE.fullmatch(name) or self.rule_for(name) is not None:
                return False
            if len(self) >= _SIZE:
                self.clear()
            self.add(name)
        return True
