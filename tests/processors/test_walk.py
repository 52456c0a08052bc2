"""The one walk over values: its order, its bounds, and that nothing of the caller's is changed."""

from __future__ import annotations

import collections
import copy
import enum
import itertools
import threading
import time
import tracemalloc
import uuid
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.processors import Limits
from structlog_enrich.processors.plain import INT_MAX, INT_MIN
from structlog_enrich.processors.texts import cut
from structlog_enrich.processors.walk import Walk
from structlog_enrich.redaction import DEFAULT_POLICY, RedactionPolicy
from structlog_enrich.redaction.known import KnownNames

MARK = "…[+"


def walk(policy: RedactionPolicy = DEFAULT_POLICY, **limits: int) -> Walk:
    """Return a walk with the default limits but for those given."""
    return Walk(policy.compiled, KnownNames(lambda name: policy.rule_for(name) is not None), Limits(**limits))


def nested(depth: int, leaf: Any) -> Any:
    """Return *leaf* inside *depth* lists."""
    for _ in range(depth):
        leaf = [leaf]
    return leaf


@dataclass
class Node:
    """Point somewhere."""

    to: Any = None


class TestCut:
    """`cut`, which leaves a mark of how much is gone."""

    @given(st.text(min_size=0, max_size=300), st.integers(64, 200))
    def test_any_text(self, text: str, most: int) -> None:
        """What is left is within the limit, and the mark tells exactly what is missing."""
        found = cut(text, most)
        if len(text) <= most:
            assert text == found
        else:
            kept, _, gone = found.rpartition(MARK)
            assert most >= len(found) > most - 3
            assert text[: len(kept)] == kept
            assert len(text) - len(kept) == int(gone.removesuffix("]"))

    @pytest.mark.parametrize("length", [64, 65, 66, 99, 100, 10**6])
    def test_twice_is_once(self, length: int) -> None:
        """A cut text is short enough, so it isn't cut again."""
        once = cut("x" * length, 64)
        assert once == cut(once, 64)


class TestStrings:
    """The limit of one string."""

    @pytest.mark.parametrize(("expected", "length"), [([], 63), ([], 64), (["v:max_string"], 65)])
    def test_at_the_limit(self, expected: list[str], length: int) -> None:
        """A string is whole up to the limit and cut from one character more."""
        walked = walk(max_string=64)
        assert cut("é" * length, 64) == walked.value("é" * length, (None, "v"))
        assert expected == walked.truncated

    def test_keys(self) -> None:
        """A key is cut like any string, and two that are cut alike stay two."""
        written = walk(max_string=64).mapping({"k" * 100 + "a": 1, "k" * 100 + "b": 2}, None)
        short = cut("k" * 101, 64)
        assert {short: 1, f"{short}#2": 2} == written

    def test_surrogates_are_replaced_after_the_cut(self) -> None:
        """What is cut away isn't looked at."""
        assert "\ufffd" * 57 + "…[+43]" == walk(max_string=64).value("\ud800" * 100, (None, "v"))

    def test_fifty_megabytes(self) -> None:
        """A string of any length costs what is written of it."""
        text = "\u2028" * 50_000_000
        start = time.perf_counter()
        walk().value({"a": [text]}, (None, "v"))
        assert 2 > time.perf_counter() - start


