"""A policy applied to one line of JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from structlog_enrich.cli.jsonmasking import Hit, JSONMasker, Masked
from structlog_enrich.redaction import DEFAULT_POLICY, Drop, Hash, RedactionPolicy
from structlog_enrich.redaction.values.rule import filler

SECRET = "hunter" + "2x"


def masked(text: str, policy: RedactionPolicy = DEFAULT_POLICY) -> Masked:
    """Return what is left of a line that is JSON."""
    found = JSONMasker(policy).mask(text)
    assert found is not None
    return found


class TestWhatIsNone:
    """Lines that are no JSON."""

    @pytest.mark.parametrize("text", ["", "{", "login password=x", "{'a': 1}", '{"a": 1} x', '{"a": 1', "\ufeff{}"])
    def test_none(self, text: str) -> None:
        """It is for others to look at them."""
        assert JSONMasker(DEFAULT_POLICY).mask(text) is None


class TestClean:
    """Lines in which nothing is found."""

    @pytest.mark.parametrize(
        "text",
        [
            *('{ "a" : 1.10 }', "[1,2 , 3]", '{"a":[[],{}],"token_count":12}', '{"password":null,"has_token":true}'),
            *(
                '{"name":"x","value":"y"}',
                '{"a":1,"a":2}',
                '{"a":"\\u00fc\\/"}',
                '{"big":123456789012345678901234567890}',
            ),
        ],
    )
    def test_the_same_text(self, text: str) -> None:
        """Not a byte of it is written anew."""
        found = masked(text)
        assert found.text is text
        assert [] == found.hits

    def test_learnt_keys(self) -> None:
        """A name that was clean once is clean again; the same name in another policy needn't be."""
        masker, text = JSONMasker(DEFAULT_POLICY), '{"ticket": "abc"}'
        assert [Masked(text, [])] * 2 == [masker.mask(text), masker.mask(text)]
        assert [Hit("ticket", "ticket")] == masked(text, RedactionPolicy(keys={"ticket"})).hits


class TestFound:
    """What is found, by what, and where."""

    @pytest.mark.parametrize(
        ("value", "left", "hits"),
        [
            ({"password": SECRET}, {"password": "[REDACTED:password]"}, [Hit("password", "password")]),
            ({"a": [{"b c": f"pwd={SECRET}"}]}, None, [Hit("password", 'a[0]["b c"]')]),
            ([{"token": SECRET}], [{"token": "[REDACTED:token]"}], [Hit("token", "[0].token")]),
            ({"name": "DB_PASSWORD", "value": SECRET}, None, [Hit("password", "value")]),
            (["--password", SECRET], ["--password", "[REDACTED:password]"], [Hit("password", "[1]")]),
            ({"password": {"a": 1}}, {"password": "[REDACTED:password]"}, [Hit("password", "password")]),
            (f"pwd={SECRET}", "pwd=[REDACTED:password]", [Hit("password", "")]),
        ],
        ids=["key", "text", "list", "pair", "option", "container", "a text alone"],
    )
    def test_each(self, value: Any, left: Any, hits: list[Hit]) -> None:
        """The rest of the line stays."""
        found = masked(json.dumps(value))
        assert SECRET not in found.text
        assert hits == found.hits
        if left is not None:
            assert left == json.loads(found.text)

    def test_a_value_masked_already(self) -> None:
        """It is no hit, and the line stays as it is; what is named in `redacted` is no secret either."""
        payload, notes = '{"password":"[REDACTED:password]"}', '["payload.password:password"]'
        text = f'{{"schema_version":"1.0","payload":{payload},"redacted":{notes}}}'
        assert Masked(text, []) == masked(text)

    def test_a_lie_in_redacted(self) -> None:
        """What only looks like the notes of a service is looked at."""
        text = json.dumps({"schema_version": "1.0", "redacted": ["payload.password:password", f"password={SECRET}"]})
        found = masked(text)
        assert SECRET not in found.text
        assert "password" in {hit.rule for hit in found.hits}

    def test_paths_and_strategies(self) -> None:
        """A place counts as on a line, and what stands there is the policy's to say."""
        policy = RedactionPolicy(
            keys={"email"},
            paths=["payload.user.*"],
            strategies={"email": Hash(filler(40)), "payload.user.*": Drop()},
        )
        found = masked('{"payload":{"user":{"a":1,"b":2},"email":"ada@example.com","n":1.50}}', policy)
        hashed = Hash(filler(40))("ada@example.com", "", "email")
        assert f'{{"payload":{{"user":{{}},"email":"{hashed}","n":1.50}}}}' == found.text
        assert ["payload.user.a", "payload.user.b", "payload.email"] == [hit.path for hit in found.hits]

    def test_a_dry_run(self) -> None:
        """Everything is named, and the text is the very same."""
        text = f'{{"password": "{SECRET}"}}'
        found = masked(text, RedactionPolicy(dry_run=True))
        assert found.text is text
        assert [Hit("password", "password")] == found.hits

    def test_too_deep(self) -> None:
        """What is too deep goes as a whole, and is named."""
        text = f'{{"a":{"[" * 100}"password={SECRET}"{"]" * 100}}}'
        found = masked(text)
        assert SECRET not in found.text
        assert ["depth"] == [hit.rule for hit in found.hits]
