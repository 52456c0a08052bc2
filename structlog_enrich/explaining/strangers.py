"""What a stranger's processor might do beside its event; told without running it."""

from __future__ import annotations

import io
import logging
from itertools import chain
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Final

import structlog

from structlog_enrich.explaining.exporters import destination_of, is_in, is_sent_by, written_by
from structlog_enrich.explaining.reaching import held_by, imported_by, made_of, module_of, named_by, names_of
from structlog_enrich.processors import Envelope

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["copies_ids", "effect_of", "exporter_of", "reads_event"]

_READS_EVENT: Final = (
    "logfire.integrations.structlog",
    "opentelemetry.instrumentation.structlog",
    "sentry_structlog",
    "structlog_sentry",
)
"""Of the exporters, whose processors send the text that stands under `event`."""

_SENDING: Final = {
    "sendall": "the network",
    "sendto": "the network",
    "urlopen": "the network",
    "write_bytes": "a file",
    "write_text": "a file",
}
_WRITES: Final = frozenset({"dump", "print", "write", "writelines", "writerow"})
_ASKED: Final = "sentry_sdk"
_LOUD: Final = {
    "print": "it prints",
    "open": "it opens a file",
    "getLogger": "it logs by itself",
    "get_logger": "it logs by itself",
    "stderr": "it prints",
    "stdout": "it prints",
    "put": "it puts something into a queue",
    "put_nowait": "it puts something into a queue",
    "write": "it writes",
    "writelines": "it writes",
    "write_bytes": "it writes",
    "write_text": "it writes",
    "mkdir": "it changes files",
    "makedirs": "it changes files",
    "rmtree": "it changes files",
    "touch": "it changes files",
    "unlink": "it changes files",
}
_COUNTING: Final = ("datadog", "opentelemetry.metrics", "prometheus_client", "statsd")
_LOGGERS: Final = (logging.Logger, structlog.BoundLoggerBase, type(structlog.get_logger()))
_CODE: Final = (BuiltinFunctionType, FunctionType, ModuleType, type)
_SPANS: Final = frozenset({"get_current_span", "get_span_context"})
_IDS: Final = frozenset({"span_id", "trace_id"})


def exporter_of(processor: Any) -> str | None:
    """Return where *processor* sends events, or None when that can't be told.

    It does when it is, or inherits, or holds what one of `EXPORTERS` has, or names that and something that sends; or
    when it writes to a file or starts a process.

    >>> def to_sentry(logger, method_name, event_dict):
    ...     import sentry_sdk
    ...
    ...     sentry_sdk.capture_message(event_dict["event"])
    ...     return event_dict
    >>> exporter_of(to_sentry)
    'Sentry'
    """
    held = [*held_by(processor)]
    named = [*(each for each in held if issubclass(type(each), _CODE)), *named_by(processor)]
    functions = (each.__name__ for each in named if issubclass(type(each), BuiltinFunctionType | FunctionType))
    names = frozenset(chain(names_of(processor), functions))
    used = [*map(module_of, named), *imported_by(processor)]
    kept = (each for each in held if not issubclass(type(each), _CODE))
    owned = [module_of(each) for each in chain(made_of(processor), kept)]
    # Whoever only names a package, as to tell its objects from others, sends nothing; nor does a client of Sentry's.
    found = [module for module in owned if not is_in(module, (_ASKED,))]
    found += [module for module in (*owned, *used) if is_sent_by(module, names)]
    where = next(filter(None, map(destination_of, found)), None)
    return where or _written(processor, used, names)


def reads_event(processor: Any) -> bool:
    """Tell whether *processor* is known to send the text that stands under `event`, and none without it.

    >>> reads_event(print)
    False
    """
    classes = (each for each in made_of(processor) if issubclass(type(each), type))
    return any(is_in(module_of(each), _READS_EVENT) for each in classes)


def copies_ids(processor: Any) -> bool:
    """Tell whether *processor* takes the ids from OpenTelemetry's current span, which a probe doesn't have.

    >>> copies_ids(print)
    False
    """
    names = frozenset(names_of(processor))
    return not (_SPANS.isdisjoint(names) or _IDS.isdisjoint(names))


def effect_of(processor: Any) -> str | None:
    """Return what running *processor* would do besides, as far as it names or holds what does it; else None.

    >>> def noisy(logger, method_name, event_dict):
    ...     print(event_dict)
    ...     return event_dict
    >>> effect_of(noisy)
    'it prints'
    """
    for found in _reached(processor):
        if issubclass(type(found), Envelope):
            return "it holds an Envelope, which would take a number"
        if issubclass(type(found), _LOGGERS):
            return "it logs by itself"
        if _is_open_file(found):
            return "it uses an open file"
        if is_in(module_of(found), _COUNTING):
            return "it counts"
    if loud := next((_LOUD[name] for name in names_of(processor) if name in _LOUD), None):
        return loud
    # What it does with a package that sends, such as a request without an event in it, nobody wants to happen here.
    modules = (module_of(each) for each in _reached(processor) if type(each) is ModuleType)
    where = (destination_of(each) for each in chain(modules, imported_by(processor)) if not is_in(each, (_ASKED,)))
    return next((f"it may reach {each}" for each in where if each), None)


def _written(processor: Any, used: list[str], names: frozenset[str]) -> str | None:
    if where := next((_SENDING[name] for name in _SENDING if name in names), None):
        return where
    if where := written_by(used, names):
        return where
    writes = not _WRITES.isdisjoint(names)
    return "a file" if writes and ("open" in names or any(map(_is_open_file, _reached(processor)))) else None


def _reached(processor: Any) -> Iterator[Any]:
    for each in chain(made_of(processor), held_by(processor), named_by(processor)):
        yield from each if type(each) in {list, tuple} else (each,)


def _is_open_file(found: Any) -> bool:
    return issubclass(type(found), io.IOBase) and not issubclass(type(found), io.BytesIO | io.StringIO)
