"""The stage that masks, renders and cuts, and that fails closed."""

from __future__ import annotations

import copy
import io
import pickle
from typing import TYPE_CHECKING, Any

import orjson
import pydantic
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from structlog.exceptions import DropEvent

from structlog_enrich import bound_logger, preset
from structlog_enrich.processors import HEADER, Envelope, ErrorDetails, Limits, MergeContext, Redact
from structlog_enrich.processors.texts import cut
from structlog_enrich.redaction import DEFAULT_POLICY, RedactionPolicy
from structlog_enrich.said import SAID, Facts, Said
from structlog_enrich.schema.models import Line

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "hunter2"


class Broken(RedactionPolicy):
    """Fail on one key, or on all of them."""

    def __init__(self, key: str | None = None, error: type[BaseException] = LookupError) -> None:
        """Fail with *error* on *key*; None is every key."""
        super().__init__()
        self.key = key
        self.error = error

    def rule_for(self, key: str) -> str | None:
        """Fail, or decide as the default does."""
        if self.key is None or key == self.key:
            raise self.error(SECRET)
        return super().rule_for(key)


def redacted(event: Any, **options: Any) -> Any:
    """Return what a stage of its own makes of *event*."""
    return Redact(**options)(None, "info", event)


def enveloped(event: dict[str, Any], **options: Any) -> Any:
    """Return what the stage makes of *event* after an `Envelope`."""
    return Redact(trusted=HEADER, **options)(None, "info", Envelope()(None, "info", event))


