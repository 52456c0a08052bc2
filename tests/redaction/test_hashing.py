"""The keyed hash: its form, its keys, how keys change."""

from __future__ import annotations

import base64
import copy
import hashlib
import hmac
import pickle
import re
from typing import Any

import pytest

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction.hashing import Hash
from structlog_enrich.redaction.values.rule import filler

NEW, OLD = filler(40).encode(), filler(32)[::-1].encode()


class TestRejected:
    """Keys and ids that are refused, without being shown."""

    @pytest.mark.parametrize(
        "key",
        [
            *(None, 5, b"", "", b"short", "x" * 64, b"ab" * 32, bytes(range(64)), bytes(64)),
            *("default_insecure_salt_change_me", "my-secret-" + filler(20), "0123456789abcdef0123456789abcdef"),
        ],
        ids=range(12),
    )
    def test_weak_keys(self, key: Any) -> None:
        """Absent, short, repetitive, counted up or well known: refused, and the message helps nobody to guess it."""
        with pytest.raises(ConfigurationError, match=r"^key must .*secrets\.token_urlsafe") as caught:
            Hash(key)
        assert not isinstance(key, str) or not key or key not in str(caught.value)

    @pytest.mark.parametrize("key_id", ["", "a:b", "x" * 17, "é", 5, "a,b"])
    def test_ids(self, key_id: Any) -> None:
        """An id that would break the form is refused."""
        with pytest.raises(ConfigurationError, match=r"^key_id must be an id"):
            Hash(NEW, key_id=key_id)

    def test_previous(self) -> None:
        """The key before must be one, a good one, and have an id of its own."""
        with pytest.raises(ConfigurationError, match=r"^previous must have another id"):
            Hash(NEW, key_id="1", previous={"1": OLD})
        with pytest.raises(ConfigurationError, match=r"^previous must hold one key"):
            Hash(NEW, key_id="3", previous={"1": OLD, "2": OLD})
        with pytest.raises(ConfigurationError, match=r"^previous\['1'\] must have at least 16 bytes"):
            Hash(NEW, key_id="2", previous={"1": b"short"})

    @pytest.mark.parametrize("previous", ["abc", b"abc", 5, ["ab"], [5], ("1", OLD), [("1", OLD)], {"1"}], ids=range(8))
    def test_no_mapping(self, previous: Any) -> None:
        """What is no mapping is refused by its type, for it may be a key."""
        with pytest.raises(
            ConfigurationError, match=r"^previous must map .* not a value of type .*\{\"1\": old"
        ) as caught:
            Hash(NEW, key_id="2", previous=previous)
        assert str(OLD) not in str(caught.value)

    @pytest.mark.parametrize("given", [OLD.decode() + "/", OLD + b"/"], ids=["text", "bytes"])
    def test_a_key_for_an_id(self, given: Any) -> None:
        """A key that stands where its id should isn't shown."""
        for told in ({"key_id": given}, {"previous": {given: "1"}}):
            with pytest.raises(ConfigurationError, match=r"must be an id of 1 to 16 .* not a value of type") as caught:
                Hash(NEW, **told)
            assert OLD.decode() not in str(caught.value)

    @pytest.mark.parametrize("same", [NEW, NEW.decode()], ids=["bytes", "text"])
    def test_the_same_key(self, same: Any) -> None:
        """The same key twice would write the same hash twice, and change nothing."""
        with pytest.raises(ConfigurationError, match=r"^previous must hold another key, not the same key") as caught:
            Hash(NEW, key_id="2", previous={"1": same})
        assert NEW.decode() not in str(caught.value)


class TestHash:
    """`Hash`, by which the same person still joins."""

    def test_form(self) -> None:
        """It is HMAC-SHA256 cut to 128 bit in base64url, behind the id of its key."""
        digest = hmac.new(NEW, b"alice@example.com", hashlib.sha256).digest()[:16]
        expected = "hk2:" + base64.urlsafe_b64encode(digest).decode().rstrip("=")
        assert expected == Hash(NEW, key_id="k2")("alice@example.com", "a", "email")

    def test_joins(self) -> None:
        """Equal values have equal hashes wherever they stand; text and number too, and other keys have others."""
        one = Hash(NEW)
        assert one(4111, "a", "x") == one("4111", "b", "y") == one(b"4111", "c", "z")
        assert one("a", "", "x") != one("b", "", "x")
        assert one("a", "", "x")[3:] != Hash(OLD)("a", "", "x")[3:]

    def test_a_change_of_keys(self) -> None:
        """While both are given, a line joins with those before and those after the change."""
        before, both, after = Hash(OLD, key_id="1"), Hash(NEW, key_id="2", previous={"1": OLD}), Hash(NEW, key_id="2")
        new, old = both("alice", "", "x").split(",")
        assert (after("alice", "", "x"), before("alice", "", "x")) == (new, old)

    @pytest.mark.parametrize("value", ["", b"", None, True, [], {"a": 1}, object()], ids=range(7))
    def test_what_has_no_text(self, value: Any) -> None:
        """It is masked."""
        assert "[REDACTED:x]" == Hash(NEW)(value, "", "x")

    def test_twice_is_once(self) -> None:
        """A hash of its own stays; one of another key doesn't."""
        both = Hash(NEW, key_id="2", previous={"1": OLD})
        once = both("alice", "", "x")
        assert once == both(once, "", "x")
        assert once.split(",")[1] == both(once.split(",")[1], "", "x")
        assert once != Hash(NEW, key_id="9")(once, "", "x")

    def test_surrogates(self) -> None:
        """Any text has a hash."""
        assert re.fullmatch(r"h1:[A-Za-z0-9_-]{22}", Hash(NEW)("\ud800", "", "x"))

    def test_repr(self) -> None:
        """It shows the ids of the keys and nothing of the keys."""
        assert "Hash(key ids: 2, 1)" == repr(Hash(NEW, key_id="2", previous={"1": OLD}))

    @pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
    def test_copies(self, copied: Any) -> None:
        """A copy is equal and makes the same hashes; another key is another strategy."""
        both = Hash(NEW, key_id="2", previous={"1": OLD})
        other = copied(both)
        assert (both, hash(both), both("a", "", "x")) == (other, hash(other), other("a", "", "x"))
        assert both != Hash(OLD, key_id="2", previous={"1": NEW})
        assert both != "hash"
