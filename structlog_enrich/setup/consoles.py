"""Which of other people's handlers write to the console."""

from __future__ import annotations

import logging
import sys
from typing import Any, Final

__all__ = ["is_console"]

_NAMES: Final = ("stdout", "stderr", "__stdout__", "__stderr__")
_DESCRIPTORS: Final = (1, 2)

# What the runtime of AWS Lambda calls the handlers by which it writes to standard output, past any stream.
_LAMBDA: Final = "LambdaLoggerHandler"


def is_console(handler: logging.Handler) -> bool:
    """Tell whether *handler* writes to standard output or standard error, by whatever object it does so, and only that.

    A class of someone's own that emits in its own way may do more: it is none.
    """
    kind = type(handler)
    if kind.__name__.startswith(_LAMBDA):
        return True
    if kind.__module__ == "rich.logging":
        return _leads_to_console(getattr(getattr(handler, "console", None), "file", None))
    if not isinstance(handler, logging.StreamHandler) or kind.emit is not logging.StreamHandler.emit:
        return False
    return _leads_to_console(handler.stream)


def _leads_to_console(stream: Any) -> bool:
    try:
        # Equal, for a proxy is what it stands for; or the same terminal or pipe by another object.
        if any(stream == getattr(sys, name) for name in _NAMES) or stream.fileno() in _DESCRIPTORS:
            return stream is not None
    except Exception:  # noqa: BLE001, S110 (someone else's stream, which has none or says so in a way of its own)
        pass
    return _wraps_console(stream)


def _wraps_console(stream: Any) -> bool:
    # colorama's stream, and `wsgi.errors` of gunicorn, which writes to several; Flask's handler has a proxy for it.
    module = _class_of(stream).__module__
    if module.startswith("colorama."):
        return _leads_to_console(getattr(stream, "wrapped", None))
    if module.startswith("gunicorn."):
        streams = getattr(stream, "streams", ())
        return bool(streams) and all(map(_leads_to_console, streams))
    return False


def _class_of(stream: Any) -> type[Any]:
    """Return the class of what a proxy stands for, or its own where it stands for nothing."""
    try:
        found: type[Any] = stream.__class__
    except Exception:  # noqa: BLE001 (as above)
        return type(stream)
    return found
