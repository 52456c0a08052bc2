"""What a stranger's processor might do, told from what it is made of."""

from __future__ import annotations

import logging
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from structlog_enrich.explaining import explain
from structlog_enrich.explaining.strangers import effect_of, exporter_of, reads_event

if TYPE_CHECKING:
    from collections.abc import Callable

_SDK = ModuleType("sentry_sdk")
_LOGGER = logging.getLogger("tests")


def _uses_sdk(logger: Any, method_name: str, event_dict: Any) -> Any:
    _SDK.capture_message(event_dict["event"])
    return event_dict


def _uses_sdk_deeper(logger: Any, method_name: str, event_dict: Any) -> Any:
    def clean(value: Any) -> Any:
        return _SDK.capture_event(value)

    return {name: clean(value) for name, value in event_dict.items()}


def _imports_sdk(logger: Any, method_name: str, event_dict: Any) -> Any:
    import rollbar  # noqa: PLC0415 (what is to be seen)

    rollbar.report_message(event_dict["event"])
    return event_dict


def _harmless(logger: Any, method_name: str, event_dict: Any) -> Any:
    return {**event_dict, "level": logging.getLevelName(20)}


def _uses_logger(logger: Any, method_name: str, event_dict: Any) -> Any:
    _LOGGER.warning("seen")
    return event_dict


def _opens(logger: Any, method_name: str, event_dict: Any) -> Any:
    with open("/nowhere") as file:  # noqa: PTH123 (what is to be seen)
        return {**event_dict, "first": file.read()}


def _client(module: str) -> Any:
    return type("Client", (), {"__module__": module})()


def _closure(held: Any) -> Callable[..., Any]:
    def processor(logger: Any, method_name: str, event_dict: Any) -> Any:
        held.send(event_dict)
        return event_dict

    return processor


def _of_source(way: str) -> Any:
    requests = ModuleType("requests")
    namespace: dict[str, Any] = {"__name__": "shop.logs", "requests": requests}
    exec(
        "def ship(event):\n"
        "    requests.post(event)\n"
        "def hand_over(event):\n"
        "    ship(event)\n"
        "def function(logger, method_name, event_dict):\n"
        "    ship(event_dict)\n"
        "    return event_dict\n"
        "def second(logger, method_name, event_dict):\n"
        "    hand_over(event_dict)\n"
        "    return event_dict\n"
        "class Method:\n"
        "    def send(self, event):\n"
        "        requests.post(event)\n"
        "    def __call__(self, logger, method_name, event_dict):\n"
        "        self.send(event_dict)\n"
        "        return event_dict\n"
        "method = Method()\n",
        namespace,
    )
    return namespace[way]


def _written(code: str) -> Any:
    names = ("queue", "sentry_sdk", "socket", "sys", "urllib")
    namespace: dict[str, Any] = {name: ModuleType(name) for name in names}
    namespace |= {"__name__": "shop.logs", "counter": _client("prometheus_client.metrics")}
    exec(f"def processor(logger, method_name, event_dict):\n    {code}\n    return event_dict\n", namespace)
    return namespace["processor"]


class _Holding:
    def __init__(self, held: Any) -> None:
        self.held = held

    def __call__(self, logger: Any, method_name: str, event_dict: Any) -> Any:
        return event_dict


class _Lying:
    """Claim to be anything, and fail when asked."""

    __slots__ = ()

    @property
    def __class__(self) -> Any:
        raise RuntimeError

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError

    def __call__(self, logger: Any, method_name: str, event_dict: Any) -> Any:
        return event_dict


class TestExporterOf:
    """Who sends events elsewhere."""

    @pytest.mark.parametrize(
        ("processor", "where"),
        [
            (_uses_sdk, "Sentry"),
            (_uses_sdk_deeper, "Sentry"),
            (_imports_sdk, "Rollbar"),
            (partial(_uses_sdk, None), "Sentry"),
            (_Holding(_client("posthog.client")), "PostHog"),
            (_Holding(_client("posthog.client")).__call__, "PostHog"),
            (_closure(_client("kafka.producer")), "Kafka"),
            (_client("opentelemetry.instrumentation.structlog"), "OpenTelemetry"),
            (partial(_Holding, _client("boto3.session")), "AWS"),
        ],
    )
    def test_exporter(self, processor: Any, where: str) -> None:
        """It is told from its class, its code, its closure, what it holds and what it was given."""
        assert where == exporter_of(processor)

    @pytest.mark.parametrize(
        "processor",
        [_harmless, print, _Holding(None), _client("kafkaesque"), _client("opentelemetry.trace"), str.upper],
        ids=["function", "builtin", "instance", "namesake", "tracing", "descriptor"],
    )
    def test_none(self, processor: Any) -> None:
        """Nobody else is accused."""
        assert None is exporter_of(processor)


