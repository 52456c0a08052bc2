"""Where an event may leave."""

from __future__ import annotations

from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich import preset
from structlog_enrich.processors import Guarded, Redact
from tests.explaining.chains import ERRORS, RENDERER, chain_with, found, in_memory, only, without

if TYPE_CHECKING:
    from collections.abc import Callable


def _hook(sent: list[Any]) -> Any:
    requests = ModuleType("requests")
    requests.post = sent.append  # type: ignore[attr-defined]
    namespace: dict[str, Any] = {"__name__": "shop.hooks", "requests": requests}
    exec(
        "class Hook:\n"
        "    def _post(self, event):\n"
        "        requests.post(event)\n"
        "    def __call__(self, logger, method_name, event_dict):\n"
        "        self._post(event_dict)\n"
        "        return event_dict\n",
        namespace,
    )
    return namespace["Hook"]()


class TestExportBeforeRedaction:
    """Nothing leaves unmasked."""

    def test_before(self) -> None:
        """An export sees what isn't masked yet; it is named, and isn't run."""
        sent: list[Any] = []
        mistake = only(preset(extra=[in_memory(sent)()]))

        assert ("export-before-redaction", (2,)) == mistake[:2]
        assert "Sentry" in mistake.problem
        assert [] == sent

    @pytest.mark.parametrize(
        "make",
        [
            lambda exporter: exporter(),
            lambda exporter: exporter().__call__,
            lambda exporter: partial(exporter(), None),
            lambda exporter: type("Mine", (exporter,), {"__module__": "shop.logs"})(),
            lambda exporter: Guarded(exporter()),
        ],
        ids=["instance", "method", "partial", "subclass", "guarded"],
    )
    @pytest.mark.parametrize("probe", [{"event": "a probe"}, None], ids=["probed", "unprobed"])
    def test_in_any_dress(self, make: Callable[[Any], Any], probe: dict[str, str] | None) -> None:
        """It is known as an instance, a method, a partial, a base class and behind a guard, run or not."""
        chain = chain_with(ERRORS, make(in_memory([])))

        assert [("export-before-redaction", (2,))] == found(chain, probe=probe)

    def test_without_redaction(self) -> None:
        """Without Redact it is before redaction wherever it stands."""
        chain = [*without(Redact)]
        chain.insert(-1, in_memory([])())

        assert ("export-before-redaction", (5,)) in found(chain)

    @pytest.mark.parametrize("kept", ["event", "line"])
    def test_after(self, kept: str) -> None:
        """After Redact it sees the masked line, to which whoever hands it over gives the message back."""
        exporter = in_memory([])()

        def hand_over(logger: Any, method_name: str, event_dict: Any) -> Any:
            exporter(logger, method_name, {**event_dict, "event": event_dict["message"]})
            return event_dict

        assert [] == found(chain_with(RENDERER, hand_over if kept == "event" else in_memory([], "rollbar.logger")()))

    @pytest.mark.parametrize("module", ["opentelemetry.instrumentation.structlog", "structlog_sentry"])
    def test_after_without_a_message(self, module: str) -> None:
        """Of processors that are known to send what stands under `event` it is said that they send nothing."""
        exporter = in_memory([], module)()

        assert [("export-without-message", (6,))] == found(chain_with(RENDERER, exporter))
        assert [("export-without-message", (6,))] == found(chain_with(RENDERER, Guarded(exporter)), probe=None)
        assert [("export-before-redaction", (2,))] == found(chain_with(ERRORS, exporter))

    def test_by_hand(self) -> None:
        """A team's own hook that posts what it gets is one, in whichever of its functions it does."""
        sent: list[Any] = []
        hook = _hook(sent)

        assert [("export-before-redaction", (2,))] == found(preset(extra=[hook]))
        assert [] == sent
