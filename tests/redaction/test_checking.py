"""What a policy is told, checked and put in order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypedDict

import pytest

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction.checking import (
    FOUND_BY_STRUCTURE,
    allowed,
    checked_rules,
    checked_strategies,
    checked_types,
    several,
    shown_whole_or_not,
    type_name,
)
from structlog_enrich.redaction.hashing import Hash
from structlog_enrich.redaction.strategies import MASK, Call, Drop, Fixed, Partial, Truncate
from structlog_enrich.redaction.values import DEFAULT_RULES, Rule
from structlog_enrich.redaction.values.rule import filler

LONG = "x" * 10_000


class Card(TypedDict):
    """A dict of known keys."""

    number: str


def refused(function: Any, *given: Any) -> ConfigurationError:
    """Return what a function refuses with, whose words are few however long the value is."""
    with pytest.raises(ConfigurationError) as caught:
        function(*given)
    assert 400 > len(str(caught.value))
    return caught.value


class TestSeveral:
    """`several`."""

    @pytest.mark.parametrize(
        ("expected", "given"),
        [
            ((), ()),
            (("b", "a"), ["b", "a", "b"]),
            (("a",), {"a": 1}),
            ((1, None), (1, None)),
            (("a", "b"), iter("abab")),
        ],
        ids=["none", "list", "dict", "anything", "iterator"],
    )
    def test_once_each(self, expected: tuple[Any, ...], given: Any) -> None:
        """Whatever can be gone through, in its order, and each but once."""
        assert expected == several("keys", given)

    def test_one_text(self) -> None:
        """One text would be taken for its letters."""
        error = refused(several, "keys", "password")
        assert "keys must be several, not the one text 'password'. Write {'password'}" == str(error)
        assert "the one text b'ab'" == refused(several, "keys", b"ab").received
        assert "paths" == refused(several, "paths", LONG).parameter

    @pytest.mark.parametrize("given", [None, 5, [[]]], ids=repr)
    def test_none(self, given: Any) -> None:
        """Neither what can't be gone through nor what holds something that can't be compared."""
        assert f"keys must be several, not {given!r}" == str(refused(several, "keys", given))


class TestCheckedRules:
    """`checked_rules`."""

    def test_the_built_in(self) -> None:
        """They meet what is asked of a team's own."""
        assert DEFAULT_RULES == checked_rules(DEFAULT_RULES, Rule)

    @pytest.mark.parametrize("name", ["", "A", "a b", "a:b", "a]", "\u00fc", "x" * 65, 5, None], ids=ascii)
    def test_ids(self, name: Any) -> None:
        """An id stands in a marker and in a note, whose ends it must not hide."""
        error = refused(checked_rules, [Rule(name, "x{3}", ("xxx",), "")], Rule)
        assert ("values", "must hold ids of 1 to 64 of a-z, 0-9, `_`, `.` and `-`") == (error.parameter, error.rule)

    @pytest.mark.parametrize("name", ["a", "x" * 64, "0.a_b-c"])
    def test_good_ids(self, name: str) -> None:
        """To the last character."""
        rule = Rule(name, "x{3}", ("xxx",), "")
        assert (rule,) == checked_rules([rule, rule], Rule)

    def test_where(self) -> None:
        """A refusal names the rule and the part of it."""
        bad = {
            "values['x'].pattern": Rule("x", "x+", ("xxx",), ""),
            "values['x'].example": Rule("x", "x{3}", ("yyy",), ""),
            "values['x'].literals": Rule("x", "x{3}", ("xxx",), "", ("y",)),
            "values['x'].after": Rule("x", "x{3}", ("xxx",), "", ("x",), after="x+(?!y)"),
        }
        assert [*bad] == [refused(checked_rules, [rule], Rule).parameter for rule in bad.values()]

    def test_literals_and_case(self) -> None:
        """A literal in lower case is looked for in any case, one with capitals as it is."""
        good = Rule("x", "(?i)abc[0-9]{4}", ("ABC", "1234"), "", ("abc",))
        assert (good,) == checked_rules([good], Rule)
        bad = Rule("x", "(?i)abc[0-9]{4}", ("abc", "1234"), "", ("ABC",))
        assert "values['x'].literals" == refused(checked_rules, [bad], Rule).parameter

    @pytest.mark.parametrize("given", [list, tuple, iter])
    def test_texts(self, given: Any) -> None:
        """What holds no texts is refused as text, before it is compared with anything."""
        bad: list[Any] = [
            Rule("x", "x{3}", "yüy"),
            Rule("x", "x{3}", 5),  # type: ignore[arg-type]
            Rule("x", "x{3}", b"xxx"),  # type: ignore[arg-type]
            Rule("x", "x{3}", ["xxx"]),  # type: ignore[arg-type]
            Rule("x", "x{3}", "xxx", literals="xxx"),  # type: ignore[arg-type]
            Rule("x", "x{3}", "xxx", literals=["xxx"]),  # type: ignore[arg-type]
        ]
        assert [
            "values['x'].example must be found by the pattern 'x{3}', not 'yüy'",
            "values['x'].example must be a text, or a tuple of its parts, not 5",
            "values['x'].example must be a text, or a tuple of its parts, not b'xxx'",
            "values['x'].example must be a text, or a tuple of its parts, not ['xxx']",
            "values['x'].literals must be a tuple of texts, not 'xxx'. Write literals=(\"VCH-\",), with the comma",
            "values['x'].literals must be a tuple of texts, not ['xxx']. Write literals=(\"VCH-\",), with the comma",
        ] == [str(refused(checked_rules, given([each]), Rule)) for each in bad]

    def test_others(self) -> None:
        """What is no rule is refused with how to make one."""
        error = refused(checked_rules, [LONG], Rule)
        assert ("values", "Make one with Rule(id, pattern, …)") == (error.parameter, error.remedy)


