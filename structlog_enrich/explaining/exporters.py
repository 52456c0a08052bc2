"""The packages that send events elsewhere, and what their users call to send one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["EXPORTERS", "destination_of", "is_in", "is_sent_by", "written_by"]

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

_VERBS: Final = frozenset(
    {
        "capture",
        "deliver",
        "dispatch",
        "emit",
        "enqueue",
        "execute",
        "executemany",
        "executescript",
        "export",
        "insert",
        "invoke",
        "notice",
        "notify",
        "patch",
        "post",
        "produce",
        "publish",
        "push",
        "put",
        "record",
        "report",
        "request",
        "send",
        "sendall",
        "sendmail",
        "sendto",
        "submit",
        "track",
        "upload",
        "urlopen",
    }
)
_OF_LOGGERS: Final = frozenset(
    {"critical", "debug", "error", "exception", "fatal", "info", "log", "notice", "warn", "warning"}
)
_MORE_VERBS: Final = {
    "elasticsearch": frozenset({"bulk", "create", "index", "update"}),
    "google.cloud.logging": _OF_LOGGERS,
    "logdna": _OF_LOGGERS,
    "logfire": _OF_LOGGERS,
    "logtail": _OF_LOGGERS,
    "opensearchpy": frozenset({"bulk", "create", "index", "update"}),
    "pymongo": frozenset({"replace", "update", "write"}),
    "redis": frozenset({"append", "hset", "lpush", "mset", "rpush", "sadd", "set", "setex", "xadd", "zadd"}),
    "sentry_sdk": frozenset({"breadcrumb", "set"}) | _OF_LOGGERS,
}
_WORD: Final = re.compile(r"_+|(?<=[a-z])(?=[A-Z])")

_OS: Final = ("nt", "os", "posix")
_WRITING: Final = (
    (_OS, frozenset({"pwrite", "write", "writev"}), "a file"),
    (_OS, frozenset({"popen", "posix_spawn", "posix_spawnp", "system"}), "another process"),
    (("subprocess",), frozenset({"Popen", "call", "check_call", "check_output", "run"}), "another process"),
)
"""Modules, what of them is called, and where that leads."""


def destination_of(module: str) -> str | None:
    """Return where the package of *module* sends events, or None where it isn't known to.

    >>> destination_of("sentry_sdk.api")
    'Sentry'
    """
    return next((where for name, where in EXPORTERS.items() if is_in(module, (name,))), None)


def is_sent_by(module: str, names: Iterable[str]) -> bool:
    """Tell whether one of *names* is what sends an event, for code that uses *module*, which is an exporter's.

    >>> is_sent_by("httpx", ["Response", "status_code"]), is_sent_by("slack_sdk", ["chat_postMessage"])
    (False, True)
    """
    verbs = _VERBS.union(*(more for package, more in _MORE_VERBS.items() if is_in(module, (package,))))
    return any(not verbs.isdisjoint(_WORD.split(name)) for name in names)


def written_by(modules: Iterable[str], names: frozenset[str]) -> str | None:
    """Return where code that uses *modules* and calls *names* writes by the system's own means; else None.

    >>> written_by(["os"], frozenset({"write"})), written_by(["platform"], frozenset({"system"}))
    ('a file', None)
    """
    modules = frozenset(modules)
    return next(
        (where for ways, verbs, where in _WRITING if not (modules.isdisjoint(ways) or verbs.isdisjoint(names))), None
    )


def is_in(module: str, packages: tuple[str, ...]) -> bool:
    """Tell whether *module* is one of *packages* or in it."""
    return f"{module}.".startswith(tuple(f"{package}." for package in packages))
