"""What a policy says of values by their class."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from threading import Barrier, Thread
from typing import Annotated, Any, TypedDict

import pydantic
import pytest

from structlog_enrich.redaction.class_rules import ClassRules
from structlog_enrich.redaction.sensitive import NAMED, Sensitive
from structlog_enrich.redaction.strategies import MASK, Drop, Partial


class Account(TypedDict, total=False):
    """A dict of known keys."""

    email: Annotated[str, Sensitive("personal")]
    plan: str


class Bill(TypedDict):
    """Another."""

    iban: Annotated[str, Sensitive("hash")]


class Hostile(type):
    """Fail at whatever a class is asked."""

    def __getattribute__(cls, name: str) -> object:
        """Fail."""
        raise LookupError(name)


class TestRuleOf:
    """`ClassRules.rule_of`."""

    @pytest.mark.parametrize(
        ("expected", "kind"),
        [
            ("datetime.date", date),
            ("datetime.date", datetime),
            ("datetime.date", type("Day", (date,), {})),
            (None, Decimal),
            (None, type),
            (None, object),
        ],
        ids=["itself", "made of it", "made by a team", "another", "type", "object"],
    )
    def test_names(self, expected: str | None, kind: type) -> None:
        """A class counts with whatever is made of it."""
        assert expected == ClassRules({"datetime.date"}).rule_of(kind)

    def test_the_nearest(self) -> None:
        """Of several names the one counts that is nearest to the class."""
        rules = ClassRules({"datetime.date", "datetime.datetime"})
        assert ["datetime.datetime", "datetime.date"] == [rules.rule_of(datetime), rules.rule_of(date)]

    def test_nested(self) -> None:
        """A class within another is named as Python names it."""
        inner = type("Inner", (), {"__module__": "shop", "__qualname__": "Order.Inner"})
        assert ["shop.Order.Inner", None] == [
            ClassRules({each}).rule_of(inner) for each in ("shop.Order.Inner", "shop.Inner")
        ]

    @pytest.mark.parametrize("kind", [pydantic.SecretStr, pydantic.SecretBytes])
    def test_secrets(self, kind: type) -> None:
        """pydantic's are secret where secrets count."""
        assert ["secret", None, None] == [ClassRules(each).rule_of(kind) for each in ({"secret"}, {"personal"}, ())]

    def test_a_class_that_fails(self) -> None:
        """A metaclass isn't asked: its class is told by its own name."""
        kind = Hostile("Kind", (), {"__module__": "shop"})
        assert ["shop.Kind", None] == [ClassRules({each}).rule_of(kind) for each in ("shop.Kind", "shop.Other")]

    def test_threads(self) -> None:
        """Many threads that ask of the same new classes at once are told the same."""
        rules, gate = ClassRules({"datetime.date"}), Barrier(8)
        kinds = [type(f"K{number}", (date,) if number % 2 else (), {}) for number in range(100)]
        told: list[list[str | None]] = []

        def ask() -> None:
            gate.wait()
            told.append([rules.rule_of(kind) for kind in kinds])

        threads = [Thread(target=ask) for _ in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert [[None, "datetime.date"] * 50] * 8 == told


class TestOfDict:
    """`ClassRules.of_dict`."""

    @pytest.mark.parametrize(
        ("marked", "value"),
        [
            (["email"], {"email": "x", "plan": "y"}),
            (["email"], {"email": "x"}),
            (["email"], {"plan": "y"}),
            (["iban"], {"iban": "x"}),
            ([], {"iban": "x", "email": "y"}),
            ([], {"email": "x", "n": 1}),
            ([], {"email": "x", 1: 1}),
        ],
        ids=["all", "one", "other", "another", "of both", "more", "odd"],
    )
    def test_by_keys(self, marked: list[str], value: dict[Any, Any]) -> None:
        """A dict is one whose required keys it has, and no key that it doesn't know."""
        assert marked == [*ClassRules({Account, Bill}).of_dict(value).marks]

    def test_none(self) -> None:
        """A policy without any looks at no dict."""
        rules = ClassRules({"secret"})
        assert (False, {}) == (rules.has_dicts, rules.of_dict({"email": "x"}).marks)
        assert ClassRules({Account}).has_dicts


class TestClassifications:
    """What is told apart."""

    def test_words_and_names(self) -> None:
        """Classifications are no classes, and classes no classifications."""
        rules = ClassRules({"secret", "internal", "shop.Card", Account})
        assert {"secret", "internal"} == rules.classifications


class TestNamed:
    """`ClassRules.named`."""

    def test_without_settings(self) -> None:
        """What needs settings that nobody gave masks, and so does what isn't known."""
        expected = {**dict.fromkeys(NAMED, MASK), "partial": Partial(), "drop": Drop()}
        assert expected == {name: ClassRules.named(name) for name in NAMED}
        assert MASK == ClassRules.named("erase")
