"""What stands in place of a secret, and how it is read again."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.redaction.markers import DROP, DROPPED, MARKER, is_marker, marker, rules_in, without_markers


class TestMarkers:
    """Markers in texts."""

    @given(st.text(st.characters(blacklist_characters="[]", blacklist_categories=["Z", "C"]), min_size=1, max_size=60))
    def test_round_trip(self, rule: str) -> None:
        """Whatever a marker can hold is read from it, alone and in a text."""
        assert is_marker(marker(rule))
        assert (rule, rule) == rules_in(f"a {marker(rule)}, {marker(rule)}")
        assert "a -, -" == without_markers(f"a {marker(rule)}, {marker(rule)}", "-")

    @given(st.text())
    def test_other_texts(self, text: str) -> None:
        """What has no marker stays, with lone surrogates, too."""
        assert text == without_markers(text, "-") or rules_in(text)
        assert "\ud800-" == without_markers(f"\ud800{DROPPED}", "-")
        assert ("dropped",) == rules_in(f"\ud800{DROPPED}[REDACTED: x]")

    @pytest.mark.parametrize(
        ("rules", "left", "text"),
        [
            (("a",), "x-y", "x[REDACTED:a]y"),
            (("a", "b", "a"), "--, -", "[REDACTED:a][REDACTED:b], [REDACTED:a]"),
            ((), "[REDACTED:", "[REDACTED:"),
            (("a",), "[REDACTED:-", "[REDACTED:[REDACTED:a]"),
        ],
        ids=["one", "several", "none", "half of one"],
    )
    def test_beside_each_other(self, rules: tuple[str, ...], left: str, text: str) -> None:
        """What they name, in their order, and what stands around them."""
        assert (rules, left) == (rules_in(text), without_markers(text, "-"))


class TestIsMarker:
    """`is_marker`."""

    @pytest.mark.parametrize("rule", ["x" * 256, "\u00fc", "payload.user.*", "\ud800"], ids=["longest", *"abc"])
    def test_odd_rules(self, rule: str) -> None:
        """Names of a team's own, a lone surrogate too, are rules, and are found inside a text."""
        stands = marker(rule)
        assert is_marker(stands)
        assert MARKER.search(f"a{stands}b".encode("utf-8", "surrogatepass")) is not None

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "[REDACTED:]",
            "[REDACTED]",
            "[redacted:jwt]",
            "[REDACTED:jwt",
            "[REDACTED:jwt] ",
            " [REDACTED:jwt]",
            "[REDACTED:jwt]\n",
            "[REDACTED:two words]",
            "[REDACTED:a]b]",
            "[REDACTED:[a]",
            "[REDACTED:a\0b]",
            "[REDACTED:jwt][REDACTED:jwt]",
            f"[REDACTED:{'x' * 257}]",
        ],
        ids=ascii,
    )
    def test_none(self, text: str) -> None:
        """A secret isn't spared for standing in or beside something like a marker."""
        assert not is_marker(text)


class TestDrop:
    """`DROP`, of which there is one."""

    @pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
    def test_stays_itself(self, copied: Any) -> None:
        """A copy is the same object, so `is` tells it wherever a policy travels."""
        assert DROP is copied(DROP)
        assert "DROP" == repr(DROP)
