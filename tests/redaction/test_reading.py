"""How the words of a name are read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.redaction.reading import Verdict, read
from structlog_enrich.redaction.words import METADATA, RULES, TRANSPARENT


def rule(name: str, without: frozenset[str] = frozenset()) -> str | None:
    """Return the rule by which a name is read, or None."""
    verdict = read(name, without)
    return None if verdict is None else verdict.rule


class TestVerdict:
    """What `read` says of the value under a name."""

    @pytest.mark.parametrize(
        ("name", "verdict"),
        [
            ("password", Verdict("password")),
            ("token", Verdict("token", numbers=False)),
            ("pass", Verdict("password", numbers=False)),
            ("is_password", Verdict("password", numbers=False, flag=True)),
            ("max_otp", Verdict("otp", numbers=False, flag=True)),
            ("password_count_hash", Verdict("password", numbers=False)),
            ("session", Verdict("session", doubt="opaque", numbers=False)),
            ("key", Verdict("key", doubt="generated", numbers=False)),
            ("auth", Verdict("auth", doubt="auth", numbers=False)),
            ("basic_auth", Verdict("auth", doubt="opaque", numbers=False)),
            ("pin", Verdict("pin", doubt="pin")),
            ("user_pin", Verdict("pin")),
            ("X-Partner-Key", Verdict("api-key")),
            ("x-my-auth", Verdict("auth", doubt="auth")),
        ],
    )
    def test_each(self, name: str, verdict: Verdict) -> None:
        """The rule, whether the value must look like a secret, whether a number is one, and whether it is a flag."""
        assert verdict == read(name)

    @pytest.mark.parametrize(
        "name",
        [
            *(
                "",
                "_",
                "....",
                "a",
                "compass",
                "keys",
                "token_count",
                "tokenCount",
                "number_of_tokens",
                "secret_key_id",
            ),
            *("count_of_secret_key", "session_id", "sessionId", "nextToken", "next_page_token", "first_pass", "x-key"),
            *("x-public-key", "x-cache-key", "password.policy", "secrets.manager.name", "user_session_count"),
        ],
    )
    def test_harmless(self, name: str) -> None:
        """Names that only tell about a secret, or about none, say nothing."""
        assert read(name) is None


class TestParts:
    """Names that are divided."""

    @pytest.mark.parametrize(
        ("expected", "name"),
        [
            ("password", "passwordForMaster"),
            ("token", "token_for_service"),
            ("token", "id_token_in_header"),
            ("password", "hash_of_password"),
            ("password", "type_from_password"),
            (None, "type_of_password"),
            (None, "name_of_secret_in_vault"),
            (None, "count_of_items_with_token"),
        ],
    )
    def test_prepositions(self, expected: str | None, name: str) -> None:
        """Each part is a name of its own; only `of` makes one out of two where the first tells about the second."""
        assert expected == rule(name)

    def test_where(self) -> None:
        """What stands before the last dot says where a value is, and not what."""
        assert [None, "token", "password", "password"] == [
            rule(each) for each in ("token.id", "id.token", "password.0", "user.password")
        ]

    @pytest.mark.parametrize("name", ["passwordResetAt", "passwordChangedAt", "passwordCount", "apiKeyLastUsedAt"])
    def test_humps_that_only_tell(self, name: str) -> None:
        """What only tells about a secret does so however it is spelled."""
        assert read(name) is None

    @pytest.mark.parametrize("name", ["passWord", "PassWord", "dbPassWord", "apiKEY", "APIkey"])
    def test_odd_humps(self, name: str) -> None:
        """Humps set at odd places hide nothing."""
        assert read(name) is not None

    @pytest.mark.parametrize("name", ["sessionId", "nextToken", "ToKen", "authOr"])
    def test_humps_that_mean_something(self, name: str) -> None:
        """Of some names the humps are the meaning."""
        assert read(name) is None


class TestWithout:
    """Rules that don't count."""

    @pytest.mark.parametrize(
        ("expected", "name", "without"),
        [
            (None, "token", {"token"}),
            (None, "access_token", {"token"}),
            (None, "X-Partner-Key", {"api-key"}),
            ("csrf", "csrf_token", {"token"}),
            ("token", "csrf_token", {"csrf"}),
            ("password", "password", {"token"}),
            ("secret", "token_secret", {"token"}),
        ],
    )
    def test_the_next_one(self, expected: str | None, name: str, without: set[str]) -> None:
        """A name is read as if the rule weren't there: another may fit it."""
        assert expected == rule(name, frozenset(without))

    @given(name=st.text(st.sampled_from("passwordtokenkeysecretcvv_.-API "), max_size=40))
    def test_all(self, name: str) -> None:
        """Without any rule nothing is said; with all of them what is said is one."""
        assert read(name, RULES.keys()) is None
        assert rule(name) in {None, *RULES}


class TestLastWords:
    """The words that end a name."""

    @given(ends=st.lists(st.sampled_from(sorted(TRANSPARENT)), max_size=4))
    def test_transparent(self, ends: list[str]) -> None:
        """However many follow, the value of a password is the password."""
        assert "password" == rule("_".join(["password", *ends]))

    @pytest.mark.parametrize("word", sorted(METADATA))
    def test_metadata(self, word: str) -> None:
        """Behind each of these the password isn't the value, digits behind it or not."""
        assert [None, None] == [rule(f"password_{word}"), rule(f"password_{word}_2")]
