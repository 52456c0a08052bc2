"""The labels that variables of our own give to every line."""

from __future__ import annotations

import pytest

from structlog_enrich.resource.labels import labels

_VARIABLE = "STRUCTLOG_ENRICH_TAGS"


class TestLabels:
    """`name=value`, with commas between."""

    def test_at_most(self) -> None:
        """32 are taken, and the one past them is refused by its name."""
        found = labels(_VARIABLE, ",".join(f"n{number}={number}" for number in range(33)))

        assert [f"n{number}" for number in range(32)] == list(found.values)
        assert [("'n32'", _VARIABLE, "is past 32 labels or 2,048 bytes")] == list(found.refused)

    def test_said_again(self) -> None:
        """A name that is said again takes its own place and no second one, also where there is no more room."""
        found = labels(_VARIABLE, ",".join([*(f"n{number}={number}" for number in range(32)), "n0=last"]))

        assert (32, "last", ()) == (len(found.values), found.values["n0"], found.refused)

    def test_bytes(self) -> None:
        """They need 2,048 bytes at most, each counted as the line spells it."""
        taken = labels(_VARIABLE, ",".join(f"n{number}={'x' * 248}" for number in range(8)))
        quoted = labels(_VARIABLE, ",".join(f"n{number}={chr(34) * 124}" for number in range(9)))
        wide = labels(_VARIABLE, ",".join(f"n{number}={'é' * 124}" for number in range(9)))

        assert (8, 0) == (len(taken.values), len(taken.refused))
        assert [(8, 1)] * 2 == [(len(each.values), len(each.refused)) for each in (quoted, wide)]

    def test_smaller_ones_still_fit(self) -> None:
        """What has no room doesn't keep out what has."""
        found = labels(
            _VARIABLE, ",".join([*(f"n{number}={'x' * 248}" for number in range(7)), f"big={'x' * 256}", "a=b"])
        )

        assert ("big" in found.values, found.values["a"]) == (False, "b")

    def test_refusals_are_bounded(self) -> None:
        """However many are wrong, 32 are told."""
        assert 32 == len(labels(_VARIABLE, "a b=c," * 33).refused)

    @pytest.mark.parametrize(
        ("member", "shown"),
        [
            ("hunter2", "7 characters"),
            ("a b=hunter2", "'a b'"),
            ("my password: hunter2=x", "'my password:'…"),
            ("https://me:hunter2@x.com/?a=b", "'https://***@x.com/?a'"),
            ("team=a\x07hunter2", "'team'"),
            (f"{'n' * 65}=hunter2", f"'{'n' * 58}…"),
        ],
    )
    def test_a_refusal_shows_no_value(self, member: str, shown: str) -> None:
        """It is told by its name, and without a name by its length."""
        (refused,) = labels(_VARIABLE, member).refused

        assert shown == refused.value