class TestCheckedTypes:
    """`checked_types`."""

    def test_each_kind(self) -> None:
        """Classes become names, but a `TypedDict` stays, for no value has its class."""
        given = ["personal", "secret", "shop.models.Card", Decimal, Card, "a\u00e9.b", Decimal]
        expected = {"personal", "secret", "shop.models.Card", "decimal.Decimal", Card, "a\u00e9.b"}
        assert expected == checked_types(given)

    @pytest.mark.parametrize("given", ["public", "Card", "", ".a", "a.", "a..b", "1.a", "a.b c", LONG, 5, None])
    def test_refused(self, given: Any) -> None:
        """A word without a dot is a classification or a mistake."""
        error = refused(checked_types, [given])
        assert ("types", "must hold internal, personal, secret, classes or their dotted names") == (
            error.parameter,
            error.rule,
        )

    def test_type_name(self) -> None:
        """The name by which a class is found again."""
        assert f"{__name__}.Card" == type_name(Card)


class TestAllowed:
    """`allowed`."""

    def test_apart(self) -> None:
        """A single name is a key, whatever stands behind `rule:` is a rule, and all else a path."""
        keys, paths, without = allowed(
            ["token", '["a b"]', "payload.*", "*", "*secret", "a[0]", "rule:jwt", "rule:own", "**.x"], ["own"]
        )
        assert {"token", "a b"} == keys
        assert ("payload.*", "*", "*secret", "a[0]", "**.x") == paths
        assert {"jwt", "own"} == without

    @pytest.mark.parametrize(
        ("rule", "remedy"),
        [
            ("rule:passwort", "Near it are password"),
            ("rule:github", ""),
            ("rule:", ""),
            ("rule:public", ""),
            ("rule:qqqqqqqq", "A key of your own becomes one in keys="),
        ],
    )
    def test_unknown_rules(self, rule: str, remedy: str) -> None:
        """A rule that isn't there is refused with those near it."""
        error = refused(allowed, [rule], [])
        assert ("allow", "must name rules of the policy") == (error.parameter, error.rule)
        assert error.received == repr(rule.removeprefix("rule:"))
        assert error.remedy.startswith(remedy)

    @pytest.mark.parametrize("rule", sorted(FOUND_BY_STRUCTURE | {"scan-budget", "secret", "email", "national-id"}))
    def test_known_rules(self, rule: str) -> None:
        """Whatever may stand in a marker may be allowed, that of a pack before it is taken in too."""
        assert ([], [], [rule]) == tuple(map(list, allowed([f"rule:{rule}"], [])))

    @pytest.mark.parametrize("given", ["a..b", "", "a[", LONG])
    def test_no_paths(self, given: str) -> None:
        """What is no path is refused as a part of `allow`."""
        assert "allow" == refused(allowed, [given], []).parameter


