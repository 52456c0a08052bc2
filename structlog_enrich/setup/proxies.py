"""Spare cached loggers their way around."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import structlog

from structlog_enrich.logger import BoundLogger

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["shorten_proxies"]

_METHODS: Final = frozenset(name for name in vars(BoundLogger) if not name.startswith("_")) - {"bind", "new"}


def shorten_proxies() -> Callable[[], None]:
    """Let what `structlog.get_logger()` returns find a cached logger's methods at once.

    It is a proxy: each call looks for the method where it isn't, asks for the logger, which is cached, and looks there.
    That takes a tenth of the whole call. Once its logger is cached the proxy keeps the method, as it keeps the logger.

    Returns:
        What undoes it; a proxy that has kept a method keeps it, as it keeps its logger.
    """
    proxy: Any = type(structlog.get_logger())
    before = proxy.__getattr__

    def __getattr__(self: Any, name: str) -> Any:  # noqa: N807 (it becomes the class's)
        found = before(self, name)
        # structlog caches a logger by putting the way to it in the place of this method.
        if name in _METHODS and "bind" in vars(self):
            vars(self)[name] = found
        return found

    proxy.__getattr__ = __getattr__

    def undo() -> None:
        if proxy.__getattr__ is __getattr__:
            proxy.__getattr__ = before

    return undo
