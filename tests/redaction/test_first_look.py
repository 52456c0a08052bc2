"""Values that are clean at first look, and that a walk would have left them, too."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.exceptions import DropEvent

from structlog_enrich.redaction import DEFAULT_POLICY, PII, RedactionPolicy
from structlog_enrich.redaction.applying import explained
from structlog_enrich.redaction.first_look import FirstLook

TOKEN = "ghp_" + "q7Zk3RxV9mBtW2nHc8JpL5sYdG4fTb6KvXgM"
NAMES = st.sampled_from(["a", "name", "value", "key", "token", "password", "n.b", "X-Api-Key", "żółw", "", TOKEN])
TEXTS = st.text(max_size=12) | st.sampled_from(
    [TOKEN, "password=hunter2", "--password", "-p", "10.0.0.1", "x" * 40_000]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.binary(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4) | st.tuples(TEXTS, inner),
    max_leaves=12,
)


class TestFirstLook:
    """`FirstLook`, which spares most values the walk."""

    @pytest.mark.parametrize("policy", [DEFAULT_POLICY, DEFAULT_POLICY | PII.all], ids=["default", "packs"])
    @given(value=VALUES)
    def test_finds_what_a_walk_finds(self, value: Any, policy: RedactionPolicy) -> None:
        """What is clean at first look has nothing in it that a walk would find."""
        if FirstLook(policy.compiled).is_clean(value):
            assert () == explained(policy, value)

    @pytest.mark.parametrize(
        "value", [{}, [], {"a": [1, "x", None, ("y", 2.5)]}, {"name": "ada"}, {"data": "x"}], ids=range(5)
    )
    def test_clean(self, value: Any) -> None:
        """Containers of names, texts and numbers are."""
        assert FirstLook(DEFAULT_POLICY.compiled).is_clean(value)

    @pytest.mark.parametrize(
        "value",
        [
            *("x", 1, ("x",), {"token": 1}, {"a": {"b": TOKEN}}, [b"x"], {"a": object()}, ["psql", "-p", "x"]),
            *({"name": "x", "value": "y"}, [["password", "x"]], list(range(2_000)), {"a": "x" * 40_000}),
        ],
        ids=range(12),
    )
    def test_in_doubt(self, value: Any) -> None:
        """Anything else takes the walk."""
        assert not FirstLook(DEFAULT_POLICY.compiled).is_clean(value)

    def test_paths(self) -> None:
        """Where paths count, more than names and texts does."""
        assert not FirstLook(RedactionPolicy(paths=["a.b"]).compiled).is_clean({"c": 1})

    def test_a_cycle(self) -> None:
        """What is in itself ends."""
        ring: list[Any] = []
        ring.append(ring)
        assert not FirstLook(DEFAULT_POLICY.compiled).is_clean(ring)

    def test_a_key_that_raises(self) -> None:
        """A key that can't be compared is in doubt, and so is what a policy fails at."""

        class Key:
            def __hash__(self) -> int:
                return hash("note")

            def __eq__(self, other: object) -> bool:
                raise DropEvent

        class Broken(RedactionPolicy):
            def rule_for(self, key: str) -> str | None:
                raise DropEvent

        look = FirstLook(DEFAULT_POLICY.compiled)
        assert look.is_clean({"note": 1})
        assert not look.is_clean({Key(): 1})
        assert not FirstLook(Broken().compiled).is_clean(["a", "b"])
