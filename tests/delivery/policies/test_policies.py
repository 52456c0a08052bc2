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
        assert [] == [*first.abandoned()]

    def test_blocks(self, policy: Policy) -> None:
        """Only one lets who logs wait."""
        assert isinstance(policy, Block) == policy.blocks


class TestArguments:
    """What makes no sense is refused, and said why."""

    @pytest.mark.parametrize(
        ("make", "given", "parameter"),
        [
            (Reserve, {"share": 0}, "share"),
            (Reserve, {"share": 1}, "share"),
            (Sample, {"one_in": 1}, "one_in"),
            (Sample, {"one_in": 2.0}, "one_in"),
            (Sample, {"start": 0}, "start"),
            (Sample, {"start": 1}, "start"),
            (Spill, {"max_bytes": 0}, "max_bytes"),
            (Spill, {"max_bytes": True}, "max_bytes"),
            (Spill, {"max_bytes": 1.5}, "max_bytes"),
        ],
    )
    def test_refused(self, make: Any, given: dict[str, Any], parameter: str) -> None:
        """The error names the parameter and what was received."""
        with pytest.raises(ConfigurationError, match=parameter) as raised:
            make(**given)
        assert repr(next(iter(given.values()))) in str(raised.value)
