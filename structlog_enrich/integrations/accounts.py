"""Whose account is told, and by which name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from structlog_enrich.delivery.options import writer_given
from structlog_enrich.exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from structlog_enrich.delivery import Several, Writer

__all__ = ["named_writers"]


def named_writers(writer: Writer | Several, name: str | Sequence[str]) -> dict[str, Writer]:
    """Return each writer by its name: of several, which share one name, its place is added: `default-0`.

    Raises:
        ConfigurationError: *writer* is neither a writer nor several, or *name* isn't one name for each.
    """
    given = writer_given(writer)
    writers: tuple[Writer, ...] = getattr(given, "writers", (given,))
    if isinstance(name, str):
        names = [name] if len(writers) == 1 else [f"{name}-{place}" for place in range(len(writers))]
    else:
        names = list(name)
    if len(set(names)) != len(writers) or len(names) != len(writers) or not all(type(each) is str for each in names):
        rule = f"must be a string, or {len(writers)} different ones, one for each writer"
        raise ConfigurationError("name", rule, received=f"{name!r:.80}")
    return dict(zip(names, writers, strict=True))
