"""The names that are known to need no look."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from structlog.exceptions import DropEvent

from structlog_enrich.redaction.pairs import VALUES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from structlog_enrich.redaction.compiled import Compiled
    from structlog_enrich.redaction.matcher import PathState

__all__ = ["KnownNames", "Spoken"]

_SIMPLE: Final = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
_SIZE: Final = 4_096


class KnownNames:
    """Remember the names that no rule speaks of and that stand on the line as they are: short, plain, one byte each.

    Services log the same names over and over, so each is judged once. Bounded: a process that makes names without end
    starts over.

    Args:
        is_spoken_of: Tells whether a rule may mask the name, what stands under it, or what stands in that.

    Attributes:
        names: The names that are known now; one set for the life of this object.
        has_values: Whether a name such as `value` was among them, of which another entry may say what it is.

    >>> known = KnownNames({"password"}.__contains__)
    >>> known.learn(["order_id"]), known.learn(["order_id", "password"]), known.names
    (True, False, {'order_id'})
    """

    __slots__ = ("has_values", "is_spoken_of", "names")

    def __init__(self, is_spoken_of: Callable[[str], bool]) -> None:
        self.names: set[str] = set()
        self.has_values = False
        self.is_spoken_of = is_spoken_of

    def learn(self, names: Iterable[object]) -> bool:
        """Add each of *names* that may be known, and tell whether all are."""
        for name in names:
            if type(name) is not str or not _SIMPLE.fullmatch(name) or self._asked(name):
                return False
            if len(self.names) >= _SIZE:
                self.names.clear()
            if name in VALUES:
                self.has_values = True
            self.names.add(name)
        return True

    def _asked(self, name: str) -> bool:
        try:
            return self.is_spoken_of(name)
        except (Exception, DropEvent):  # noqa: BLE001 (a policy's own code: whoever looks closer will say so)
            return True


class Spoken:
    """Tell whether a policy speaks of a name in one place. A class, so that whoever holds it can travel.

    Args:
        compiled: The policy; None speaks of nothing.
        state: Where the name stands in the policy's paths; None when none leads there.
    """

    __slots__ = ("_compiled", "_state")

    def __init__(self, compiled: Compiled | None, state: PathState | None) -> None:
        self._compiled = compiled
        self._state = state

    def __call__(self, name: str) -> bool:
        compiled = self._compiled
        if compiled is None:
            return False
        leads = self._state is not None and self._state.step(name) is not None
        return leads or compiled.rule_for(name) is not None or not compiled.clean(name)
