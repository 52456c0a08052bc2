"""The chain: which stages, in which order, and why."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Literal

import orjson

from structlog_enrich import process
from structlog_enrich._version import __version__
from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.fingerprint import fingerprint
from structlog_enrich.labels import MAX_LABELS, checked_labels
from structlog_enrich.processors.console import ConsoleRenderer
from structlog_enrich.processors.context import MergeContext
from structlog_enrich.processors.envelope import HEADER, Envelope
from structlog_enrich.processors.errors import ErrorDetails
from structlog_enrich.processors.guard import Guarded, name_of
from structlog_enrich.processors.limits import DEFAULT_LIMITS, Limits
from structlog_enrich.processors.redact import Redact
from structlog_enrich.processors.rendering import JSONRenderer
from structlog_enrich.processors.version import SchemaVersion
from structlog_enrich.redaction.policy import DEFAULT_POLICY, RedactionPolicy
from structlog_enrich.resource import Detection, Resource, detect
from structlog_enrich.schema.fields import SCHEMA_VERSION
from structlog_enrich.trace.ids import OWN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from structlog.typing import Processor

    from structlog_enrich.resource import Scalar
    from structlog_enrich.trace.ids import IdSource

__all__ = ["preset"]

_STREAM: Final = re.compile(r"[a-z][a-z0-9_.\-]{0,31}")
_MAX_HEADER: Final = 12_288


def preset(
    *,
    service: str | None = None,
    version: str | None = None,
    environment: str | None = None,
    resource: Resource | Detection | None = None,
    extra: Sequence[Processor] = (),
    tags: Mapping[str, Scalar] | None = None,
    feature_flags: Mapping[str, Scalar] | None = None,
    redaction: RedactionPolicy | None = DEFAULT_POLICY,
    schema: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    renderer: Literal["auto", "json", "console"] = "auto",
    stream: str | None = None,
    ids: Literal["own", "otel"] = "own",
) -> list[Processor]:
    """Return the chain of processors that puts one envelope on every line.

    It configures nothing: give it to `structlog.configure(processors=preset(…))`.

    The order is what makes the promises hold:

    1. `MergeContext` first, so that a team's processors see what the request bound.
    2. Each of *extra*, guarded: they see the flat event that structlog's users know.
    3. `ErrorDetails` directly before the envelope, so that its description can't be taken for payload.
    4. `Envelope`: from here on nothing a caller passed can reach the header.
    5. `Redact`, after everything that adds data and before anything that writes it.
    6. `SchemaVersion`, once the line has its final shape.
    7. The renderer.

    Args:
        service: The service's name; default what the environment says, see `structlog_enrich.resource.detect`, else
            `unknown_service:<process>`.
        version: The service's version; default likewise, else `unknown`.
        environment: Where it is deployed, such as `production`; default likewise, else `unknown`.
        resource: The whole identity instead, with nothing read from the environment; or what `detect()` found, with
            the labels it read, which is what is looked for by default. The three above win over it.
        extra: A team's own processors, in their order. One that fails costs its own contribution only.
        tags: Stable labels for every line: name to text, finite number or bool. They win over those that
            `STRUCTLOG_ENRICH_TAGS` gives; default those.
        feature_flags: The same for flags that are stable for the life of the process, and `STRUCTLOG_ENRICH_FLAGS`.
        redaction: What is masked; default `DEFAULT_POLICY`. None masks nothing but pydantic's `SecretStr` and its kin,
            not even fields that are marked `Sensitive`.
        schema: The version of the envelope to write; default the newest, `1.0`.
        limits: Where strings, containers and lines are cut; default 8,192 characters, 256 items, 16 deep, stacks of
            32,768 characters, lines of 131,072 bytes.
        renderer: `json`; `console` for a person; `auto` is console where the wrapped logger's stream is a terminal and
            JSON elsewhere.
        stream: A name for a chain whose lines go to another destination than the main one; it counts its own `seq`.
        ids: Where a line's ids come from. `own`: what `span()`, `entry()` and the integrations make. `otel`: the active
            OpenTelemetry span; `span()` then starts one, so that lines and exported spans carry the same ids.

    Returns:
        An ordinary list, yours to edit.

    Raises:
        ConfigurationError: A value that breaks its rule, named with the rule and the value.
        MissingExtraError: `ids="otel"` without opentelemetry-api.

    >>> import structlog
    >>> structlog.configure(processors=preset(service="checkout", version="1.4.2", environment="production"))
    >>> len(preset())
    6
    """
    process.current()
    extra = _processors(extra)
    for name, value, kind in (("redaction", redaction, RedactionPolicy), ("limits", limits, Limits)):
        if not isinstance(value, kind) and (value is not None or name == "limits"):
            rule = f"must be a {kind.__name__}"
            raise ConfigurationError(name, rule, received=f"{type(value).__name__}")
    if stream is not None and (not isinstance(stream, str) or not _STREAM.fullmatch(stream)):
        rule = "must be a short name in lower case, such as `audit`"
        raise ConfigurationError("stream", rule, received=f"{stream!r:.80}")

    given = {"service": service, "version": version, "environment": environment}
    identity, around, passed = _identity(resource, given)
    standing: list[str] = []
    if redaction is not None:
        identity = _redacted(identity, redaction, standing)
    labels = {"tags": tags, "feature_flags": feature_flags}
    checked = {name: checked_labels(name, given, redaction, standing) for name, given in labels.items()}
    most = min(_MAX_HEADER, limits.max_line // 4)
    identity = _within(identity, checked, most, keep=passed)
    for name, found in around.items():
        # Checked where it was read; what has no room is left out, for no environment may stop a service from starting.
        for label, text in found.items():
            if label in checked[name] or len(checked[name]) == MAX_LABELS:
                continue
            masked: list[str] = []
            more = {**checked, name: {**checked[name], **checked_labels(name, {label: text}, redaction, masked)}}
            if _header_size(identity, more) <= most:
                checked = more
                standing += masked
    envelope = Envelope(
        identity,
        **checked,
        enrichment=fingerprint(
            __version__,
            schema or SCHEMA_VERSION,
            "" if redaction is None else redaction.describe(),
            limits,
            *map(name_of, extra),
        ),
        stream=stream,
        ids=_ids(ids),
    )
    return [
        MergeContext(for_envelope=True),
        *map(Guarded, extra),
        ErrorDetails(),
        envelope,
        Redact(redaction, limits=limits, trusted=HEADER, standing=standing),
        SchemaVersion(SCHEMA_VERSION if schema is None else schema),
        _renderer(renderer, limits, redaction),
    ]


def _within(identity: Resource, labels: Mapping[str, Mapping[str, Scalar]], most: int, *, keep: set[str]) -> Resource:
    """Return *identity* without what was detected and has no room: what is on every line can't be cut.

    Raises:
        ConfigurationError: What the caller passed has none.
    """
    facts = identity.header()
    # The longest first; what the caller passed, as a resource or by itself, stays.
    for name in sorted(facts.keys() - keep, key=lambda each: len(facts[each]), reverse=True):
        if _header_size(identity, labels) <= most:
            break
        del facts[name]
        identity = Resource(**facts)
    if (size := _header_size(identity, labels)) > most:
        parameters = "resource, tags and feature_flags"
        rule = f"must need at most {most:,} bytes together on each line"
        raise ConfigurationError(parameters, rule, received=f"{size:,}")
    return identity


def _redacted(identity: Resource, redaction: RedactionPolicy, standing: list[str]) -> Resource:
    """Return *identity* without the secrets in its texts, such as those of a URL that someone took for a name."""
    facts: dict[str, str] = {}
    for name, text in identity.header().items():
        facts[name], rules = redaction.compiled.scan(text, name)
        standing += [f"{name}:{redaction.compiled.label(rule)}" for rule in rules]
    return Resource(**facts)


def _header_size(identity: Resource, labels: Mapping[str, Mapping[str, Scalar]]) -> int:
    return len(orjson.dumps({**identity.header(), **labels}))


def _processors(extra: Sequence[Processor]) -> tuple[Processor, ...]:
    try:
        # Read once: an iterator is a sequence to whoever passes it.
        checked = tuple(extra)
    except TypeError:
        rule = "must be a sequence of processors"
        raise ConfigurationError("extra", rule, received=type(extra).__name__) from None
    for index, each in enumerate(checked):
        if not callable(each):
            raise ConfigurationError(f"extra[{index}]", "must be callable", received=f"{each!r:.80}")
    return checked


def _identity(
    resource: Resource | Detection | None, given: dict[str, str | None]
) -> tuple[Resource, dict[str, Mapping[str, str]], set[str]]:
    """Return who is logging, the labels that the environment gives, and the names of what the caller said."""
    found = detect(given) if resource is None else resource
    if not isinstance(found, Resource | Detection):
        raise ConfigurationError("resource", "must be a Resource or a Detection", received=type(found).__name__)
    for name, value in given.items():
        if value == "":
            raise ConfigurationError(name, "must not be empty", received="''", remedy="Leave it out or pass None")
    named = {name: value for name, value in given.items() if value is not None}
    if isinstance(found, Resource):
        identity = Resource(**{**found.header(), **named})
        return identity, {}, set(identity.header())
    said = {name for name, each in found.findings.items() if each.source == "argument"}
    labels = {"tags": found.tags.values, "feature_flags": found.feature_flags.values}
    return Resource(**{**found.resource.header(), **named}), labels, said | named.keys()


def _ids(name: str) -> IdSource:
    if name == "own":
        return OWN
    if name == "otel":
        from structlog_enrich.trace.otel import OtelIds  # noqa: PLC0415 (only who asks for it pays for it)

        return OtelIds()
    raise ConfigurationError("ids", "must be own or otel", received=f"{name!r:.80}")


def _renderer(name: str, limits: Limits, redaction: RedactionPolicy | None) -> Any:
    if name == "console":
        return ConsoleRenderer()
    if name == "auto" or name == "json":  # noqa: PLR1714 (a name that can't be hashed is refused below)
        terminal = ConsoleRenderer() if name == "auto" else None
        return JSONRenderer(terminal=terminal, max_line=limits.max_line, total=Redact(redaction, limits=limits))
    raise ConfigurationError("renderer", "must be auto, json or console", received=f"{name!r:.80}")
