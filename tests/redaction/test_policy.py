"""The policy as a value: what it refuses, what it decides, how policies combine, travel and explain themselves."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Annotated, Any, TypedDict

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.exceptions import DropEvent

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction.applying import applied
from structlog_enrich.redaction.compiled import STRATEGY_ERROR
from structlog_enrich.redaction.hashing import Hash
from structlog_enrich.redaction.packs import PII
from structlog_enrich.redaction.policy import DEFAULT_POLICY, RedactionPolicy
from structlog_enrich.redaction.sensitive import Sensitive
from structlog_enrich.redaction.strategies import DROP, Call, Drop, Fixed, Partial, Truncate
from structlog_enrich.redaction.values import Rule
from structlog_enrich.redaction.values.rule import filler

SECRET = "hunter2"
KEY = filler(40)
VOUCHER = Rule("voucher", "VCH-[A-Z0-9]{12}", ("VCH-", "7K2M9Q4R8T1W"), "", ("VCH-",))


class Profile(TypedDict):
    """A dict of known keys, one of them marked."""

    email: Annotated[str, Sensitive("hash", classification="personal")]
    plan: str


class Everything(RedactionPolicy):
    """Mask whatever has a name."""

    def rule_for(self, key: str) -> str | None:
        """Return the one rule."""
        return "all" if key else None


def fails(value: Any, path: str, rule: str) -> Any:
    """Fail, with the secret."""
    raise LookupError(value)


def drops(value: Any, path: str, rule: str) -> Any:
    """Fail as only structlog's processors may."""
    raise DropEvent


FULL = RedactionPolicy(
    keys={"iban", "email"},
    paths=["payload.user.*", 'a["b c"]'],
    values=[VOUCHER],
    types={"internal", "decimal.Decimal", Profile},
    allow={"csrf_token", "payload.user.id", "rule:jwt"},
    strategies={"email": Hash(KEY), "hash": Hash(KEY), "iban": "partial", "voucher": Fixed("***"), "token": "drop"},
    ignore_case=True,
)


class TestRejected:
    """Policies that are refused, by the offending text."""

    @pytest.mark.parametrize(
        ("message", "given"),
        [
            (r"^keys must be several, not the one text 'password'", {"keys": "password"}),
            (r"^keys must hold printable names .* not 'a:b'", {"keys": ["a:b"]}),
            (r"^keys must hold printable names .* not 5", {"keys": [5]}),
            (r"^paths must be several, not 5", {"paths": 5}),
            (r"^paths needs a name at 2, not 'a\.\.b'", {"paths": ["a..b"]}),
            (r"^values must hold rules, not 'x'", {"values": ["x"]}),
            (r"^types must hold .* not 'private'", {"types": ["private"]}),
            (r"^types must hold .* not 5", {"types": [5]}),
            (r"^allow needs a name at 2, not 'a\.\.b'", {"allow": ["a..b"]}),
            (r"^allow must name rules .* not 'passwort'. Near it are password", {"allow": ["rule:passwort"]}),
            (r"^allow must hold texts, not 5", {"allow": [5]}),
            (r"^strategies must name rules .* not 'e-mail'", {"strategies": {"e-mail": "drop"}}),
            (r"^strategies\['token'\] must be a strategy, .* not 'erase'", {"strategies": {"token": "erase"}}),
            (r"^strategies\['token'\] must be a strategy, .* not 'hash'", {"strategies": {"token": "hash"}}),
            (r"^strategies\['token'\] must be a strategy, .* not of type type", {"strategies": {"token": Partial}}),
            (r"^strategies must map rules to strategies", {"strategies": 5}),
            (r"^strategies\['password'\] must show nothing", {"strategies": {"password": "partial"}}),
            (r"^strategies\['db_pwd'\] must show nothing", {"keys": ["db_pwd"], "strategies": {"db_pwd": Truncate(4)}}),
            (r"^strategies\['\*\*.passwd'\] must", {"paths": ["**.passwd"], "strategies": {"**.passwd": "partial"}}),
            (r"^defaults must be a bool, not 1", {"defaults": 1}),
            (r"^dry_run must be a bool, not 'yes'", {"dry_run": "yes"}),
        ],
        ids=range(21),
    )
    def test_parameters(self, message: str, given: dict[str, Any]) -> None:
        """Each names its parameter and what was given."""
        with pytest.raises(ConfigurationError, match=message):
            RedactionPolicy(**given)

    @pytest.mark.parametrize(
        ("message", "rule"),
        [
            (r"^values must hold ids", Rule("A B", "x{3}", ("xxx",), "")),
            (r"\.pattern must have an end to each repeat, not 'x\+'", Rule("x", "x+", ("xxx",), "")),
            (r"\.pattern must do without look-around", Rule("x", "x(?=y)", ("xy",), "", ("x",))),
            (r"\.pattern must take linear time", Rule("x", "(?:xy|[xy]{2}){1,50}z", ("xyz",), "", ("z",))),
            (r"\.example must be found by the pattern", Rule("x", "x{3}", ("xx",), "")),
            (r"\.literals must hold one that stands in the example", Rule("x", "x{3}", ("xxx",), "", ("y",))),
            (r"\.literals must hold ASCII texts, none of them empty", Rule("x", "x{3}", "xxx", literals=("",))),
            (r"\.literals must hold ASCII texts, none of them empty", Rule("x", "x{3}", "xxx", literals=("\u00e9",))),
            (r"\.after must do without look-around", Rule("x", "x{3}", "xxx", literals=("x",), after="(?=x)")),
        ],
        ids=range(9),
    )
    def test_rules(self, message: str, rule: Rule) -> None:
        """A rule of one's own must be safe, and find its example."""
        with pytest.raises(ConfigurationError, match=message):
            RedactionPolicy(values=[rule])


