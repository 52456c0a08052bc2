"""What a team says of redaction, and what its lines then hold."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from threading import Thread
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypedDict

import attrs
import pydantic
import pytest
import structlog

from structlog_enrich import preset, span
from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction import (
    DEFAULT_POLICY,
    PII,
    Call,
    Fixed,
    Hash,
    Partial,
    RedactionPolicy,
    Rule,
    Sensitive,
    Truncate,
)
from structlog_enrich.redaction.values.rule import filler

if TYPE_CHECKING:
    from collections.abc import Callable

    Collect = Callable[..., Any]

CODE = "VCH-" + "7K2M9Q4R8T1W"
RULE = Rule("voucher", "VCH-[A-Z0-9]{12}", ("VCH-", "7K2M9Q4R8T1W"), "", ("VCH-",))
MASK = "[REDACTED:voucher]"
GONE = object()
EMAIL = "ada@example.com"
SECRET = "hunter" + "2"
NEW, OLD = filler(40), filler(41)


def fails(value: Any, path: str, rule: str) -> Any:
    """Fail, with the secret."""
    raise LookupError(value)


def measures(value: Any, path: str, rule: str) -> Any:
    """Return a dict that shows nothing."""
    return {"size": len(value)}


# What is done; what stands in place of a value, of a text's part, and of a whole list.
HASHED = Hash(NEW, key_id="2", previous={"1": OLD})(CODE, "", "voucher")
STRATEGIES: dict[str, tuple[Any, Any, str, Any]] = {
    "mask": ("mask", MASK, MASK, MASK),
    "drop": ("drop", GONE, MASK, GONE),
    "fixed": (Fixed("***"), "***", "***", "***"),
    "partial": (Partial(2), "*" * 14 + "1W", "*" * 14 + "1W", MASK),
    "truncate": (Truncate(6), "VCH-7K…", "VCH-7K…", MASK),
    "hash": (Hash(NEW, key_id="2", previous={"1": OLD}), HASHED, HASHED, MASK),
    "call that fails": (Call(fails), MASK, MASK, MASK),
    "call that returns a dict": (Call(measures), {"size": 16}, MASK, {"size": 2}),
}


class Personal(TypedDict):
    """A dict with a marked field."""

    email: Annotated[str, Sensitive("personal")]
    plan: str


class Tuple(NamedTuple):
    """A named tuple with a marked field."""

    email: Annotated[str, Sensitive("personal")]
    plan: str


@dataclass(slots=True)
class Data:
    """A dataclass with a marked field."""

    email: Annotated[str, Sensitive("personal")]
    plan: str


@attrs.frozen
class Attrs:
    """An attrs class with a marked field."""

    email: Annotated[str, Sensitive("personal")]
    plan: str


class Model(pydantic.BaseModel):
    """A model with a marked field."""

    email: Annotated[str, Sensitive("personal")]
    plan: str


@dataclass
class Holder:
    """Hold dicts that can't tell what they are."""

    one: Personal
    many: list[Personal]
    perhaps: Personal | None
    pair: tuple[Personal, int]
    by: dict[str, Personal]
    deep: dict[str, list[Personal]]


@pytest.fixture
def start(collect: Collect) -> Collect:
    """Return a function that starts a chain with a policy: `start(policy, tags=…)`."""
    return lambda policy, **options: collect(preset(service="tests", redaction=policy, **options))


def with_strategy(name: str) -> RedactionPolicy:
    """Return a policy for vouchers, by their key and by their form."""
    return RedactionPolicy(keys={"voucher"}, values=[RULE], strategies={"voucher": STRATEGIES[name][0]})


def entry(stands: Any) -> dict[str, Any]:
    """Return what is left of a dict with one voucher."""
    return {} if stands is GONE else {"voucher": stands}


