"""Find out who is logging, once at start-up, and remember who said so."""

from __future__ import annotations

import os
from dataclasses import fields
from typing import TYPE_CHECKING, Final

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.resource.container import container, groups, pod
from structlog_enrich.resource.environment import PREFIX, SPEAKERS
from structlog_enrich.resource.files import read
from structlog_enrich.resource.findings import Candidate, Detection, Finding, Labels, Refused, fault, shown
from structlog_enrich.resource.machine import host_ids
from structlog_enrich.resource.model import UNKNOWN, Resource, host_name, runtime_name, unknown_service
from structlog_enrich.resource.program import this_program

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from structlog_enrich.resource.environment import Speaker
    from structlog_enrich.resource.program import Program

__all__ = ["detect"]

_FIELDS: Final = tuple(each.name for each in fields(Resource))
_NAMESPACE: Final = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"
# The first line that the kubelet writes into the hosts file of a pod that shares its node's network.
_NODES_OWN: Final = "# Kubernetes-managed hosts file (host network)"


def detect(
    given: Mapping[str, str | None] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    root: str = "/",
    program: Program | None = None,
) -> Detection:
    """Return who is logging, and for each value who said so.

    The order, the strongest first: *given*; the variables `STRUCTLOG_ENRICH_…`; those of OpenTelemetry, Datadog,
    Elastic APM, Sentry and Logfire; those of the platform, where its sign is there; those of images and CI; the files
    of the system; the program's own distribution; `pyproject.toml`; the defaults. A file is read only for a field that
    nothing before it named, and nothing is ever asked over the network.

    A variable that is empty or blank is unset. What can't stand on the line is refused and the next in the order wins:
    no environment and no file stops a service from starting.

    Args:
        given: Field of the `Resource` to its value; None is the same as leaving it out.
        environ: The environment; default the process's own.
        root: Where the files of the system are looked for.
        program: Whose distribution and whose `pyproject.toml` count; default the running one. `Program()` has neither.

    Raises:
        ConfigurationError: A name in *given* that is no field, or a value that breaks the rule of the `Resource`.

    Source: OpenTelemetry specification 1.60 (resource SDK, environment variables) and semantic conventions 1.44;
    each platform's own documentation.

    >>> found = detect({"environment": "production"}, environ={"DD_SERVICE": "shop", "DD_ENV": "staging"})
    >>> found.resource.service, found.resource.environment
    ('shop', 'production')
    >>> found.findings["environment"]
    Finding(value='production', source='argument', beaten=(Candidate(value='staging', source='DD_ENV'),), refused=())
    """
    # A copy: the process's own decodes a name and a value at each look.
    search = _Search(dict(os.environ if environ is None else environ), root, program)
    search.ask_caller({} if given is None else given)
    search.ask_environment()
    search.ask_files()
    search.ask_program()
    search.ask_system()
    return search.result()


