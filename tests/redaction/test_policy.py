"""The policy: what it refuses, what it masks, how it travels."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from structlog_enrich.redaction import DEFAULT_POLICY, RedactionPolicy
from structlog_enrich.redaction.policy import mask


class Everything(RedactionPolicy):
    """Mask whatever has a name."""

    def __init__(self, *, rule: str) -> None:
        """Take the one *rule*."""
        super().__init__(keys={"everything"})
        self.rule = rule

    def rule_for(self, key: str) -> str | None:
        """Return the one rule."""
        return self.rule if key else None


class Nothing(RedactionPolicy):
    """Mask nothing by the same names as the default."""

    __slots__ = ()

    def rule_for(self, key: str) -> str | None:
        """Return None."""
        return None


class TestRejected:
    """Configurations that are refused at construction."""

    @pytest.mark.parametrize("keys", ["password", b"secret", 5, None, [["password"]], [{}]])
    def test_not_several_names(self, keys: Any) -> None:
        """One text, or what isn't names at all, is refused by the parameter's name."""
        with pytest.raises(TypeError, match=r"^keys must be several names"):
            RedactionPolicy(keys=keys)

    @pytest.mark.parametrize("key", [5, None, b"iban", "", "-", "._- ", "a:b", "a\nb", "a\ud800", "a\u202eb"])
    def test_bad_names(self, key: Any) -> None:
        """A name that says nothing, can't be printed or would break `path:rule` is refused."""
        with pytest.raises(ValueError, match=r"^keys must hold printable names without a colon"):
            RedactionPolicy(keys=["iban", key])

    def test_long_names(self) -> None:
        """A name longer than what is compared would never match, so it is refused."""
        assert "k" * 256 == RedactionPolicy(keys=["k" * 256]).rule_for("K" * 256)
        with pytest.raises(ValueError, match=r"^keys must hold names of at most 256 characters, not one of 257$"):
            RedactionPolicy(keys=["k" * 257])

    def test_long_messages(self) -> None:
        """The message of a refusal stays short whatever was given."""
        with pytest.raises(ValueError, match=r"^keys") as caught:
            RedactionPolicy(keys=["a:" + "b" * 100_000])
        assert 200 > len(str(caught.value))


class TestRedactionPolicy:
    """`RedactionPolicy`, which decides by a key."""

    def test_own_names_replace_the_default(self) -> None:
        """Names given are all there is; the default's are added by writing so."""
        assert None is RedactionPolicy(keys={"iban"}).rule_for("password")
        both = RedactionPolicy(keys=DEFAULT_POLICY.keys | {"iban"})
        assert ["iban", "password"] == [both.rule_for("IBAN"), both.rule_for("Password")]

    def test_no_names(self) -> None:
        """No names are a policy too: it masks nothing by key."""
        assert None is RedactionPolicy(keys=()).rule_for("password")

    def test_the_rule_is_the_name_as_given(self) -> None:
        """The rule's id is spelled as in the configuration, where it will be looked for."""
        assert "Iban-Number" == RedactionPolicy(keys=["Iban-Number"]).rule_for("ibanNumber")

    def test_two_spellings_of_one_name(self) -> None:
        """Of two spellings of one name one is the rule, the same in every process."""
        assert RedactionPolicy(keys=["a-b", "a_b"]).rule_for("a.b") == RedactionPolicy(keys=["a_b", "a-b"]).rule_for(
            "aB"
        )

    def test_answers_stay_the_same(self) -> None:
        """The cache changes no answer, also when more keys come than it holds, and holds no long ones."""
        policy = RedactionPolicy(keys={"iban"})
        for number in range(10_000):
            assert None is policy.rule_for(f"key{number}")
        for _ in range(2):
            assert "iban" == policy.rule_for("iban")
            assert None is policy.rule_for("x" * 1_000_000)

    @pytest.mark.parametrize("key", ["", "\0", "\ud800", "İ" * 300, "\u202e", "__proto__", "a" * 255 + "B"])
    def test_any_key(self, key: str) -> None:
        """Keys are data: any text gets an answer."""
        assert None is DEFAULT_POLICY.rule_for(key)

    def test_equality(self) -> None:
        """Policies of one kind with the same names are equal; a subclass may decide otherwise and isn't."""
        same = RedactionPolicy(keys=["b", "a"])
        assert RedactionPolicy(keys=["a", "b"]) == same
        assert hash(RedactionPolicy(keys=["a", "b"])) == hash(same)
        assert DEFAULT_POLICY == RedactionPolicy()
        assert same != DEFAULT_POLICY
        assert Nothing() != DEFAULT_POLICY
        assert DEFAULT_POLICY != Nothing()
        assert DEFAULT_POLICY != "DEFAULT_POLICY"

    def test_description(self) -> None:
        """Two policies are described alike exactly when they decide alike."""
        assert RedactionPolicy(keys=["a", "b"]).describe() == RedactionPolicy(keys=("b", "a")).describe()
        assert RedactionPolicy(keys=["a,b"]).describe() != RedactionPolicy(keys=["a", "b"]).describe()

    def test_repr(self) -> None:
        """The `repr` shows names and never what was masked or seen."""
        policy = RedactionPolicy(keys=["iban", "bic"])
        policy.rule_for("hunter2")
        assert "RedactionPolicy(keys=['bic', 'iban'])" == repr(policy)
        assert "DEFAULT_POLICY" == repr(RedactionPolicy())
        assert repr(Nothing()).startswith("Nothing(keys=['access_key', ")

    @pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
    def test_copies(self, copied: Any) -> None:
        """A copy is equal and decides alike; what was looked up stays with the original."""
        policy = RedactionPolicy(keys=["iban"])
        policy.rule_for("hunter2")
        assert policy == copied(policy)
        assert "iban" == copied(policy).rule_for("iban")
        assert b"hunter2" not in pickle.dumps(policy)

    def test_a_subclass_arrives_as_what_it_is(self) -> None:
        """A pickled subclass keeps its kind and its own attributes: as a plain policy it would mask too little."""
        policy = pickle.loads(pickle.dumps(Everything(rule="all")))
        assert (Everything, "all") == (type(policy), policy.rule_for("x"))
        assert type(copy.deepcopy(Nothing())) is Nothing


class TestMask:
    """`mask`, what stands in place of a secret."""

    def test_names_the_rule(self) -> None:
        """The mark says which rule it was and nothing of the value."""
        assert "[REDACTED:password]" == mask("password")
