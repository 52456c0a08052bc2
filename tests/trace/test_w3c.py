"""`traceparent` and `tracestate`, read and written."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from structlog_enrich.process import random_id
from structlog_enrich.trace.w3c import (
    TraceParent,
    format_traceparent,
    parse_traceparent,
    parse_tracestate,
    read_carrier,
    read_headers,
)

VECTORS = json.loads(Path(__file__).parents[2].joinpath("docs", "w3c-vectors.json").read_text(encoding="ascii"))
ROWS = VECTORS["rows"]
TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
VALUE = f"00-{TRACE_ID}-{SPAN_ID}-01"
PARENT = TraceParent(TRACE_ID, SPAN_ID, "01")

HEX = frozenset("0123456789abcdef")
LONGEST = 16_447


def legal_parent(value: str) -> bool:
    """Tell whether *value* is a `traceparent` that may be sent, without a regular expression."""
    version, trace_id, span_id, flags = parts = value.split("-")
    return (
        [2, 32, 16, 2] == [len(part) for part in parts]
        and set("".join(parts)) <= HEX
        and version == "00"
        and flags in {"00", "01", "02", "03"}
        and {"0"} not in (set(trace_id), set(span_id))
    )


def read_parent(value: str) -> tuple[str, str, str] | None:
    """Read a `traceparent` by the letter of the rules, without a regular expression."""
    value = value.strip(" \t")
    parts = value[:2], value[3:35], value[36:52], value[53:55]
    version, trace_id, span_id, flags = parts
    legal = (
        [2, 32, 16, 2] == [len(part) for part in parts]
        and set("".join(parts)) <= HEX
        and value[:55] == "-".join(parts)
        and version != "ff"
        and "0" * 32 != trace_id
        and "0" * 16 != span_id
        and (value[55:] == "" or (version != "00" and value[55] == "-" and len(value) <= 512))
    )
    return (trace_id, span_id, f"{int(flags, 16) & 3:02x}") if legal else None


def legal_member(member: str) -> bool:
    """Tell whether *member* is one of a `tracestate`, character by character."""
    key, equals, value = member.partition("=")
    return (
        bool(equals)
        and 1 <= len(key) <= 256
        and key[0] in "abcdefghijklmnopqrstuvwxyz0123456789"
        and set(key) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-*/@")
        and 1 <= len(value) <= 256
        and all(" " <= each <= "~" and each not in ",=" for each in value)
        and value[-1] != " "
    )


def read_state(values: list[str]) -> str | None:
    """Read `tracestate` by the letter of the rules: first everything is taken apart, then taken away."""
    received = ",".join(values)
    members = [each.strip(" \t") for each in received.split(",")]
    members = [each for each in members if each]
    if len(received) > LONGEST or len(members) > 32 or not all(map(legal_member, members)):
        return None
    keys = [each.partition("=")[0] for each in members]
    members = [each for at, each in enumerate(members) if keys.index(keys[at]) == at]
    while len(",".join(members)) > 512:
        large = [at for at, each in enumerate(members) if len(each) > 128]
        del members[large[-1] if large else -1]
    return ",".join(members) or None


def expected(row: dict[str, Any]) -> tuple[TraceParent, str | None] | None:
    """Return what `read_headers` should read from a row."""
    if not row["continues"]:
        return None
    return TraceParent(row["trace_id"], row["parent_id"], row["trace_flags"]), row["tracestate"]


def encoded(row: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    """Return a row's headers as they arrive."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in row["headers"]]


