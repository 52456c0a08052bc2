"""Marks on fields."""

from __future__ import annotations

import copy
import dataclasses
import itertools
import pickle
from typing import Any

import pytest

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction.sensitive import CLASSIFICATIONS, NAMED, Sensitive, stricter

MARKS = [
    *map(Sensitive, CLASSIFICATIONS),
    *(Sensitive(name, classification=each) for name in NAMED for each in CLASSIFICATIONS),
]


class TestSensitive:
    """`Sensitive`."""

    def test_what_it_means(self) -> None:
        """Without a word it is secret; a strategy's name makes it secret unless told otherwise."""
        assert [("secret", None)] * 2 == [
            (each.classification, each.strategy) for each in (Sensitive(), Sensitive("secret"))
        ]
        assert [(each, None) for each in CLASSIFICATIONS] == [
            (mark.classification, mark.strategy) for mark in map(Sensitive, CLASSIFICATIONS)
        ]
        assert [("secret", each) for each in NAMED] == [
            (mark.classification, mark.strategy) for mark in map(Sensitive, NAMED)
        ]

    @pytest.mark.parametrize("what", ["Secret", "", "erase", "secret "])
    def test_unknown(self, what: str) -> None:
        """A word that isn't known is refused with those that are."""
        with pytest.raises(
            ConfigurationError, match=f"^what must be one of public, internal, .*, mask, drop, not {what!r}$"
        ):
            Sensitive(what)

    @pytest.mark.parametrize(
        ("what", "classification"), [("hash", "private"), ("personal", "secret"), ("secret", "hash")]
    )
    def test_unfit(self, what: str, classification: str) -> None:
        """A classification stands beside a strategy, and nowhere else."""
        with pytest.raises(
            ConfigurationError, match=f"^classification must be .*, not '{classification}' beside '{what}'$"
        ):
            Sensitive(what, classification=classification)

    def test_a_long_word(self) -> None:
        """What is refused is quoted in part."""
        with pytest.raises(ConfigurationError) as caught:
            Sensitive("x" * 1_000)
        assert 80 == len(caught.value.received)

    @pytest.mark.parametrize("mark", MARKS, ids=repr)
    def test_as_a_value(self, mark: Sensitive) -> None:
        """It is equal to what its `repr` says, to its copies, and to nothing that means something else."""
        copies: list[Any] = [copy.deepcopy(mark), pickle.loads(pickle.dumps(mark)), eval(repr(mark))]
        assert [mark] * 3 == copies
        assert {hash(mark)} == set(map(hash, copies))
        assert 1 == MARKS.count(mark)

    def test_stays_what_it_is(self) -> None:
        """A mark is shared by every instance of a class, so nobody may change it."""
        mark: Any = Sensitive("hash")
        with pytest.raises(dataclasses.FrozenInstanceError):
            mark.strategy = None
        assert "hash" == mark.strategy


class TestStricter:
    """`stricter`."""

    @pytest.mark.parametrize(("one", "other"), [*itertools.product(MARKS[::3], MARKS[::2])], ids=repr)
    def test_either(self, one: Sensitive, other: Sensitive) -> None:
        """It is as strict as either, in either order, and shows no more than either strategy."""
        both = stricter(one, other)
        assert both == stricter(other, one) == stricter(both, one)
        places = [CLASSIFICATIONS.index(each.classification) for each in (one, other, both)]
        assert max(places[:2]) == places[2]
        shown = [NAMED.index(each.strategy) for each in (one, other) if each.strategy is not None]
        assert (NAMED[max(shown)] if shown else None) == both.strategy

    def test_what_shows_least(self) -> None:
        """Nothing shows less than what is dropped, and nothing more than a beginning."""
        kept, *others = map(Sensitive, NAMED)
        assert ["partial", "hash", "fixed", "mask", "drop"] == [stricter(kept, each).strategy for each in others]