class TestJudge:
    """What masks a value as a whole, and who wins."""

    def judged(self, policy: RedactionPolicy, value: Any, *names: str | int) -> str | None:
        """Judge what stands under *names*."""
        state = policy.compiled.start
        for name in names:
            state = state and state.step(name)
        return policy.compiled.judge(str(names[-1]), value, state)

    @pytest.mark.parametrize(
        ("expected", "names", "value"),
        [
            ("iban", ("payload", "IBAN"), "DE02"),
            ("password", ("payload", "dbPassword"), SECRET),
            ("payload.user.*", ("payload", "user", "age"), 42),
            ("payload.user.*", ("PAYLOAD", "User", "password"), SECRET),
            (None, ("payload", "user", "id"), SECRET),
            (None, ("payload", "csrfToken"), SECRET),
            ("decimal.Decimal", ("payload", "n"), __import__("decimal").Decimal(1)),
            ("secret", ("payload", "n"), pydantic.SecretStr(SECRET)),
            (None, ("payload", "n"), SECRET),
        ],
        ids=range(9),
    )
    def test_order(self, expected: str | None, names: tuple[str, ...], value: Any) -> None:
        """An allowed path wins, then a path, then the key, then the type."""
        assert expected == self.judged(FULL, value, *names)

    def test_own_keys_add(self) -> None:
        """Names given add to what is built in; without the defaults they are all there is."""
        assert "password" == RedactionPolicy(keys={"iban"}).rule_for("password")
        alone = RedactionPolicy(keys={"iban"}, defaults=False)
        assert (None, "iban") == (alone.rule_for("password"), alone.rule_for("IBAN"))
        assert "password=x9x9 iban=[REDACTED:iban]" == alone.scan("password=x9x9 iban=DE0212")[0]

    def test_written_as_landed(self) -> None:
        """The default's names and more is still a way to add one."""
        policy = RedactionPolicy(keys=DEFAULT_POLICY.keys | {"iban"})
        assert ["iban", "password"] == [policy.rule_for("IBAN"), policy.rule_for("Password")]

    def test_allowed_rules(self) -> None:
        """An allowed rule counts nowhere, neither by a key nor in a text nor by a type."""
        policy = RedactionPolicy(allow={"rule:token", "rule:github-token", "rule:secret"})
        text = f"ghp_{filler(36)} token=a8Kx92lQ"
        assert (None, text) == (policy.rule_for("access_token"), policy.scan(text)[0])
        assert None is policy.compiled.judge("n", pydantic.SecretStr(SECRET))

    def test_a_subclass_decides(self) -> None:
        """What decides by the key alone decides here too."""
        assert "all" == Everything().compiled.judge("x", 1)

    def test_typed_dicts(self) -> None:
        """A dict with the keys of a registered `TypedDict` has its marks, another hasn't."""
        assert {"email"} == set(FULL.compiled.fields({"email": "x", "plan": "y"}).marks)
        assert None is FULL.compiled.fields({"email": "x", "plan": "y", "more": 1})

    def test_classifications(self) -> None:
        """Personal and secret fields are masked, internal ones when the policy says so, public ones never."""
        marks = [Sensitive(each) for each in ("public", "internal", "personal", "secret")]
        assert [None, None, "personal", "secret"] == [DEFAULT_POLICY.compiled.judge("", 1, mark=mark) for mark in marks]
        assert [None, "internal", "personal", "secret"] == [FULL.compiled.judge("", 1, mark=mark) for mark in marks]


