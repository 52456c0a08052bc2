"""What a stranger's processor might do, told from what it is made of."""

from __future__ import annotations

import logging
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from structlog_enrich.explaining import explain
from structlog_enrich.explaining.strangers import effect_of, exporter_of

if TYPE_CHECKING:
    from collections.abc import Callable

_SDK = ModuleType("sentry_sdk")
_LOGGER = logging.getLogger("tests")


def _uses_sdk(logger: Any, method_name: str, event_dict: Any) -> Any:
    _SDK.capture_message(event_dict["event"])
    return event_dict


def _uses_sdk_deeper(logger: Any, method_name: str, event_dict: Any) -> Any:
    def clean(value: Any) -> Any:
        return _SDK.clean(value)

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

    def test_returned(self) -> None:
        """Nor one that it returns."""
        lying = _Lying()

        assert "returns _Lying" == explain([lambda *_: lying]).stages[0].does