@pytest.mark.parametrize("name", STRATEGIES)
class TestStrategies:
    """Each strategy, wherever a voucher stands."""

    def test_payload_and_message(self, name: str, start: Collect) -> None:
        """A value is replaced at every depth, and within a text nothing but the voucher."""
        _, whole, inside, several = STRATEGIES[name]
        told = start(with_strategy(name))
        nested = {"voucher": CODE, "rows": [CODE, {"voucher": CODE}]}
        told.log.info("paid with %s now", CODE, voucher=CODE, nested=nested, note=f"a {CODE} b", n=1)
        told.log.info("several", voucher=[CODE, CODE])
        first, second = told.lines()
        left = {**entry(whole), "rows": [inside, entry(whole)]}
        assert {**entry(whole), "nested": left, "note": f"a {inside} b", "n": 1} == first["payload"]
        assert f"paid with {inside} now" == first["message"]
        assert entry(several) == second.get("payload", {})
        assert [
            *("message:voucher", "payload.nested.rows[0]:voucher", "payload.nested.rows[1].voucher:voucher"),
            *("payload.nested.voucher:voucher", "payload.note:voucher", "payload.voucher:voucher"),
        ] == sorted(first["redacted"])
        assert ["payload.voucher:voucher"] == second["redacted"]

    def test_context(self, name: str, start: Collect) -> None:
        """What was bound is treated alike, under a name of the library's own too."""
        _, whole, inside, _ = STRATEGIES[name]
        told = start(with_strategy(name))
        with structlog.contextvars.bound_contextvars(voucher=CODE, user_id=CODE):
            told.log.info("paid")
        line = told.line()
        assert {**entry(whole), "user_id": inside} == line["context"]
        assert ["context.user_id:voucher", "context.voucher:voucher"] == sorted(line["redacted"])

    def test_error(self, name: str, start: Collect) -> None:
        """An exception's message and its stack show what a text shows."""
        inside = STRATEGIES[name][2]
        told = start(with_strategy(name))
        try:
            raise ValueError(f"no {CODE} here")
        except ValueError:
            told.log.exception("failed")
        line = told.line()
        assert f"no {inside} here" == line["error"]["message"]
        assert line["error"]["stack"].endswith(f"ValueError: no {inside} here")
        assert CODE not in told.raw().decode()

    def test_span_attributes(self, name: str, start: Collect) -> None:
        """An attribute stays a scalar: what has parts becomes JSON."""
        _, whole, inside, _ = STRATEGIES[name]
        told = start(with_strategy(name))
        with span("charge", logger=told.log, attributes={"voucher": CODE, "note": f"a {CODE}"}):
            pass
        line = told.line()
        left = entry(json.dumps(whole, separators=(",", ":")) if type(whole) is dict else whole)
        assert {**left, "note": f"a {inside}"} == line["span"]["attributes"]
        assert ["span.attributes.note:voucher", "span.attributes.voucher:voucher"] == sorted(line["redacted"])

    def test_tags(self, name: str, start: Collect) -> None:
        """A label is masked once, at construction, and named on each line; what is no label then is refused."""
        _, whole, inside, _ = STRATEGIES[name]
        tags = {"voucher": CODE, "note": f"a {CODE}"}
        if type(whole) is dict:
            with pytest.raises(ConfigurationError, match=r"^tags\['voucher'\] must be text .* not dict$"):
                start(with_strategy(name), tags=tags)
            return
        told = start(with_strategy(name), tags=tags)
        told.log.info("paid")
        line = told.line()
        assert {**entry(whole), "note": f"a {inside}"} == line["tags"]
        assert ["tags.note:voucher", "tags.voucher:voucher"] == sorted(line["redacted"])


