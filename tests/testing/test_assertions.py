"""Each assertion holds where it should, and fails where it should."""

from __future__ import annotations

from typing import Any

import pytest
import structlog

from structlog_enrich import ConfigurationError, entry, span
from structlog_enrich.testing import Captured, assert_envelope, assert_one_trace, assert_parent_of, captured_lines


def traced() -> Captured:
    """Return the lines of a request with one span in it: a line in the span, the span's, the request's."""
    with captured_lines() as lines, entry("POST /orders"), span("charge card"):
        structlog.get_logger().info("payment captured", amount=129.95)
    return lines


def failure(call: Any, *args: Any) -> str:
    """Return what the assertion says, which must fail."""
    with pytest.raises(AssertionError) as raised:
        call(*args)
    return str(raised.value)


class TestAssertEnvelope:
    """A line that obeys the wire format."""

    def test_holds_for_every_line_of_the_chain(self) -> None:
        """Decoded, as text and as bytes."""
        lines = traced()
        for line, raw in zip(lines, lines.raw.splitlines(), strict=True):
            assert_envelope(line)
            assert_envelope(raw)
            assert_envelope(raw.decode() + "\n")

    @pytest.mark.parametrize("name", ["schema_version", "timestamp", "trace_id", "seq", "message", "enrichment"])
    def test_fails_without_a_field(self, name: str) -> None:
        """What every line has must be there, and is named."""
        line = traced()[0]
        del line[name]

        assert f"  {name}: Field required" in failure(assert_envelope, line).splitlines()

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({"seq": "0"}, "seq: Input should be a valid integer (found '0')"),
            ({"seq": -1}, "(found -1)"),
            ({"level": "gold"}, "level: Input should be 'debug'"),
            ({"trace_id": "4BF9"}, "(found '4BF9')"),
            ({"timestamp": "2026-11-22"}, "timestamp: "),
            ({"operation": None}, "operation: "),
            ({"error": {"type": "ValueError"}}, "error.fingerprint: Field required"),
            ({"links": []}, "links: "),
            ({"gap": {}}, "gap"),
        ],
    )
    def test_fails_for_a_wrong_value(self, change: dict[str, Any], told: str) -> None:
        """The path, the rule and what was found are named, after the line's message."""
        said = failure(assert_envelope, {**traced()[0], **change})

        assert said.startswith("'payment captured' breaks the wire format 1.0:\n  ")
        assert told in said

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({"payload": ["hunter2"]}, "payload: Input should be a valid dictionary (found list)"),
            ({"context": {"user_id": ["hunter2"]}}, "context.user_id.str: Input should be a valid string (found list)"),
            ({"message": b"hunter2"}, "(found bytes)"),
        ],
    )
    def test_repeats_nothing_of_an_application(self, change: dict[str, Any], told: str) -> None:
        """What an application said isn't said again: only its type is."""
        said = failure(assert_envelope, {**traced()[0], **change}).partition("\n")[2]

        assert told in said
        assert "hunter2" not in said

    def test_tells_all_faults_at_once(self) -> None:
        """One look is enough."""
        assert 3 == failure(assert_envelope, {**traced()[0], "seq": "0", "level": "gold"}).count("\n") + 1

    def test_shows_the_beginning_of_a_long_value_only(self) -> None:
        """A message stays readable."""
        assert len(failure(assert_envelope, {**traced()[0], "seq": "x" * 10_000})) < 300

    @pytest.mark.parametrize(
        ("line", "told"),
        [
            (b"Traceback", "a line breaks the wire format 1.0:\n  line: must be one JSON object: "),
            (b"[]\n", "a line breaks the wire format 1.0:\n  line: must be an object (type)"),
            ("\n", "a line breaks the wire format 1.0:\n  line: must not be blank (blank)"),
            ({}, "a line breaks the wire format"),
        ],
    )
    def test_fails_for_what_is_no_line(self, line: Any, told: str) -> None:
        """Another text and another object."""
        assert failure(assert_envelope, line).startswith(told)

    @pytest.mark.parametrize("lines", [b"", "", [], Captured(), iter([])], ids=lambda lines: type(lines).__name__)
    def test_fails_without_lines(self, lines: Any) -> None:
        """Of nothing, nothing is proved."""
        assert "there are no lines, so nothing is proved" == failure(assert_envelope, lines)

    @pytest.mark.parametrize("lines", [None, 5, [5], bytearray(b"{}")])
    def test_refuses_what_are_no_lines(self, lines: Any) -> None:
        """Another object is a mistake of the test."""
        with pytest.raises(ConfigurationError, match="lines must be a line or lines"):
            assert_envelope(lines)

    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            pytest.param(b'"seq":', b'"seq":5,"seq":', "seq: must stand once in its object (duplicate)", id="twice"),
            pytest.param(b"captured", "captured\u2028".encode(), "line: must have \\u escapes", id="separator"),
            pytest.param(b"captured", b"captured\x7f", "line: must have \\u escapes", id="DEL"),
            pytest.param(b"}\n", b"}\r\n", "line: must end with \\n alone, without \\r (crlf)", id="CRLF"),
            pytest.param(b"captured", b"c" * 131_072, "line: must have at most 131,072 bytes (too_long)", id="long"),
            pytest.param(b"129.95", b"NaN", "line: must have a string in place of NaN (not_finite)", id="NaN"),
            pytest.param(b"{", b"\xef\xbb\xbf{", "line: must not begin with a byte order mark (bom)", id="BOM"),
            pytest.param(b"captured", b"captured\xff", "line: must be UTF-8", id="UTF-8"),
        ],
    )
    def test_asks_of_what_was_written_what_validate_asks(self, old: bytes, new: bytes, told: str) -> None:
        """What can only be seen in the bytes is seen there, whether they are given as bytes, text or captured lines."""
        raw = traced().raw.partition(b"\n")[0] + b"\n"
        broken = raw.replace(old, new, 1) if old != b"}\n" else raw[: -len(old)] + new

        assert f"  {told}" in failure(assert_envelope, broken)
        assert f"  {told}" in failure(assert_envelope, broken.decode(errors="surrogateescape"))
        lines = Captured()
        lines.add(broken)
        assert f"  {told}" in failure(assert_envelope, lines)

    def test_a_longer_line_that_is_allowed(self) -> None:
        """A service may have been given another limit."""
        raw = traced().raw.partition(b"\n")[0].replace(b"captured", b"c" * 200_000)

        assert_envelope(raw, max_line=262_144)
        assert "(too_long)" in failure(assert_envelope, raw)

    def test_holds_for_several_lines(self) -> None:
        """Captured, decoded, and as they were written."""
        lines = traced()

        assert_envelope(lines)
        assert_envelope([*lines])
        assert_envelope(lines.raw)
        assert_envelope(lines.raw.decode())
        assert_envelope(lines.raw.splitlines())

    def test_names_which_of_several(self) -> None:
        """By number and message, each that breaks it."""
        first, second, third = traced()
        said = failure(assert_envelope, [first, {**second, "seq": "7"}, {**third, "level": "gold"}])

        assert [
            "1 'charge card' breaks the wire format 1.0:",
            "  seq: Input should be a valid integer (found '7')",
            "2 'POST /orders' breaks the wire format 1.0:",
        ] == said.splitlines()[:3]

    def test_a_newline_may_be_missing_of_one_line_alone(self) -> None:
        """Of several the last is torn without."""
        raw = traced().raw

        assert "2 'POST /orders' breaks the wire format 1.0:\n  line: must end with \\n (torn)" == failure(
            assert_envelope, raw.removesuffix(b"\n")
        )


