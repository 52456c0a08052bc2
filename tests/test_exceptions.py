"""Every exception this library raises."""

from __future__ import annotations

import copy
import pickle

import pytest

from structlog_enrich import ConfigurationError, StructlogEnrichError


class TestConfigurationError:
    """`ConfigurationError`, which names parameter, rule, value and remedy."""

    def test_its_message(self) -> None:
        """The remedy comes only when there is one."""
        without = ConfigurationError("n", "must be 1", received="2")
        remedied = ConfigurationError("n", "must be 1", received="2", remedy="Leave it out")

        assert "n must be 1, not 2" == str(without)
        assert "n must be 1, not 2. Leave it out" == str(remedied)
        assert ("n", "must be 1", "2", "Leave it out") == (
            remedied.parameter,
            remedied.rule,
            remedied.received,
            remedied.remedy,
        )

    def test_the_tree(self) -> None:
        """It is caught as a ValueError and as one of ours."""
        for kind in (ValueError, StructlogEnrichError):
            with pytest.raises(kind):
                raise ConfigurationError("n", "must be 1", received="2")

    def test_pickle_and_copy(self) -> None:
        """It travels whole between processes."""
        error = ConfigurationError("n", "must be 1", received="2", remedy="Leave it out")

        for again in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error), copy.copy(error)):
            assert (str(error), error.remedy, error.parameter) == (str(again), again.remedy, again.parameter)