class TestReplace:
    """What stands in place of a value."""

    def test_by_rule(self) -> None:
        """Each rule has its strategy, any other masks."""
        assert DROP is FULL.compiled.replace("token", SECRET)
        assert FULL.compiled.replace("email", "a@b.c") == FULL.compiled.replace("email", "a@b.c", key="other")
        assert "[REDACTED:password]" == FULL.compiled.replace("password", SECRET)
        assert "[REDACTED:path]" == FULL.compiled.replace("payload.user.*", SECRET)

    @pytest.mark.parametrize("key", ["password", "user_pwd", "pin"])
    def test_never_a_part_of_a_password(self, key: str) -> None:
        """Whatever found it: under such a key nothing is shown."""
        policy = RedactionPolicy(paths=["*.*"], strategies={"*.*": "partial"})
        assert "[REDACTED:path]" == policy.compiled.replace("*.*", "hunter2-hunter2", key=key)
        mark = Sensitive("partial")
        assert "[REDACTED:secret]" == policy.compiled.replace("secret", "hunter2-hunter2", key=key, mark=mark)
        shown = "*" * 13 + "r2"
        assert shown == policy.compiled.replace("secret", "hunter2-hunter2", key="note", mark=mark)
        assert shown == policy.compiled.replace("*.*", "hunter2-hunter2", key="note")

    def test_a_mark_s_strategy(self) -> None:
        """A mark's own strategy counts; without its settings it is a mask."""
        mark = Sensitive("hash", classification="personal")
        assert FULL.compiled.replace("personal", "a", mark=mark).startswith("h1:")
        assert "[REDACTED:personal]" == DEFAULT_POLICY.compiled.replace("personal", "a", mark=mark)
        assert DROP is DEFAULT_POLICY.compiled.replace("secret", "a", mark=Sensitive("drop"))

    @pytest.mark.parametrize("function", [fails, drops])
    def test_a_strategy_that_fails(self, function: Any) -> None:
        """It masks, counts and raises nothing."""
        policy = RedactionPolicy(strategies={"token": Call(function)})
        assert "[REDACTED:token]" == policy.compiled.replace("token", SECRET, "a.b")
        assert "token=[REDACTED:token]" == policy.scan("token=a8Kx92lQ")[0]
        assert {STRATEGY_ERROR: 2, "token": 2} == policy.counters

    def test_a_path_is_made_only_when_asked(self) -> None:
        """It may be given as what returns it; when that fails the value is masked."""
        policy = RedactionPolicy(strategies={"token": Call(lambda _value, path, _rule: path)})
        assert "a.b" == policy.compiled.replace("token", SECRET, lambda: "a.b")
        assert "[REDACTED:token]" == policy.compiled.replace("token", SECRET, lambda: {}["a"])

    def test_masked_already(self) -> None:
        """A marker stays what it is, whatever the strategy."""
        assert "[REDACTED:token]" == FULL.compiled.replace("email", "[REDACTED:token]")