LINK = {"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "span_id": "00f067aa0ba902b7"}


def span_line(attributes: Any, *, links: Any = (), envelope: Envelope | None = None, **payload: Any) -> Any:
    """Return the line that ends a span, as `Envelope` leaves it."""
    span = {"phase": "end", "name": "x", "kind": "client", "attempt": 1, "duration_ms": 1.5, "status": "ok"}
    if attributes:
        span["attributes"] = attributes
    SAID.set(Said(facts=Facts("span.end", span, list(links))))
    return (envelope or Envelope())(None, "info", {"event": "x", **payload})


class TestAlone:
    """`Redact` in a hand-made chain, on a flat event."""

    def test_masks_renders_and_cuts(self) -> None:
        """All three in one pass, each named at the end of the event."""
        expected = {
            "event": "x" * 58 + "…[+12]",
            "password": "[REDACTED:password]",
            "n": "9223372036854775808",
            "redacted": ["password:password"],
            "truncated": ["event:max_string"],
        }
        found = redacted({"event": "x" * 70, "password": SECRET, "n": 2**63}, limits=Limits(max_string=64))
        assert expected == found
        assert list(expected) == list(found)

    def test_a_plain_event_stays(self) -> None:
        """An event with nothing to do for it has no notes."""
        assert {"event": "paid", "n": 1} == redacted({"event": "paid", "n": 1})

    def test_without_a_policy(self) -> None:
        """Without a policy keys mask nothing; types still do, and values are still rendered and cut."""
        event = {"password": SECRET, "card": pydantic.SecretStr(SECRET), "raw": b"x"}
        expected = {"password": SECRET, "card": "[REDACTED:secret]", "raw": "x", "redacted": ["card:secret"]}
        assert expected == redacted(event, policy=None)

    @pytest.mark.parametrize(
        "event",
        [
            {"event": "paid", "n": 1},
            {"event": "login", "password": SECRET, "card": pydantic.SecretStr(SECRET), "nested": [{"token": "x"}]},
            {"card": pydantic.SecretStr(SECRET), "token": "x"},
            {"text": "x" * 10_000, "items": list(range(1_000)), "keys": {1: 1, "1": 2}, "odd": float("nan")},
            {"deep": [[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]},
        ],
        ids=["plain", "secrets", "both kinds", "cuts", "depth"],
    )
    def test_twice_is_once(self, event: dict[str, Any]) -> None:
        """A second pass finds nothing to do and loses no note."""
        once = redacted(event)
        assert orjson.dumps(once) == orjson.dumps(redacted(copy.deepcopy(once)))

    def test_numbers_without_end(self) -> None:
        """An event of nothing but numbers keeps the limit too: its largest values go."""
        event = {"event": "x", "small": 1, "rows": [[2**62] * 100] * 100, "more": [[2**62] * 100] * 10}
        found = redacted(event, limits=Limits(max_line=50_000))
        assert 50_000 >= len(orjson.dumps(found)) + 1
        assert ({"event", "small", "more", "truncated"}, ["rows:max_line"]) == (set(found), found["truncated"])

    def test_a_caller_s_own_notes_are_kept(self) -> None:
        """What isn't a list of notes is the caller's, and steps aside as a name that is taken does."""
        found = redacted({"event": "x", "password": SECRET, "redacted": [1, 2], "truncated": "no"})
        assert ["password:password"] == found["redacted"]
        assert ([1, 2], "no") == (found["redacted#2"], found["truncated#2"])

    def test_the_caller_s_event_is_kept(self) -> None:
        """The event given, and what is in it, is the same afterwards."""
        event = {"event": "x", "password": SECRET, "list": [{"token": SECRET}]}
        before = copy.deepcopy(event)
        redacted(event)
        assert before == event

    def test_what_is_written_is_its_own(self) -> None:
        """What the caller changes later doesn't show."""
        inner = {"a": [1]}
        found = redacted({"event": "x", "inner": inner})
        inner["a"].append(2)
        assert {"a": [1]} == found["inner"]


class TestAfterTheEnvelope:
    """`Redact` in the chain of `preset()`."""

    def test_secrets_are_masked_in_context_and_payload(self) -> None:
        """A secret is masked wherever data is, and the header isn't looked at."""
        chain = preset(service="tests", tags={"team": "shop"})[:-2]
        with structlog.contextvars.bound_contextvars(api_key=SECRET):
            event: Any = {"event": {"password": SECRET}, "pwd": SECRET, "n": 1}
            for stage in chain:
                event = stage(None, "info", event)
        assert SECRET not in repr(event)
        assert {"message.password:password", "context.api_key:api-key", "payload.pwd:password"} == set(
            event["redacted"]
        )

    def test_labels_masked_at_construction_are_named(self) -> None:
        """A tag whose name is a secret's is masked once and named on every line."""
        chain = preset(service="tests", tags={"token": SECRET})[:-2]
        for _ in range(2):
            event: Any = {"event": "x", "password": SECRET}
            for stage in chain:
                event = stage(None, "info", event)
            assert {"token": "[REDACTED:token]"} == event["tags"]
            assert ["tags.token:token", "payload.password:password"] == event["redacted"]

    def test_without_a_header(self) -> None:
        """An event that lacks the header it should have is walked all the same."""
        assert {"message": "x"} == Redact(trusted=HEADER)(None, "info", {"message": "x"})

    def test_nothing_but_payload(self) -> None:
        """What has no header at all isn't written: it can't be told what was trusted."""
        found = Redact(trusted=HEADER)(None, "info", {"payload": {"n": 1}})
        assert {"redacted": ["payload:error"], "faults": ["Redact:KeyError"]} == found

    def test_the_order_of_the_notes(self) -> None:
        """Notes end the line: what was masked, what was cut, what failed."""
        line = {**Envelope()(None, "info", {"event": "x", "token": SECRET, "t": "x" * 9_000}), "faults": ["s:E"]}
        assert ["redacted", "truncated", "faults"] == list(Redact(trusted=HEADER)(None, "info", line))[-3:]

    def test_a_second_stage_loses_no_note(self) -> None:
        """A team's stricter policy behind ours adds its notes to those that are there."""
        once = enveloped({"event": "x", "password": SECRET, "iban": "CH93"})
        twice = Redact(RedactionPolicy(keys={"iban"}), trusted=HEADER)(None, "info", once)
        assert ["payload.password:password", "payload.iban:iban"] == twice["redacted"]

    @pytest.mark.parametrize(("named", "most"), [(1, 8_192), (16, 131_072)])
    def test_faults_count(self, named: int, most: int) -> None:
        """What failed is named within the line's limit too, and within a small share of it."""

        def failing(number: int) -> Callable[..., Any]:
            def stage(logger: Any, method_name: str, event_dict: Any) -> Any:
                raise LookupError(number)

            stage.__qualname__ = "é" * 500
            return stage

        sink = io.BytesIO()
        chain = preset(extra=[failing(number) for number in range(20)], limits=Limits(max_line=most))
        log = structlog.wrap_logger(structlog.BytesLogger(sink), chain, bound_logger())
        log.info("x" * 50_000, **{f"note_{number}": "\x00" * 8_000 for number in range(20)})
        assert most >= len(sink.getvalue())
        assert named == len(Line.model_validate_json(sink.getvalue()).faults or ())

    def test_ten_thousand_passwords(self) -> None:
        """The notes are bounded, and say that there were more."""
        line = enveloped({"list": [{"password": SECRET}] * 10_000})
        assert 64 == len(line["redacted"])
        assert ["payload.list:max_items", "redacted:max_items"] == line["truncated"]

    def test_ten_thousand_cuts(self) -> None:
        """Notes about cuts are bounded alike."""
        line = enveloped({"list": ["x" * 100] * 200}, limits=Limits(max_string=64))
        assert (64, "truncated:max_items") == (len(line["truncated"]), line["truncated"][-1])

    @pytest.mark.parametrize(
        ("expected", "value"),
        [
            ("é", "é"),
            ("\ufffd", "\ud800"),
            (1.5, 1.5),
            ("NaN", float("nan")),
            ("-Infinity", float("-inf")),
            (-(2**63), -(2**63)),
            ("9223372036854775808", 2**63),
            (False, False),
            (None, None),
            ("text", type("Text", (str,), {})("text")),
            ([1], (1,)),
        ],
    )
    def test_one_odd_value_takes_the_long_way(self, expected: Any, value: Any) -> None:
        """Whatever a glance doesn't know is rendered, as payload, as context and as message."""
        assert {"a": 1, "b": expected} == enveloped({"event": "x", "a": 1, "b": value})["payload"]
        if type(value) is str:
            assert expected == enveloped({"event": value})["message"]

    @pytest.mark.parametrize("character", ["x", "é", "\x00", "\u2028", '"', "😀"])
    @pytest.mark.parametrize("length", range(17_900, 22_000, 123))
    def test_near_the_limit(self, character: str, length: int) -> None:
        """Around the lengths where lines begin to be measured, none is too long."""
        limits = Limits(max_string=1 << 24)
        line = enveloped({"event": "x", "text": character * length}, limits=limits)
        assert limits.max_line > len(orjson.dumps(line))

    @pytest.mark.parametrize("name", ["request_id", "user_id"])
    def test_well_known_names_are_scalars(self, name: str) -> None:
        """What is bound under a well-known name arrives as one scalar."""
        with structlog.contextvars.bound_contextvars(**{name: {"password": SECRET, "n": [1]}}):
            event: Any = {"event": "x"}
            for stage in preset(service="tests")[:-2]:
                event = stage(None, "info", event)
        assert '{"password":"[REDACTED:password]","n":[1]}' == event["context"][name]

    def test_policy_names_don_t_reach_the_error(self) -> None:
        """The shape of an error is ours: a policy that names its parts masks none of them."""
        policy = RedactionPolicy(keys={"message", "stack", "notes", "causes", "type", "fingerprint", "relation"})
        chain = preset(service="tests", redaction=policy)
        error = ValueError("x")
        error.add_note("note")
        error.__cause__ = KeyError("y")
        event: Any = {"event": "x", "exc_info": error}
        for stage in chain:
            event = stage(None, "error", event)
        assert ["note"] == orjson.loads(event)["error"]["notes"]
        Line.model_validate_json(event)

    def test_many_keys_are_learnt(self) -> None:
        """Keys without end are judged right each, whatever is remembered."""
        stage = Redact(trusted=HEADER)
        envelope = Envelope()
        for number in range(6_000):
            line = stage(None, "info", envelope(None, "info", {"event": "x", f"key{number}": 1}))
            assert {f"key{number}": 1} == line["payload"]
        assert ["payload.password:password"] == stage(None, "info", envelope(None, "info", {"password": "x"}))[
            "redacted"
        ]


class TestLinesOfSpans:
    """Lines that the library writes, of which only the attributes come from outside."""

    ATTRIBUTES = st.dictionaries(
        st.sampled_from(["http.route", "n", "password", "a b", "x" * 65, "ż"]),
        st.one_of(
            st.integers(-(2**64), 2**64),
            st.floats(),
            st.booleans(),
            st.text(),
            st.just("x" * 8_192),
            st.lists(st.none()),
        ),
    )

    @given(attributes=ATTRIBUTES, payload=ATTRIBUTES, message=st.text(), linked=st.booleans())
    def test_both_ways_are_one(self, attributes: Any, payload: Any, message: str, linked: bool) -> None:  # noqa: FBT001
        """A glance and the walk make the same line, and it is a valid one."""
        line = span_line(attributes, links=[LINK] if linked else [], **payload)
        line["message"] = message
        stage = Redact(trusted=HEADER)
        glanced = stage(None, "info", copy.deepcopy(line))
        walked = stage._walked(copy.deepcopy(line))  # noqa: SLF001 (the other way)

        assert orjson.dumps(walked) == orjson.dumps(glanced)
        Line.model_validate({**orjson.loads(orjson.dumps(glanced)), "schema_version": "1.0"})

    def test_attributes_that_need_nothing(self) -> None:
        """Such a line is not made anew."""
        line = span_line({"http.route": "/orders/{id}", "n": 1})

        assert line is Redact(trusted=HEADER)(None, "info", line)

    def test_the_callers_attributes(self) -> None:
        """They stay as they were, whatever is masked and cut."""
        given: dict[str, Any] = {"password": SECRET, "list": [1, "x" * 10_000]}
        before = copy.deepcopy(given)
        Redact(trusted=HEADER)(None, "info", span_line(given, links=[LINK]))

        assert before == given

    @pytest.mark.parametrize("character", ["x", "\x01"])
    @pytest.mark.parametrize("linked", [0, 128])
    def test_all_of_it_full(self, linked: int, character: str) -> None:
        """A header, a context, a payload, attributes and links, each as large as may be, stay within the line."""
        full = {f"{number:x<64}": 2**62 for number in range(256)}
        for length in range(0, 8_200, 600):
            line = span_line(full, links=[LINK] * linked, envelope=Envelope(tags={"team": "x" * 12_000}), **full)
            line["context"] = dict(full)
            line["message"] = character * length

            assert len(orjson.dumps(Redact(trusted=HEADER)(None, "info", line))) < Limits().max_line

    @pytest.mark.parametrize("attributes", [{}, {"user": SECRET}])
    def test_what_a_failure_leaves(self, attributes: dict[str, Any], validator: Any) -> None:
        """Which span it is and how it went, its links too, but none of its attributes."""
        line = span_line(attributes, links=[LINK], n=SECRET)
        found = Redact(Broken(), trusted=HEADER)(None, "info", line)

        assert SECRET not in str(found)
        facts = {"phase", "name", "kind", "attempt", "duration_ms", "status"}
        assert (facts, [LINK]) == (found["span"].keys() - {"attributes"}, found["links"])
        assert ("span.attributes.user:error" in found["redacted"]) == bool(attributes)
        assert [] == list(validator.iter_errors({**found, "schema_version": "1.0"}))


class TestMessage:
    """The line's message, which is always text."""

    @pytest.mark.parametrize(
        ("expected", "value"),
        [
            ("", None),
            ("", ""),
            ("paid", "paid"),
            ("5", 5),
            ("1.5", 1.5),
            ("NaN", float("nan")),
            ("true", True),
            ("raw", b"raw"),
            ("[1,2]", (1, 2)),
            ('{"a":[null]}', {"a": [None]}),
            ('{"password":"[REDACTED:password]"}', {"password": "x"}),
            ("ValueError: no", ValueError("no")),
        ],
    )
    def test_rows(self, expected: str, value: Any) -> None:
        """Text stays, nothing is empty, what has parts is JSON."""
        line = {"schema_version": "1.0", "message": value, "enrichment": "0"}
        assert expected == Redact(trusted=HEADER)(None, "info", line)["message"]

    def test_long(self) -> None:
        """Rendered parts are cut as one text."""
        line = {"schema_version": "1.0", "message": [1] * 200, "enrichment": "0"}
        found = Redact(trusted=HEADER, limits=Limits(max_string=64))(None, "info", line)
        assert cut("[" + "1,1," * 99 + "1,1]", 64) == found["message"]
        assert ["message:max_string"] == found["truncated"]


class TestFailsClosed:
    """What could not be examined isn't written."""

    @pytest.mark.parametrize("error", [LookupError, RecursionError, MemoryError, TypeError])
    @pytest.mark.parametrize("key", [None, "second"])
    def test_a_policy_that_fails(self, key: str | None, error: type[BaseException], validator: Any) -> None:
        """What can't be judged doesn't pass, and all else does; the line is valid and names the fault."""
        policy = Broken(key, error)
        chain = preset(service="tests", redaction=policy)
        with structlog.contextvars.bound_contextvars(first="kept", second=SECRET):
            event: Any = {"event": "paid", "a": {"second": SECRET}, "b": "kept", "exc_info": ValueError("no funds")}
            for stage in chain:
                event = stage(None, "info", event)
        assert SECRET not in event
        line = orjson.loads(event)
        masked = {"context.second:error", "payload.a.second:error"}
        if key is None:
            masked = {"context.first:error", "context.second:error", "payload.a:error", "payload.b:error"}
        assert ("paid", masked) == (line["message"], set(line["redacted"]))
        assert (len(masked), [f"Redact:{error.__name__}"]) == (policy.counters["error"], line["faults"])
        assert [] == list(validator.iter_errors(line))
        Line.model_validate_json(event)

    @pytest.mark.parametrize("error", [LookupError, RecursionError, MemoryError])
    def test_a_scan_that_fails(self, error: type[BaseException], validator: Any, monkeypatch: Any) -> None:
        """Nothing of message, context, payload or error passes where texts can't be looked into."""

        def fails(data: bytes) -> object:
            if data:
                raise error
            return None

        policy = RedactionPolicy(keys={"x"})
        monkeypatch.setattr(policy.compiled.scanner.gate, "match", fails)
        chain = [MergeContext(), ErrorDetails(), Envelope(), Redact(policy, trusted=HEADER), *preset()[-2:]]
        with structlog.contextvars.bound_contextvars(first=SECRET):
            event: Any = {"event": SECRET, "a": SECRET, "exc_info": ValueError(SECRET)}
            for stage in chain:
                event = stage(None, "info", event)
        assert SECRET not in event
        line = orjson.loads(event)
        assert "[REDACTED:error]" == line["message"]
        assert {"message:error", "context:error", "payload:error", "error:error"} == set(line["redacted"])
        assert [f"Redact:{error.__name__}"] == line["faults"]
        assert [] == list(validator.iter_errors(line))

    def test_the_order_is_kept(self) -> None:
        """What was masked stands where it was."""
        line = Envelope()(None, "info", {"event": "x", "n": 1})
        names = list(line)
        found = Redact(Broken(), trusted=HEADER)(None, "info", line)
        assert [*names, "redacted", "faults"] == list(found)

    def test_a_failure_without_a_name(self) -> None:
        """What failed is named, whatever its class makes of its name."""

        class Nameless(type):
            @property
            def __name__(cls) -> str:
                raise RuntimeError

        error = Nameless("Odd", (Exception,), {})
        line = Envelope()(None, "info", {"event": "x", "n": 1})
        found = Redact(Broken(error=error), trusted=HEADER)(None, "info", line)
        assert ["Redact:Odd"] == found["faults"]

    def test_a_policy_that_fails_on_a_plain_event(self) -> None:
        """The short way for plain events fails closed too, and keeps the faults of stages before."""

        def broken(_logger: Any, _name: str, _event: Any) -> Any:
            raise KeyError

        event: Any = {"event": "x", "a": SECRET}
        for stage in preset(service="tests", extra=[broken], redaction=Broken()):
            event = stage(None, "info", event)
        assert SECRET not in event
        faults = orjson.loads(event)["faults"]
        assert (2, "Redact:LookupError") == (len(faults), faults[-1])

    @pytest.mark.parametrize("faults", [[SECRET], 5, None, SECRET, [object()]])
    def test_alone(self, faults: Any) -> None:
        """Without an envelope nothing of the event passes, whatever it is called."""
        found = redacted({"event": SECRET, "a": [SECRET], "faults": faults, b"raw": SECRET, 5: SECRET}, policy=Broken())
        assert SECRET not in repr(found)
        assert ["Redact:LookupError"] == found["faults"]
        orjson.dumps(found)

    def test_a_policy_that_breaks_off(self) -> None:
        """What must end the program passes."""
        with pytest.raises(KeyboardInterrupt):
            redacted({"event": "x"}, policy=Broken(error=KeyboardInterrupt))

    def test_a_policy_cannot_drop_events(self) -> None:
        """A policy that raises `DropEvent` has failed: a line must not vanish where it is masked."""
        found = redacted({"event": SECRET}, policy=Broken(error=DropEvent))
        assert ["Redact:DropEvent"] == found["faults"]


class TestAsAStage:
    """What every stage of the chain can do."""

    @pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
    def test_copies(self, copied: Callable[[Redact], Redact]) -> None:
        """A copy does the same."""
        stage = Redact(RedactionPolicy(keys={"iban"}), limits=Limits(max_items=2), trusted=HEADER, standing=["a:b"])
        other = copied(stage)
        assert (stage.policy, stage.limits, stage.trusted, stage.standing) == (
            other.policy,
            other.limits,
            other.trusted,
            other.standing,
        )
        assert ["a:b"] == other(None, "info", {"message": "x"})["redacted"]

    def test_repr(self) -> None:
        """The `repr` shows the configuration and nothing that was seen."""
        stage = Redact()
        stage(None, "info", {"event": SECRET, SECRET: SECRET})
        assert "Redact(DEFAULT_POLICY, limits=Limits(max_string=8192" == repr(stage)[:52]
        assert SECRET not in repr(stage)
        assert DEFAULT_POLICY is stage.policy