class TestAssertOneTrace:
    """Lines of one request."""

    def test_holds_within_an_entry(self) -> None:
        """It returns the id of the trace."""
        lines = traced()

        assert lines[0]["trace_id"] == assert_one_trace(lines)

    def test_fails_for_two_traces(self) -> None:
        """Each trace is named with its lines."""
        lines = [*traced(), *traced()]
        said = failure(assert_one_trace, lines)

        assert said.startswith("the lines belong to 2 traces:")
        assert f"\n  {lines[3]['trace_id']}: 3 'payment captured', 4 'charge card', 5 'POST /orders'" in said

    def test_fails_when_one_line_lost_the_trace(self) -> None:
        """A line that was logged outside the request is found among those within."""
        with captured_lines() as lines:
            with entry("POST /orders"):
                pass
            structlog.get_logger().info("mail sent")

        assert "1 'mail sent'" in failure(assert_one_trace, lines)

    def test_fails_when_all_lost_it(self) -> None:
        """Lines outside any span agree, for they carry the trace of their process, and prove nothing."""
        with captured_lines() as lines:
            for n in range(7):
                structlog.get_logger().info("paid", n=n)

        assert failure(assert_one_trace, lines).startswith(
            "outside any span, with the trace of their process: 0 'paid'"
        )
        assert failure(assert_one_trace, lines).endswith("and 2 more")

    def test_names_as_many_lines_as_fit(self) -> None:
        """Five are listed, and of more the rest is counted."""
        with captured_lines() as lines:
            for _ in range(6):
                structlog.get_logger().info("paid")

        assert failure(assert_one_trace, lines[:5]).endswith("4 'paid'")
        assert failure(assert_one_trace, lines).endswith("4 'paid' and 1 more")

    def test_fails_without_lines(self) -> None:
        """Of nothing, nothing is proved."""
        assert "there are no lines, so there is no trace" == failure(assert_one_trace, [])

    @pytest.mark.parametrize("lines", [[{}], ["text"], [{"trace_id": 5, "span_id": "a"}], {"trace_id": "a"}])
    def test_fails_for_what_are_no_lines(self, lines: Any) -> None:
        """One line given alone, or another object."""
        assert "is no line: it has no trace_id" in failure(assert_one_trace, lines)

    def test_fails_without_a_span_id(self) -> None:
        """A line has both ids."""
        assert "is no line: it has no span_id" in failure(assert_one_trace, [{"trace_id": "a"}])


