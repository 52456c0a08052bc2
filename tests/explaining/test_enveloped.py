"""What stages after the envelope may not do."""

from __future__ import annotations

from typing import Any

import pytest
import structlog

from structlog_enrich.explaining.enveloped import REQUIRED
from structlog_enrich.processors import Guarded, JSONRenderer, MergeContext, Redact
from structlog_enrich.schema.line import Line
from tests.explaining.chains import (
    ERRORS,
    REDACT,
    RENDERER,
    VERSION,
    add_shard,
    chain_with,
    drops,
    fails,
    found,
    into_payload,
    move_service,
    only,
    to_severity,
    without,
)


def _shouts(logger: Any, method_name: str, event_dict: Any) -> Any:
    event_dict["event"] = event_dict["event"].upper()
    return event_dict


def _tells_the_shop(logger: Any, method_name: str, event_dict: Any) -> Any:
    event_dict["app"] = event_dict["service"]
    return event_dict


def _takes_numbers(logger: Any, method_name: str, event_dict: Any) -> Any:
    del event_dict["seq"]
    event_dict.pop("boot_id")
    return event_dict


def _unwraps(logger: Any, method_name: str, event_dict: Any) -> Any:
    return {"event": event_dict.pop("message"), **event_dict}


def _writes_ecs(logger: Any, method_name: str, event_dict: Any) -> str:
    return str({"message": event_dict.pop("event"), **event_dict})


class TestDataBesideHeader:
    """Between Envelope and Redact nobody writes at the top."""

    @pytest.mark.parametrize(
        "processor", [add_shard, structlog.stdlib.add_log_level_number, structlog.processors.CallsiteParameterAdder()]
    )
    def test_beside(self, processor: Any) -> None:
        """A name beside the header's is found, a stranger's and structlog's."""
        assert [("data-beside-header", (4,))] == found(chain_with(REDACT, processor))

    def test_unprobed(self) -> None:
        """Of structlog's own it is known without a run."""
        assert [("data-beside-header", (4,))] == found(
            chain_with(REDACT, structlog.processors.TimeStamper()), probe=None
        )

    def test_in_the_payload(self) -> None:
        """In the payload it is examined, and is no mistake."""
        assert [] == found(chain_with(REDACT, into_payload))


class TestDataAfterRedaction:
    """After Redact nothing is added."""

    @pytest.mark.parametrize("place", [VERSION, RENDERER])
    @pytest.mark.parametrize(
        "processor", [add_shard, into_payload, structlog.processors.TimeStamper(key="at"), Guarded(add_shard)]
    )
    def test_after(self, processor: Any, place: int) -> None:
        """Whatever is added there is found: at the top, below it, by a stranger, by structlog's, guarded."""
        assert [("data-after-redaction", (place + 1,))] == found(chain_with(place, processor))

    def test_names_it(self) -> None:
        """It says which name; never the value."""
        mistake = only(chain_with(RENDERER, add_shard))

        assert "adds data after Redact, which nobody examines: shard." in mistake.problem

    def test_merger(self) -> None:
        """What was bound and merged late is nobody's to examine, even where nothing is bound just now."""
        chain = [*without(MergeContext)]
        chain.insert(-1, structlog.contextvars.merge_contextvars)

        assert [("data-after-redaction", (5,))] == found(chain)

    @pytest.mark.parametrize("processor", [to_severity, move_service])
    def test_move_and_rename(self, processor: Any) -> None:
        """To move and to rename is allowed."""
        assert [] == found(chain_with(RENDERER, processor))

    def test_a_value_that_is_there(self) -> None:
        """A name is added whatever its value is: nobody can tell a copy from what happens to be alike."""
        mistake = only(chain_with(RENDERER, _tells_the_shop))

        assert ("data-after-redaction", (6,)) == mistake[:2]
        assert mistake.problem.endswith(": app.")

    def test_without_redact(self) -> None:
        """Without Redact there is no after."""
        chain = without(Redact)
        chain.insert(-1, add_shard)

        assert "data-after-redaction" not in dict(found(chain))


class TestDroppedAfterEnvelope:
    """A line that has a number is written."""

    @pytest.mark.parametrize("place", [REDACT, VERSION, RENDERER])
    @pytest.mark.parametrize("processor", [drops, Guarded(drops)])
    def test_after(self, processor: Any, place: int) -> None:
        """Dropped later, it leaves a hole."""
        assert [("dropped-after-envelope", (place + 1,))] == found(chain_with(place, processor))

    def test_filter_by_level(self) -> None:
        """structlog's filter is known to drop, though it lets the probe pass."""
        chain = chain_with(REDACT, structlog.stdlib.filter_by_level)
        factory = structlog.stdlib.LoggerFactory()

        assert [("dropped-after-envelope", (4,))] == found(chain, logger_factory=factory)

    def test_before(self) -> None:
        """Before the envelope anyone may drop."""
        assert [] == found(chain_with(ERRORS, drops))