class TestOwnCode:
    """What a processor calls of its own package is its code, too."""

    @pytest.mark.parametrize("way", ["function", "method", "second"])
    def test_is_followed(self, way: str) -> None:
        """Into functions and methods, and on from there."""
        assert "the network" == exporter_of(_of_source(way))

    def test_another_package_is_not(self) -> None:
        """What other packages do is their own affair: `logging` sends nothing for being asked for a name."""
        assert (None, None) == (exporter_of(_harmless), effect_of(_harmless))

    @pytest.mark.parametrize(
        ("code", "where"),
        [
            ("socket.socket().sendto(b'', event_dict)", "the network"),
            ("urllib.request.urlopen(event_dict)", "the network"),
            ("sentry_sdk.add_breadcrumb(event_dict)", "Sentry"),
            ("event_dict['host'] = socket.gethostname()", None),
            ("event_dict['trace'] = sentry_sdk.get_traceparent()", None),
            ("stats.requests += 1", None),
        ],
    )
    def test_by_what_is_called(self, code: str, where: str | None) -> None:
        """To look something up, or to have a name like a package's, is no export."""
        assert where == exporter_of(_written(code))

    @pytest.mark.parametrize(
        ("code", "effect"),
        [
            ("counter.inc()", "it counts"),
            ("queue.put_nowait(event_dict)", "it puts something into a queue"),
            ("sys.stderr.write('seen')", "it prints"),
        ],
    )
    def test_effect(self, code: str, effect: str) -> None:
        """So are counters, queues and streams told from what is called."""
        assert effect == effect_of(_written(code))


class TestReadsEvent:
    """Which exporters send nothing without `event`."""

    @pytest.mark.parametrize(
        "module",
        ["logfire.integrations.structlog", "opentelemetry.instrumentation.structlog", "structlog_sentry"],
    )
    def test_known(self, module: str) -> None:
        """By class, in any dress."""
        exporter = type("Exporter", (_Holding,), {"__module__": module})(None)

        assert [True] * 3 == [reads_event(each) for each in (exporter, exporter.__call__, partial(exporter, None))]

    @pytest.mark.parametrize("processor", [_harmless, print, _uses_sdk])
    def test_unknown(self, processor: Any) -> None:
        """Of nobody else it is claimed."""
        assert not reads_event(processor)


class TestEffectOf:
    """Who does more than return an event."""

    @pytest.mark.parametrize(
        ("processor", "effect"),
        [
            (_uses_logger, "it logs by itself"),
            (_Holding(_LOGGER), "it logs by itself"),
            (_Holding([structlog.get_logger()]), "it logs by itself"),
            (_closure(structlog.wrap_logger(None).bind()), "it logs by itself"),
            (_opens, "it opens a file"),
            (print, "it prints"),
            (partial(print, "seen"), "it prints"),
        ],
    )
    def test_effect(self, processor: Any, effect: str) -> None:
        """It is told from the code and from what it holds."""
        assert effect == effect_of(processor)

    @pytest.mark.parametrize("processor", [_harmless, _Holding([1]), str.upper], ids=range(3))
    def test_none(self, processor: Any) -> None:
        """Whatever else a processor is made of, it is run."""
        assert None is effect_of(processor)


class TestLiars:
    """Who fails when asked isn't asked."""

    def test_processor(self) -> None:
        """A processor that fails at every question is explained like any other."""
        lying = _Lying()
        (stage,) = explain([lying], probe=None).stages

        assert (None, None) == (exporter_of(lying), effect_of(lying))
        assert stage.name.endswith("._Lying")

    def test_held(self) -> None:
        """Neither is an object asked that a processor holds."""
        assert (None, None) == (exporter_of(_Holding(_Lying())), effect_of(_closure(_Lying())))

    def test_class(self) -> None:
        """Nor a class whose own class fails."""

        class Failing(type):
            @property
            def __module__(cls) -> Any:  # type: ignore[override]
                raise RuntimeError

        held = Failing("Held", (), {})
        assert (None, None) == (exporter_of(_Holding(held)), effect_of(_Holding(held())))

    def test_returned(self) -> None:
        """Nor one that it returns."""
        lying = _Lying()

        assert "returns _Lying" == explain([lambda *_: lying]).stages[0].does