class TestStrategiesInDoubt:
    """What a strategy may not do, and what is left where it can't."""

    def test_a_list_keeps_its_places(self, start: Collect) -> None:
        """What is dropped out of a list leaves a marker, so what follows stays where it was."""
        told = start(with_strategy("drop"))
        told.log.info("run", argv=["pay", "--voucher", "abc", "now"])
        assert ["pay", "--voucher", "[REDACTED:dropped]", "now"] == told.line()["payload"]["argv"]

    def test_passwords_are_shown_whole_or_not(self, start: Collect) -> None:
        """A path that means a password's place shows no part of it, whatever was asked for."""
        told = start(RedactionPolicy(paths=["payload.*"], strategies={"payload.*": Truncate(3)}))
        told.log.info("login", password=SECRET, plan="premium")
        assert {"password": "[REDACTED:path]", "plan": "pre…"} == told.line()["payload"]

    def test_what_a_function_returns(self, start: Collect) -> None:
        """It is written without another look, as far as a line can hold it; the caller's own value isn't."""
        for returned, left in (
            ({"token": "shown", "n": Decimal(1)}, {"token": "shown", "n": "1"}),
            (["password=shown", {1}], ["password=shown", [1]]),
            ("password=shown", "password=shown"),
            (7, 7),
            (None, None),
        ):
            policy = RedactionPolicy(keys={"voucher"}, strategies={"voucher": Call(lambda *_, each=returned: each)})
            told = start(policy)
            told.log.info("paid", voucher=CODE)
            line = told.line()
            assert ({"voucher": left}, ["payload.voucher:voucher"]) == (line["payload"], line["redacted"])

    def test_what_a_function_passes_on(self, start: Collect) -> None:
        """A value that is handed back as it was is looked into as any other."""
        policy = RedactionPolicy(keys={"form"}, strategies={"form": Call(lambda value, *_: value)})
        told = start(policy)
        told.log.info("sent", form={"password": SECRET, "n": 1})
        assert {"form": {"password": "[REDACTED:password]", "n": 1}} == told.line()["payload"]

    def test_rotation_joins(self, start: Collect) -> None:
        """Lines from before, during and after a change of keys have a hash in common with the next."""
        hashes = []
        for strategy in (Hash(OLD), Hash(NEW, key_id="2", previous={"1": OLD}), Hash(NEW, key_id="2")):
            told = start(RedactionPolicy(keys={"voucher"}, strategies={"voucher": strategy}))
            told.log.info("paid", voucher=CODE)
            hashes.append(told.line()["payload"]["voucher"].split(","))
        before, during, after = hashes
        assert [after[0], before[0]] == during
        assert [1, 1] == [len(before), len(after)]
        assert before != after

    def test_a_failure_is_counted(self, start: Collect) -> None:
        """That a function failed is seen in the counters, and nowhere what it failed with."""
        policy = with_strategy("call that fails")
        told = start(policy)
        told.log.info("paid", voucher=CODE)
        assert {"strategy-error": 1, "voucher": 1} == policy.counters
        assert "faults" not in told.line()


class TestDryRun:
    """`dry_run=True`: everything is found, and nothing replaced."""

    def test_nothing_is_replaced(self, start: Collect) -> None:
        """A line says what it would have masked, and is otherwise the line without a policy."""
        seen = []
        for policy in (RedactionPolicy(keys={"voucher"}, values=[RULE], dry_run=True), None):
            told = start(policy, tags={"note": f"a {CODE}"})
            with structlog.contextvars.bound_contextvars(user_id=CODE):
                try:
                    raise ValueError(CODE)
                except ValueError:
                    told.log.exception("no %s", CODE, voucher=CODE, password=SECRET, rows=[CODE, {"voucher": 1}])
            seen.append(told.line())
        line, bare = seen
        parts = ("message", "payload", "context", "tags", "error")
        assert {name: bare[name] for name in parts} == {name: line[name] for name in parts}
        assert "redacted" not in bare
        assert {
            *("context.user_id:voucher", "error.message:voucher", "error.stack:voucher", "message:voucher"),
            *("payload.password:password", "payload.rows[0]:voucher", "payload.rows[1].voucher:voucher"),
            *("payload.voucher:voucher", "tags.note:voucher"),
        } == set(line["redacted"])

    def test_counts(self, start: Collect) -> None:
        """It counts what it would have masked."""
        counted = []
        for dry_run in (True, False):
            policy = RedactionPolicy(keys={"voucher"}, paths=["payload.a", "payload.b"], dry_run=dry_run)
            told = start(policy)
            told.log.info("x", voucher="abc", a=1, rows=[{"voucher": 5}], pwd=SECRET)
            counted.append(policy.counters)
        assert [{"password": 1, "payload.a": 1, "payload.b": 0, "voucher": 2}] * 2 == counted

    def test_counts_once(self, start: Collect) -> None:
        """What its key, its place or its type gave away isn't found by its text as well, nor what stands in it."""
        text = f"password={SECRET}"
        for values in (
            {"password": text},
            {"password": {"a": text, "token": SECRET}},
            {"password": [text, {"b": [text]}]},
            {"headers": {"Authorization": f"Bearer {SECRET * 3}"}},
            {"a": {"b": text}, "note": text},
            {"rows": [("password", text)]},
            {"password": {text}},
            {"password": text * 2_000},
        ):
            seen = []
            for dry_run in (True, False):
                policy = RedactionPolicy(paths=["payload.a.b"], dry_run=dry_run)
                told = start(policy)
                told.log.info(text, **values)
                seen.append((policy.counters, told.line()["redacted"]))
            assert seen[0] == seen[1]

    def test_no_strategy_runs(self, start: Collect) -> None:
        """A function isn't called, so it can't fail either."""
        called: list[str] = []

        def call(value: Any, path: str, rule: str) -> str:
            called.append(path)
            return "x"

        policy = RedactionPolicy(keys={"voucher"}, strategies={"voucher": Call(call)}, dry_run=True)
        told = start(policy)
        told.log.info("paid", voucher=CODE)
        assert ([], CODE) == (called, told.line()["payload"]["voucher"])


