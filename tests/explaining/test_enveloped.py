"""What stages after the envelope may not do."""

from __future__ import annotations

from typing import Any

import pytest
import structlog

from structlog_enrich.processors import Guarded, JSONRenderer, MergeContext, Redact
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

    def test_whatever_the_event(self) -> None:
        """What fails on the flat event too only fails."""
        assert [("unguarded-failure", (6,))] == found(chain_with(RENDERER, fails))
