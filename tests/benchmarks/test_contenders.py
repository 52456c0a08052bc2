"""All contenders do the same work: what is compared is comparable."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from benchmarks import events
from benchmarks.contenders import documented, floor, handmade, lines_of, nothing, preset_ours, preset_structlog
from benchmarks.workload import CONTEXT, Workload
from structlog_enrich import Limits

CONTENDERS = [floor, preset_ours, preset_structlog, documented, handmade]
WITH_ENVELOPE = [floor, preset_ours, preset_structlog, handmade]
PLAIN = {"reference": events.reference, "web": events.web, "nested": events.nested}

each_contender = pytest.mark.parametrize("contender", CONTENDERS, ids=lambda each: each.__name__.rpartition(".")[2])
each_with_envelope = pytest.mark.parametrize(
    "contender", WITH_ENVELOPE, ids=lambda each: each.__name__.rpartition(".")[2]
)


def _written(contender: Any, calls: list[dict[str, Any]], **options: Any) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in lines_of(contender, Workload(calls=calls, **options))]


def _business(line: dict[str, Any]) -> dict[str, Any]:
    return {**line.get("context", {}), **line.get("payload", line)}


class TestContenders:
    """Everyone who writes."""

    @each_contender
    @pytest.mark.parametrize("event", PLAIN)
    def test_write_the_same_business_data(self, contender: Any, event: str) -> None:
        """Keywords and bound names arrive unchanged, on one line a call, in the order of the calls."""
        calls = PLAIN[event]()[:3]
        lines = _written(contender, calls)
        expected = [{**CONTEXT, **call} for call in calls]
        assert expected == [{name: _business(line)[name] for name in expected[0]} for line in lines]

    @each_contender
    def test_write_message_level_and_timestamp(self, contender: Any) -> None:
        """What the shortest of the chains adds, all add."""
        (line,) = _written(contender, events.reference()[:1], message="paid")
        assert ("paid", "info") == (line.get("message", line.get("event")), line["level"])
        assert line["timestamp"].endswith("Z")

    @each_contender
    def test_write_the_exception(self, contender: Any) -> None:
        """A traceback with the cause is on the line, whatever its field is called."""
        (line,) = _written(contender, events.failing()[:1], method="error")
        stack = line["error"]["stack"] if "error" in line else line["exception"]
        assert "KeyError: 'card-0'" in stack
        assert "PaymentError: card 0000 was declined" in stack
        assert line["level"] == "error"

    @each_contender
    def test_are_silent_below_info(self, contender: Any) -> None:
        """All filter at the same level."""
        assert [] == _written(contender, events.reference()[:1], method="debug")


class TestEnvelope:
    """Those who write the full header."""

    @each_with_envelope
    def test_write_the_same_fields(self, contender: Any) -> None:
        """The hand-assembled chain does the whole job, and the floor writes the whole line."""
        (ours,) = _written(preset_ours, events.reference()[:1])
        (theirs,) = _written(contender, events.reference()[:1])
        assert set(ours) == set(theirs)

    @each_with_envelope
    def test_write_the_same_trace_and_identity(self, contender: Any) -> None:
        """What isn't of one moment or process is equal to the letter."""
        moment = {"timestamp", "seq", "boot_id", "enrichment", "span_id"}
        (ours,) = _written(preset_ours, events.reference()[:1])
        (theirs,) = _written(contender, events.reference()[:1])
        assert [] == [name for name in ours.keys() - moment if ours[name] != theirs[name]]

    @each_with_envelope
    def test_mask_the_secret_and_name_it(self, contender: Any) -> None:
        """The word list is the same, and so is what it finds."""
        (line,) = _written(contender, events.secret()[:1])
        assert line["payload"]["password"].startswith("[REDACTED")
        assert "hunter" not in str(line)
        assert line["redacted"][0].startswith("payload.password")

    def test_the_hand_assembled_chain_masks_at_any_depth(self) -> None:
        """Its masker is recursive, or it would be a straw man."""
        calls = [{"order": {"lines": [{"API-Key": "hunter1"}, [{"token": "hunter2"}]]}}]
        (line,) = _written(handmade, calls)
        assert "hunter" not in str(line)

    def test_cut_where_the_workload_says(self) -> None:
        """At 500 keys the page shows both, the default and a higher limit."""
        calls = events.wide(500)[:1]
        (cut,) = _written(preset_ours, calls)
        (whole,) = _written(preset_ours, calls, limits=Limits(max_items=1_000))
        assert (256, 500) == (len(cut["payload"]), len(whole["payload"]))


class TestFloor:
    """The least a line can cost."""

    def test_writes_the_records_again_when_they_are_used_up(self) -> None:
        """A block goes through all calls several times."""
        lines = lines_of(floor, Workload(calls=events.reference()[:2]))
        assert [118_000, 118_001] == [int(orjson.loads(line)["payload"]["order_id"][2:]) for line in lines]


class TestNothing:
    """What a call costs that does nothing."""

    def test_writes_nothing(self) -> None:
        """Its method takes the same keywords."""
        assert [] == lines_of(nothing, Workload(calls=events.reference()[:1], method="debug"))
