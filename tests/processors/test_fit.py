"""What a line gives up when it is too long, and in which order."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structlog_enrich.processors.encoding import ascii_only, encode
from structlog_enrich.processors.fit import fit, refit
from structlog_enrich.processors.limits import MAX_NOTES
from structlog_enrich.processors.texts import cut

MOST = 8_192
HEADER = {"schema_version": "1.0", "level": "info", "seq": 7, "service": "checkout", "tags": {"team": "shop"}}


def line(**parts: Any) -> dict[str, Any]:
    """Return a line with a header and these *parts*."""
    return {**copy.deepcopy(HEADER), "message": "paid", **parts}


def fitted(given_line: dict[str, Any], truncated: list[str] | None = None, most: int = MOST) -> list[str]:
    """Fit the line, prove that it fits with its header whole, and return the notes."""
    notes = [] if truncated is None else truncated
    fit(given_line, most, notes)
    whole = {**given_line, "truncated": notes[:MAX_NOTES]} if notes else given_line
    assert most >= len(encode(whole)) + 1
    assert HEADER == {name: given_line[name] for name in HEADER}
    return notes


class TestOrder:
    """First the stack, then monstrous attributes, then large texts of the payload, then the context, then the rest."""

    def test_what_fits_stays(self) -> None:
        """A line within the limit isn't touched."""
        whole = line(payload={"a": "x" * 7_000}, error={"type": "E", "message": "m", "stack": "s" * 500})
        before = copy.deepcopy(whole)
        assert [] == fitted(whole)
        assert before == whole

    def test_the_stack_goes_first(self) -> None:
        """Without its stack an error still says what happened; nothing else is lost where that suffices."""
        whole = line(
            context={"c": "y" * 2_000}, payload={"a": "x" * 3_000}, error={"message": "m", "stack": "s" * 4_000}
        )
        assert ["error.stack:max_line"] == fitted(whole)
        assert ["y" * 2_000, "x" * 3_000, {"message": "m"}] == [
            whole["context"]["c"],
            whole["payload"]["a"],
            whole["error"],
        ]

    def test_a_monstrous_attribute_goes_second(self) -> None:
        """It is what made the line too long, so it becomes short, and payload, context and small attributes stay."""
        attributes = {"db.query.text": "q" * 30_000, "url.full": "u" * 300, "server.port": 443}
        whole = line(context={"c": "y" * 500}, payload={"a": "x" * 3_000}, span={"attributes": attributes})
        assert ['span.attributes["db.query.text"]:max_line'] == fitted(whole)
        assert ({"c": "y" * 500}, {"a": "x" * 3_000}) == (whole["context"], whole["payload"])
        assert {"url.full": "u" * 300, "server.port": 443} == {
            name: whole["span"]["attributes"][name] for name in ("url.full", "server.port")
        }
        assert cut("q" * 30_000, 3_750) == whole["span"]["attributes"]["db.query.text"]

    def test_no_shorter_than_need_be(self) -> None:
        """An attribute is cut only until the line fits."""
        whole = line(payload={"a": "x" * 200}, span={"attributes": {"a": "b" * 10_000}})
        assert ["span.attributes.a:max_line"] == fitted(whole)
        assert cut("b" * 10_000, 5_000) == whole["span"]["attributes"]["a"]

    def test_a_monstrous_number_of_attributes(self) -> None:
        """Where short texts don't suffice the attributes go, with one note, and the rest of the span stays."""
        whole = line(
            payload={"a": "x" * 3_000}, span={"name": "x", "attributes": {f"a{each}": "b" * 90 for each in range(200)}}
        )
        assert ["payload.b:max_items", "span.attributes:max_line"] == fitted(whole, ["payload.b:max_items"])
        assert ({"a": "x" * 3_000}, {"name": "x"}) == (whole["payload"], whole["span"])

    def test_ordinary_attributes_stay(self) -> None:
        """Attributes that take less than a quarter of the line aren't what made it too long: the payload pays."""
        attributes = {"url.full": "u" * 900, "user_agent.original": "a" * 900}
        whole = line(payload={"a": "x" * 9_000}, span={"attributes": dict(attributes)})
        assert ["payload.a:max_line"] == fitted(whole)
        assert attributes == whole["span"]["attributes"]

    def test_the_largest_texts_go_third(self) -> None:
        """The largest texts of the payload become short, at any depth; small ones and the context stay whole."""
        whole = line(
            context={"c": "y" * 2_000},
            payload={"big": "x" * 6_000, "deep": [{"a.b": "z" * 5_000}], "small": "s" * 300, "n": 1},
        )
        assert ["payload.big:max_line", 'payload.deep[0]["a.b"]:max_line'] == fitted(whole)
        assert {"c": "y" * 2_000} == whole["context"]
        assert ["s" * 300, 1] == [whole["payload"]["small"], whole["payload"]["n"]]

    def test_the_marks_tell_the_truth(self) -> None:
        """However often a text is cut, its mark counts all that is gone, an earlier cut's part too."""
        whole = line(payload={"a": "x" * 7_000, "b": cut("y" * 10_000, 6_000)})
        fitted(whole)
        for text, length in ((whole["payload"]["a"], 7_000), (whole["payload"]["b"], 10_000)):
            kept, _, gone = text.rpartition("…[+")
            assert {kept[0]} == set(kept)
            assert length == len(kept) + int(gone.removesuffix("]"))

    def test_a_mark_that_a_caller_wrote(self) -> None:
        """A text that only looks cut does no harm."""
        whole = line(payload={"a": "x" * 9_000 + "…[+99999999999999999999]", "b": "…[+]", "c": "…[+x]", "d": "…[+1]"})
        fitted(whole)
        assert ["…[+]", "…[+x]", "…[+1]"] == [whole["payload"][name] for name in "bcd"]

    def test_the_context_goes_fourth(self) -> None:
        """Where short texts don't suffice the context goes, whole and with one note."""
        whole = line(context={str(each): "y" * 60 for each in range(120)}, payload={"a": "x" * 7_000})
        notes = fitted(whole, ["context.1:max_string", "payload.b:max_items"])
        assert ["payload.b:max_items", "payload.a:max_line", "context:max_line"] == notes
        assert "context" not in whole
        assert "a" in whole["payload"]

    def test_the_payload_goes_fifth(self) -> None:
        """Of a payload of too many parts the largest go; the small ones and the error stay."""
        big = {str(each): each for each in range(2_000)}
        whole = line(payload={"order": "o-1", "big": big, "n": 1, "b": [1] * 100}, error={"type": "E", "message": "m"})
        assert ["payload.b:max_items", "payload:max_line"] == fitted(whole, ["payload.b:max_items"])
        assert {"order": "o-1", "n": 1, "b": [1] * 100} == whole["payload"]
        assert {"type": "E", "message": "m"} == whole["error"]

    def test_a_payload_of_one_part(self) -> None:
        """A payload of which nothing can stay goes as a whole, with one note."""
        whole = line(payload={"big": list(range(3_000))})
        assert ["payload:max_line"] == fitted(whole, ["payload.big:max_items"])
        assert "payload" not in whole

    def test_details_of_the_error_go_sixth(self) -> None:
        """Notes, causes and members go; type and message stay."""
        cause = {"type": "C", "message": "c" * 3_000}
        error = {"type": "E", "message": "m", "notes": ["n" * 3_000], "causes": [cause], "exceptions": [cause]}
        whole = line(error=error)
        assert ["error.notes:max_line", "error.causes:max_line", "error.exceptions:max_line"] == fitted(whole)
        assert {"type": "E", "message": "m"} == whole["error"]

    def test_the_rest_goes_last(self) -> None:
        """Message, type and what else a call can make long are cut to a share."""
        big = {"a": "b" * 5_000}
        whole = line(
            message="m" * 9_000,
            baggage=big,
            extensions={"team": big},
            span={"phase": "end", "attributes": big},
            error={"type": "T" * 9_000, "message": "e" * 9_000},
            redacted=[f"payload.{each}:password" for each in range(64)],
        )
        notes = fitted(whole)
        expected = ["baggage", "extensions", "span.attributes", "message", "error.type", "error.message", "redacted"]
        assert [f"{name}:max_line" for name in expected] == notes
        assert {"phase": "end"} == whole["span"]
        assert 64 > len(whole["redacted"]) > 0
        assert cut("m" * 9_000, 85) == whole["message"]

    def test_links_and_attributes(self) -> None:
        """Where they are too much they go, one by one, and the span itself stays."""
        links = [{"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "span_id": "00f067aa0ba902b7"}] * 128
        span = {"phase": "end", "name": "x", "attributes": {"a": "b" * 5_000}}
        whole = line(links=links, span=span)
        assert ["links:max_line"] == fitted(line(links=links, span={"phase": "end", "attributes": {"a": 1}}))
        assert ["links:max_line", "span.attributes:max_line"] == fitted(whole)
        assert {"phase": "end", "name": "x"} == whole["span"]

    def test_what_is_small_stays_to_the_end(self) -> None:
        """Only what takes more than its share is cut."""
        whole = line(
            message="m" * 9_000, baggage={"a": "b"}, redacted=["payload.a:b"], error={"type": "T", "message": ""}
        )
        assert ["message:max_line"] == fitted(whole)
        assert ["payload.a:b"] == whole["redacted"]

    def test_one_long_note(self) -> None:
        """Notes that alone take more than their share go altogether."""
        whole = line(message="m" * 9_000, redacted=["p" * 600 + ":rule"])
        assert ["message:max_line", "redacted:max_line"] == fitted(whole)
        assert "redacted" not in whole

    def test_many_long_notes(self) -> None:
        """The notes about cuts are cut too."""
        whole = line(message="m" * 9_000)
        notes = fitted(whole, ["\x00" * 500 + ":max_items"] * 64)
        assert ["truncated:max_line"] == notes

    def test_odd_parts(self) -> None:
        """A payload or an error of another shape, in a hand-made chain, does no harm."""
        whole = line(payload="x" * 9_000, error="e" * 9_000, span="s")
        whole["message"] = ["m"] * 9_000
        fit(whole, MOST, [])
        assert ["e" * 9_000, "s", ["m"] * 9_000] == [whole["error"], whole["span"], whole["message"]]

    def test_a_flat_event(self) -> None:
        """An event that saw no envelope is payload altogether."""
        notes: list[str] = []
        event: dict[str, Any] = {"event": "x" * 9_000, "a": {"b": "y" * 9_000}, "c": 1}
        fit(event, MOST, notes)
        assert ["event:max_line", "a.b:max_line"] == notes
        assert MOST >= len(encode(event))
        assert 1 == event["c"]


texts = st.text(st.sampled_from('a\x00\x85é\u2028😀"\\'), max_size=500)
parts = st.recursive(
    texts.map(lambda text: text * 20) | st.integers(-(2**63), 2**63 - 1) | st.none(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=30,
)


class TestAlways:
    """Whatever is in it, the line fits."""

    @settings(deadline=None)
    @given(parts, parts, texts, st.lists(texts, max_size=5), st.integers(8_192, 60_000))
    def test_any_line(self, payload: Any, context: Any, text: str, notes: list[str], most: int) -> None:
        """Long texts of characters that need many bytes, in every place."""
        error = {
            "type": text * 30 + "E",
            "message": text * 30,
            "stack": text * 60,
            "notes": [text * 30] * 3,
            "causes": [{"type": "C", "message": text * 30}],
        }
        whole = line(message=text * 30, context={"c": context}, payload={"p": payload}, error=error)
        whole["redacted"] = [f"{note}:rule" for note in notes] or ["a:b"]
        fitted(whole, [f"{note}:max_items" for note in notes], most)

    @pytest.mark.parametrize("most", range(8_192, 8_292, 7))
    def test_to_the_byte(self, most: int) -> None:
        """At each length around the limit the line fits, and nothing goes that need not."""
        for length in range(most - 200, most - 90, 3):
            whole = line(payload={"a": "x" * length})
            size = len(encode(whole)) + 1
            notes = fitted(whole, most=most)
            assert bool(notes) or size <= most
            assert not notes or size + 100 > most


class TestRefit:
    """`refit`, for a line whose escapes make it longer."""

    def test_what_can_t_be_brought_within_is_left(self) -> None:
        """The header is never cut, so a limit below it ends the attempts and not the line."""
        line: dict[str, Any] = {"schema_version": "1.0", "message": "é" * 200, "service": "é" * 100}
        refit(line, 100)
        assert ("1.0", "é" * 100) == (line["schema_version"], line["service"])
        assert 1 == len(line["truncated"])

    def test_what_is_cut_again_is_named_once(self) -> None:
        """It takes more than one attempt, and the notes don't tell."""
        line: dict[str, Any] = {
            "schema_version": "1.0",
            "message": "x",
            "payload": {f"n{number}": "é" * 900 + "x" * number * 50 for number in range(20)},
        }
        refit(line, 20_000)
        assert len(ascii_only(encode(line).decode())) < 20_000
        assert len(set(line["truncated"])) == len(line["truncated"]) > 5