class TestScan:
    """What is found inside a text."""

    def test_strategies(self) -> None:
        """Each span is replaced by its rule's strategy; what can't stand in a text is a marker."""
        text = f"email=alice token=a8Kx92lQ {''.join(VOUCHER.example)} password=hunter2"
        found, rules = FULL.scan(text)
        assert ("email", "token", "voucher", "password") == rules
        hashed = FULL.compiled.replace("email", "alice")
        assert f"email={hashed} token=[REDACTED:token] *** password=[REDACTED:password]" == found

    @pytest.mark.parametrize("policy", [DEFAULT_POLICY, FULL, DEFAULT_POLICY | PII.all], ids=range(3))
    @given(st.text("aeT=: @._x'\"1", max_size=40), st.sampled_from(["token=", "email: ", "api_key=", "VCH-"]))
    def test_twice_is_once(self, policy: RedactionPolicy, text: str, key: str) -> None:
        """What was replaced isn't found again."""
        once = policy.scan(f"{text} {key}{filler(12)}")[0]
        assert once == policy.scan(once)[0]

    def test_clean(self) -> None:
        """A clean text is the same object; what is allowed is clean."""
        text = "paid for order o-118822"
        assert text is DEFAULT_POLICY.scan(text)[0]
        assert text is FULL.scan(text)[0]
        assert [True, False] == [DEFAULT_POLICY.compiled.clean(text), DEFAULT_POLICY.compiled.clean("password=hunter2")]
        assert RedactionPolicy(allow={"rule:url-userinfo"}).compiled.clean("http://user:a8Kx92lQ@host/")

    def test_own_keys(self) -> None:
        """A key of one's own is found in texts too, as it is spelled there."""
        policy = RedactionPolicy(keys={"Größe", "kunden-nummer"})
        assert "kundenNummer=[REDACTED:kunden-nummer]" == policy.scan("kundenNummer=a8Kx92lQ")[0]
        assert "größe=[REDACTED:Größe]" == policy.scan("größe=a8Kx92lQ")[0]


class TestCombined:
    """`policy | other`."""

    def test_masks_what_either_masks(self) -> None:
        """Keys, paths, values and types of both; the other's strategies count."""
        both = RedactionPolicy(keys={"a1"}, strategies={"a1": "drop"}) | RedactionPolicy(
            keys={"a1", "b1"}, paths=["x.y"], values=[VOUCHER], strategies={"a1": Fixed("-")}, defaults=False
        )
        expected = RedactionPolicy(keys={"a1", "b1"}, paths=["x.y"], values=[VOUCHER], strategies={"a1": Fixed("-")})
        assert expected == both

    def test_algebra(self) -> None:
        """A policy with itself, and with nothing, is itself; packs join in any order."""
        nothing = RedactionPolicy(defaults=False)
        assert FULL == FULL | FULL == FULL | nothing == nothing | FULL
        one, other = (PII.email | PII.card) | PII.iban, PII.email | (PII.card | PII.iban)
        assert one == other
        assert DEFAULT_POLICY != DEFAULT_POLICY | PII.email

    def test_packs(self) -> None:
        """A pack adds to whatever it is joined with, on either side, and says nothing of the rest."""
        own = RedactionPolicy(keys={"a1"}, defaults=False, dry_run=True)
        expected = RedactionPolicy(keys={"a1", *PII.email.keys}, values=PII.email.values, defaults=False, dry_run=True)
        assert expected == own | PII.email == PII.email | own
        assert DEFAULT_POLICY | PII.email == PII.email | DEFAULT_POLICY
        assert own | (PII.email | PII.card) == own | PII.email | PII.card
        for other in (5, Everything()):
            with pytest.raises(TypeError):
                PII.email | other  # type: ignore[operator]
            with pytest.raises(TypeError):
                other | PII.email  # type: ignore[operator]

    def test_a_dry_run(self) -> None:
        """It is one only when both are."""
        dry = RedactionPolicy(dry_run=True)
        assert (True, False) == ((dry | dry).dry_run, (dry | DEFAULT_POLICY).dry_run)

    def test_others(self) -> None:
        """Anything else, and what decides otherwise, can't be joined."""
        for other in (5, Everything()):
            with pytest.raises(TypeError):
                DEFAULT_POLICY | other  # type: ignore[operator]


