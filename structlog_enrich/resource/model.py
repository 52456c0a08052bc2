"""The identity a service writes on each of its lines."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, fields
from typing import Final

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.resource.rules import MAX_LENGTH

__all__ = ["Resource", "Scalar"]

Scalar = str | int | float | bool
"""A value that a tag, a feature flag or a span attribute may have."""

UNKNOWN: Final = "unknown"


# The functions that a dataclass would make for these it compiles from text, a third of a millisecond at each start.
@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Resource:
    """Say who is logging: read once at start-up, written on every line, fixed for the life of the process.

    Args:
        service: The service's name (OpenTelemetry `service.name`); default `unknown_service:<process>`.
        version: Its version (`service.version`); default `unknown`.
        environment: Where it is deployed (`deployment.environment.name`); default `unknown`.
        host: The host's name (`host.name`); default what the system says.
        runtime: The interpreter; default such as `CPython 3.13.0`.
        instance_id: One running instance of the service (`service.instance.id`); left out when None, like all below.
        host_id: The VM's or machine's id (`host.id`).
        container_id: The container's id (`container.id`).
        service_namespace: The group the service belongs to (`service.namespace`).
        k8s_namespace: The Kubernetes namespace (`k8s.namespace.name`).
        k8s_pod: The Kubernetes pod (`k8s.pod.name`).
        region: The cloud region (`cloud.region`).
        release_channel: Such as `stable` or `canary`.
        commit: The revision the service was built from (`vcs.ref.head.revision`).

    Raises:
        ConfigurationError: A value that isn't text of 1 to 256 printable characters.

    Source: OpenTelemetry semantic conventions 1.44, resource attributes.

    >>> Resource(service="checkout", version="1.4.2").service
    'checkout'
    """

    service: str = ""
    version: str = UNKNOWN
    environment: str = UNKNOWN
    host: str = ""
    runtime: str = ""
    instance_id: str | None = None
    host_id: str | None = None
    container_id: str | None = None
    service_namespace: str | None = None
    k8s_namespace: str | None = None
    k8s_pod: str | None = None
    region: str | None = None
    release_channel: str | None = None
    commit: str | None = None

    def __post_init__(self) -> None:
        for name, default in (("service", unknown_service), ("host", host_name), ("runtime", runtime_name)):
            if getattr(self, name) == "":
                object.__setattr__(self, name, default())
        for each in fields(self):
            value = getattr(self, each.name)
            if value is None and each.default is None:
                continue
            if not isinstance(value, str) or not 0 < len(value) <= MAX_LENGTH or not value.isprintable():
                rule = f"must be text of 1 to {MAX_LENGTH} printable characters"
                raise ConfigurationError(each.name, rule, received=f"{value!r:.80}")

    def __repr__(self) -> str:
        values = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in fields(self))
        return f"{type(self).__name__}({values})"

    def __eq__(self, other: object) -> bool:
        return self.header() == other.header() if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self.header().items()))

    def header(self) -> dict[str, str]:
        """Return the fields that have a value, by their name on the line."""
        values = ((each.name, getattr(self, each.name)) for each in fields(self))
        return {name: value for name, value in values if value is not None}


def unknown_service() -> str:
    """Return what stands for a service that nobody names."""
    # OpenTelemetry: `unknown_service:` and the name of the executable.
    # `os.path` and not `pathlib`, whose import would make each service start later.
    return f"unknown_service:{os.path.basename(sys.executable or 'python')}"  # noqa: PTH119


def host_name() -> str:
    """Return what the system calls this host."""
    import socket  # noqa: PLC0415 (costs an import that only this default needs)

    return socket.gethostname() or UNKNOWN


def runtime_name() -> str:
    """Return which interpreter this is, as its makers spell it."""
    implementation = {"cpython": "CPython", "pypy": "PyPy", "graalpy": "GraalPy"}
    name = implementation.get(sys.implementation.name, sys.implementation.name)
    return f"{name} {sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
