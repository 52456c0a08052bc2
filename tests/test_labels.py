"""Labels as they are written on every line."""

from __future__ import annotations

from typing import Any

import pytest

from structlog_enrich import ConfigurationError, RedactionPolicy
from structlog_enrich.labels import checked_labels


class TestCheckedLabels:
    """`checked_labels`."""

    def test_none_and_nothing(self) -> None:
        """Without labels there are none."""
        assert {} == checked_labels("tags", None, None, []) == checked_labels("tags", {}, None, [])

    def test_scalars_stay(self) -> None:
        """Text, numbers and bools are written as they are, in their order."""
        given: dict[str, Any] = {"b": "x", "a": 5, "c": -1.5, "d": False}
        checked = checked_labels("tags", given, RedactionPolicy(), [])
        assert list(given.items()) == list(checked.items())
        assert checked is not given

    def test_a_secret_s_name(self) -> None:
        """What stands under a secret's name is masked and noted, whatever it is."""
        masked: list[str] = []
        assert {"password": "[REDACTED:password]"} == checked_labels(
            "feature_flags", {"password": ["hunter2"]}, RedactionPolicy(), masked
        )
        assert ["feature_flags.password:password"] == masked

    @pytest.mark.parametrize(
        "value", [None, [], {}, b"x", object, float("nan"), 2**63, "x" * 257, "a\nb"], ids=range(9)
    )
    def test_the_value_isn_t_shown(self, value: Any) -> None:
        """What can't be written is refused by its type, with the parameter and the label."""
        with pytest.raises(ConfigurationError) as caught:
            checked_labels("tags", {"team": value}, None, [])
        assert ("tags['team']", type(value).__name__) == (caught.value.parameter, caught.value.received)
