"""Which of other people's handlers write to the console."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["is_console"]

_NAMES: Final = ("stdout", "stderr", "__stdout__", "__stderr__")
_DESCRIPTORS: Final = (1, 2)

# Where a handler keeps its stream, and a stream the one it writes to: rich's handler, colorama's stream, gunicorn's
# `wsgi.errors`.
_STREAM_OF: Final = ("stream", "console", "file", "wrapped", "streams")
_DEEPEST: Final = 3

# What the runtime of AWS Lambda calls the handlers by which it writes to standard output, past any stream.
_LAMBDA: Final = "LambdaLoggerHandler"


def is_console(handler: logging.Handler) -> bool:
    """Tell whether *handler* writes to standard output or standard error, by whatever object it does so."""
    if isinstance(handler, logging.FileHandler):
        return False
    if type(handler).__name__.startswith(_LAMBDA):
        return True
    return any(_leads_to_console(each, _DEEPEST) for each in _streams_of(handler))


def _leads_to_console(stream: Any, deepest: int) -> bool:
    try:
        # Equal, for a proxy is what it stands for; or the same terminal or pipe by another object.
        return any(stream == getattr(sys, name) for name in _NAMES) or stream.fileno() in _DESCRIPTORS
    except Exception:  # noqa: BLE001 (someone else's stream, which has none or says so in a way of its own)
        return deepest > 0 and any(_leads_to_console(each, deepest - 1) for each in _streams_of(stream))


def _streams_of(holder: Any) -> Iterator[Any]:
    for name in _STREAM_OF:
        try:
            found = getattr(holder, name, None)
        except Exception:  # noqa: BLE001, S112 (likewise)
            continue
        if isinstance(found, list):
            yield from found
        elif found is not None and found is not holder:
            yield found
