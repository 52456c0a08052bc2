"""How much of one event is written."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import pytest

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.processors import DEFAULT_LIMITS, Limits

RANGES = {
    "max_string": (64, 1 << 24),
    "max_items": (1, 1 << 20),
    "max_depth": (1, 64),
    "max_stack": (64, 1 << 24),
    "max_line": (8_192, 1 << 28),
}


class TestRejected:
    """Limits that are refused at construction."""

    @pytest.mark.parametrize("name", RANGES)
    @pytest.mark.parametrize(
        "value", [None, True, "99", 100.0, float("nan"), -1, 0, 2**70, type("Int", (int,), {})(100)]
    )
    def test_not_a_number_in_range(self, name: str, value: Any) -> None:
        """What isn't a plain whole number in range is refused, with name, range and value."""
        least, most = RANGES[name]
        with pytest.raises(ConfigurationError) as caught:
            Limits(**{name: value})
        assert f"{name} must be a whole number from {least:,} to {most:,}, not {value!r}" == str(caught.value)

    @pytest.mark.parametrize("name", RANGES)
    def test_ends_of_the_range(self, name: str) -> None:
        """Both ends are allowed, one beyond is not."""
        least, most = RANGES[name]
        assert [least, most] == [getattr(Limits(**{name: value}), name) for value in RANGES[name]]
        for value in (least - 1, most + 1):
            with pytest.raises(ConfigurationError, match=name):
                Limits(**{name: value})

    def test_by_keyword_only(self) -> None:
        """Five numbers in a row say nothing to a reader."""
        with pytest.raises(TypeError):
            Limits(100)  # type: ignore[misc]

    def test_long_messages(self) -> None:
        """The message of a refusal stays short whatever was given."""
        with pytest.raises(ConfigurationError) as caught:
            Limits(max_items="x" * 100_000)  # type: ignore[arg-type]
        assert 200 > len(str(caught.value))


class TestLimits:
    """`Limits`, a value."""

    def test_defaults(self) -> None:
        """The defaults are those of the contract."""
        expected = {"max_string": 8_192, "max_items": 256, "max_depth": 16, "max_stack": 32_768, "max_line": 131_072}
        assert expected == dataclasses.asdict(DEFAULT_LIMITS)
        assert DEFAULT_LIMITS == Limits()

    def test_frozen(self) -> None:
        """A limit can't be changed behind the chain's back."""
        with pytest.raises(dataclasses.FrozenInstanceError):
            DEFAULT_LIMITS.max_items = 5  # type: ignore[misc]

    def test_copies(self) -> None:
        """Limits pickle and copy."""
        limits = Limits(max_items=7)
        assert [limits] * 2 == [pickle.loads(pickle.dumps(limits)), copy.deepcopy(limits)]
        assert "max_items=7" in repr(limits)