class TestAssertParentOf:
    """Which span is whose child."""

    def test_holds_for_any_lines_of_the_two(self) -> None:
        """The line that ends a span, and one that was logged in it."""
        within, child, parent = traced()

        assert_parent_of(parent, child)
        assert_parent_of(parent, within)

    def test_fails_the_other_way_round(self) -> None:
        """It says so."""
        _, child, parent = traced()

        said = failure(assert_parent_of, child, parent)
        assert "'charge card' isn't the parent of 'POST /orders': the span of 'POST /orders' has no parent" == said

    def test_fails_upside_down_within(self) -> None:
        """Where both have a parent, it says so too."""
        with captured_lines() as lines, entry("POST /orders"), span("a"), span("b"):
            pass
        inner, outer, _ = lines

        assert_parent_of(outer, inner)
        assert failure(assert_parent_of, inner, outer).endswith("it is the other way round")

    def test_fails_for_lines_of_one_span(self) -> None:
        """A span isn't its own parent."""
        within, child, _ = traced()

        assert f"both are lines of the one span {child['span_id']}" in failure(assert_parent_of, within, child)

    def test_fails_for_siblings(self) -> None:
        """It names the parent there is."""
        with captured_lines() as lines, entry("POST /orders"):
            with span("a"):
                pass
            with span("b"):
                pass
        one, other, parent = lines

        told = f"the parent of 'b' is {parent['span_id']}, and the span of 'a' is {one['span_id']}"
        assert failure(assert_parent_of, one, other).endswith(told)

    def test_fails_for_a_grandchild(self) -> None:
        """Only the next generation counts."""
        with captured_lines() as lines, entry("POST /orders"), span("a"), span("b"):
            pass

        assert "isn't the parent of 'b'" in failure(assert_parent_of, lines[2], lines[0])

    def test_fails_across_traces(self) -> None:
        """The same span id in another trace is another span."""
        _, child, parent = traced()
        parent["trace_id"] = "f" * 32

        assert f"they belong to two traces, {'f' * 32} and" in failure(assert_parent_of, parent, child)

    @pytest.mark.parametrize("place", [0, 1])
    def test_fails_for_what_is_no_line(self, place: int) -> None:
        """Either of the two."""
        _, child, parent = traced()
        both: list[Any] = [parent, child]
        both[place] = {}

        assert f"{('parent', 'child')[place]} is no line: it has no span_id" == failure(assert_parent_of, *both)
