"""How a type says that a field is sensitive: `Annotated[str, Sensitive("hash")]`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from structlog_enrich.exceptions import ConfigurationError

__all__ = ["CLASSIFICATIONS", "NAMED", "Sensitive", "stricter"]

CLASSIFICATIONS: Final = ("public", "internal", "personal", "secret")
"""What a field may hold, from the least to the most sensitive."""

NAMED: Final = ("truncate", "partial", "hash", "fixed", "mask", "drop")
"""The strategies that a field may ask for, from what shows most to what shows least."""


@dataclass(frozen=True, slots=True)
class Sensitive:
    """Mark a field of a dataclass, a `TypedDict`, a named tuple, an attrs class or a pydantic model.

    The policy decides which classifications are masked, and by default those are `personal` and `secret`. Of a field
    that is marked twice the more sensitive classification counts, and of two strategies the one that shows less.

    Args:
        what: A classification of `CLASSIFICATIONS`, or the name of a strategy of `NAMED`; then it is `secret`.
        classification: What it is, when *what* is a strategy.

    Raises:
        ConfigurationError: *what* or *classification* is neither.

    >>> Sensitive("personal").classification, Sensitive("hash", classification="personal").strategy
    ('personal', 'hash')
    """

    what: str = "secret"
    classification: str = ""
    strategy: str | None = None

    def __init__(self, what: str = "secret", *, classification: str = "") -> None:
        if what not in {*CLASSIFICATIONS, *NAMED}:
            raise ConfigurationError(
                "what", f"must be one of {', '.join((*CLASSIFICATIONS, *NAMED))}", received=f"{what!r:.80}"
            )
        strategy = what if what in NAMED else None
        if classification and (strategy is None or classification not in CLASSIFICATIONS):
            raise ConfigurationError(
                "classification",
                f"must be one of {', '.join(CLASSIFICATIONS)}, beside the name of a strategy",
                received=f"{classification!r:.80} beside {what!r:.80}",
            )
        object.__setattr__(self, "what", what)
        object.__setattr__(self, "classification", classification or ("secret" if strategy else what))
        object.__setattr__(self, "strategy", strategy)

    def __repr__(self) -> str:
        said = f", classification={self.classification!r}" if self.strategy else ""
        return f"Sensitive({self.what!r}{said})"


def stricter(one: Sensitive, other: Sensitive) -> Sensitive:
    """Return a mark that is as strict as either.

    >>> stricter(Sensitive("hash", classification="personal"), Sensitive("secret"))
    Sensitive('hash', classification='secret')
    """
    classification = max(one.classification, other.classification, key=CLASSIFICATIONS.index)
    named = [each.strategy for each in (one, other) if each.strategy is not None]
    if not named:
        return Sensitive(classification)
    return Sensitive(max(named, key=NAMED.index), classification=classification)
