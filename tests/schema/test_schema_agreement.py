"""The models and the JSON Schema say the same of the same line.

Valid lines of every kind are made, and most are then broken in up to three places, anywhere in their depth. Whatever
comes out, the verdicts must agree. What JSON Schema can't say is kept out of that family and has a test of its own.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from structlog_enrich.export.json_schema import line_schema
from structlog_enrich.schema.fields import LEVELS
from structlog_enrich.schema.models import Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SCHEMA = Draft202012Validator(line_schema())

# Many ways to be wrong, some of which are right in some place. No number among them could upset the order of a range
# or the decimals of a duration, which only the models check.
JUNK: list[Any] = [
    *(None, True, False, -1, 0, 1.5),
    *(
        "",
        "x",
        "X y",
        "log.gap",
        "start",
        "end",
        "ok",
        "server",
        "cause",
        "debug",
        "1.0",
        "2.0",
        "01",
        "path:rule",
        ":",
    ),
    *(
        "0" * 16,
        "0" * 32,
        "a" * 12,
        "a" * 16,
        "a" * 32,
        "A" * 32,
        "2026-11-22T04:48:00.000123Z",
        "2026-11-22T04:48:00Z",
    ),
    *([], [None], ["x"], ["path:rule"], ["path:rule", 1], [[]], [[0, 0]], [{}]),
    *({}, {"a": 1}, {"a": None}, {"a": "b"}, {"a": {}}, {"user_id": 5}, {"debug": 0}, {"phase": "start"}),
    *({"type": "E", "message": ""}, [{"type": "E", "message": ""}], {"trace_id": "a" * 32, "span_id": "a" * 16}),
]

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
name = text.filter(bool)
integer = st.integers(-(2**63), 2**63 - 1)
count = st.integers(0, 2**63 - 1)
number = st.floats(allow_nan=False, allow_infinity=False)
scalar = text | integer | number | st.booleans()
value = st.recursive(
    scalar | st.none(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(text, inner, max_size=2),
    max_leaves=4,
)


def hexadecimal(digits: int) -> st.SearchStrategy[str]:
    """Return a strategy of lower hex of that many digits, never all zero."""
    return st.integers(1, 16**digits - 1).map(lambda number: f"{number:0{digits}x}")


def some(items: st.SearchStrategy[Any], *sizes: int) -> st.SearchStrategy[list[Any]]:
    """Return a strategy of lists of one item, as long as one of *sizes*: at a limit, or just past it."""
    return st.tuples(items, st.sampled_from(sizes)).map(lambda drawn: [drawn[0]] * drawn[1])


def mapping(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy of small objects that hold something."""
    return st.dictionaries(text, values, min_size=1, max_size=2)