class TestMarkedFields:
    """`Sensitive`, on whatever has fields."""

    @pytest.mark.parametrize("kind", [Data, Attrs, Model, Tuple])
    def test_kinds(self, kind: Any, start: Collect) -> None:
        """A marked field goes at any depth of payload, context, message and span, and the others stay."""
        left, value = {"email": "[REDACTED:personal]", "plan": "pro"}, kind(email=EMAIL, plan="pro")
        told = start(DEFAULT_POLICY)
        told.log.info("new", user=value, rows=[value, (value,)], by={"a": {"b": value}})
        told.log.bind(user=value).info("bound")
        told.log.info(value)
        with span("charge", logger=told.log, attributes={"user": value}):
            pass
        payload, bound, message, ended = told.lines()
        assert {"user": left, "rows": [left, [left]], "by": {"a": {"b": left}}} == payload["payload"]
        assert {"user": left} == bound["payload"]
        assert left == json.loads(message["message"])
        assert left == json.loads(ended["span"]["attributes"]["user"])
        assert [
            *("payload.by.a.b.email:personal", "payload.rows[0].email:personal"),
            *("payload.rows[1][0].email:personal", "payload.user.email:personal"),
        ] == sorted(payload["redacted"])

    def test_typed_dicts_by_annotation(self, start: Collect) -> None:
        """A dict says nothing of itself; the annotation of the field that holds it does."""
        given: Personal = {"email": EMAIL, "plan": "pro"}
        left = {"email": "[REDACTED:personal]", "plan": "pro"}
        held = Holder(given, [given], given, (given, 1), {"a": given}, {"b": [given]})
        told = start(DEFAULT_POLICY)
        told.log.info("new", held=held, loose=given)
        payload = told.line()["payload"]
        several = {"pair": [left, 1], "by": {"a": left}, "deep": {"b": [left]}}
        assert {"one": left, "many": [left], "perhaps": left, **several} == payload["held"]
        assert given == payload["loose"]

    def test_typed_dicts_by_policy(self, start: Collect) -> None:
        """Where the policy names it, each dict with its keys is one, and a dict with others isn't."""
        given: Personal = {"email": EMAIL, "plan": "pro"}
        left = {"email": "[REDACTED:personal]", "plan": "pro"}
        told = start(RedactionPolicy(types={Personal}))
        told.log.info("new", user=given, rows=[given, {"b": (given,)}], by={"a": given}, other={**given, "n": 1})
        expected = {"user": left, "rows": [left, {"b": [left]}], "by": {"a": left}, "other": {**given, "n": 1}}
        assert expected == told.line()["payload"]

    @pytest.mark.parametrize(
        ("policy", "email"),
        [
            (RedactionPolicy(defaults=False), EMAIL),
            (RedactionPolicy(defaults=False, types={"secret"}), EMAIL),
            (RedactionPolicy(defaults=False, types={"personal"}), "[REDACTED:personal]"),
            (RedactionPolicy(allow={"rule:personal"}), EMAIL),
            (RedactionPolicy(allow={"email"}), EMAIL),
            (RedactionPolicy(allow={"plan"}), "[REDACTED:personal]"),
            (RedactionPolicy(allow={"payload.user.email"}), EMAIL),
            (RedactionPolicy(strategies={"personal": Hash(NEW)}), Hash(NEW)(EMAIL, "", "")),
            (RedactionPolicy(strategies={"personal": Partial(1)}), "*" * 14 + "m"),
            (RedactionPolicy(paths=["payload.user.email"]), "[REDACTED:path]"),
        ],
        ids=["none", "other", "given", "rule", "key", "other key", "allowed path", "hash", "partial", "path"],
    )
    def test_the_policy_decides(self, policy: RedactionPolicy, email: str, start: Collect) -> None:
        """Which classification goes, what stands in its place, and what wins over it."""
        told = start(policy)
        told.log.info("new", user=Data(EMAIL, "pro"))
        assert {"user": {"email": email, "plan": "pro"}} == told.line()["payload"]


