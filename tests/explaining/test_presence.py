"""Which stages a chain needs, and in which order."""

from __future__ import annotations

from typing import Any

import pytest
import structlog

from structlog_enrich import preset
from structlog_enrich.explaining import explain
from structlog_enrich.processors import (
    HEADER,
    Envelope,
    ErrorDetails,
    Guarded,
    JSONRenderer,
    MergeContext,
    Redact,
    SchemaVersion,
)
from tests.explaining.chains import (
    ENVELOPE,
    ERRORS,
    MERGE,
    REDACT,
    VERSION,
    add_shard,
    chain_with,
    found,
    only,
    without,
)


class TestMissingStage:
    """A stage without which a promise is broken."""

    @pytest.mark.parametrize(
        ("kind", "name"),
        [
            (MergeContext, "MergeContext"),
            (ErrorDetails, "ErrorDetails"),
            (Redact, "Redact"),
            (SchemaVersion, "SchemaVersion"),
            (JSONRenderer, "the renderer"),
            (Envelope, "Envelope"),
        ],
    )
    def test_missing(self, kind: type[Any], name: str) -> None:
        """Each is missed, and named, with no stage to point at."""
        mistakes = [each for each in explain(without(kind)).mistakes if each.rule == "missing-stage"]

        assert [()] == [each.stages for each in mistakes]
        assert mistakes[0].problem.startswith(f"{name} is missing: ")

    def test_structlogs_own_chain(self) -> None:
        """structlog's default chain promises neither, and misses nothing."""
        assert () == explain().mistakes

    def test_redact_alone(self) -> None:
        """Nor does one of a team with nothing but our redaction; it is noted what it doesn't promise."""
        report = explain([structlog.processors.add_log_level, Redact(), structlog.processors.JSONRenderer()])

        assert () == report.mistakes
        assert ["without Envelope"] == [" ".join(each.split()[:2]) for each in report.notes]

    def test_empty(self) -> None:
        """An empty chain lacks a renderer, and a report can be made of it."""
        report = explain([])

        assert 1 == len(report.mistakes)
        assert "1 mistake:" in str(report)

    def test_a_renderer_of_a_team(self) -> None:
        """What turns the event into text is a renderer, whoever wrote it."""
        assert [] == found([*without(JSONRenderer), lambda _logger, _name, event_dict: str(event_dict)])

    def test_a_stranger_that_was_not_run(self) -> None:
        """Without a probe nobody knows whether a stranger at the end renders, so nothing is claimed."""
        assert [] == found([*without(JSONRenderer), add_shard], probe=None)

    def test_a_guarded_renderer(self) -> None:
        """A guard turns text away, so a renderer in it is none."""
        assert ("missing-stage", ()) in found([*without(JSONRenderer), Guarded(JSONRenderer())])


class TestWrongOrder:
    """Our stages, each in its place."""

    def test_swapped(self) -> None:
        """Two that are swapped are named with their places, the one that comes too early first."""
        chain = preset(renderer="json")
        chain[ENVELOPE], chain[REDACT] = chain[REDACT], chain[ENVELOPE]
        mistake = only(chain)

        assert ("wrong-order", (3, 4)) == mistake[:2]
        assert "Envelope stands after Redact, which needs what it does." == mistake.problem
        assert "Put Envelope before Redact." == mistake.remedy

    @pytest.mark.parametrize("place", [MERGE, ERRORS, ENVELOPE, REDACT])
    def test_each_swap(self, place: int) -> None:
        """It is found between any two neighbours."""
        chain = preset(renderer="json")
        chain[place], chain[place + 1] = chain[place + 1], chain[place]

        assert [("wrong-order", (place + 1, place + 2))] == found(chain)

    @pytest.mark.parametrize("kind", [MergeContext, ErrorDetails, Envelope, Redact, SchemaVersion])
    def test_subclass(self, kind: type[Any]) -> None:
        """A subclass of a stage has the same place."""
        chain = preset(renderer="json")
        (place,) = [number for number, each in enumerate(chain) if type(each) is kind]
        chain[place] = type("Ours", (kind,), {})()

        assert [] == found(chain)


class TestRepeatedStage:
    """An envelope, once."""

    def test_two_envelopes(self) -> None:
        """Two would take two numbers for one line."""
        assert ("repeated-stage", (3, 4)) in found(chain_with(ENVELOPE, Envelope()))

    def test_two_walks(self) -> None:
        """A second Redact is no mistake: it loses nothing of what the first said."""
        assert [] == found(chain_with(VERSION, Redact(trusted=HEADER)))


class TestSecondMerger:
    """What was bound is merged once."""

    @pytest.mark.parametrize(
        "merger", [structlog.contextvars.merge_contextvars, MergeContext()], ids=["theirs", "ours"]
    )
    def test_second(self, merger: Any) -> None:
        """Beside MergeContext any other is one too many, guarded or not."""
        assert [("second-merger", (1, 2))] == found(chain_with(ERRORS, merger))
        assert [("second-merger", (1, 2))] == found(preset(extra=[merger]))

    def test_instead(self) -> None:
        """structlog's own instead of it is no mistake."""
        assert [] == found([structlog.contextvars.merge_contextvars, *without(MergeContext)])


class TestCaptureLeft:
    """structlog's own way of capturing stands in place of the chain."""

    def test_left(self) -> None:
        """It is said, and that stages are missing isn't."""
        structlog.configure(processors=preset())
        with structlog.testing.capture_logs():
            report = explain()

        assert [("capture-left", (1,))] == [each[:2] for each in report.mistakes]
        assert () == report.notes
        assert explain().ok