def record(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy of objects with all of *required* and some of *optional*."""
    return st.fixed_dictionaries(required, optional=optional)


def failure(members: int) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy of exceptions whose groups nest *members* deep at most."""
    optional: dict[str, Any] = {"notes": some(text, 1, 2)}
    if members:
        optional["exceptions"] = some(failure(members - 1), 1, 1, 1, 16, 17)
    return record({"type": name, "message": text}, optional)


def cause(members: int) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy of causes."""
    return st.tuples(failure(members), st.sampled_from(["cause", "context"])).map(
        lambda drawn: drawn[0] | {"relation": drawn[1]}
    )


def chain(depth: int) -> list[dict[str, Any]]:
    """Return the members of a group that is *depth* groups deep."""
    return [{"type": "E", "message": ""} | ({"exceptions": chain(depth - 1)} if depth > 1 else {})]


mark = st.tuples(name, name.filter(lambda rule: ":" not in rule)).map(":".join)
marks = st.lists(mark, min_size=1, max_size=2)
trace_id, span_id, fingerprint = hexadecimal(32), hexadecimal(16), hexadecimal(12)
links = some(record({"trace_id": trace_id, "span_id": span_id}, {}), 1, 1, 128, 129)
groups = st.integers(1, 6).map(chain)
error = record(
    {"type": name, "message": text, "fingerprint": fingerprint},
    {
        "stack": text,
        "notes": some(text, 1),
        "causes": st.lists(cause(2), min_size=1, max_size=2),
        "exceptions": groups | some(failure(2), 1, 16),
    },
)
gap = record(
    {
        "reason": name,
        "count": st.integers(1, 2**63 - 1),
        "levels": st.dictionaries(st.sampled_from(LEVELS), count),
        "ranges": some(count.map(lambda last: [0, last]), 0, 1, 64, 65),
        "complete": st.booleans(),
        "boot_id": span_id,
    },
    {},
)
_work = {
    "name": text,
    "kind": st.sampled_from(["server", "client", "producer", "consumer", "internal"]),
    "attempt": st.integers(1, 2**63 - 1),
}
_facts = {"attributes": mapping(scalar)}
span = record({"phase": st.just("start")} | _work, _facts) | record(
    {
        "phase": st.just("end"),
        "duration_ms": st.integers(0, 10**9).map(lambda microseconds: microseconds / 1000),
        "status": st.sampled_from(["ok", "error"]),
    }
    | _work,
    {"outcome": name, "queue_ms": number, "peer": name, "previous_span_id": span_id} | _facts,
)

REQUIRED: dict[str, st.SearchStrategy[Any]] = {
    "schema_version": st.integers(0, 99).map("1.{}".format),
    "timestamp": st.datetimes().map(lambda moment: moment.isoformat(timespec="microseconds") + "Z"),
    "level": st.sampled_from(LEVELS),
    "message": text,
    "service": name,
    "version": name,
    "environment": name,
    "trace_id": trace_id,
    "span_id": span_id,
    "boot_id": span_id,
    "seq": count,
    "host": name,
    "process_id": count,
    "thread_id": count,
    "runtime": name,
    "enrichment": fingerprint,
}
_given = "instance_id host_id container_id service_namespace k8s_namespace k8s_pod region release_channel commit stream"
OPTIONAL: dict[str, st.SearchStrategy[Any]] = {
    "event_name": st.from_regex("[a-z][a-z0-9_.]*", fullmatch=True),
    "operation": text,
    "parent_span_id": span_id,
    "trace_flags": st.integers(0, 255).map("{:02x}".format),
    "logger": text,
    **dict.fromkeys(_given.split(), name),
    "feature_flags": mapping(scalar),
    "tags": mapping(scalar),
    "extensions": mapping(st.dictionaries(text, value, max_size=2)),
    "baggage": mapping(text),
    "context": record({}, {"request_id": text, "user_id": text, "cart": value}).filter(bool),
    "payload": mapping(value),
    "error": error,
    "redacted": marks,
    "truncated": marks,
    "faults": marks,
    "tide": value,
}
lines = (
    record(REQUIRED, OPTIONAL)
    | record(REQUIRED | {"span": span}, OPTIONAL | {"links": links})
    | record(REQUIRED | {"event_name": st.just("log.gap"), "gap": gap}, {})
)


def places(part: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of everything inside *part*."""
    for key, item in part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ():
        yield (*path, key)
        yield from places(item, (*path, key))


@st.composite
def broken_lines(draw: Callable[[st.SearchStrategy[Any]], Any]) -> dict[str, Any]:
    """Draw a line with up to three things removed, replaced or added, anywhere in it."""
    line: dict[str, Any] = copy.deepcopy(draw(lines))
    for _ in range(draw(st.integers(0, 3))):
        # The depth first, so that the many places of a deep group leave a chance to the few of the header.
        found = list(places(line)) or [("message",)]
        depth = draw(st.sampled_from(sorted({len(path) for path in found})))
        *way, key = draw(st.sampled_from([path for path in found if len(path) == depth]))
        parent: Any = line
        for step in way:
            parent = parent[step]
        change = draw(st.sampled_from(["remove", "replace", "replace", "replace", "add"]))
        if change == "remove":
            del parent[key]
        elif change == "add" and isinstance(parent, dict):
            parent[draw(st.sampled_from([*OPTIONAL, "gap", "span", "links", "notes", "exceptions", "status"]))] = draw(
                st.sampled_from(JUNK)
            )
        else:
            parent[key] = draw(st.sampled_from(JUNK))
        # Nothing is shared between two places: a list of one repeated item is broken in one of them only.
        line = orjson.loads(orjson.dumps(line))
    return line


def by_model(line: dict[str, Any]) -> bool:
    """Return whether the models accept the line, decoded or not."""
    # One verdict, or the unpacking fails.
    (verdict,) = {
        accepts(lambda: Line.model_validate(line)),
        accepts(lambda: Line.model_validate_json(orjson.dumps(line))),
    }
    return verdict


def accepts(validate: Callable[[], object]) -> bool:
    """Return whether *validate* comes to its end."""
    try:
        validate()
    except ValidationError:
        return False
    return True


class TestAgreement:
    """The two verdicts on one line."""

    def test_the_schema_is_one(self) -> None:
        """The JSON Schema is itself valid under draft 2020-12."""
        Draft202012Validator.check_schema(line_schema())

    def test_the_example(self, line: dict[str, Any]) -> None:
        """Both accept the example of the wire format."""
        assert (True, True) == (by_model(line), SCHEMA.is_valid(line))

    @settings(max_examples=300, deadline=None)
    @given(
        record(REQUIRED, OPTIONAL | {"error": record({"type": name, "message": text, "fingerprint": fingerprint}, {})})
    )
    def test_whole_lines(self, line: dict[str, Any]) -> None:
        """Both accept every line that keeps the contract."""
        assert (True, True) == (by_model(line), SCHEMA.is_valid(line))

    @settings(max_examples=1_000, deadline=None)
    @given(broken_lines())
    def test_broken_lines(self, line: dict[str, Any]) -> None:
        """Both accept, or both refuse, whatever has become of a line."""
        assert by_model(line) == SCHEMA.is_valid(line)

    @pytest.mark.parametrize("field", Line.model_fields)
    def test_every_field_with_every_kind_of_junk(self, line: dict[str, Any], field: str) -> None:
        """Both agree on each field alone."""
        broken = [line | {field: junk} for junk in JUNK]

        assert [by_model(each) for each in broken] == [SCHEMA.is_valid(each) for each in broken]

    @pytest.mark.parametrize("field", REQUIRED)
    def test_every_required_field_removed(self, line: dict[str, Any], field: str) -> None:
        """Both refuse a line that lacks what is always there."""
        del line[field]

        assert (False, False) == (by_model(line), SCHEMA.is_valid(line))


class TestBeyondJsonSchema:
    """What only the models can say; the published schema names it in a comment."""

    @pytest.mark.parametrize(
        "change",
        [
            pytest.param({"timestamp": "2026-02-30T00:00:00.000000Z"}, id="a date that doesn't exist"),
            pytest.param({"seq": 18.0}, id="an integer with a fraction"),
            pytest.param({"tags": {"big": 2**63}}, id="an integer past 64 bits"),
        ],
    )
    def test_of_a_line(self, line: dict[str, Any], change: dict[str, Any]) -> None:
        """The models are the stricter."""
        line |= change
        # orjson, like the wire, has no integers past 64 bits, so the decoded line is what is judged.
        with pytest.raises(ValidationError):
            Line.model_validate(line)
        assert SCHEMA.is_valid(line)

    def test_of_a_duration(self, line: dict[str, Any], span: dict[str, Any]) -> None:
        """Decimals can't be counted in binary fractions, so JSON Schema leaves them alone."""
        line["span"] = span | {"duration_ms": 0.1234}

        assert (False, True) == (by_model(line), SCHEMA.is_valid(line))

    def test_of_a_range(self, line: dict[str, Any], gap: dict[str, Any]) -> None:
        """JSON Schema compares no two values."""
        line |= {"event_name": "log.gap", "gap": gap | {"ranges": [[5, 4]]}}

        assert (False, True) == (by_model(line), SCHEMA.is_valid(line))