class TestAsAValue:
    """Equality, text and travel."""

    @pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
    @pytest.mark.parametrize("policy", [DEFAULT_POLICY, FULL, PII.all, Everything(keys={"b"})], ids=range(4))
    def test_copies(self, copied: Any, policy: RedactionPolicy) -> None:
        """A copy is equal, described alike and does the same; what was seen and counted stays here."""
        policy.compiled.judge("hunter2_seen", 1)
        policy.scan("password=hunter2")
        other = copied(policy)
        assert (type(policy), policy, hash(policy)) == (type(other), other, hash(other))
        assert (policy.describe(), repr(policy)) == (other.describe(), repr(other))
        assert b"hunter2" not in pickle.dumps(policy)
        assert not any(other.counters.values())
        assert policy.compiled.judge("iban", "x") == other.compiled.judge("iban", "x")

    def test_equality(self) -> None:
        """Every word it was told counts, and the class."""
        different = [
            *(RedactionPolicy(), RedactionPolicy(keys={"a"}), RedactionPolicy(paths=["a"]), Everything()),
            *(RedactionPolicy(values=[VOUCHER]), RedactionPolicy(types={"internal"}), RedactionPolicy(allow={"a"})),
            *(RedactionPolicy(strategies={"token": Drop()}), RedactionPolicy(defaults=False)),
            *(RedactionPolicy(ignore_case=True), RedactionPolicy(dry_run=True)),
        ]
        for number, one in enumerate(different):
            assert [number] == [at for at, other in enumerate(different) if one == other]
        assert len(different) == len({each.describe() for each in different})
        assert DEFAULT_POLICY != "DEFAULT_POLICY"

    def test_texts(self) -> None:
        """Neither repr nor description shows a key of a hash; the default says that it is."""
        assert "DEFAULT_POLICY" == repr(RedactionPolicy())
        assert "RedactionPolicy(keys=['a', 'b'], dry_run=True, defaults=False)" == repr(
            RedactionPolicy(keys=["b", "a"], dry_run=True, defaults=False)
        )
        assert KEY not in repr(FULL) + FULL.describe()
        assert "0x" not in FULL.describe() + PII.all.describe()


class TestFrozen:
    """A policy is what it was made as."""

    NAMES = ("keys", "paths", "values", "types", "allow", "strategies", "defaults", "ignore_case", "dry_run")

    @pytest.mark.parametrize("policy", [DEFAULT_POLICY, FULL, PII.email, Everything()], ids=range(4))
    @pytest.mark.parametrize("name", NAMES)
    def test_nothing_can_be_set(self, name: str, policy: RedactionPolicy) -> None:
        """What is set would have no effect, so it is refused, with what has one."""
        before = getattr(policy, name)
        with pytest.raises(AttributeError, match=rf"immutable; make a new one, such as policy \| .*\({name}="):
            setattr(policy, name, before)
        with pytest.raises(AttributeError, match=f"immutable; {name} can't be deleted"):
            delattr(policy, name)
        assert before is getattr(policy, name)

    def test_others(self) -> None:
        """A name that it hasn't is none; a subclass may have some of its own, which travel with it."""
        with pytest.raises(AttributeError):
            DEFAULT_POLICY.note = 1
        policy: Any = Everything(keys={"b"})
        policy.note = 1
        copied = pickle.loads(pickle.dumps(policy))
        assert [1, 1] == [each.note for each in (copied, policy.as_dry_run())]
        del policy.note
        assert not hasattr(policy, "note")


