"""Every stage, and the whole chain, travels to another process and keeps no secret in its repr."""

from __future__ import annotations

import copy
import io
import pickle
from typing import Any

import orjson
import pytest
import structlog
from structlog.contextvars import bound_contextvars

from structlog_enrich import Limits, RedactionPolicy, Resource, bind_contextvars, bound_logger, entry, preset
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
from structlog_enrich.trace.ids import OWN, OwnIds


def region(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Add a region."""
    event["region"] = "eu"
    return event


class Keyed:
    """A team's processor with a secret of its own and a repr that keeps it."""

    def __init__(self, key: str) -> None:
        self.key = key

    def __repr__(self) -> str:
        return "Keyed(…)"

    def __call__(self, _logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
        event["keyed"] = len(self.key)
        return event


STAGES = [
    MergeContext(),
    Guarded(region),
    ErrorDetails(),
    ErrorDetails(key="error"),
    Envelope(),
    Envelope(
        Resource(service="s"), tags={"a": 1}, feature_flags={"b": True}, enrichment="a41f09c27be3", stream="audit"
    ),
    Redact(),
    Redact(RedactionPolicy(keys={"iban"}), limits=Limits(max_items=3), trusted={"level"}, standing=["tags.x:y"]),
    Redact(None),
    SchemaVersion(),
    JSONRenderer(),
    JSONRenderer("bytes"),
    JSONRenderer("str", terminal=ConsoleRenderer()),
    ConsoleRenderer(),
]
WAYS = {
    **{
        f"pickle{n}": lambda each, n=n: pickle.loads(pickle.dumps(each, n))
        for n in range(2, pickle.HIGHEST_PROTOCOL + 1)
    },
    "deepcopy": copy.deepcopy,
    "copy": copy.copy,
}
VOLATILE = {"seq": 0, "timestamp": ""}


def whole(**options: Any) -> list[Any]:
    """Return a chain with something in every corner."""
    return preset(
        resource=Resource(service="checkout", region="eu"),
        extra=[region, Keyed("hunter2")],
        tags={"team": "shop", "password": "hunter2"},
        feature_flags={"new_cart": True},
        redaction=RedactionPolicy(keys={"iban", "password"}),
        limits=Limits(max_string=64),
        stream="pickled",
        **options,
    )


def line_of(chain: list[Any], logger: Any = None) -> Any:
    """Return the line of an event with something in every corner."""
    flat: Any = {"event": "paid", "iban": "hunter2", "text": "x" * 100, "exc_info": ValueError("no")}
    with bound_contextvars(request_id="req-1"):
        for stage in chain:
            flat = stage(logger, "info", flat)
    return orjson.loads(flat) | VOLATILE


class TestStages:
    """Each stage by itself."""

    @pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))
    @pytest.mark.parametrize("stage", STAGES, ids=[f"{n}-{type(each).__name__}" for n, each in enumerate(STAGES)])
    def test_it_travels(self, stage: Any, way: Any) -> None:
        """What arrives is of the same class, looks the same and does the same."""
        again = way(stage)

        assert (type(stage), repr(stage)) == (type(again), repr(again))
        results = [each(None, "info", {"event": "x", "iban": "y", "a": [1] * 5}) for each in (stage, again)]
        if isinstance(results[0], dict):
            results = [{name: each[name] for name in each if name not in VOLATILE} for each in results]
            results = [repr(each) for each in results]
        assert results[0] == results[1]

    @pytest.mark.parametrize("stage", STAGES, ids=[f"{n}-{type(each).__name__}" for n, each in enumerate(STAGES)])
    def test_its_repr(self, stage: Any) -> None:
        """The repr is the stage's own and names its class, or what it guards."""
        expected = "region" if isinstance(stage, Guarded) else type(stage).__name__

        assert expected in repr(stage)
        assert isinstance(stage, Guarded) or " at 0x" not in repr(stage)

    @pytest.mark.parametrize("stage", STAGES, ids=[f"{n}-{type(each).__name__}" for n, each in enumerate(STAGES)])
    def test_it_has_slots(self, stage: Any) -> None:
        """No stage has a dict of its own."""
        assert not hasattr(stage, "__dict__")


class TestChain:
    """The whole list."""

    @pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))
    @pytest.mark.parametrize("used", [False, True], ids=["new", "used"])
    def test_it_travels(self, way: Any, used: bool) -> None:  # noqa: FBT001 (a parameter of the test)
        """A chain writes the same lines after the journey, also one that has written before."""
        chain = whole()
        if used:
            line_of(chain)
        again = way(chain)

        assert line_of(chain) == line_of(again)

    def test_process_state_stays(self) -> None:
        """What belongs to this process alone is not in what is sent."""
        chain = whole()
        line = line_of(chain)
        sent = pickle.dumps(chain)

        assert line["boot_id"].encode() not in sent
        assert line["trace_id"].encode() not in sent

    def test_a_copy_counts_on(self) -> None:
        """In the same process a copy shares the counter, so no number is written twice."""
        chain = preset()
        numbers = []
        for each in (chain, copy.deepcopy(chain), pickle.loads(pickle.dumps(chain)), chain):
            flat: Any = {"event": "x"}
            for stage in each:
                flat = stage(None, "info", flat)
            numbers.append(orjson.loads(flat)["seq"])

        assert list(range(numbers[0], numbers[0] + 4)) == numbers

    def test_no_secret_in_the_repr(self) -> None:
        """Neither labels nor processors tell theirs."""
        shown = repr(whole())

        assert "hunter2" not in shown
        assert "Keyed(…)" in shown
        assert "checkout" in shown

    def test_where_ids_come_from(self) -> None:
        """The one source of our own ids is the one there too; another is made again."""
        for ids in (OWN, OwnIds()):
            for way in WAYS.values():
                again = way(Envelope(ids=ids)).ids
                assert (OwnIds, ids is OWN) == (type(again), again is OWN)

    def test_spans_after_the_journey(self) -> None:
        """A chain that has written lines of spans takes nothing of them along, and writes on."""
        chain, sink = preset(), io.BytesIO()
        for each in (chain, pickle.loads(pickle.dumps(chain))):
            log = structlog.wrap_logger(structlog.BytesLogger(sink), each, bound_logger())
            with entry("job", logger=log, attributes={"user": "secret-of-a-span"}):
                bind_contextvars(user_id="secret-of-a-user")
            assert b"secret-of" not in pickle.dumps(each)

        assert [b'"phase":"end"' in line for line in sink.getvalue().splitlines()] == [True, True]

    def test_no_secret_is_sent_that_was_logged(self) -> None:
        """A chain that has seen data doesn't take it along."""
        chain = preset()
        with bound_contextvars(user_id="secret-of-a-user"):
            line_of(chain, structlog.PrintLogger())
            flat: Any = {"event": "x", "a-very-odd-key": "secret-of-a-call"}
            for stage in chain:
                flat = stage(None, "info", flat)

        sent = pickle.dumps(chain)
        assert b"secret-of" not in sent
        assert b"a-very-odd-key" not in sent
