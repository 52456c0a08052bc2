"""What a stranger's processor might do beside its event; told without running it."""

from __future__ import annotations

import logging
from contextlib import suppress
from functools import partial
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any, Final

import structlog

from structlog_enrich.processors import Envelope

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["EXPORTERS", "effect_of", "exporter_of"]

EXPORTERS: Final = {
    "boto3": "AWS",
    "bugsnag": "Bugsnag",
    "confluent_kafka": "Kafka",
    "fluent": "Fluentd",
    "graypy": "Graylog",
    "honeybadger": "Honeybadger",
    "kafka": "Kafka",
    "logdna": "LogDNA",
    "logfire": "Logfire",
    "logtail": "Better Stack",
    "opentelemetry._logs": "OpenTelemetry",
    "opentelemetry.instrumentation.structlog": "OpenTelemetry",
    "opentelemetry.sdk._logs": "OpenTelemetry",
    "posthog": "PostHog",
    "pybrake": "Airbrake",
    "pygelf": "Graylog",
    "raygun4py": "Raygun",
    "rollbar": "Rollbar",
    "sentry_sdk": "Sentry",
    "sentry_structlog": "Sentry",
    "structlog_sentry": "Sentry",
}
"""Packages that send events elsewhere, and where."""

_LOUD: Final = {
    "print": "it prints",
    "open": "it opens a file",
    "getLogger": "it logs by itself",
    "get_logger": "it logs by itself",
}
_LOGGERS: Final = (logging.Logger, structlog.BoundLoggerBase, type(structlog.get_logger()))


def exporter_of(processor: Any) -> str | None:
    """Return where *processor* sends events, or None when that can't be told.

    It does when it is, or inherits, or holds, or names what one of `EXPORTERS` has.

    >>> def to_sentry(logger, method_name, event_dict):
    ...     import sentry_sdk
    ...
    ...     sentry_sdk.capture_message(event_dict["event"])
    ...     return event_dict
    >>> exporter_of(to_sentry)
    'Sentry'
    """
    modules = [*map(_module_of, _reached(processor)), *_names(processor)]
    return next(filter(None, map(_destination, modules)), None)


def effect_of(processor: Any) -> str | None:
    """Return what running *processor* would do besides, as far as it names or holds what does it; else None.

    >>> def noisy(logger, method_name, event_dict):
    ...     print(event_dict)
    ...     return event_dict
    >>> effect_of(noisy)
    'it prints'
    """
    for each in _reached(processor):
        for found in each if type(each) in {list, tuple} else (each,):
            if issubclass(type(found), Envelope):
                return "it holds an Envelope, which would take a number"
            if issubclass(type(found), _LOGGERS):
                return "it logs by itself"
    return next((_LOUD[name] for name in _names(processor) if name in _LOUD), None)


def _destination(module: str) -> str | None:
    return next((where for name, where in EXPORTERS.items() if f"{module}.".startswith(f"{name}.")), None)


def _reached(processor: Any) -> Iterator[Any]:
    """Yield what *processor* is made of: its classes, what it holds, and what its code names."""
    while issubclass(type(processor), partial):
        yield from (*processor.args, *processor.keywords.values())
        processor = processor.func
    yield processor
    owner = processor.__self__ if type(processor) is MethodType else processor
    yield from type(owner).__mro__
    with suppress(AttributeError):
        yield from object.__getattribute__(owner, "__dict__").values()
    function = _function(processor)
    if function is None:
        return
    yield function
    for cell in function.__closure__ or ():
        with suppress(ValueError):
            yield cell.cell_contents
    for name in _code_names(function.__code__):
        yield function.__globals__.get(name)


def _names(processor: Any) -> Iterator[str]:
    while issubclass(type(processor), partial):
        processor = processor.func
    if type(processor) is BuiltinFunctionType:
        yield processor.__name__
    function = _function(processor)
    if function is not None:
        yield from _code_names(function.__code__)


def _function(processor: Any) -> FunctionType | None:
    if type(processor) is MethodType:
        processor = processor.__func__
    if type(processor) is not FunctionType:
        processor = next((vars(base)["__call__"] for base in type(processor).__mro__ if "__call__" in vars(base)), None)
    return processor if type(processor) is FunctionType else None


def _code_names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if type(constant) is CodeType:
            yield from _code_names(constant)


def _module_of(found: object) -> str:
    # By its type, since what a stranger's object says of itself may be anything, or fail.
    if type(found) is ModuleType:
        return found.__name__
    module = found.__module__ if issubclass(type(found), FunctionType | type) else type(found).__module__
    return module if type(module) is str else ""