class TestItems:
    """The limit of one container."""

    @pytest.mark.parametrize("kind", [list, tuple, set, frozenset, collections.deque, collections.UserList])
    @pytest.mark.parametrize(("expected", "count"), [([], 2), ([], 3), (["v:max_items"], 4)])
    def test_lists_at_the_limit(self, kind: Any, expected: list[str], count: int) -> None:
        """A list is whole up to the limit and cut from one item more."""
        walked = walk(max_items=3)
        assert min(count, 3) == len(walked.value(kind(range(count)), (None, "v")))
        assert expected == walked.truncated

    @pytest.mark.parametrize("kind", [dict, collections.OrderedDict, collections.UserDict])
    @pytest.mark.parametrize(("expected", "count"), [([], 2), ([], 3), (["v:max_items"], 4)])
    def test_objects_at_the_limit(self, kind: Any, expected: list[str], count: int) -> None:
        """An object is whole up to the limit and cut from one item more."""
        walked = walk(max_items=3)
        value = kind((str(each), each) for each in range(count))
        assert {str(each): each for each in range(min(count, 3))} == walked.value(value, (None, "v"))
        assert expected == walked.truncated

    @pytest.mark.parametrize("kind", [list, tuple, set, dict.fromkeys, collections.deque])
    def test_a_million(self, kind: Any) -> None:
        """A million items cost what is written of them."""
        value = kind(range(10**6))
        start = time.perf_counter()
        assert 256 == len(walk().value(value, (None, "v")))
        assert 2 > time.perf_counter() - start


class TestDepth:
    """The limit of objects in each other."""

    @pytest.mark.parametrize(("expected", "depth"), [([], 2), ([], 3), (["v[0][0][0]:max_depth"], 4)])
    def test_at_the_limit(self, expected: list[str], depth: int) -> None:
        """Containers stand in each other up to the limit."""
        walked = walk(max_depth=3)
        assert nested(min(depth, 3), 5 if depth < 4 else "[DEPTH]") == walked.value(nested(depth, 5), (None, "v"))
        assert expected == walked.truncated

    def test_what_has_no_parts_isn_t_deep(self) -> None:
        """A value that is written as one text is written at any depth where a text is."""
        order = uuid.UUID(int=7)
        assert nested(3, str(order)) == walk(max_depth=3).value(nested(3, order), (None, "v"))

    def test_enums_in_enums(self) -> None:
        """Members whose values are members end where depth does, whatever the last one is."""
        value: Any = object()
        for _ in range(10):
            value = enum.Enum("Level", {"ONE": value}).ONE  # type: ignore[attr-defined]
        assert "[DEPTH]" == walk(max_depth=3).value(value, (None, "v"))
        assert walk().value(value, (None, "v")).startswith("<object object")

    def test_a_hundred_thousand(self) -> None:
        """Any depth is survived."""
        assert nested(16, "[DEPTH]") == walk().value(nested(100_000, 1), (None, "v"))


class TestCycles:
    """Values that hold themselves."""

    def test_each_kind(self) -> None:
        """A container met again inside itself is named."""
        found_list: list[Any] = [1]
        found_list.append(found_list)
        assert [1, "[CYCLE]"] == walk().value(found_list, (None, "v"))
        found_dict: dict[str, Any] = {}
        found_dict["me"] = found_dict
        assert {"me": "[CYCLE]"} == walk().value(found_dict, (None, "v"))
        node = Node()
        node.to = node
        assert {"to": "[CYCLE]"} == walk().value(node, (None, "v"))

    def test_through_each_other(self) -> None:
        """Two that hold each other end as well."""
        node, items = Node(), collections.deque[Any]()
        node.to, _ = items, items.append(node)
        assert {"to": ["[CYCLE]"]} == walk().value(node, (None, "v"))

    def test_twice_is_no_cycle(self) -> None:
        """A value that stands in two places is written twice."""
        shared = {"a": 1}
        assert [shared, shared, {"b": shared}] == walk().value([shared, shared, {"b": shared}], (None, "v"))


