"""The proofs that need nothing but lines: each holds on a real run, and fails on the lines it is there to find."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich.demo.proofs import no_orphans, nothing_lost, valid

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog_enrich.demo.performance import Run


@pytest.fixture
def callers(performed: Run) -> list[tuple[str, str]]:
    """Return the callers outside of the run."""
    return [each.visit.caller for each in performed.answers if each.visit.caller is not None]


class TestValid:
    """Every line obeys the JSON Schema."""

    @pytest.mark.parametrize(
        "change", [{"level": "loud"}, {"trace_id": "0" * 32}, {"seq": -1}, {"payload": None}, {"timestamp": "today"}]
    )
    def test_fails(self, lines: list[dict[str, Any]], change: dict[str, Any]) -> None:
        """One line that breaks the schema is enough, and it is named."""
        few = lines[:4]
        assert valid(few).holds
        few[2] |= change

        assert str(valid(few).broken_by).startswith("line 3: ")

    def test_nothing(self) -> None:
        """No lines prove nothing."""
        assert "there is no line to look at" == valid([]).broken_by


class TestNothingLost:
    """`seq` has no hole, no number twice and no open end."""

    def test_holds(self, lines: list[dict[str, Any]]) -> None:
        """The order in which lines arrive doesn't matter."""
        assert nothing_lost(lines).holds
        assert nothing_lost(lines[::-1]).holds

    def test_claim(self, lines: list[dict[str, Any]]) -> None:
        """It is said which process wrote how many."""
        expected = (
            "No line was lost or written twice: seq counts the gateway's from 0 to 1,215 and the inventory's from 0 "
            "to 849, and each number is there once."
        )

        assert expected == nothing_lost(lines).claim

    @pytest.mark.parametrize("lost", [0, 1, 700])
    def test_hole(self, lines: list[dict[str, Any]], lost: int) -> None:
        """A line that is gone leaves a hole, which a line of the other process doesn't fill."""
        lines = [line for line in lines if (line["service"], line["seq"]) != ("gateway", lost)]

        assert str(nothing_lost(lines).broken_by).endswith(f"gateway: seq {lost} is missing")

    def test_end(self, lines: list[dict[str, Any]]) -> None:
        """A last line that is gone leaves no hole, and is found all the same."""
        lines = [line for line in lines if (line["service"], line["message"]) != ("inventory", "service stopped")]

        assert str(nothing_lost(lines).broken_by).endswith("inventory: its last line is not there")

    def test_twice(self, lines: list[dict[str, Any]]) -> None:
        """A line that was written twice is found."""
        again = next(line for line in lines if (line["service"], line["seq"]) == ("inventory", 1))
        verdict = nothing_lost([*lines, again])

        assert "inventory: seq 1 is there twice" == verdict.broken_by

    @pytest.mark.parametrize("service", ["gateway", "inventory"])
    def test_silent_service(self, lines: list[dict[str, Any]], service: str) -> None:
        """A service of which there is no line at all has lost them all."""
        lines = [line for line in lines if line["service"] != service]

        assert f"{service}: there is no line of it" == nothing_lost(lines).broken_by

    def test_nothing(self) -> None:
        """No lines prove nothing."""
        assert not nothing_lost([]).holds


class TestNoOrphans:
    """Every span has ended, and every parent exists."""

    def test_holds(self, lines: list[dict[str, Any]], callers: list[tuple[str, str]]) -> None:
        """Of a real run all have, and it is said how many parents stood in a caller's header."""
        verdict = no_orphans(lines, callers)

        assert verdict.holds
        assert "30 times" in verdict.claim

    def test_strange_parent(
        self, lines: list[dict[str, Any]], callers: list[tuple[str, str]], first: Callable[..., Any]
    ) -> None:
        """A parent that nobody has heard of is found."""
        first(lines, lambda line: "parent_span_id" in line)["parent_span_id"] = "00000000000000ff"

        assert str(no_orphans(lines, callers).broken_by).endswith("its parent 00000000000000ff doesn't exist")

    def test_parent_of_another_trace(
        self, lines: list[dict[str, Any]], callers: list[tuple[str, str]], first: Callable[..., Any]
    ) -> None:
        """A parent must be of the same trace."""
        child = first(lines, lambda line: "parent_span_id" in line)
        other = first(lines, lambda line: "span" in line and line["trace_id"] != child["trace_id"])
        child["parent_span_id"] = other["span_id"]

        assert "doesn't exist" in str(no_orphans(lines, callers).broken_by)

    def test_lost_end(self, lines: list[dict[str, Any]], callers: list[tuple[str, str]]) -> None:
        """A span whose end is not there is missed by its own lines."""
        ended = next(at for at, line in enumerate(lines) if line["message"] == "take from the shelf")
        del lines[ended]

        assert str(no_orphans(lines, callers).broken_by).endswith("never ended")

    def test_lost_parent(self, lines: list[dict[str, Any]], callers: list[tuple[str, str]]) -> None:
        """A client span whose line is not there is missed by the other process."""
        ended = next(at for at, line in enumerate(lines) if line.get("span", {}).get("kind") == "client")
        del lines[ended]

        assert "doesn't exist" in str(no_orphans(lines, callers).broken_by)

    def test_ended_twice(self, lines: list[dict[str, Any]], callers: list[tuple[str, str]]) -> None:
        """A span ends on one line."""
        ended = next(line for line in lines if "span" in line)

        assert "1 ended twice" == no_orphans([*lines, ended], callers).broken_by

    def test_caller_ignored(self, lines: list[dict[str, Any]], callers: list[tuple[str, str]]) -> None:
        """A caller without a child here means that its trace was not gone on with."""
        verdict = no_orphans(lines, [*callers, ("f" * 32, "00000000000000ff")])

        assert "nothing was a child of the caller's span 00000000000000ff" == verdict.broken_by

    def test_no_children(self, lines: list[dict[str, Any]], callers: list[tuple[str, str]]) -> None:
        """Spans of which none has a parent prove nothing of parents, and neither do lines without a span."""
        outside = [line for line in lines if line["span_id"] == line["boot_id"]]
        roots = [line for line in lines if "span" in line and "parent_span_id" not in line]

        assert "no span is the child of another" == no_orphans(outside, []).broken_by
        assert "no span is the child of another" == no_orphans([*outside, *roots], []).broken_by
        assert "no span is the child of another" == no_orphans(outside, callers).broken_by

    def test_no_caller(self, lines: list[dict[str, Any]], callers: list[tuple[str, str]]) -> None:
        """Without a caller nothing is proved of what a `traceparent` names."""
        traces = {trace_id for trace_id, _ in callers}
        lines = [line for line in lines if line["trace_id"] not in traces]

        assert "no caller sent a traceparent" == no_orphans(lines, []).broken_by

    def test_nothing(self) -> None:
        """No lines prove nothing."""
        assert not no_orphans([], []).holds
