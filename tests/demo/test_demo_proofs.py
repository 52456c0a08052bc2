"""The demo's proofs: each one holds on good lines and fails on the lines it is there to find."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from structlog_enrich.demo.proofs import no_secret, nothing_lost, nothing_mixed, prove, secrets_in, valid

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def lines(collect: Callable[..., Any]) -> list[dict[str, Any]]:
    """Return four good lines of two orders, their `seq` from 0."""
    collected = collect()
    for _ in range(4):
        collected.log.info("paid")
    made: list[dict[str, Any]] = collected.lines()
    for seq, (line, number) in enumerate(zip(made, (1, 2, 1, 2), strict=True)):
        line |= {"seq": seq, "context": {"order_id": f"o-00000{number}"}}
    return made


class TestValid:
    """Every line obeys the JSON Schema."""

    def test_holds(self, lines: list[dict[str, Any]]) -> None:
        """Good lines are valid."""
        assert valid(lines).holds

    @pytest.mark.parametrize(
        "change", [{"level": "loud"}, {"trace_id": "0" * 32}, {"seq": -1}, {"payload": None}, {"timestamp": "today"}]
    )
    def test_fails(self, lines: list[dict[str, Any]], change: dict[str, Any]) -> None:
        """One line that breaks the schema is enough, and it is named."""
        lines[2] |= change

        assert str(valid(lines).broken_by).startswith("line 3: ")

    def test_nothing(self) -> None:
        """No lines prove nothing."""
        assert not valid([]).holds


class TestNothingLost:
    """`seq` has no hole and no number twice."""

    def test_holds(self, lines: list[dict[str, Any]]) -> None:
        """The order in which lines arrive doesn't matter."""
        assert nothing_lost(lines[::-1]).holds

    @pytest.mark.parametrize("lost", [0, 1, 2])
    def test_hole(self, lines: list[dict[str, Any]], lost: int) -> None:
        """A line that is gone leaves a hole."""
        del lines[lost]

        assert f"seq {lost} is missing" == nothing_lost(lines).broken_by

    def test_twice(self, lines: list[dict[str, Any]]) -> None:
        """A line that was written twice is found."""
        assert "seq 1 is there twice" == nothing_lost([*lines, lines[1]]).broken_by

    def test_each_process(self, lines: list[dict[str, Any]]) -> None:
        """Each process counts for itself, so a line of another doesn't fill the hole."""
        lines[3] |= {"boot_id": "00000000000000ff"}

        assert "seq 0 is missing" == nothing_lost(lines).broken_by

    def test_nothing(self) -> None:
        """No lines prove nothing."""
        assert not nothing_lost([]).holds


class TestNothingMixed:
    """No line names another order than its own."""

    def test_holds(self, lines: list[dict[str, Any]]) -> None:
        """Lines that alternate between two orders are fine, and it is said how often they do."""
        verdict = nothing_mixed(lines)

        assert verdict.holds
        assert verdict.claim.endswith("their lines alternate 3 times")

    @pytest.mark.parametrize(
        "change",
        [
            {"message": "o-000002 paid"},
            {"payload": {"note": ["see o-000002"]}},
            {"payload": {"o-000002": 1}},
            {"context": {"order_id": "o-000001", "last": "o-000002"}},
        ],
    )
    def test_fails(self, lines: list[dict[str, Any]], change: dict[str, Any]) -> None:
        """Another order's id is found wherever it stands."""
        lines[0] |= change

        assert "line 1: it is of order o-000001 and names o-000002" == nothing_mixed(lines).broken_by

    def test_line_of_no_order(self, lines: list[dict[str, Any]]) -> None:
        """A line outside every order must name none."""
        lines[1] |= {"context": {}, "message": "after o-000001"}

        assert "line 2: it is of order None and names o-000001" == nothing_mixed(lines).broken_by

    def test_nothing(self) -> None:
        """No lines prove nothing."""
        assert not nothing_mixed([]).holds


class TestNoSecret:
    """Nothing that was planted comes out."""

    def test_holds(self) -> None:
        """Lines without a secret are fine."""
        assert no_secret([b'{"a":1}'], ["amber-otter-1234"]).holds

    def test_fails(self) -> None:
        """A secret is found wherever it stands, and isn't repeated."""
        verdict = no_secret([b"{}", b'{"a":["x amber-otter-1234 y"]}'], ["linden-42", "amber-otter-1234"])

        assert "line 2: it holds a secret" == verdict.broken_by

    def test_nothing_to_look_for(self) -> None:
        """Without secrets nothing is proved."""
        assert not no_secret([b"{}"], []).holds

    def test_secrets_of_broken_lines(self) -> None:
        """Secrets are found in lines that aren't JSON too, in fields and in notes."""
        order = '{"card_number" : "4000001234567899", "note": "take 4000 0012 3456 7899, my password is a-1"'

        assert ["4000 0012 3456 7899", "4000001234567899", "a-1"] == secrets_in([order])


class TestProve:
    """All proofs together."""

    def test_all_hold(self, lines: list[dict[str, Any]]) -> None:
        """Good lines keep all four promises."""
        verdicts = prove([orjson.dumps(line) for line in lines], ['{"password": "amber-otter-1234"}'])

        assert [True] * 4 == [verdict.holds for verdict in verdicts]

    def test_no_json(self) -> None:
        """A line that isn't JSON ends it."""
        (verdict,) = prove([b"{}", b"Traceback"], [])

        assert str(verdict.broken_by).startswith("line 2: ")