class TestBounds:
    """Small values that stand for enormous ones."""

    @pytest.mark.usefixtures("untraced")
    @pytest.mark.parametrize("big", ["ha", "x" * 10_000_000])
    @pytest.mark.parametrize("width", [10, 256])
    def test_billion_laughs(self, big: str, width: int) -> None:
        """A few lists in each other cost a bounded time and a bounded memory."""
        value: Any = [big] * width
        for _ in range(14):
            value = [value] * width
        tracemalloc.start()
        # Of the processor, since others may have it.
        start = time.thread_time()
        walked = walk()
        walked.value(value, (None, "v"))
        spent, (_, peak) = time.thread_time() - start, tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert 10 > spent
        assert 64 * 2**20 > peak
        assert 65 == len(walked.truncated)

    def test_objects_in_each_other(self) -> None:
        """The same of objects, at any depth."""
        value: Any = {}
        for _ in range(20):
            value = {f"k{each}": value for each in range(200)}
        start = time.perf_counter()
        walk().value(value, (None, "v"))
        assert 5 > time.perf_counter() - start

    def test_notes_are_bounded(self) -> None:
        """Ten thousand passwords don't make ten thousand notes."""
        walked = walk(max_items=10_000)
        written = walked.value([{"password": "x"}] * 10_000, (None, "v"))
        assert [{"password": "[REDACTED:password]"}] * 10_000 == written
        assert 65 == len(walked.redacted)

    def test_size_is_enough(self) -> None:
        """`size` is never less than what the values need on the line."""
        walked = walk()
        value = {"é\x00" * 9: ["\x85" * 500, 1.5, None, {"n": -(2**63)}, "x"], "password": "x"}
        written = walked.value(value, (None, "v"))
        assert len(orjson.dumps(written)) <= walked.size


class TestNumbers:
    """The integers that every reader takes."""

    @pytest.mark.parametrize("number", [INT_MIN, INT_MIN + 1, -1, 0, INT_MAX - 1, INT_MAX])
    def test_inside(self, number: int) -> None:
        """Up to both ends an integer is a number."""
        assert number == walk().value(number, (None, "v"))

    @pytest.mark.parametrize("number", [INT_MIN - 1, INT_MAX + 1])
    def test_outside(self, number: int) -> None:
        """Beyond, it is its digits."""
        assert str(number) == walk().value(number, (None, "v"))


class TestMasking:
    """Secrets, by the key they stand under."""

    @pytest.mark.parametrize(
        "value",
        ["x", "", 0, 123, 1.5, b"x", [], ["x"], {"a": 1}, ("x",), {"x"}, object(), Node(), ValueError("x")],
        ids=itertools.count(),
    )
    def test_masked_whole(self, value: Any) -> None:
        """Whatever stands under a secret's name is masked, a container as a whole."""
        walked = walk()
        assert {"cvv": "[REDACTED:cvv]"} == walked.value({"cvv": value}, (None, "v"))
        assert ["v.cvv:cvv"] == walked.redacted

    @pytest.mark.parametrize("value", [None, True, False])
    def test_spared(self, value: Any) -> None:
        """Whether there is a secret is no secret."""
        walked = walk()
        assert {"token": value} == walked.value({"token": value}, (None, "v"))
        assert [] == walked.redacted

    @pytest.mark.parametrize(
        ("note", "value"),
        [
            ("v.a[0].b.pwd:pwd", {"a": [{"b": {"pwd": "x"}}]}),
            ('v["a.b"].pwd:pwd', {"a.b": {"pwd": "x"}}),
            ('v["a:b"].pwd:pwd', {"a:b": {"pwd": "x"}}),
            ('v["a\\"b"].pwd:pwd', {'a"b': {"pwd": "x"}}),
            ("v.to.pwd:pwd", Node({"pwd": "x"})),
            ("v.pwd:pwd", collections.UserDict(pwd="x")),
            ("v.pwd:pwd", collections.namedtuple("Auth", "pwd")("x")),  # noqa: PYI024 (its fields are what is tested)
            ("v[0][1].pwd:pwd", (collections.deque([1, collections.ChainMap({"pwd": "x"})]),)),
            ("v.pwd:pwd", frozenset({collections.namedtuple("Auth", "pwd")("x")})),  # noqa: PYI024 (likewise)
            ("v.PWD:pwd", {"PWD": "x"}),
            ('v["p.w.d"]:p_w_d', {"p.w.d": "x"}),
            ("v.pwd:pwd", {b"pwd": "x"}),
        ],
    )
    def test_everywhere(self, note: str, value: Any) -> None:
        """A secret is found in every kind of container, and its place is named."""
        walked = walk(RedactionPolicy(keys={"pwd", "p_w_d"}))
        text = repr(walked.value(value, (None, "v")))
        assert "'x'" not in text
        assert "[REDACTED:" in text
        assert [note] == walked.redacted

    def test_a_key_that_collides(self) -> None:
        """A secret's name stays one when another key was written alike before it."""
        walked = walk()
        secrets = {"password": "one", b"password": "two", "x": 1}
        written = walked.value(secrets, (None, "v"))
        assert {"password": "[REDACTED:password]", "password#2": "[REDACTED:password]", "x": 1} == written
        assert ["v.password:password", 'v["password#2"]:password'] == walked.redacted

    def test_a_key_that_is_cut(self) -> None:
        """A secret's name stays one where it is too long to be written."""
        name = "a" * 100
        walked = walk(RedactionPolicy(keys={name}), max_string=64)
        assert {cut(name, 64): f"[REDACTED:{name}]"} == walked.value({name: "x"}, (None, "v"))

    def test_elements_of_a_list(self) -> None:
        """Where the key leaves it open, each element of a list is judged as it would be alone."""
        value = "a8Fk3kd93kXq7Zk3RxV9mB"
        written = walk().value({"session": [value, "opened", (value,)], "n": [value]}, (None, "v"))
        masked = "[REDACTED:session]"
        assert {"session": [masked, "opened", [masked]], "n": [value]} == written

    def test_masked_before_cut(self) -> None:
        """A long secret is masked, not cut: no note says how long it was."""
        walked = walk(max_string=64, max_depth=1, max_items=1)
        value = {"password": ["x" * 1_000] * 10}
        assert {"password": "[REDACTED:password]"} == walked.value(value, (None, "v"))
        assert [] == walked.truncated

    def test_masked_unread(self) -> None:
        """What is masked isn't rendered first."""

        class Loud:
            def __repr__(self) -> str:
                raise AssertionError

        walk().value({"password": Loud()}, (None, "v"))

    def test_a_rule_that_fails(self) -> None:
        """What can't be judged is masked, and the stage learns why."""

        class Failing(RedactionPolicy):
            def rule_for(self, key: str) -> str | None:
                if key == "b":
                    raise LookupError
                return None

        walked = walk(Failing())
        assert {"a": 1, "b": "[REDACTED:error]"} == walked.value({"a": 1, "b": 2}, (None, "v"))
        assert (LookupError, ["v.b:error"]) == (type(walked.failed), walked.redacted)