class TestCheckedStrategies:
    """`checked_strategies`."""

    def test_names(self) -> None:
        """A name stands for a strategy without settings, or for one that is given under it."""
        hashed, fixed = Hash(filler(40)), Fixed("-")
        given = {"a": "mask", "b": "drop", "c": "partial", "d": "hash", "e": "fixed", "hash": hashed, "fixed": fixed}
        expected = {"a": MASK, "b": Drop(), "c": Partial(), "d": hashed, "e": fixed, "hash": hashed, "fixed": fixed}
        assert expected == checked_strategies(given, "abcde")

    @pytest.mark.parametrize("named", ["hash", "fixed", "truncate", "erase", "", None, 5, Drop, len, lambda *_: "x"])
    def test_no_strategies(self, named: Any) -> None:
        """Names without settings, classes and functions as they are, are refused."""
        error = refused(checked_strategies, {"a": named}, "a")
        assert ("strategies['a']", "must be a strategy, or the name of one") == (error.parameter, error.rule)

    def test_how_it_is_given(self) -> None:
        """A name that needs settings is refused with how to give them, any other with those there are."""
        assert (
            "Write {'a': Hash(key)}, or for several rules {'hash': Hash(key), 'a': 'hash'}"
            == refused(checked_strategies, {"a": "hash"}, "a").remedy
        )
        assert "Write {'a': Fixed(text)}, " in refused(checked_strategies, {"a": "fixed"}, "a").remedy
        assert "Write mask, drop, partial, Hash(key), " in refused(checked_strategies, {"a": "hsh"}, "a").remedy

    @pytest.mark.parametrize("rule", ["password", "cvv", "pin", "db_password", "payload.user.pwd", '**["pass word"]'])
    @pytest.mark.parametrize("strategy", ["partial", Partial(1), Truncate(1)], ids=["name", "partial", "truncate"])
    def test_passwords(self, rule: str, strategy: Any) -> None:
        """Of a password no part is shown; a function answers for itself."""
        error = refused(checked_strategies, {rule: strategy}, [rule])
        assert (f"strategies[{rule!r}]", "Mask or drop it") == (error.parameter, error.remedy)
        assert [rule] == [*checked_strategies({rule: Call(lambda *_: "x")}, [rule])]

    @pytest.mark.parametrize("given", [5, "ab", [1]])
    def test_no_mapping(self, given: Any) -> None:
        """It isn't a list."""
        assert "must map rules to strategies" == refused(checked_strategies, given, ()).rule

    @pytest.mark.parametrize(
        ("expected", "rule"),
        [
            (True, "password"),
            (True, "private-key"),
            (True, "payload.user.password"),
            (True, "**.passwd"),
            (True, 'a["db pwd"]'),
            (True, "my_password_field"),
            (True, "*password*"),
            (True, "password_*"),
            (True, "payload.password.*"),
            (True, "payload.user.password_hint"),
            (True, "has_password"),
            (True, "passwordsOfAll"),
            (False, "password_count"),
            (False, "passwordResetAt"),
            (False, "payload.password_count"),
            (False, "payload.password_policy.*"),
            (False, "token"),
            (False, "email"),
            (False, "payload.pwd_count.n"),
            (False, "*"),
            (False, ""),
        ],
    )
    def test_shown_whole_or_not(self, expected: bool, rule: str) -> None:  # noqa: FBT001 (a table)
        """The last name of a path counts, as a key does."""
        assert expected == shown_whole_or_not(rule)