class _Search:
    """Collect what each source says, in the order in which they count."""

    def __init__(self, environ: Mapping[str, str], root: str, program: Program | None) -> None:
        self._environ = environ
        self._root = root
        self._program = program
        self._said: dict[str, list[Candidate]] = {field: [] for field in _FIELDS}
        self._refused: dict[str, list[Refused]] = {field: [] for field in _FIELDS}
        self._parts: dict[str, Mapping[str, str]] = {}
        self._discarded: list[Refused] = []
        self._in_pod = bool(self._variable("KUBERNETES_SERVICE_HOST"))
        self._on_nodes_network = self._in_pod and read(root, "/etc/hosts", 64).startswith(_NODES_OWN)

    def ask_caller(self, given: Mapping[str, str | None]) -> None:
        for field, value in given.items():
            if field not in self._said:
                rule = f"must name fields of the Resource: {', '.join(_FIELDS)}"
                raise ConfigurationError("given", rule, received=f"{field!r:.80}")
            if value == "":
                raise ConfigurationError(field, "must not be empty", received="''", remedy="Leave it out or pass None")
            if value is not None:
                self._said[field].append(Candidate(value, "argument"))

    def ask_environment(self) -> None:
        for speaker in SPEAKERS:
            if self._is_there(speaker):
                for field, sources in speaker.sources.items():
                    for source in sources:
                        self._offer(field, self._value(source), source)

    def ask_files(self) -> None:
        asks_pod, asks_container = self._in_pod and not self._said["instance_id"], not self._said["container_id"]
        paths = groups(self._root) if asks_pod or asks_container else []
        if asks_pod and (found := pod(self._root, paths)):
            self._said["instance_id"].append(found)
        if self._in_pod and not self._said["k8s_namespace"]:
            self._offer("k8s_namespace", read(self._root, _NAMESPACE, 1_024), _NAMESPACE)
        contained = True
        if asks_container:
            found, contained = container(self._root, paths, self._variable, in_pod=self._in_pod)
            self._said["container_id"] += [] if found is None else [found]
        if not self._said["host_id"]:
            for value, source in host_ids(self._root, contained=contained):
                self._offer("host_id", value, source)

    def ask_program(self) -> None:
        if self._said["service"] and self._said["version"]:
            return
        from structlog_enrich.resource.distribution import distribution  # noqa: PLC0415 (needed only now)

        program = this_program() if self._program is None else self._program
        if found := distribution(program):
            self._offer_program(*found, f"package {found[0]:.64}")
        if not (self._said["service"] and self._said["version"]):
            from structlog_enrich.resource.project import project  # noqa: PLC0415 (needed only now)

            if described := project(program.folder):
                self._offer_program(*described, "pyproject.toml")

    def ask_system(self) -> None:
        host = host_name()
        self._offer("host", "" if host == UNKNOWN else host, "hostname")
        self._offer("runtime", runtime_name(), "interpreter")
        for field, default in (
            ("service", unknown_service()),
            ("service", "unknown_service:python"),
            ("version", UNKNOWN),
            ("environment", UNKNOWN),
            ("host", UNKNOWN),
            ("runtime", UNKNOWN),
        ):
            # A default is no voice: everything beats it, so it is told only where it is on the line.
            if not self._said[field]:
                self._offer(field, default, "default")

    def result(self) -> Detection:
        findings = {}
        for field in _FIELDS:
            first, beaten = self._said[field][:1], self._said[field][1:]
            value, source = first[0] if first else (None, None)
            findings[field] = Finding(value, source, tuple(beaten), tuple(self._refused[field]))
        named = {field: found.value for field, found in findings.items() if found.value is not None}
        flags, tags = (self._labels(PREFIX + name) for name in ("FLAGS", "TAGS"))
        return Detection(Resource(**named), findings, flags, tags, tuple(self._discarded))

    def _offer_program(self, name: object, version: object, source: str) -> None:
        self._offer("service", name, source)
        self._offer("version", version, source)

    def _offer(self, field: str, value: object, source: str) -> None:
        if isinstance(value, str):
            value = value.strip()
        if value is None or value == "":
            return
        if reason := fault(value):
            self._refused[field].append(Refused(shown(value), source, reason))
        else:
            self._said[field].append(Candidate(str(value), source))

    def _labels(self, variable: str) -> Labels:
        if not self._variable(variable):
            return Labels({})
        from structlog_enrich.resource.labels import labels  # noqa: PLC0415 (needed only now)

        return labels(variable, self._variable(variable))

    def _is_there(self, speaker: Speaker) -> bool:
        return not speaker.signs or any(all(map(self._variable, sign)) for sign in speaker.signs)

    def _variable(self, name: str) -> str:
        value = self._environ.get(name)
        return value.strip() if isinstance(value, str) else ""

    def _value(self, source: str) -> object:
        if "/" in source:
            values = [self._variable(each) for each in source.split("/")]
            return "/".join(values) if all(values) else None
        variable = source.partition(" ")[0]
        value = self._environ.get(variable)
        if not value or (source == "HOSTNAME" and self._on_nodes_network):
            return None
        from structlog_enrich.resource.parts import READERS  # noqa: PLC0415 (needed only now)

        return self._read(variable, READERS[variable]).get(source) if variable in READERS else value

    def _read(self, variable: str, reader: Callable[[str], Mapping[str, str]]) -> Mapping[str, str]:
        if variable not in self._parts:
            self._parts[variable] = {}
            if text := self._variable(variable):
                try:
                    self._parts[variable] = reader(text)
                except ValueError as error:
                    # Whatever else it holds, it isn't shown.
                    self._discarded.append(Refused(f"{len(text):,} characters", variable, str(error)))
        return self._parts[variable]
