"""How many of how many, and of which kinds the others are."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

__all__ = ["Tally"]

_SHOWN: Final = 200


@dataclass(slots=True)
class Tally:
    """Count what was found, kind by kind.

    Args:
        wanted: Whether it should be: a secret should, what is harmless shouldn't.

    >>> tally = Tally()
    >>> tally.add("jwt", found=True), tally.add("pem", found=False)
    (None, None)
    >>> tally.percent, tally.as_dict()
    (50.0, {'found': 1, 'of': 2, 'amiss': {'pem': 1}})
    """

    wanted: bool = True
    found: int = 0
    of: int = 0
    amiss: Counter[str] = field(default_factory=Counter)
    """How many are not as they should be, by kind."""
    texts: list[str] = field(default_factory=list)
    """They themselves, for whoever looks into them here; they travel nowhere."""

    def add(self, kind: str, *, found: bool, text: str = "") -> None:
        """Count one."""
        self.of += 1
        self.found += found
        if found is not self.wanted:
            self.amiss[kind] += 1
            self.texts.append(f"{kind}: {text[:_SHOWN]!r}")

    @property
    def percent(self) -> float:
        """How many were found, in percent; 0 of none."""
        return 100 * self.found / self.of if self.of else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return what can travel as JSON, without any text."""
        return {"found": self.found, "of": self.of, "amiss": dict(self.amiss.most_common())}