def mostly(legal: list[str], *others: str) -> st.SearchStrategy[str]:
    """Return what is legal in nine cases of ten, so that one part in a whole is wrong and not all."""
    return st.sampled_from([*legal * (1 + 9 * len(others) // len(legal)), *others])


near_parents = st.tuples(
    mostly(["", " ", "\t "], "\n"),
    mostly(["00", "01", "cc", "fe"], "ff", "0", "000", "0A"),
    mostly([TRACE_ID, "0" * 31 + "1"], "0" * 32, TRACE_ID[1:], TRACE_ID.upper(), TRACE_ID[:-1] + "\u0663"),
    mostly([SPAN_ID], "0" * 16, SPAN_ID + "0", SPAN_ID[1:], SPAN_ID.upper()),
    mostly(["00", "01", "02", "03", "0f", "ff"], "1", "001", "0F", "zz", "0\u0661"),
    mostly([""], "-", "-x", ".", "-" + "x" * 456, "-" + "x" * 457, "\n", "-\xe9"),
).map(lambda it: it[0] + "-".join(it[1:5]) + it[5])
keys = mostly(["a", "b", "0", "c@d", "k" * 256, "m" * 140], "", "@", "A", "a.b", "l" * 257) | st.text(
    "abcz019", min_size=1
)
contents = mostly(["1", " 2", "~", "x" * 123, "x" * 125, "x" * 126, "x" * 256], "", "x" * 257, "1\t2", "\xe9", "=")
blanks = st.text(" \t", max_size=2)
near_members = st.builds("{}{}={}{}".format, blanks, keys, contents, blanks) | mostly(
    ["", " ", "\t"], "a", "a=b=c", "="
)
near_states = st.lists(st.lists(near_members, max_size=10).map(",".join), max_size=4)
legal_states = st.lists(
    st.builds(
        "{}={}".format,
        st.from_regex(r"[a-z0-9][_0-9a-z\-*/@]{0,140}", fullmatch=True),
        st.from_regex(r"[ -+\--<>-~]{0,140}[!-+\--<>-~]", fullmatch=True),
    ),
    max_size=32,
)


class TestVectors:
    """The published rows."""

    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
    def test_headers(self, row: dict[str, Any]) -> None:
        """Each row is read from raw headers as it says."""
        assert expected(row) == read_headers(encoded(row))

    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
    def test_carrier(self, row: dict[str, Any]) -> None:
        """Each row is read alike from pairs, and from a mapping to lists, of text or of bytes."""
        lists: dict[str, list[str]] = {}
        for name, value in row["headers"]:
            lists.setdefault(name, []).append(value)
        octets = {name.encode("latin-1"): [each.encode("latin-1") for each in lists[name]] for name in lists}
        # A mapping doesn't keep the order of headers whose names differ in case.
        carriers = [row["headers"], encoded(row)]
        carriers += [lists, octets] if len(lists) == len({name.lower() for name in lists}) else []

        assert [expected(row)] * len(carriers) == [read_carrier(each) for each in carriers]

    @pytest.mark.parametrize("row", [row for row in ROWS if row["continues"]], ids=lambda row: row["name"])
    def test_sent_on(self, row: dict[str, Any]) -> None:
        """What each call sends on is legal, has an id of its own, and is read by the next service as it was meant."""
        sent = [format_traceparent(row["trace_id"], random_id(8), row["trace_flags"]) for _ in range(row["calls"])]
        state = [(b"tracestate", row["tracestate"].encode())] if row["tracestate"] else []

        assert all(legal_parent(value) for value in sent)
        assert row["calls"] == len(set(sent))
        for value in sent:
            there = read_headers([(b"traceparent", value.encode()), *state])
            assert there is not None
            assert (row["trace_id"], row["trace_flags"], row["tracestate"]) == (
                there[0].trace_id,
                there[0].trace_flags,
                there[1],
            )

    def test_cases(self) -> None:
        """The 41 cases of the validation service are all there."""
        assert 41 == len({row["harness"] for row in ROWS} - {None})

    def test_names(self) -> None:
        """No two rows share a name, every rule has a row and every row a rule."""
        assert 1 == max(Counter(row["name"] for row in ROWS).values())
        assert set(VECTORS["rules"]) == {row["rule"] for row in ROWS}
        assert {"w3c", "choice"} == {rule["by"] for rule in VECTORS["rules"].values()}

    def test_shape(self) -> None:
        """Every row has all its parts, and what begins a new trace expects nothing of the old one."""
        parts = {"name", "rule", "harness", "note", "headers", "calls", "continues"}
        read = {"trace_id", "parent_id", "trace_flags", "tracestate"}

        assert [] == [row["name"] for row in ROWS if row.keys() != parts | read]
        assert {None} == {row[name] for row in ROWS if not row["continues"] for name in read}


class TestParseTraceparent:
    """One value of `traceparent`."""

    def test_plain(self) -> None:
        """What is read has names, and is plain text."""
        found = parse_traceparent(VALUE)

        assert found is not None
        assert PARENT == found
        assert (TRACE_ID, SPAN_ID, "01") == (found.trace_id, found.span_id, found.trace_flags)
        assert "00f067aa0ba902b7" in repr(found)

    @given(near_parents)
    def test_by_the_letter(self, value: str) -> None:
        """What is nearly legal is read as a reader without a regular expression reads it."""
        assert read_parent(value) == parse_traceparent(value)

    @given(st.text())
    def test_any_text(self, value: str) -> None:
        """Any text is read or refused; nothing raises."""
        assert read_parent(value) == parse_traceparent(value)

    @given(near_parents)
    def test_again(self, value: str) -> None:
        """What was accepted is legal when it is written, and read as the same again."""
        found = parse_traceparent(value)
        if found is not None:
            assert legal_parent(format_traceparent(*found))
            assert found == parse_traceparent(format_traceparent(*found))


class TestParseTracestate:
    """The values of `tracestate`."""

    @given(near_states)
    @example(["k" * 256 + "=" + "x" * 256])
    @example([",".join(f"{at}={'x' * 20}" for at in range(32))])
    @example([f"{at}={'x' * 200}" for at in range(32)])
    def test_by_the_letter(self, values: list[str]) -> None:
        """What is nearly legal is read as a reader without a regular expression reads it."""
        assert read_state(values) == parse_tracestate(values)

    @given(legal_states)
    def test_legal(self, members: list[str]) -> None:
        """What is legal is kept, whole and in order, as far as 512 characters go."""
        assert read_state(members) == parse_tracestate(members)

    @given(near_states)
    def test_again(self, values: list[str]) -> None:
        """What is sent on is legal and short, made of what was received, and sent on unchanged by the next."""
        state = parse_tracestate(values)
        if state is not None:
            members = state.split(",")
            received = [each.strip(" \t") for value in values for each in value.split(",")]
            assert len(state) <= 512
            assert all(map(legal_member, members))
            assert [] == [each for each in members if each not in received]
            assert state == parse_tracestate([state])

    @given(near_states)
    def test_headers_are_one_list(self, values: list[str]) -> None:
        """How the members are spread over headers makes no difference."""
        assert parse_tracestate(values) == parse_tracestate([",".join(values)])

    @given(st.lists(st.text()))
    def test_any_text(self, values: list[str]) -> None:
        """Any text is read or dropped; nothing raises."""
        assert read_state(values) == parse_tracestate(values)

    def test_any_iterable(self) -> None:
        """The values may come one by one; none are no list."""
        assert "a=1,b=2" == parse_tracestate(iter(("a=1", "b=2")))
        assert parse_tracestate(()) is None


class TestReadHeaders:
    """Raw headers."""

    @given(st.lists(st.tuples(st.sampled_from([b"traceparent", b"TraceState", b""]) | st.binary(), st.binary())))
    def test_any_bytes(self, headers: list[tuple[bytes, bytes]]) -> None:
        """Whatever bytes the headers hold, nothing raises, and pairs read as a carrier say the same."""
        assert read_headers(headers) == read_carrier(headers)

    @given(
        near_parents.filter(lambda value: value.isascii()),
        near_states,
        st.lists(st.tuples(st.binary(min_size=12), st.binary())),
        st.randoms(use_true_random=False),
    )
    def test_among_others(self, value: str, states: list[str], others: list[tuple[bytes, bytes]], random: Any) -> None:
        """The two are found wherever they stand among other headers."""
        headers = [(b"TraceParent", value.encode("latin-1"))]
        headers += [(b"tracestate", each.encode("latin-1")) for each in states]
        alone = read_headers(headers)
        for each in others:
            headers.insert(random.randint(0, len(headers)), each)

        parent = read_parent(value)
        assert (None if parent is None else (parent, read_state(states))) == alone
        assert alone == read_headers(headers)

    def test_lists(self) -> None:
        """A server may hand over lists for pairs, and an iterator for the list."""
        assert (PARENT, None) == read_headers(iter([[b"traceparent", VALUE.encode()]]))  # type: ignore[arg-type]


class TestFormatTraceparent:
    """The value to send."""

    @pytest.mark.parametrize(
        ("flags", "sent"), [(None, "00"), *((f"{each:02x}", f"{each & 3:02x}") for each in range(256))]
    )
    def test_flags(self, flags: str | None, sent: str) -> None:
        """Only the sampled and the random bit are sent, and no flags are no bits."""
        assert f"00-{TRACE_ID}-{SPAN_ID}-{sent}" == format_traceparent(TRACE_ID, SPAN_ID, flags)

    @given(st.integers(1, 2**128 - 1), st.integers(1, 2**64 - 1), st.none() | st.integers(0, 255))
    def test_legal(self, trace_id: int, span_id: int, flags: int | None) -> None:
        """Of well-formed ids the value is legal, and read as the same ids."""
        ids = f"{trace_id:032x}", f"{span_id:016x}"
        value = format_traceparent(*ids, None if flags is None else f"{flags:02x}")

        assert legal_parent(value)
        assert (*ids, f"{(flags or 0) & 3:02x}") == parse_traceparent(value)