class TestTypes:
    """`types=`: classes whose values go as a whole."""

    @pytest.mark.parametrize("given", [Decimal, "decimal.Decimal"])
    def test_by_class_or_name(self, given: Any, start: Collect) -> None:
        """Wherever a value of it stands, and the values of its subclasses too."""
        told = start(RedactionPolicy(types={given}))
        price = type("Price", (Decimal,), {})
        told.log.info("paid", price=Decimal("1.5"), rows=[price(2), 2], by={"a": Decimal(3)})
        mask = "[REDACTED:decimal.Decimal]"
        assert {"price": mask, "rows": [mask, 2], "by": {"a": mask}} == told.line()["payload"]

    def test_a_dataclass(self, start: Collect) -> None:
        """It goes with all of its fields, and is named by its class."""
        told = start(RedactionPolicy(types={Data}))
        told.log.info("new", user=Data(EMAIL, "pro"))
        line = told.line()
        assert {"user": f"[REDACTED:{Data.__module__}.Data]"} == line["payload"]
        assert [f"payload.user:{Data.__module__}.Data"] == line["redacted"]


class TestPaths:
    """`paths=`, from the top of the line."""

    @pytest.mark.parametrize(
        ("path", "part", "left"),
        [
            ("payload", "payload", {"a": "[REDACTED:path]", "rows": "[REDACTED:path]"}),
            ("payload.*", "payload", {"a": "[REDACTED:path]", "rows": "[REDACTED:path]"}),
            ("payload.rows[1]", "payload", {"a": "x", "rows": ["y", "[REDACTED:path]"]}),
            ("payload.rows[*].b", "payload", {"a": "x", "rows": ["y", {"b": "[REDACTED:path]"}]}),
            ("**.b", "payload", {"a": "x", "rows": ["y", {"b": "[REDACTED:path]"}]}),
            ("context", "context", {"user_id": "[REDACTED:path]"}),
            ("context.user_id", "context", {"user_id": "[REDACTED:path]"}),
            ("message", "message", "[REDACTED:path]"),
            ("error.message", "error", "[REDACTED:path]"),
            ("span.attributes", "span", {"a": "[REDACTED:path]"}),
            ("span.attributes.a", "span", {"a": "[REDACTED:path]"}),
            ("tags.a", "tags", {"a": "[REDACTED:path]"}),
            ("Payload.A", "payload", {"a": "x", "rows": ["y", {"b": "z"}]}),
            ("service", "service", "tests"),
        ],
    )
    def test_each_part(self, path: str, part: str, left: Any, start: Collect, validator: Any) -> None:
        """What the path means is masked, nothing else is touched, and the line stays one that readers know."""
        told = start(RedactionPolicy(paths=[path], defaults=False), tags={"a": "x"})
        with (
            span("charge", logger=told.log, attributes={"a": "x"}),
            structlog.contextvars.bound_contextvars(user_id="ada"),
        ):
            try:
                raise ValueError("no")
            except ValueError:
                told.log.exception("failed", a="x", rows=["y", {"b": "z"}])
        line, ended = told.lines()
        assert [] == [*validator.iter_errors(line), *validator.iter_errors(ended)]
        whole = {
            "message": "failed",
            "payload": {"a": "x", "rows": ["y", {"b": "z"}]},
            "context": {"user_id": "ada"},
            "error": "no",
            "tags": {"a": "x"},
            "service": "tests",
            "span": {"a": "x"},
        }
        found = {name: line.get(name) for name in whole}
        found["error"], found["span"] = line["error"]["message"], ended["span"].get("attributes", {})
        assert {**whole, part: left} == found


