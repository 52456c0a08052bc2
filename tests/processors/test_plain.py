"""Which lines need nothing, and that what is told at one look is what a walk would have found."""

from __future__ import annotations

import copy
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.processors import DEFAULT_LIMITS, HEADER, Envelope, Limits, Redact
from structlog_enrich.processors.plain import INT_MAX, INT_MIN, Plain
from structlog_enrich.redaction import DEFAULT_POLICY, PII, Drop, RedactionPolicy

TOKEN = "ghp_" + "q7Zk3RxV9mBtW2nHc8JpL5sYdG4fTb6KvXgM"
POLICIES = {
    "default": DEFAULT_POLICY,
    "none": None,
    "paths": RedactionPolicy(paths=["payload.user.*", "**.note", "context.a"], allow={"payload.password"}),
    "whole parts": RedactionPolicy(paths=["payload", "span.attributes"]),
    "operation": RedactionPolicy(paths=["operation"]),
    "typed": RedactionPolicy(types={"decimal.Decimal"}),
    "packs": DEFAULT_POLICY | PII.all,
    "strategies": RedactionPolicy(strategies={"password": Drop(), "token": "drop"}),
    "dry run": RedactionPolicy(dry_run=True),
}
NAMES = st.sampled_from(
    [
        "a",
        "user",
        "note",
        "name",
        "value",
        "token",
        "password",
        "n.b",
        "X-Api-Key",
        "żółw",
        "",
        "long" * 40,
        TOKEN,
        "ip",
    ]
)
TEXTS = st.text(max_size=12) | st.sampled_from(
    [TOKEN, f"x {TOKEN} y", "password=hunter2", "--password", "-p", "token", "10.0.0.1", "ok", "x" * 9_000, "a\ud800"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**65), 2**65) | st.floats() | TEXTS | st.binary(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4) | st.tuples(TEXTS, inner),
    max_leaves=12,
)


def line_of(event: dict[str, Any], context: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the line that an envelope makes of an event, with *context* put into it."""
    line = Envelope()(None, "info", {"event": "paid", **event})
    if context:
        line["context"] = context
    return line


class TestPlain:
    """`Plain`, the one look that most lines take."""

    @pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
    @given(
        message=TEXTS,
        payload=st.dictionaries(NAMES.filter(lambda name: name not in {"event", ""}), VALUES, max_size=5),
        context=st.dictionaries(NAMES, VALUES, max_size=3),
    )
    def test_finds_what_a_walk_finds(
        self, message: str, payload: dict[str, Any], context: dict[str, Any], policy: RedactionPolicy | None
    ) -> None:
        """A line that is plain is written as the walk would write it: nothing of it is masked, cut or rendered."""
        line = line_of({**payload, "event": message}, context)
        # A line that has a standing note is always walked.
        walked = Redact(policy, trusted=HEADER, standing=["tags.a:b"])(None, "info", copy.deepcopy(line))
        noted = walked.pop("redacted")[1:]
        found = Redact(policy, trusted=HEADER)(None, "info", line)
        assert noted == found.pop("redacted", [])
        assert orjson.dumps(found) == orjson.dumps(walked)

    @pytest.mark.parametrize(
        "payload",
        [
            *({}, {"n": 1, "t": "x", "f": 1.5, "b": True, "z": None}, {"i": INT_MAX, "j": INT_MIN, "f": -0.0}),
            *({"a": {"b": {"c": [1, "x", None]}}}, {"a": ("x", "y", "z")}, {"name": "ada"}, {"value": 3}),
            *({"a": ["x", "y"]}, {"a": [[], {}, ()]}, {"note": "żółw"}),
        ],
        ids=range(10),
    )
    def test_plain(self, payload: dict[str, Any]) -> None:
        """Names, short texts, ordinary numbers, and containers of these need nothing."""
        assert Plain(DEFAULT_POLICY.compiled, DEFAULT_LIMITS).tells(line_of(payload))

    @pytest.mark.parametrize(
        "payload",
        [
            *({"token": "x"}, {"i": INT_MAX + 1}, {"i": INT_MIN - 1}, {"f": float("nan")}, {"f": float("inf")}),
            *({"b": b"x"}, {"o": object()}, {"s": {1}}, {"a": {"token": "x"}}, {"a": [["token", "x"]]}),
            *(
                {"name": "x", "value": "y"},
                {"a": {"name": "x", "value": "y"}},
                {"a": ["psql", "--password", "x"]},
                {"a": ["-apikey", "x", "y"]},
            ),
            *({"a": TOKEN}, {"a": [{"b": TOKEN}]}, {TOKEN: 1}, {"żółw": 1}, {"a": {1: 2}}, {"a": "x" * 9_000}),
            *({"a": "\ud800"}, {"a": list(range(300))}, {"a": [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]}),
        ],
        ids=range(23),
    )
    def test_in_doubt(self, payload: dict[str, Any]) -> None:
        """Whatever may be a secret, can't be written as it is or is too much takes the walk."""
        assert not Plain(DEFAULT_POLICY.compiled, DEFAULT_LIMITS).tells(line_of(payload))

    def test_a_cycle(self) -> None:
        """What is in itself ends, and stands for the walk as it was."""
        ring: list[Any] = [1]
        ring.append(ring)
        line = line_of({"ring": ring})
        assert not Plain(None, Limits()).tells(line)
        assert ring is line["payload"]["ring"]

    def test_a_policy_of_typed_dicts(self) -> None:
        """Where a plain dict may be a `TypedDict` with marked fields, nothing nests."""
        kinds = RedactionPolicy(types={"internal"})
        assert Plain(kinds.compiled, DEFAULT_LIMITS).tells(line_of({"a": {"b": 1}}))

    def test_context_is_flat(self) -> None:
        """What nests in the context becomes text, which is the walk's work."""
        look = Plain(DEFAULT_POLICY.compiled, DEFAULT_LIMITS)
        assert [True, False] == [look.tells(line_of({}, {"a": each})) for each in ("x", ["x"])]

    def test_nested_values_are_copied(self) -> None:
        """Whoever still holds what was looked at changes nothing on the line."""
        inner = {"a": [1]}
        line = line_of({"inner": inner})
        assert Plain(DEFAULT_POLICY.compiled, DEFAULT_LIMITS).tells(line)
        inner["a"].append(TOKEN)
        inner["b"] = TOKEN
        assert {"inner": {"a": [1]}} == line["payload"]
