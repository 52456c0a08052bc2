"""Findings: what is wrong with a line, where, and that the published JSON Schema agrees."""

from __future__ import annotations

import copy
import io
import json
import tracemalloc
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from structlog_enrich.processors import DEFAULT_LIMITS
from structlog_enrich.schema import json_schema
from structlog_enrich.schema.fields import FIELDS
from structlog_enrich.schema.validation import BEYOND_JSON_SCHEMA, MAX_LINE, read_lines, validate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SCHEMA = Draft202012Validator(json_schema())
GOLDEN = sorted(Path(__file__).parents[1].joinpath("golden", "1.0").glob("*.json"))
LINES = [line for each in GOLDEN for line in each.read_bytes().splitlines(keepends=True)]
"""Lines of every kind, as they are written."""

# Right in some places and wrong in others. No number among them is one that only the models refuse.
JUNK: list[Any] = [
    *(None, True, False, -1, 0, 1, 1.5, 2**62, "", "x", "log.gap", "start", "end", "ok", "server", "cause", "info"),
    *("1.0", "2.0", "01", "path:rule", "0" * 16, "0" * 32, "a" * 12, "a" * 16, "a" * 32, "2026-11-22T04:48:00Z"),
    *([], [None], ["x"], ["path:rule"], [[]], [[0, 0]], [{}], {}, {"a": 1}, {"a": None}, {"a": {}}, {"user_id": 5}),
    *({"type": "E", "message": ""}, [{"type": "E", "message": ""}], {"trace_id": "a" * 32, "span_id": "a" * 16}),
    {"reason": "x", "count": 1, "levels": {"info": 1}, "ranges": [[0, 3]], "complete": True, "boot_id": "a" * 16},
]
NAMES = [
    *FIELDS,
    "tide",
    "a.b",
    "phase",
    "duration_ms",
    "status",
    "notes",
    "causes",
    "exceptions",
    "relation",
    "user_id",
]


def rules(line: bytes, **options: Any) -> list[tuple[str, str]]:
    """Return path and rule of each violation of one line."""
    return [(each.path, each.rule) for each in validate([line], **options) if each.violation]


