"""The stage of `preset()`, in its place."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

import structlog

from benchmarks.workload import RESOURCE
from structlog_enrich import preset
from structlog_enrich.processors import Redact

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ABOUT", "NAME", "build", "left", "prepared"]

NAME: Final = "`Redact` in `preset()`"
ABOUT: Final = (
    "The stage, given the line as the stages before it left it: it judges each key of message and payload, scans each "
    "text, and checks besides that every value is one that JSON has and that the line is within its limits."
)

_LOGGER: Final = structlog.PrintLogger()


@cache
def _chain() -> tuple[list[Any], Redact]:
    """Return the stages before it, and it."""
    # Made when it is first asked for: which engine scans is decided by then.
    chain: list[Any] = preset(resource=RESOURCE)
    place = next(place for place, each in enumerate(chain) if isinstance(each, Redact))
    return chain[:place], chain[place]


def prepared(event: dict[str, Any]) -> Any:
    """Return the line with its header."""
    line: Any = dict(event)
    for stage in _chain()[0]:
        line = stage(_LOGGER, "info", line)
    return line


def build() -> Callable[[Any], Any]:
    """Return the stage."""
    return partial(_chain()[1], _LOGGER, "info")


def left(given: Any, returned: Any) -> Any:
    """Return what it returned."""
    return returned
