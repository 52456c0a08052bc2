"""`redact`, for what leaves the process otherwise than by a log line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ABOUT", "NAME", "build", "left", "prepared"]

NAME: Final = "`redact(event)`"
ABOUT: Final = "The function with the default policy, given the event: it judges each key and scans each text."


def prepared(event: dict[str, Any]) -> Any:
    """Return the event."""
    return event


def build() -> Callable[[Any], Any]:
    """Return the function."""
    from structlog_enrich.redaction import redact  # noqa: PLC0415 (made when it is asked for)

    return redact


def left(given: Any, returned: Any) -> Any:
    """Return what it returned."""
    return returned
