"""The chain: what it refuses, what it is by default, in which order, and what its fingerprint says."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import structlog

from structlog_enrich import ConfigurationError, Limits, RedactionPolicy, Resource, preset
from structlog_enrich.processors import (
    ConsoleRenderer,
    Envelope,
    ErrorDetails,
    Guarded,
    JSONRenderer,
    MergeContext,
    Redact,
    SchemaVersion,
)
from structlog_enrich.resource.environment import CONFIGURABLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PLAIN = [MergeContext, ErrorDetails, Envelope, Redact, SchemaVersion, JSONRenderer]


def stage(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Do nothing."""
    return event


def other_stage(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Do nothing either."""
    return event


def line_of(chain: list[Any], **keywords: Any) -> dict[str, Any]:
    """Return the line that *chain* makes of a flat event."""
    flat: Any = keywords
    for each in chain:
        flat = each(None, "info", flat)
    line: dict[str, Any] = orjson.loads(flat)
    return line


LABELS = "must be text of at most 256 printable characters, a finite number or a bool"
NAMES = "must have names of 1 to 64 letters, digits, `_`, `.` and `-`"
TEXT = "must be text of 1 to 256 printable characters"
STREAM = "must be a short name in lower case, such as `audit`"
SMALL = Resource(service="s", host="h", runtime="r")
REFUSED: list[tuple[dict[str, Any], str, str, str]] = [
    ({"service": ""}, "service", "must not be empty", "''"),
    ({"version": ""}, "version", "must not be empty", "''"),
    ({"environment": ""}, "environment", "must not be empty", "''"),
    ({"service": 5}, "service", TEXT, "5"),
    ({"service": "a\nb"}, "service", TEXT, r"'a\nb'"),
    ({"service": "x" * 257}, "service", TEXT, "'" + "x" * 79),
    ({"version": 1.4}, "version", TEXT, "1.4"),
    ({"environment": "\ud800"}, "environment", TEXT, r"'\ud800'"),
    ({"resource": {"service": "x"}}, "resource", "must be a Resource or a Detection", "dict"),
    ({"extra": stage}, "extra", "must be a sequence of processors", "function"),
    ({"extra": None}, "extra", "must be a sequence of processors", "NoneType"),
    ({"extra": [stage, "stage"]}, "extra[1]", "must be callable", "'stage'"),
    ({"extra": "stage"}, "extra[0]", "must be callable", "'s'"),
    ({"tags": [("a", 1)]}, "tags", "must map names to values", "list"),
    ({"tags": "a=1"}, "tags", "must map names to values", "str"),
    ({"tags": ()}, "tags", "must map names to values", "tuple"),
    ({"tags": {"": 1}}, "tags", NAMES, "''"),
    ({"tags": {"a b": 1}}, "tags", NAMES, "'a b'"),
    ({"tags": {"a\n": 1}}, "tags", NAMES, r"'a\n'"),
    ({"tags": {"x" * 65: 1}}, "tags", NAMES, "'" + "x" * 65 + "'"),
    ({"tags": {5: 1}}, "tags", NAMES, "5"),
    ({"tags": {str(number): 1 for number in range(33)}}, "tags", "must hold at most 32 labels", "33"),
    ({"tags": {"team": None}}, "tags['team']", LABELS, "NoneType"),
    ({"tags": {"team": ["hunter2"]}}, "tags['team']", LABELS, "list"),
    ({"tags": {"team": {"a": "hunter2"}}}, "tags['team']", LABELS, "dict"),
    ({"tags": {"team": b"hunter2"}}, "tags['team']", LABELS, "bytes"),
    ({"tags": {"team": "hunter2" * 50}}, "tags['team']", LABELS, "str"),
    ({"tags": {"team": "a\x1bb"}}, "tags['team']", LABELS, "str"),
    ({"tags": {"team": math.nan}}, "tags['team']", LABELS, "float"),
    ({"tags": {"team": math.inf}}, "tags['team']", LABELS, "float"),
    ({"tags": {"team": 2**63}}, "tags['team']", LABELS, "int"),
    ({"tags": {"team": -(2**63) - 1}}, "tags['team']", LABELS, "int"),
    ({"feature_flags": {"x": None}}, "feature_flags['x']", LABELS, "NoneType"),
    ({"feature_flags": ["x"]}, "feature_flags", "must map names to values", "list"),
    ({"redaction": {"password"}}, "redaction", "must be a RedactionPolicy", "set"),
    ({"redaction": False}, "redaction", "must be a RedactionPolicy", "bool"),
    ({"limits": {"max_string": 5}}, "limits", "must be a Limits", "dict"),
    ({"limits": None}, "limits", "must be a Limits", "NoneType"),
    (
        {"resource": SMALL, "tags": {f"tag_{number}": "é" * 256 for number in range(32)}},
        "resource, tags and feature_flags",
        "must need at most 12,288 bytes together on each line",
        "16,870",
    ),
    (
        {
            "resource": SMALL,
            "feature_flags": {f"flag_{number}": "x" * 256 for number in range(8)},
            "limits": Limits(max_line=8_192),
        },
        "resource, tags and feature_flags",
        "must need at most 2,048 bytes together on each line",
        "2,256",
    ),
    ({"schema": "2.0"}, "schema", "must be one of 1.0", "'2.0'"),
    ({"schema": ""}, "schema", "must be one of 1.0", "''"),
    ({"schema": 1.0}, "schema", "must be one of 1.0", "1.0"),
    ({"renderer": "xml"}, "renderer", "must be auto, json or console", "'xml'"),
    ({"renderer": None}, "renderer", "must be auto, json or console", "None"),
    ({"stream": ""}, "stream", STREAM, "''"),
    ({"stream": "Audit"}, "stream", STREAM, "'Audit'"),
    ({"stream": "a" * 33}, "stream", STREAM, "'" + "a" * 33 + "'"),
    ({"stream": 5}, "stream", STREAM, "5"),
    ({"stream": "audit\n"}, "stream", STREAM, r"'audit\n'"),
]


class TestRefused:
    """What `preset()` refuses, at construction."""

    @pytest.mark.parametrize(
        ("given", "parameter", "rule", "received"),
        REFUSED,
        ids=[f"{n}-{next(iter(r[0]))}" for n, r in enumerate(REFUSED)],
    )
    def test_a_rule(self, given: dict[str, Any], parameter: str, rule: str, received: str) -> None:
        """The message names the parameter, the rule and the value, or its type where it may be a secret."""
        with pytest.raises(ConfigurationError) as caught:
            preset(**given)

        error = caught.value
        assert (parameter, rule, received) == (error.parameter, error.rule, error.received)
        assert str(error).startswith(f"{parameter} {rule}, not {received}")
        assert "hunter2" not in str(error)

    def test_the_remedy(self) -> None:
        """An empty name says what to do instead."""
        with pytest.raises(
            ConfigurationError, match=r"^service must not be empty, not ''\. Leave it out or pass None$"
        ):
            preset(service="")

    def test_only_keywords(self) -> None:
        """Nothing is positional."""
        with pytest.raises(TypeError):
            preset("checkout")  # type: ignore[misc]


class TestDefaults:
    """What `preset()` is when nothing is said."""

    def test_the_order(self) -> None:
        """Seven kinds of stage, the team's own right behind the context."""
        assert PLAIN == [type(each) for each in preset()]
        assert [MergeContext, Guarded, Guarded, *PLAIN[1:]] == [type(each) for each in preset(extra=[stage, stage])]

    def test_an_ordinary_list(self) -> None:
        """It is a list of one's own, as `capture_logs` needs it."""
        first, second = preset(), preset()
        first.clear()

        assert (list, 6) == (type(second), len(second))

    def test_capture_logs(self) -> None:
        """structlog's own testing helper works, and gives the chain back."""
        structlog.configure(processors=preset())
        with structlog.testing.capture_logs() as captured:
            structlog.get_logger().info("paid", order_id="o-1")

        assert [{"event": "paid", "order_id": "o-1", "log_level": "info"}] == captured
        assert PLAIN == [type(each) for each in structlog.get_config()["processors"]]

    def test_nothing_is_configured(self) -> None:
        """Making a chain touches nothing of structlog's."""
        before = structlog.get_config()
        preset(service="checkout")

        assert (before, False) == (structlog.get_config(), structlog.is_configured())

    def test_the_identity(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """What nothing names is said to be unknown."""
        monkeypatch.chdir(tmp_path)
        line = line_of(preset())

        assert ("unknown", "unknown") == (line["version"], line["environment"])
        assert line["service"].startswith("unknown_service:")
        assert line["runtime"].endswith(".".join(map(str, sys.version_info[:3])))

    def test_an_iterator_of_processors(self) -> None:
        """Processors that come from an iterator are all there."""
        chain = preset(extra=(each for each in (stage, other_stage)))  # type: ignore[arg-type]

        assert [stage, other_stage] == [each.wrapped for each in chain if isinstance(each, Guarded)]

    def test_the_renderer(self) -> None:
        """JSON, or a person's form where it is asked for."""
        kinds = {name: type(preset(renderer=name)[-1]) for name in ("auto", "json", "console")}  # type: ignore[arg-type]

        assert {"auto": JSONRenderer, "json": JSONRenderer, "console": ConsoleRenderer} == kinds
        assert ConsoleRenderer is type(preset()[-1].terminal)  # type: ignore[attr-defined]
        assert None is preset(renderer="json")[-1].terminal  # type: ignore[attr-defined]

    def test_a_pinned_schema(self) -> None:
        """A version may be named."""
        assert "1.0" == line_of(preset(schema="1.0"))["schema_version"]


class TestIdentity:
    """Who the service is."""

    def test_by_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What isn't passed is read from the environment, and what is passed wins."""
        monkeypatch.setenv("OTEL_SERVICE_NAME", "checkout")
        monkeypatch.setenv("DD_ENV", "staging")
        line = line_of(preset(environment="production"))

        assert ("checkout", "production") == (line["service"], line["environment"])

    def test_a_resource_is_the_whole_of_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Beside a resource nothing is read: what it doesn't name is unknown."""
        monkeypatch.setenv("DD_ENV", "staging")
        monkeypatch.setenv("STRUCTLOG_ENRICH_TAGS", "team=orders")
        line = line_of(preset(resource=Resource(service="checkout")))

        assert "unknown" == line["environment"]
        assert "tags" not in line

    def test_labels_of_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The environment's labels join those that are passed, which win, and are masked by their names."""
        monkeypatch.setenv("STRUCTLOG_ENRICH_TAGS", "team=orders,tier=2,password=hunter2")
        monkeypatch.setenv("STRUCTLOG_ENRICH_FLAGS", "fast-cart=on")
        line = line_of(preset(tags={"team": "payments"}))

        assert {"team": "payments", "tier": "2", "password": "[REDACTED:password]"} == line["tags"]
        assert {"fast-cart": "on"} == line["feature_flags"]
        assert ["tags.password:password"] == line["redacted"]

    @pytest.mark.parametrize("limits", [Limits(), Limits(max_line=8_192)], ids=["default", "short lines"])
    def test_whatever_the_environment_says(self, limits: Limits, monkeypatch: pytest.MonkeyPatch) -> None:
        """A service starts, with what it passed, and with as much of the rest as there is room for."""
        own = {f"own{number}": "x" * 50 for number in range(20)}
        for field in CONFIGURABLE:
            monkeypatch.setenv(f"STRUCTLOG_ENRICH_{field.upper()}", field[0] * 256)
        for name in ("TAGS", "FLAGS"):
            monkeypatch.setenv(f"STRUCTLOG_ENRICH_{name}", ",".join(f"{name}{n}={'y' * 200}" for n in range(9)))
        line = line_of(preset(service="checkout", tags=own, limits=limits))

        assert "checkout" == line["service"]
        assert own.items() <= line["tags"].items()

    def test_what_is_passed_must_have_room(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What a caller passed is never left out in silence."""
        with pytest.raises(ConfigurationError, match="must need at most 2,048 bytes"):
            preset(tags={f"t{number}": "x" * 200 for number in range(12)}, limits=Limits(max_line=8_192))

    def test_too_many_labels_of_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What the environment says never keeps a service from starting: its labels fill the room that is left."""
        monkeypatch.setenv("STRUCTLOG_ENRICH_TAGS", ",".join(f"n{number}={number}" for number in range(20)))
        line = line_of(preset(tags={f"own{number}": number for number in range(30)}))

        assert 32 == len(line["tags"])
        assert 30 == sum(name.startswith("own") for name in line["tags"])

    def test_by_name(self) -> None:
        """The three that every service knows."""
        line = line_of(preset(service="checkout", version="1.4.2", environment="production"))

        assert ("checkout", "1.4.2", "production") == (line["service"], line["version"], line["environment"])

    def test_a_resource(self) -> None:
        """Or all of it."""
        line = line_of(preset(resource=Resource(service="checkout", region="eu-west-1")))

        assert ("checkout", "eu-west-1") == (line["service"], line["region"])

    def test_names_win_over_the_resource(self) -> None:
        """What is named itself wins, the rest is the resource's."""
        base = Resource(service="base", version="1", environment="base", region="eu")
        line = line_of(preset(resource=base, service="named", version=None, environment="named"))

        assert ("named", "1", "named", "eu") == tuple(
            line[name] for name in ("service", "version", "environment", "region")
        )
        assert "base" == base.service

    def test_a_secret_within(self) -> None:
        """What was taken for a name and holds a secret is written without it, and each line says so."""
        line = line_of(preset(service="amqp://app:" + "hunter2" + "@broker/jobs"))

        assert "amqp://app:[REDACTED:url-userinfo]@broker/jobs" == line["service"]
        assert ["service:url-userinfo"] == line["redacted"]


class TestLabels:
    """Tags and feature flags."""

    @pytest.mark.parametrize("parameter", ["tags", "feature_flags"])
    def test_scalars(self, parameter: str) -> None:
        """Text, numbers and bools at their limits."""
        given = {"t": "", "u": "ż" * 256, "i": 2**63 - 1, "j": -(2**63), "f": 1.5, "b": True, "a.b-c_D9": 0}

        assert given == line_of(preset(**{parameter: given}))[parameter]

    @pytest.mark.parametrize("parameter", ["tags", "feature_flags"])
    def test_subclasses(self, parameter: str) -> None:
        """Of a subclass its plain value is written."""
        kinds = {kind.__name__: type("Own", (kind,), {})(value) for kind, value in ((str, "x"), (int, 5), (float, 1.5))}
        assert {"str": "x", "int": 5, "float": 1.5} == line_of(preset(**{parameter: kinds}))[parameter]

    @pytest.mark.parametrize("parameter", ["tags", "feature_flags"])
    def test_none(self, parameter: str) -> None:
        """No labels are no field."""
        for given in (None, {}):
            assert parameter not in line_of(preset(**{parameter: given}))

    @pytest.mark.parametrize("value", ["hunter2", b"hunter2", ["hunter2"]], ids=repr)
    def test_named_like_a_secret(self, value: Any) -> None:
        """A label named like a secret is masked, whatever it is, and named on each line."""
        chain = preset(tags={"team": "shop", "API-Key": value}, feature_flags={"token": value})
        for _ in range(2):
            line = line_of(chain, event="x", password="hunter2")

            assert {"team": "shop", "API-Key": "[REDACTED:api-key]"} == line["tags"]
            assert {"token": "[REDACTED:token]"} == line["feature_flags"]
            assert ["tags.API-Key:api-key", "feature_flags.token:token", "payload.password:password"] == (
                line["redacted"]
            )
        assert "hunter2" not in repr(chain)

    def test_a_secret_within(self) -> None:
        """Of a label's text only the secret goes, and the line says so."""
        line = line_of(preset(tags={"dsn": "redis://app:" + "hunter2" + "@cache/0"}))

        assert {"dsn": "redis://app:[REDACTED:url-userinfo]@cache/0"} == line["tags"]
        assert ["tags.dsn:url-userinfo"] == line["redacted"]

    def test_without_a_policy(self) -> None:
        """Without a policy nothing is masked by name."""
        line = line_of(preset(tags={"token": "x"}, redaction=None))

        assert ({"token": "x"}, False) == (line["tags"], "redacted" in line)


class TestFingerprint:
    """`enrichment`, equal in every process configured alike."""

    def test_alike(self) -> None:
        """What doesn't change how lines are made doesn't change it."""
        same = [
            preset(),
            preset(service="other", version="2", tags={"a": 1}, stream="s", renderer="json"),
            preset(schema="1.0", limits=Limits(), redaction=RedactionPolicy()),
            preset(extra=()),
        ]

        assert 1 == len({line_of(chain)["enrichment"] for chain in same})

    def test_different(self) -> None:
        """Each part that is named makes another."""
        different: list[dict[str, Any]] = [
            {},
            {"redaction": None},
            {"redaction": RedactionPolicy(keys={"iban"})},
            {"limits": Limits(max_string=100)},
            {"limits": Limits(max_items=10)},
            {"limits": Limits(max_depth=5)},
            {"limits": Limits(max_stack=100)},
            {"limits": Limits(max_line=10_000)},
            {"extra": [stage]},
            {"extra": [other_stage]},
            {"extra": [stage, other_stage]},
            {"extra": [other_stage, stage]},
            {"extra": [stage, stage]},
        ]

        prints = {line_of(preset(**each))["enrichment"] for each in different}
        assert len(different) == len(prints)
        assert {12} == {len(bytes.fromhex(each)) * 2 for each in prints}

    def test_the_librarys_version(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Another release is another configuration."""
        before = line_of(preset())["enrichment"]
        # The package's attribute of that name is the function.
        monkeypatch.setattr(sys.modules["structlog_enrich.preset"], "__version__", "999")

        assert before != line_of(preset())["enrichment"]

    def test_in_other_processes(self, run_python: Callable[..., Any]) -> None:
        """Processes with other hash seeds agree."""
        program = (
            "from structlog_enrich import *\nfrom structlog import stdlib\n"
            "policy = RedactionPolicy(keys={'a', 'b', 'iban'})\n"
            "print(preset(extra=[stdlib.add_log_level], redaction=policy)[3].enrichment)"
        )
        prints = {run_python(program, env={"PYTHONHASHSEED": seed}).stdout.strip() for seed in ("1", "2", "3")}
        policy = RedactionPolicy(keys={"iban", "b", "a"})

        assert {preset(extra=[structlog.stdlib.add_log_level], redaction=policy)[3].enrichment} == prints  # type: ignore[attr-defined]