class TestNeedsFlatEvent:
    """What takes the flat event stands before the envelope."""

    def test_event(self) -> None:
        """A stage that fails on the line, and doesn't on the event."""
        mistake = only(chain_with(RENDERER, _shouts))

        assert ("needs-flat-event", (6,)) == mistake[:2]
        assert "before ErrorDetails" in mistake.remedy

    @pytest.mark.parametrize("place", [REDACT, VERSION, RENDERER])
    def test_wherever(self, place: int) -> None:
        """Wherever it stands behind the envelope, guarded or not."""
        assert [("needs-flat-event", (place + 1,))] == found(chain_with(place, _shouts))
        assert [("needs-flat-event", (place + 1,))] == found(chain_with(place, Guarded(_shouts)))

    def test_renderer(self) -> None:
        """A renderer for flat events, as `ecs_logging.StructlogFormatter` is; no other is missed then."""
        mistake = only([*without(JSONRenderer), _writes_ecs])

        assert ("needs-flat-event", (6,)) == mistake[:2]
        assert "JSONRenderer() in its place" in mistake.remedy

    @pytest.mark.parametrize(
        "renderer", [structlog.stdlib.render_to_log_kwargs, structlog.stdlib.render_to_log_args_and_kwargs]
    )
    @pytest.mark.parametrize("factory", [structlog.stdlib.LoggerFactory(), None], ids=["logging", "unknown"])
    def test_structlogs_handover(self, renderer: Any, factory: Any) -> None:
        """structlog's two that hand over to logging look for the flat event, and each call would fail."""
        mistake = only([*without(JSONRenderer), renderer], logger_factory=factory)

        assert ("needs-flat-event", (6,)) == mistake[:2]
        assert "raises KeyError" in mistake.problem
        assert "JSONRenderer() in its place" in mistake.remedy

    @pytest.mark.parametrize(
        "renderer",
        [
            structlog.dev.ConsoleRenderer(),
            structlog.processors.KeyValueRenderer(),
            structlog.processors.LogfmtRenderer(),
        ],
        ids=["console", "key=value", "logfmt"],
    )
    @pytest.mark.parametrize("probe", [{"event": "a probe"}, None], ids=["probed", "unprobed"])
    def test_structlogs_renderers(self, renderer: Any, probe: dict[str, str] | None) -> None:
        """structlog's for people fail at nothing, and write the message as one name of many."""
        mistake = only([*without(JSONRenderer), renderer], probe=probe)

        assert ("needs-flat-event", (6,)) == mistake[:2]
        assert "which Envelope made message" in mistake.problem

    @pytest.mark.parametrize(
        "stages",
        [
            [_unwraps, structlog.dev.ConsoleRenderer()],
            [structlog.processors.JSONRenderer()],
        ],
        ids=["unwrapped", "json"],
    )
    def test_with_a_message(self, stages: list[Any]) -> None:
        """Who is given it back, or writes JSON, where it has its name, writes it."""
        assert [] == found([*without(JSONRenderer), *stages])

    def test_told_where_the_message_is(self) -> None:
        """One that is told writes it; whether it was told, older ones of structlog's don't say."""
        renderer = structlog.dev.ConsoleRenderer(event_key="message")
        can_tell = hasattr(structlog.dev.ConsoleRenderer, "event_key")

        assert ([] if can_tell else [("needs-flat-event", (6,))]) == found([*without(JSONRenderer), renderer])

    def test_whatever_the_event(self) -> None:
        """What fails on the flat event too only fails."""
        assert [("unguarded-failure", (6,))] == found(chain_with(RENDERER, fails))


class TestRemovedHeader:
    """What each line has stays on it."""

    @pytest.mark.parametrize("place", [REDACT, VERSION, RENDERER])
    def test_removed(self, place: int) -> None:
        """What takes the numbers away by which readers see a loss is found, and says which."""
        mistake = only(chain_with(place, _takes_numbers))

        assert ("removed-header", (place + 1,)) == mistake[:2]
        assert "takes away boot_id, seq," in mistake.problem or "takes away seq, boot_id," in mistake.problem

    @pytest.mark.parametrize("processor", [to_severity, move_service])
    def test_renamed(self, processor: Any) -> None:
        """A name that is only moved or changed is none that is taken away."""
        assert [] == found(chain_with(RENDERER, processor))

    def test_optional(self) -> None:
        """What a line may lack may be taken away."""

        def slims(logger: Any, method_name: str, event_dict: Any) -> Any:
            for name in ("payload", "context", "faults"):
                event_dict.pop(name, None)
            return event_dict

        assert [] == found(chain_with(RENDERER, slims), probe={"event": "a probe", "shard": 3})

    def test_names(self) -> None:
        """They are those that the schema requires."""
        assert {name for name, fact in Line.model_fields.items() if fact.is_required()} == REQUIRED