class TestAllow:
    """`allow=`, by key, by path and by rule."""

    @pytest.mark.parametrize(
        ("allow", "left"),
        [
            ({"token"}, {"token": "a1b2c3", "rows": [{"token": "a1b2c3"}], "note": "token=[REDACTED:token]"}),
            ({"payload.token"}, {"token": "a1b2c3"}),
            ({"payload.rows"}, {"rows": [{"token": "a1b2c3"}]}),
            ({"payload.rows[0].*"}, {"rows": [{"token": "a1b2c3"}]}),
            ({"payload.note"}, {"note": "token=a1b2c3"}),
            ({"**.token"}, {"token": "a1b2c3", "rows": [{"token": "a1b2c3"}]}),
            ({"rule:token"}, {"token": "a1b2c3", "rows": [{"token": "a1b2c3"}], "note": "token=a1b2c3"}),
            ({"other", "payload.other", "rule:jwt"}, {}),
        ],
        ids=["key", "path", "container", "elements", "text", "any depth", "rule", "others"],
    )
    def test_keeps(self, allow: set[str], left: dict[str, Any], start: Collect) -> None:
        """It keeps what it names; what was assigned in a text is told by a rule or by where the text stands."""
        mask = "[REDACTED:token]"
        told = start(RedactionPolicy(allow=allow))
        told.log.info("x", token="a1b2c3", rows=[{"token": "a1b2c3"}], note="token=a1b2c3", password=SECRET)
        payload = told.line()["payload"]
        if "token" in allow:
            # A key that isn't judged by its name isn't one inside a text either.
            left = {**left, "note": "token=a1b2c3"}
        masked = {"token": mask, "rows": [{"token": mask}], "note": f"token={mask}"}
        assert {**masked, **left, "password": "[REDACTED:password]"} == payload

    def test_wins_over_all(self, start: Collect) -> None:
        """An allowed path wins over a path, a key, a type and what the text holds."""
        policy = RedactionPolicy(
            keys={"voucher"}, values=[RULE], paths=["payload.**"], types={Decimal}, allow={"payload.kept"}
        )
        told = start(policy)
        told.log.info("x", kept={"voucher": CODE, "n": Decimal(1)}, other=1)
        line = told.line()
        assert {"kept": {"voucher": CODE, "n": "1"}} == {"kept": line["payload"]["kept"]}
        assert [] == [note for note in line["redacted"] if note.startswith("payload.kept")]


class TestPacks:
    """`PII`, joined to what is masked anyway."""

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("email", EMAIL),
            ("ip", "10.1.2.3"),
            ("card", "4111 1111" + " 1111 1111"),
            ("iban", "DE8937040044" + "0532013000"),
            ("phone", "+49151" + "12345678"),
            ("national_id", "219-09" + "-9999"),
        ],
    )
    def test_each(self, name: str, text: str, start: Collect) -> None:
        """A pack finds its own in message, payload, context and error, and without it all of them stay."""
        mask = f"[REDACTED:{name.replace('_', '-')}]"
        for policy, left in ((DEFAULT_POLICY | getattr(PII, name), mask), (DEFAULT_POLICY, text)):
            told = start(policy)
            with structlog.contextvars.bound_contextvars(client=text):
                try:
                    raise ValueError(text)
                except ValueError:
                    told.log.exception("of %s too", text, rows=[f"by {text}"])
            line = told.line()
            assert [f"of {left} too", [f"by {left}"]] == [line["message"], line["payload"]["rows"]]
            assert [left, left] == [line["context"]["client"], line["error"]["message"]]

    def test_by_key(self, start: Collect) -> None:
        """What stands under such a key goes, whatever it is."""
        told = start(DEFAULT_POLICY | PII.all)
        told.log.info("x", email="none", remote_addr="localhost", phone=110)
        mask = {"email": "[REDACTED:email]", "remote_addr": "[REDACTED:remote_addr]", "phone": "[REDACTED:phone]"}
        assert mask == told.line()["payload"]


