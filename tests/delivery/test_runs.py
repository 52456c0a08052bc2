"""A set of whole numbers that mostly follow each other."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from structlog_enrich.delivery.runs import Runs

_NUMBERS = st.lists(st.integers(0, 60))


def _runs(numbers: list[int]) -> Runs:
    runs = Runs()
    for number in numbers:
        runs.add(number)
    return runs


def _members(runs: Runs) -> list[int]:
    return [number for first, last in runs for number in range(first, last + 1)]


class TestRuns:
    """It is a set, whatever the order."""

    @given(_NUMBERS)
    def test_is_a_set(self, numbers: list[int]) -> None:
        """It holds what was added, ascending, in as few runs as there can be."""
        runs = _runs(numbers)
        assert sorted(set(numbers)) == _members(runs)
        assert max(numbers, default=-1) == runs.last
        assert len(list(runs)) == len(runs) == sum(number - 1 not in numbers for number in set(numbers))

    @given(_NUMBERS, st.integers(0, 60))
    def test_one_more(self, numbers: list[int], number: int) -> None:
        """It tells whether it has a number, whether that makes a run more, and whether adding changed anything."""
        runs = _runs(numbers)
        before = len(runs)
        grows = runs.begins_another(number)
        assert (number in numbers) == (number in runs)
        assert (number not in numbers) == runs.add(number)
        assert grows == (len(runs) > before)

    @given(_NUMBERS, st.integers(0, 60), st.integers(0, 30))
    @example([0], 2, 1)
    @example([5], 2, 1)
    def test_a_whole_run(self, numbers: list[int], first: int, length: int) -> None:
        """A run is added as its numbers would be, one by one."""
        runs, one_by_one = _runs(numbers), _runs([*numbers, *range(first, first + length + 1)])
        runs.add_run(first, first + length)
        assert list(one_by_one) == list(runs)

    @given(_NUMBERS, st.integers(0, 60), st.integers(0, 60))
    @example([0, 5], 3, 9)
    @example([9], 3, 5)
    @example([3], 3, 5)
    def test_missing(self, numbers: list[int], first: int, last: int) -> None:
        """Of a stretch it names the runs that aren't there."""
        missing = list(_runs(numbers).missing(first, last))
        expected = [number for number in range(first, last + 1) if number not in numbers]
        assert expected == [number for begin, end in missing for number in range(begin, end + 1)]
        assert all(begin <= end for begin, end in missing)

    def test_repr(self) -> None:
        """It shows its runs."""
        assert "<Runs([(1, 2), (9, 9)])>" == repr(_runs([2, 9, 1]))