def written(line: dict[str, Any]) -> bytes:
    """Return the line as the library writes one."""
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def places(part: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of everything inside *part*."""
    for key, item in part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ():
        yield (*path, key)
        yield from places(item, (*path, key))


@st.composite
def mutated(draw: Callable[[st.SearchStrategy[Any]], Any]) -> dict[str, Any]:
    """Draw a valid line in which up to three things were dropped, retyped, renamed, nested or extended."""
    line: dict[str, Any] = orjson.loads(draw(st.sampled_from(LINES)))
    for _ in range(draw(st.integers(0, 3))):
        found = list(places(line)) or [("message",)]
        # The depth first, so that a deep error leaves a chance to the header.
        depth = draw(st.sampled_from(sorted({len(path) for path in found})))
        *way, key = draw(st.sampled_from([path for path in found if len(path) == depth]))
        parent: Any = line
        for step in way:
            parent = parent[step]
        value = parent[key]
        change = draw(st.sampled_from(["drop", "retype", "rename", "nest", "extend"]))
        if change == "drop":
            del parent[key]
        elif change == "retype":
            parent[key] = draw(st.sampled_from(JUNK))
        elif change == "rename" and isinstance(parent, dict):
            parent[draw(st.sampled_from(NAMES))] = parent.pop(key)
        elif change == "nest":
            parent[key] = draw(st.sampled_from([{"a": value}, [value]]))
        elif isinstance(value, dict):
            value[draw(st.sampled_from(NAMES))] = draw(st.sampled_from(JUNK))
        elif isinstance(value, list):
            value += [draw(st.sampled_from([*value, *JUNK]))] * draw(st.sampled_from([1, 16, 128]))
        elif isinstance(value, str):
            parent[key] = value + draw(st.sampled_from(["0", "x", ":", "é"]))
        # Nothing is shared between two places.
        line = copy.deepcopy(line)
    return line


class TestAgreement:
    """The findings and the published JSON Schema, on one line."""

    @settings(max_examples=1_000)
    @given(mutated(), st.sampled_from([{}, {"ensure_ascii": False}, {"separators": (",", ":")}]))
    def test_of_mutated_lines(self, line: dict[str, Any], style: dict[str, Any]) -> None:
        """Whatever was done to a line, and however it is spelled, both accept or both refuse."""
        spelled = json.dumps(line, **style).encode() + b"\n"
        refused = {rule for text in (written(line), spelled) for _, rule in rules(text)} - BEYOND_JSON_SCHEMA

        assert SCHEMA.is_valid(line) == (not refused)

    @pytest.mark.parametrize("line", LINES, ids=range(len(LINES)))
    def test_of_what_the_library_writes(self, line: bytes) -> None:
        """Nothing is found in it, not even information."""
        assert [] == list(validate([line]))

    @pytest.mark.parametrize(
        ("change", "path", "rule"),
        [
            ({"timestamp": "2026-02-30T00:00:00.000000Z"}, "timestamp", "value"),
            ({"seq": 18.0}, "seq", "type"),
            ({"schema_version": "1.0\n"}, "schema_version", "pattern"),
        ],
        ids=["no such date", "a fraction", "Python's $"],
    )
    def test_where_only_the_models_refuse(
        self, change: dict[str, Any], path: str, rule: str, line: dict[str, Any]
    ) -> None:
        """The differences are these, and deliberate: validate is the stricter."""
        text = written(line | change)

        assert [(path, rule)] == rules(text)
        assert SCHEMA.is_valid(json.loads(text))

    @pytest.mark.parametrize("digits", ["9223372036854775808", "-" + "9" * 50, "18446744073709551616", "1" * 5_000])
    def test_of_a_number_too_big(self, digits: str, line: dict[str, Any]) -> None:
        """An integer past 64 bits is found however long it is, before anybody rounds it."""
        line |= {"payload": {"big": ["@"]}, "tags": {"big": "@"}}

        assert {("payload.big", "value"), ("tags.big", "value")} == set(
            rules(written(line).replace(b'"@"', digits.encode()))
        )

    def test_of_a_duration_and_a_range(self, line: dict[str, Any], span: dict[str, Any], gap: dict[str, Any]) -> None:
        """Neither decimals nor two values can be compared in JSON Schema."""
        long = line | {"span": span | {"duration_ms": 0.1234}}
        backward = line | {"event_name": "log.gap", "gap": gap | {"ranges": [[5, 4]]}}

        assert [("span.duration_ms", "value")] == rules(written(long))
        assert [("gap.ranges[0]", "value")] == rules(written(backward))
        assert SCHEMA.is_valid(long)
        assert SCHEMA.is_valid(backward)


class TestBytes:
    """What no JSON Schema can see."""

    @pytest.mark.parametrize(
        ("old", "new", "rule"),
        [
            pytest.param(b"}\n", b"}", "torn", id="without its end"),
            pytest.param(b'password"]}\n', b"", "torn", id="cut off"),
            pytest.param(b"\n", b"\r\n", "crlf", id="CRLF"),
            pytest.param(b'{"schema', b'\xef\xbb\xbf{"schema', "bom", id="BOM"),
            pytest.param(b"}\n", b"}{}\n", "json", id="two objects"),
            pytest.param(b"}\n", b"\n", "json", id="not closed"),
            pytest.param(b"129.95", b"01", "json", id="leading zero"),
            pytest.param(b"node-17", b"a\x00b", "json", id="control character"),
            pytest.param(b"129.95", b"NaN", "not_finite", id="NaN"),
            pytest.param(b"129.95", b"-Infinity", "not_finite", id="infinity"),
            pytest.param(b"node-17", b"\\ud83d", "surrogate", id="half of a pair"),
            pytest.param(b"node-17", b"\xff", "utf8", id="Latin 1"),
            pytest.param(b"node-17", b"\xed\xa0\xbd", "utf8", id="encoded surrogate"),
            pytest.param(b"node-17", b"\x7f", "unescaped", id="DEL"),
            pytest.param(b"node-17", "\x85".encode(), "unescaped", id="C1"),
            pytest.param(b"node-17", "\u2028".encode(), "unescaped", id="line separator"),
            pytest.param(b',"level"', b',\r"level"', "unescaped", id="CR"),
        ],
    )
    def test_of_a_line(self, old: bytes, new: bytes, rule: str, example: bytes) -> None:
        """Each flaw is said once, about the line as a whole."""
        assert example.count(old) == 1
        assert [("", rule)] == rules(example.replace(old, new))

    @pytest.mark.parametrize(
        ("line", "rule"),
        [
            pytest.param(b"\n", "blank", id="empty"),
            pytest.param(b" \t\n", "blank", id="blanks"),
            pytest.param(b"\x00" * 1_000 + b"\n", "json", id="hole of a file"),
            pytest.param(bytes(range(11, 256)) + b"\n", "utf8", id="binary"),
            pytest.param(b"\xff\xfe{\x00}\x00\n", "utf8", id="UTF-16"),
            pytest.param(b"[" * 300 + b"]" * 300 + b"\n", "depth", id="deep"),
            pytest.param(b"[" * 60_000 + b"]" * 60_000 + b"\n", "depth", id="very deep"),
            pytest.param(b"[]\n", "type", id="list"),
            pytest.param(b"null\n", "type", id="null"),
            pytest.param(b'"text"\n', "type", id="text"),
        ],
    )
    def test_of_no_line(self, line: bytes, rule: str) -> None:
        """What is no object at all is one finding."""
        assert [("", rule)] == rules(line)

    def test_an_exponent_too_big(self, example: bytes) -> None:
        """A number that only infinity comes near to isn't finite."""
        assert [("payload.amount", "value")] == rules(example.replace(b"129.95", b"1e999"))

    def test_what_may_be_written(self, example: bytes) -> None:
        """Blanks between the parts, other escapes, a pair of surrogates and text of any language are no violation."""
        line = example.replace(b",", b" , ").replace(b"node-17", "Zürich \U0001f600 \\ud83d\\ude00 \\/".encode())

        assert [] == rules(line)

    def test_duplicate_names(self, line: dict[str, Any]) -> None:
        """A name that stands more than once in its object is found at any depth, once."""
        line["payload"] = {"kept": {"a": [{"twice": 0}]}, "lost": 1}
        text = written(line).replace(b'"twice":0', b'"twice":0,"twice":0,"twice":0')
        text = text.replace(b'"lost":1', b'"lost":{"x":1,"x":2},"lost":1').replace(b'"seq":18', b'"seq":1,"seq":18')

        assert [
            ("seq", "duplicate"),
            ("payload.lost", "duplicate"),
            ("payload.kept.a[0].twice", "duplicate"),
        ] == sorted(rules(text), key=lambda found: len(found[0]))

    def test_many_duplicates_take_no_long(self, line: dict[str, Any]) -> None:
        """A line full of them is gone through once."""
        line["payload"] = {"all": [{"a": 0}] * 5_000}

        assert 5_000 == len(rules(written(line).replace(b'"a":0', b'"a":0,"a":0')))

    @pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
    @pytest.mark.parametrize(("depth", "found"), [(254, []), (255, [("", "depth")])])
    def test_depth(
        self, depth: int, found: list[tuple[str, str]], separators: tuple[str, str], line: dict[str, Any]
    ) -> None:
        """The limit is the same however the line is spelled."""
        value: Any = 0
        for _ in range(depth - 2):
            value = [value]
        line["payload"] = {"deep": value}

        assert found == rules(json.dumps(line, separators=separators).encode() + b"\n")

    def test_length(self, example: bytes) -> None:
        """A line may be as long as services write them, its end included; of a longer one nothing else is said."""
        assert DEFAULT_LIMITS.max_line == MAX_LINE
        assert [] == rules(example, max_line=len(example))
        assert [("", "too_long")] == rules(example, max_line=len(example) - 1)
        assert [("", "too_long")] == rules(b"\xff" * (MAX_LINE + 1))

    @given(st.lists(st.binary(max_size=60)))
    def test_garbage(self, lines: list[bytes]) -> None:
        """Whatever the bytes, each line that holds any has a finding, and none an exception."""
        found = {each.line for each in validate(lines)}

        assert set(range(1, len(lines) + 1)) == found

    @given(st.sampled_from(LINES), st.data())
    def test_a_flipped_byte(self, line: bytes, data: st.DataObject) -> None:
        """One byte changed anywhere is a finding or another valid line, never an exception."""
        at = data.draw(st.integers(0, len(line) - 1))
        flipped = line[:at] + bytes([data.draw(st.integers(0, 255))]) + line[at + 1 :]

        assert all(each.line == 1 for each in validate([flipped]))


class TestFindings:
    """What a finding says."""

    def test_paths(self, line: dict[str, Any], span: dict[str, Any]) -> None:
        """Each violation is found where it is, spelled as `redacted` spells it, and in one finding."""
        del line["service"], span["kind"]
        line |= {
            "level": "gold",
            "tags": {"team": None, "a.b": {"str": "x"}, 'é"\\': []},
            "context": {"user_id": [1]},
            "span": span,
            "links": [{"trace_id": "a" * 32, "span_id": "x"}],
            "redacted": ["a:b", "a"],
            "baggage": [],
        }

        assert {
            ("level", "enum"),
            ("service", "required"),
            ("tags.team", "type"),
            ('tags["a.b"]', "type"),
            ('tags["é\\"\\\\"]', "type"),
            ("context.user_id", "type"),
            ("span.kind", "required"),
            ("links[0].span_id", "pattern"),
            ("redacted[1]", "pattern"),
            ("baggage", "type"),
        } == set(rules(written(line)))
        assert 10 == len(rules(written(line)))

    def test_path_of_a_name(self, line: dict[str, Any], gap: dict[str, Any]) -> None:
        """A name that isn't one of the few allowed is found where it stands."""
        line |= {"event_name": "log.gap", "gap": gap | {"levels": {"gold": 1}}}

        assert [("gap.levels.gold", "enum")] == rules(written(line))

    def test_every_rule_is_a_word_of_ours(self, line: dict[str, Any]) -> None:
        """Every field with every kind of junk: the rules are the documented ones, the messages in one mood."""
        found = [each for name in FIELDS for junk in JUNK for each in validate([written(line | {name: junk})])]

        assert {"required", "type", "enum", "pattern", "length", "range", "value"} == {each.rule for each in found}
        assert not [each for each in found if "should" in each.message or "Input" in each.message]

    def test_no_value_is_shown(self, line: dict[str, Any]) -> None:
        """What stands in a line may be a secret, in the wrong place too."""
        text = written({**dict.fromkeys(line, "hunter2"), "error": "hunter2", "span": {"hunter": "hunter2"}})

        for broken in (text, text[:-2] + b"\n", text.replace(b"hunter2", b"hunter2\xff"), text[:-1] + text):
            assert "hunter2" not in str(list(validate([broken])))

    def test_unknown_names(self, line: dict[str, Any]) -> None:
        """A top-level name of another version is information, a violation when asked for; a deeper one is neither."""
        line |= {"tide": 1, "payload": {"anything": 1}, "error": {"type": "E", "message": "", "fingerprint": "a" * 12}}
        line["error"]["severity"] = "high"

        (found,) = validate([written(line)])
        (strict,) = validate([written(line)], strict=True)

        assert (1, "tide", "unknown", False) == (found.line, found.path, found.rule, found.violation)
        assert found._replace(violation=True) == strict

    def test_long_paths_are_cut(self, line: dict[str, Any]) -> None:
        """A key, and a path of many, is shown as far as it helps."""
        line |= {"k" * 5_000: 1, "tags": {"k" * 5_000: None}}

        assert all(len(each.path) < 150 for each in validate([written(line)]))

    def test_line_numbers(self, example: bytes) -> None:
        """Lines are counted from 1, whatever they are."""
        assert [2, 4] == [each.line for each in validate([example, b"\n", example, b"x\n"])]

    def test_streaming(self, example: bytes) -> None:
        """A finding is there before the next line is asked for, and lines without end take no more memory."""
        endless = validate(repeat(b"\n"))
        assert [1, 2, 3] == [next(endless).line for _ in range(3)]

        tracemalloc.start()
        try:
            assert 2_000 == sum(1 for _ in validate([example, b"\n"] * 2_000))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 1_000_000


class TestReadLines:
    """A file, line by line."""

    @given(st.lists(st.sampled_from([b"a", b"bb\n", b"\n", b"cccccc", b"dddddddd\n"])), st.integers(1, 6))
    def test_every_line_comes_with_its_end(self, parts: list[bytes], max_line: int) -> None:
        """Each is whole when it may be that long, and else its beginning."""
        text = b"".join(parts)

        assert [line[: max_line + 1] for line in io.BytesIO(text)] == list(
            read_lines(io.BytesIO(text), max_line=max_line)
        )

    def test_memory(self, example: bytes) -> None:
        """Megabytes without a newline take no more than one line does, and the line behind them is found."""
        file = io.BytesIO(b"x" * (16 << 20) + b"\n" + example + b"\n")

        tracemalloc.start()
        try:
            found = [(each.line, each.rule) for each in validate(read_lines(file))]
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert [(1, "too_long"), (3, "blank")] == found
        assert peak < 4 * MAX_LINE
