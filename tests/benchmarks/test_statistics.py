"""The numbers on the page are the right ones."""

from __future__ import annotations

import pytest

from benchmarks.statistics import compared, compared_beyond, differences, spread


class TestSpread:
    """What a series comes to."""

    def test_names_the_middle_and_both_ends(self) -> None:
        """The order of the rounds says nothing."""
        assert (3.0, 1.0, 8.0, 1.0) == spread([8.0, 1.0, 3.0])

    def test_takes_the_mean_of_the_two_in_the_middle(self) -> None:
        """An even number of rounds has no single middle."""
        assert spread([1.0, 2.0, 4.0, 100.0]).median == 3.0

    def test_refuses_an_empty_series(self) -> None:
        """No measurement is an error and not a zero."""
        with pytest.raises(ValueError, match="no median for empty data"):
            spread([])


class TestCompared:
    """Ratios within rounds."""

    def test_takes_the_ratio_within_a_round_before_the_median(self) -> None:
        """Two sides slowed alike keep their ratio, where the ratio of both medians would be 20."""
        assert compared([2.0, 200.0, 200.0], [1.0, 10.0, 100.0]).median == 2.0

    def test_gives_the_range_of_the_ratios(self) -> None:
        """The range is that of the ratios, and not the ratio of the ranges."""
        ratios = compared([2.0, 6.0, 8.0], [1.0, 2.0, 8.0])
        assert (1.0, 3.0) == (ratios.least, ratios.most)

    def test_sets_the_fastest_of_each_side_against_each_other(self) -> None:
        """The second opinion needs no two rounds under the same load."""
        assert compared([4.0, 2.0], [1.0, 8.0]).fastest == 2.0

    def test_refuses_series_of_different_length(self) -> None:
        """A missing round would shift all that follow."""
        with pytest.raises(ValueError, match="argument 2 is longer"):
            compared([1.0], [1.0, 2.0])


class TestDifferences:
    """Differences within rounds."""

    def test_takes_the_difference_within_a_round_before_the_median(self) -> None:
        """Here the difference of both medians would be 5."""
        assert differences([5.0, 17.0, 9.0], [1.0, 4.0, 8.0]).median == 4.0

    def test_gives_the_range_and_the_difference_of_the_fastest(self) -> None:
        """A round in which the base was slower is shown as what it is."""
        assert (-1.0, 4.0, 3.0) == differences([5.0, 7.0, 4.0], [1.0, 4.0, 5.0])[1:]


class TestComparedBeyond:
    """Ratios of what is added."""

    def test_takes_away_what_both_have_within_a_round(self) -> None:
        """Of 9 and 5 above 1, and of 18 and 10 above 2, each time one is twice the other; so are the fastest."""
        assert (2.0, 2.0, 2.0, 2.0) == compared_beyond([9.0, 18.0], [5.0, 10.0], [1.0, 2.0])

    def test_refuses_series_of_different_length(self) -> None:
        """A missing round would shift all that follow."""
        with pytest.raises(ValueError, match="argument 3 is shorter"):
            compared_beyond([2.0, 2.0], [1.0, 1.0], [0.5])