class TestNothingIsShared:
    """What is written and what the caller holds are different things."""

    def test_later_changes_don_t_show(self) -> None:
        """A caller may change everything afterwards."""
        inner: dict[str, Any] = {"a": [1, {"b": 2}]}
        node = Node(inner)
        written = walk().value([inner, node, (inner,)], (None, "v"))
        before = copy.deepcopy(written)
        inner["a"][1]["b"] = 3
        inner["a"].append(4)
        inner["c"] = node.to = None
        assert before == written

    def test_the_caller_s_objects_stay(self) -> None:
        """Masking and cutting leave the caller's objects alone."""
        value = {"password": ["x"], "text": "x" * 100, "items": list(range(9)), 1: {"token": "y"}, "deep": nested(9, 1)}
        before = copy.deepcopy(value)
        walk(max_string=64, max_items=4, max_depth=3).value(value, (None, "v"))
        assert before == value

    @pytest.mark.parametrize("kind", [dict, set, list, collections.deque])
    def test_changed_by_another_thread(self, kind: Any) -> None:
        """A container that another thread changes all the time is written, one way or the other."""
        value = kind()
        done = threading.Event()

        def churn() -> None:
            number = 0
            while not done.is_set():
                number += 1
                if kind is dict:
                    value[number] = number
                    value.pop(number - 50, None)
                elif kind is set:
                    value.add(number)
                    value.discard(number - 50)
                else:
                    value.append(number)
                    if len(value) > 50:
                        value.pop()

        thread = threading.Thread(target=churn)
        thread.start()
        try:
            for _ in range(500):
                orjson.dumps(walk().value({"value": value}, (None, "v")))
        finally:
            done.set()
            thread.join()
