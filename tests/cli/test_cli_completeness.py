"""Prove from lines alone which are missing."""

from __future__ import annotations

import json
from time import thread_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.cli.completeness import Boot, Lost, Proof

_RANGES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9)), max_size=6)


def _line(seq: int, **others: Any) -> bytes:
    return json.dumps({"boot_id": "b", "seq": seq, **others}).encode()


def _gap(seq: int, reason: str, ranges: list[list[int]]) -> bytes:
    count = sum(last - first + 1 for first, last in ranges)
    return _line(seq, event_name="log.gap", gap={"reason": reason, "count": count, "ranges": ranges})


def _proven(*lines: bytes) -> Boot:
    proof = Proof()
    proof.add(lines)
    (boot,) = proof.boots()
    return boot


def _every_tenth(gaps: int) -> Boot:
    """Return what is known of lines of which one of ten was kept, as a gap of 64 ranges each says."""
    lines = [_line(number * 10) for number in range(gaps)]
    for begin in range(0, gaps, 64):
        ranges = [[number * 10 + 1, number * 10 + 9] for number in range(begin, min(gaps, begin + 64))]
        lines.append(_gap(gaps * 10 + begin, "sampled", ranges))
    return _proven(*lines)


def _taken(gaps: int) -> float:
    """Return how long the processor is at that many, at best."""
    boot = _every_tenth(gaps)
    taken = []
    for _ in range(5):
        begun = thread_time()
        assert 9 * gaps <= sum(lost.last - lost.first + 1 for lost in boot.lost())
        taken.append(thread_time() - begun)
    return min(taken)


class TestBoot:
    """What is missing, each number once, with a reason where one is told."""

    @given(st.sets(st.integers(0, 50)), _RANGES, _RANGES)
    def test_like_one_by_one(self, seen: set[int], full: list[Any], sampled: list[Any]) -> None:
        """Whatever is there and whatever gaps tell, it is as if each number were looked up by itself."""
        told = {"full": full, "sampled": sampled}
        gaps = [
            _gap(60 + at, reason, [[first, first + length] for first, length in told[reason]])
            for at, reason in enumerate(told)
        ]
        boot = _proven(*map(_line, seen), *gaps)
        named = {
            reason: {number for first, length in ranges for number in range(first, first + length + 1)}
            for reason, ranges in told.items()
        }
        lost = list(boot.lost())
        found = [(number, each.reason) for each in lost for number in range(each.first, each.last + 1)]
        assert [number for number in range(60) if number not in seen] == [number for number, _ in found]
        for number, reason in found:
            reasons = {reason for reason, numbers in named.items() if number in numbers}
            assert reason in (reasons or {None})
        assert sorted(lost, key=lambda each: each.first) == lost

    def test_named_twice(self) -> None:
        """What two gaps name has the reason of the one that begins first."""
        boot = _proven(_gap(9, "sampled", [[3, 8]]), _gap(10, "full", [[1, 5]]))
        assert [Lost(0, 0, None), Lost(1, 5, "full"), Lost(6, 8, "sampled")] == list(boot.lost())

    @pytest.mark.parametrize("junk", [[True, True], [1, True], [1.0, 2.0], ["1", "2"], [2, 1], [-1, 1], [1], 1, None])
    def test_no_range(self, junk: Any) -> None:
        """What is no range of numbers explains nothing."""
        boot = _proven(_line(0), _line(2, event_name="log.gap", gap={"reason": "full", "ranges": [junk, [3, 3]]}))
        assert [Lost(1, 1, None), Lost(3, 3, "full")] == list(boot.lost())

    @pytest.mark.parametrize(
        ("said", "is_open"),
        [("", True), ("+", True), ("-", False), ("+-", False), ("+-+", True), ("+-+-", False), ("-+", True)],
    )
    def test_open(self, said: str, is_open: bool) -> None:  # noqa: FBT001 (a parameter)
        """It is open where it never said that it ends, or said later that it begins, in whatever order lines come."""
        names = {"+": "log.start", "-": "log.stop"}
        lines = [_line(len(said)), *(_line(at, event_name=names[each]) for at, each in enumerate(said))]
        assert is_open == _proven(*lines).is_open
        assert is_open == _proven(*reversed(lines)).is_open

    def test_largest_number(self) -> None:
        """No number is too large for it."""
        boot = _proven(_line((1 << 64) - 1))
        assert [Lost(0, (1 << 64) - 2, None)] == list(boot.lost())

    def test_in_linear_time(self) -> None:
        """Twice as many gaps take about twice as long."""
        # Of several attempts, since a busy machine may slow down one of the two.
        assert min(_taken(4_000) / _taken(2_000) for _ in range(3)) <= 3