class TestCounters:
    """What was masked, counted by rule."""

    def test_each_rule(self) -> None:
        """Keys, paths and texts count; a path that never meant anything says so."""
        policy = RedactionPolicy(paths=["a.b", "c"])
        applied(policy, {"a": {"b": 1, "password": SECRET}, "text": "token=a8Kx92lQ"})
        assert {"a.b": 1, "c": 0, "password": 1, "token": 1} == policy.counters

    def test_a_dry_run(self) -> None:
        """It counts and names, and changes nothing."""
        policy = RedactionPolicy(dry_run=True)
        event = {"password": SECRET, "text": "token=a8Kx92lQ"}
        found = applied(policy, event)
        assert event is found.value
        assert ["password", "token"] == [each.rule for each in found.findings]
        assert {"password": 1, "token": 1} == policy.counters
        assert "token=a8Kx92lQ" == policy.scan("token=a8Kx92lQ")[0]


class TestWhy:
    """`why`, which names what is masked and how to keep it."""

    EVENT: Any = {  # noqa: RUF012 (nothing changes it)
        "payload": {
            "password": SECRET,
            "user": {"age": 42, "id": 7},
            "card": pydantic.SecretStr(SECRET),
            "a b": f"see ghp_{filler(36)}",
            "list": [{"api-key": SECRET}],
        }
    }

    def test_each_place(self) -> None:
        """Each masked path, by which rule; and what to allow does keep it."""
        policy = RedactionPolicy(paths=["payload.user.age"])
        found = policy.why(self.EVENT)
        assert [
            ("payload.password", "password", "password"),
            ("payload.user.age", "path", "payload.user.age"),
            ("payload.card", "secret", "payload.card"),
            ('payload["a b"]', "github-token", 'payload["a b"]'),
            ("payload.list[0].api-key", "api-key", "api-key"),
        ] == [(each.path, each.rule, each.allow) for each in found]
        kept = policy | RedactionPolicy(allow={each.allow for each in found}, defaults=False)
        assert () == kept.why(self.EVENT)

    def test_a_written_line(self) -> None:
        """Of a line that was written the markers tell."""
        line = {"payload": {"x": "[REDACTED:jwt]", "text": "see [REDACTED:github-token]"}}
        assert ["jwt", "github-token"] == [each.rule for each in DEFAULT_POLICY.why(line)]

    def test_a_pasted_line(self) -> None:
        """A line that is given as text is read as the line it is, also one that was masked; any other is a text."""
        line = {"message": "x", "payload": {"password": SECRET, "list": ["token=a8Kx92lQ"]}}
        masked = applied(DEFAULT_POLICY, line).value
        expected = [("payload.password", "password"), ("payload.list[0]", "token")]
        for each in (line, masked):
            for text in (json.dumps(each), json.dumps(each, indent=2), f"  {json.dumps(each)}\n"):
                assert expected == [(found.path, found.allow) for found in DEFAULT_POLICY.why(text)]
        for text in (json.dumps(line)[:-1], f"[{json.dumps(line)}]", f"at 12:00 {json.dumps(line)}", "{" * 100_000):
            assert {""} >= {found.path for found in DEFAULT_POLICY.why(text)}

    @given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), min_size=1, max_size=20))
    def test_its_advice_works(self, name: str) -> None:
        """What it says of `allow` keeps what was masked, however the key is spelled."""
        for event in ({f"{name}_password": SECRET}, {"a": {f"password.{name}": SECRET}}, {"a": [f"password={SECRET}"]}):
            findings = DEFAULT_POLICY.why(event)
            policy = RedactionPolicy(allow={each.allow for each in findings})
            assert () == policy.why(event)

    def test_keys_that_no_marker_can_hold(self) -> None:
        """Of such a key's name what a marker can't hold becomes a hyphen, in what is written and noted."""
        policy = RedactionPolicy(keys={"user[voucher no]"})
        event = {"user[voucher no]": "V-1", "note": "user[voucher no]=V-1"}
        left = applied(policy, event).value
        assert "[REDACTED:user-voucher-no-]" == left["user[voucher no]"]
        assert left == applied(policy, left).value
        assert ["user-voucher-no-"] == [each.rule for each in policy.why(left)]

    def test_asking_changes_nothing(self) -> None:
        """It isn't counted, no strategy runs, and no secret is in the answer."""
        policy = RedactionPolicy(strategies={"token": Call(fails)})
        found = policy.why({"token": SECRET})
        assert SECRET not in repr(found) + "".join(map(str, found))
        assert {} == policy.counters
