"""Every exception this library raises."""

from __future__ import annotations

import copy
import pickle

import pytest

from structlog_enrich import ConfigurationError, MissingExtraError, SpanError, StructlogEnrichError


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


class TestMissingExtraError:
    """`MissingExtraError`, which says what to install."""

    def test_its_message(self) -> None:
        """The feature as it was spelled, the package, and the command."""
        error = MissingExtraError("cli", "typer", "cli")

        assert "cli needs typer: pip install 'structlog-enrich[cli]'" == str(error)
        assert ("cli", "typer", "cli", "typer") == (error.feature, error.package, error.extra, error.name)


class TestSpanError:
    """`SpanError`, which names the span, the rule and the remedy."""

    def test_its_message(self) -> None:
        """One sentence each."""
        error = SpanError("charge card", "has started already", remedy="Make a new one")

        assert "span 'charge card' has started already. Make a new one" == str(error)
        assert ("charge card", "has started already", "Make a new one") == (error.name, error.rule, error.remedy)


@pytest.mark.parametrize(
    ("error", "kinds"),
    [
        (MissingExtraError("f", "p", "e"), (ImportError, StructlogEnrichError)),
        (SpanError("n", "r", remedy="m"), (RuntimeError, StructlogEnrichError)),
    ],
    ids=["missing", "span"],
)
class TestEach:
    """What holds for all of them."""

    def test_the_tree(self, error: Exception, kinds: tuple[type[Exception], ...]) -> None:
        """Each is caught as one of Python's own and as one of ours."""
        assert all(isinstance(error, kind) for kind in kinds)

    def test_pickle_and_copy(self, error: Exception, kinds: object) -> None:
        """It travels whole between processes."""
        for again in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error), copy.copy(error)):
            assert (type(error), str(error), vars(error)) == (type(again), str(again), vars(again))