class TestTOML:
    """`RedactionPolicy.from_toml`."""

    TEXT = """
        keys = ["voucher"]
        packs = ["email"]
        paths = ["payload.user.*"]
        types = ["decimal.Decimal"]
        allow = ["csrf_token"]
        [strategies]
        email = "hash"
        voucher = { partial = 2 }
        "payload.user.*" = { fixed = "-" }
        [[values]]
        id = "voucher"
        pattern = "VCH-[A-Z0-9]{12}"
        example = "VCH-000000000000"
        literals = ["VCH-"]
        """

    def test_on_a_line(self, start: Collect) -> None:
        """Each of its words counts."""
        told = start(RedactionPolicy.from_toml(self.TEXT, hash_keys={"2": NEW, "1": OLD}))
        told.log.info(
            "%s uses %s",
            *(EMAIL, CODE),
            voucher=CODE,
            user={"a": 1, "b": [2]},
            csrf_token="a1b2c3",
            n=Decimal(1),
            pwd=SECRET,
        )
        line = told.line()
        hashed, partly = Hash(NEW, key_id="2", previous={"1": OLD})(EMAIL, "", ""), "*" * 14 + "1W"
        assert {
            "voucher": partly,
            "user": {"a": "-", "b": "-"},
            "csrf_token": "a1b2c3",
            "n": "[REDACTED:decimal.Decimal]",
            "pwd": "[REDACTED:password]",
        } == line["payload"]
        assert f"{hashed} uses {partly}" == line["message"]

    def test_a_dry_run(self, start: Collect) -> None:
        """A file may ask for one."""
        told = start(RedactionPolicy.from_toml("dry_run = true\n"))
        told.log.info("login", password=SECRET)
        line = told.line()
        assert ({"password": SECRET}, ["payload.password:password"]) == (line["payload"], line["redacted"])


class TestCombined:
    """`policy | other`."""

    def test_masks_what_either_masks(self, start: Collect) -> None:
        """What one of them allows is kept; of two strategies the other's counts."""
        one = RedactionPolicy(keys={"voucher", "a"}, strategies={"voucher": "drop"}, allow={"token"})
        other = RedactionPolicy(keys={"b"}, paths=["payload.c"], strategies={"b": Fixed("-")}, defaults=False)
        again = RedactionPolicy(keys={"voucher"}, strategies={"voucher": Fixed("*")})
        told = start(one | other | again)
        told.log.info("x", voucher=CODE, a=1, b=2, c=3, d=4, token="a1b2c3", password=SECRET)
        assert {
            "voucher": "*",
            "a": "[REDACTED:a]",
            "b": "-",
            "c": "[REDACTED:path]",
            "d": 4,
            "token": "a1b2c3",
            "password": "[REDACTED:password]",
        } == told.line()["payload"]

    def test_counts_for_itself(self, start: Collect) -> None:
        """What it masks isn't counted by those it was made of."""
        one, other = RedactionPolicy(keys={"a"}), RedactionPolicy(keys={"b"})
        both = one | other
        start(both).log.info("x", a=1, b=2)
        assert [{}, {}, {"a": 1, "b": 1}] == [one.counters, other.counters, both.counters]


class TestThreads:
    """Many threads at once."""

    def test_counters(self, start: Collect) -> None:
        """Each of their lines is masked and none of what was masked is lost to the counters."""
        policy = RedactionPolicy(keys={"voucher"}, values=[RULE])
        told = start(policy)

        def work() -> None:
            for number in range(50):
                told.log.info("paid with %s", CODE, voucher=number, rows=[{"voucher": number}])

        threads = [Thread(target=work) for _ in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert {"voucher": 600} == policy.counters
        assert {(f"paid with {MASK}", MASK)} == {(line["message"], line["payload"]["voucher"]) for line in told.lines()}
        assert 200 == len(told.lines())
