"""What every policy has in common."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich.delivery import Block, DropNewest, DropOldest, Reserve, Sample, Spill
from structlog_enrich.exceptions import ConfigurationError

if TYPE_CHECKING:
    from structlog_enrich.delivery import Policy

_POLICIES = [Block(), DropNewest(), DropOldest(), Reserve(0.3), Sample(one_in=7, start=0.2), Spill(max_bytes=5)]


@pytest.mark.parametrize("policy", _POLICIES, ids=repr)
class TestPolicies:
    """Each is a plain value until a writer begins with a copy of it."""

    def test_repr(self, policy: Policy) -> None:
        """It shows how to make it."""
        assert repr(policy) == repr(eval(repr(policy)))

    def test_pickle(self, policy: Policy) -> None:
        """It goes to another process."""
        assert repr(policy) == repr(pickle.loads(pickle.dumps(policy)))

    def test_begin(self, policy: Policy) -> None:
        """One value serves any number of writers, each with a budget of its own."""
        first, second = policy.begin(1_000, 10), policy.begin(2_000, 20)
        assert first is not second is not policy
        assert first.free < second.free
        assert repr(policy) == repr(first)
        assert (0, 0) == (first.elsewhere, policy.elsewhere)

    def test_blocks(self, policy: Policy) -> None:
        """Only one lets the caller wait."""
        assert isinstance(policy, Block) == policy.blocks


class TestArguments:
    """What makes no sense is refused, and said why."""

    def test_least(self) -> None:
        """The least that makes sense is accepted."""
        assert 1 == Spill(max_bytes=1).max_bytes
        assert 2 == Sample(one_in=2).one_in

    @pytest.mark.parametrize(
        ("make", "given", "rule"),
        [
            (Reserve, {"share": 0}, "between 0 and 1"),
            (Reserve, {"share": 1}, "between 0 and 1"),
            (Reserve, {"share": "0.3"}, "between 0 and 1"),
            (Reserve, {"share": None}, "between 0 and 1"),
            (Sample, {"one_in": 1}, "a whole number from 2"),
            (Sample, {"one_in": 2.0}, "a whole number from 2"),
            (Sample, {"start": 0}, "between 0 and 1"),
            (Sample, {"start": 1}, "between 0 and 1"),
            (Spill, {"max_bytes": 0}, "a positive whole number"),
            (Spill, {"max_bytes": True}, "a positive whole number"),
            (Spill, {"max_bytes": 1.5}, "a positive whole number"),
            (Spill, {"directory": 5}, "a path"),
        ],
    )
    def test_refused(self, make: Any, given: dict[str, Any], rule: str) -> None:
        """The error names the parameter, its rule and what was received."""
        ((parameter, value),) = given.items()
        with pytest.raises(ConfigurationError) as raised:
            make(**given)
        assert f"{parameter} must be {rule}, not {value!r}" == str(raised.value)
