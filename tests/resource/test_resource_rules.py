"""The rules that the environment and a team's own code share."""

from __future__ import annotations

import pytest

from structlog_enrich.labels import checked_labels
from structlog_enrich.resource.labels import labels
from structlog_enrich.resource.rules import is_hex, is_label_name


class TestLabelName:
    """What a label may be called."""

    @pytest.mark.parametrize("name", ["a", "fast-cart", "a.b_c-D9", "x" * 64])
    def test_taken(self, name: str) -> None:
        """It is taken wherever it is said."""
        assert is_label_name(name)
        assert {name: "x"} == checked_labels("tags", {name: "x"}, None, []) == labels("TAGS", f"{name}=x").values

    @pytest.mark.parametrize("name", ["", "a b", "é", "x" * 65, "a\n", "a:b"])
    def test_refused(self, name: str) -> None:
        """It is refused wherever it is said."""
        assert not is_label_name(name)
        with pytest.raises(ValueError, match=r"names of 1 to 64 letters, digits, `_`, `.` and `-`"):
            checked_labels("tags", {name: "x"}, None, [])


class TestIsHex:
    """An id's digits."""

    @pytest.mark.parametrize(("text", "expected"), [("0af", True), ("0AF", False), ("0ag", False), ("0a", False)])
    def test_either(self, text: str, expected: bool) -> None:  # noqa: FBT001 (a parameter of the table)
        """They are of the length asked for, and in lower case."""
        assert expected == is_hex(text, 3)
