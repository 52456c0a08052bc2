"""What stages and names are called in a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.explaining.known import known_as
from structlog_enrich.processors.guard import name_of
from structlog_enrich.processors.harmless import harmless

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["listed", "stage_name"]

_MOST_NAMES: Final = 8
_LONGEST: Final = 120


def stage_name(processor: Any) -> str:
    """Return what *processor* is called: our own stages by their class, all others as in `faults`.

    >>> import structlog
    >>> stage_name(structlog.processors.format_exc_info)
    'structlog.processors.format_exc_info'
    """
    cls, known = type(processor), known_as(processor)
    if known.is_ours and cls.__module__.startswith("structlog_enrich."):
        return cls.__name__
    return known.name or _shown(name_of(processor))


def listed(names: Sequence[str]) -> str:
    """Return the first eight of *names* for a sentence.

    >>> listed(["shard", "a\\nb"])
    'shard, a\\\\u000ab'
    """
    shown = [_shown(name) for name in names[:_MOST_NAMES]]
    if len(names) > _MOST_NAMES:
        shown.append(f"and {len(names) - _MOST_NAMES} more")
    return ", ".join(shown)


def _shown(name: str) -> str:
    return harmless(name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…")
