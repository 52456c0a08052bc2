"""The logger's methods, a logger that keeps its events, and an object that fails whatever it is asked."""

from __future__ import annotations

from typing import Any

import structlog
from structlog.exceptions import DropEvent

from structlog_enrich import bound_logger

METHODS = ["debug", "info", "warning", "error", "critical", "exception", "warn", "fatal", "msg"]
LEVEL = {"exception": "error", "warn": "warning", "fatal": "critical", "msg": "info"}
NUMBERS = {"notset": 0, "debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}


def capturing(min_level: int | str = 0, **bound: Any) -> tuple[Any, list[dict[str, Any]]]:
    """Return a logger whose chain only keeps its events, and the list it keeps them in."""
    events: list[dict[str, Any]] = []

    def keep(_logger: Any, name: str, event: dict[str, Any]) -> str:
        events.append({**event, "method": name})
        return "written"

    log = structlog.wrap_logger(structlog.ReturnLogger(), [keep], bound_logger(min_level), context_class=dict)
    return log.bind(**bound), events


class Hostile:
    """An object that fails whatever it is asked."""

    @property
    def __class__(self) -> Any:
        raise RuntimeError

    def __str__(self) -> str:
        raise RuntimeError

    __repr__ = __str__

    def __bool__(self) -> bool:
        raise RuntimeError

    def __mod__(self, other: object) -> str:
        raise DropEvent
