"""What a stranger's processor might do beside its event; told without running it."""

from __future__ import annotations

import dis
import logging
from contextlib import suppress
from functools import partial
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any, Final

import structlog

from structlog_enrich.processors import Envelope

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["EXPORTERS", "effect_of", "exporter_of", "reads_event"]

EXPORTERS: Final = {
    "aiohttp": "the network",
    "aiokafka": "Kafka",
    "boto3": "AWS",
    "botocore": "AWS",
    "bugsnag": "Bugsnag",
    "confluent_kafka": "Kafka",
    "elasticsearch": "Elasticsearch",
    "fluent": "Fluentd",
    "google.cloud.logging": "Google Cloud",
    "graypy": "Graylog",
    "honeybadger": "Honeybadger",
    "http.client": "the network",
    "httpx": "the network",
    "kafka": "Kafka",
    "logdna": "LogDNA",
    "logfire": "Logfire",
    "logtail": "Better Stack",
    "nats": "NATS",
    "newrelic": "New Relic",
    "opensearchpy": "OpenSearch",
    "opentelemetry._logs": "OpenTelemetry",
    "opentelemetry.instrumentation.structlog": "OpenTelemetry",
    "opentelemetry.sdk._logs": "OpenTelemetry",
    "pika": "RabbitMQ",
    "posthog": "PostHog",
    "pybrake": "Airbrake",
    "pygelf": "Graylog",
    "pymongo": "MongoDB",
    "raygun4py": "Raygun",
    "redis": "Redis",
    "requests": "the network",
    "rollbar": "Rollbar",
    "sentry_sdk": "Sentry",
    "sentry_structlog": "Sentry",
    "slack_sdk": "Slack",
    "smtplib": "mail",
    "sqlite3": "a database",
    "structlog_sentry": "Sentry",
    "urllib.request": "the network",
    "urllib3": "the network",
}
"""Packages that send events elsewhere, and where."""

_READS_EVENT: Final = ("opentelemetry.instrumentation.structlog", "sentry_structlog", "structlog_sentry")
"""Of these, whose processors send the text that stands under `event`."""

_SENDING: Final = {"sendall": "the network", "sendto": "the network", "urlopen": "the network"}
_ASKED: Final = "sentry_sdk"
_SENTRY_SENDS: Final = ("add_breadcrumb", "capture", "set_")
_LOUD: Final = {
    "print": "it prints",
    "open": "it opens a file",
    "getLogger": "it logs by itself",
    "get_logger": "it logs by itself",
    "stderr": "it prints",
    "stdout": "it prints",
    "put": "it puts something into a queue",
    "put_nowait": "it puts something into a queue",
}
_COUNTING: Final = ("datadog", "opentelemetry.metrics", "prometheus_client", "statsd")
_MOST_FUNCTIONS: Final = 32
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
    names = set(_names(processor))
    found = [*map(_module_of, _reached(processor)), *_imported(processor)]
    if not any(name.startswith(_SENTRY_SENDS) for name in names):
        # Whoever only asks for the current trace sends nothing.
        found = [module for module in found if module != _ASKED and not module.startswith(f"{_ASKED}.")]
    where = next(filter(None, map(_destination, found)), None)
    return where or next((_SENDING[name] for name in _SENDING if name in names), None)


def reads_event(processor: Any) -> bool:
    """Tell whether *processor* is known to send the text that stands under `event`, and none without it.

    >>> reads_event(print)
    False
    """
    while issubclass(type(processor), partial):
        processor = processor.func
    owner = processor.__self__ if type(processor) is MethodType else processor
    return any(_is_in(_module_of(base), _READS_EVENT) for base in type(owner).__mro__)


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
        if _is_in(_module_of(each), _COUNTING):
            return "it counts"
    return next((_LOUD[name] for name in _names(processor) if name in _LOUD), None)


def _destination(module: str) -> str | None:
    return next((where for name, where in EXPORTERS.items() if _is_in(module, (name,))), None)


def _is_in(module: str, packages: tuple[str, ...]) -> bool:
    return f"{module}.".startswith(tuple(f"{package}." for package in packages))


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
    for function in _functions(processor):
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
    for function in _functions(processor):
        yield from _code_names(function.__code__)


def _imported(processor: Any) -> Iterator[str]:
    for function in _functions(processor):
        for code in _codes(function.__code__):
            yield from (each.argval for each in dis.get_instructions(code) if each.opname == "IMPORT_NAME")


def _functions(processor: Any) -> list[FunctionType]:
    """Return the function that is called, and those of its class and of its own package that it names in turn."""
    first = _function(processor)
    if first is None:
        return []
    owner = processor.__self__ if type(processor) is MethodType else processor
    classes = type(owner).__mro__[:-1] if type(owner) is not FunctionType else ()
    package = _module_of(first).partition(".")[0]
    found = [first]
    for function in found:
        for name in _code_names(function.__code__):
            methods = (vars(base).get(name) for base in classes)
            for each in (function.__globals__.get(name), *methods):
                if type(each) is not FunctionType or each in found or len(found) >= _MOST_FUNCTIONS:
                    continue
                if _is_in(_module_of(each), (package,)):
                    found.append(each)
    return found


def _function(processor: Any) -> FunctionType | None:
    if type(processor) is MethodType:
        processor = processor.__func__
    if type(processor) is not FunctionType:
        processor = next((vars(base)["__call__"] for base in type(processor).__mro__ if "__call__" in vars(base)), None)
    return processor if type(processor) is FunctionType else None


def _code_names(code: CodeType) -> Iterator[str]:
    for each in _codes(code):
        yield from each.co_names


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if type(constant) is CodeType:
            yield from _codes(constant)


def _module_of(found: object) -> str:
    # By its type, since what a stranger's object says of itself may be anything, or fail.
    if type(found) is ModuleType:
        return found.__name__
    module = found.__module__ if issubclass(type(found), FunctionType | type) else type(found).__module__
    return module if type(module) is str else ""
