"""The accounts of one event: what it writes, and what is noted of it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.processors.limits import MAX_NOTES, SHORTEST, Limits
from structlog_enrich.processors.writing import BYTES_PER_VALUE, Writing
from structlog_enrich.redaction import Fixed, RedactionPolicy

SECRET = "hunter" + "2"
PLACE = ((None, "payload"), "a")
LIMITS = Limits(max_string=64, max_stack=100, max_line=8_192)


def writing(limits: Limits = LIMITS, *, scans: bool = True, **told: Any) -> Writing:
    """Return the accounts of an event that has just begun."""
    return Writing(RedactionPolicy(**told).compiled, limits, scans=scans)


class TestText:
    """`text` and `rescanned`: a short text is collected, a long one looked at before it is cut."""

    def test_short(self) -> None:
        """It stays as it is until all are looked at together, and then goes without its secrets."""
        told = writing()
        text = told.text(f"password={SECRET}", PLACE)
        assert (f"password={SECRET}", [text], []) == (text, told.texts, told.redacted)
        assert "password=[REDACTED:password]" == told.rescanned(text, PLACE)
        assert ["payload.a:password"] == told.redacted
        assert "clean" == told.rescanned("clean", PLACE)

    @pytest.mark.parametrize("at", [0, 40, 55, 60, 64, 90])
    def test_a_secret_at_the_cut(self, at: int) -> None:
        """It is found whole wherever the cut falls, and a marker isn't cut in two."""
        told = writing()
        left = told.text(f"{'x' * at} password={SECRET}{'9' * 30} {'y' * 60}", PLACE)
        assert SECRET[:3] not in left
        assert 64 >= len(left)
        assert "[REDACTED:password]" in left or "[" not in left.rpartition("…")[0]
        assert (["payload.a:password"], ["payload.a:max_string"], []) == (told.redacted, told.truncated, told.texts)

    def test_how_much_is_gone(self) -> None:
        """The mark of a cut counts what the text had behind it, what wasn't looked at too."""
        told = writing()
        left = told.text("x" * 10_000, PLACE)
        kept, _, gone = left.partition("…[+")
        assert 10_000 == len(kept) + int(gone.rstrip("]"))

    def test_what_a_strategy_wrote(self) -> None:
        """No second look changes it, though it looks like a secret."""
        told = writing(strategies={"password": Fixed("password=xyz")})
        left = told.text(f"password={SECRET} {'y' * 60}", PLACE)
        assert "password=password=xyz" in left
        assert left is told.rescanned(left, PLACE)

    def test_without_scans(self) -> None:
        """Nothing is looked for, and what is too long is cut."""
        told = writing(scans=False)
        assert f"password={SECRET}" == told.text(f"password={SECRET}", PLACE)
        assert told.text(f"password={SECRET} {'y' * 60}", PLACE).startswith(f"password={SECRET}")
        assert [] == told.redacted

    def test_by_another_limit(self) -> None:
        """A stack has its own."""
        told = writing()
        assert [100, 64] == [len(told.text("x" * 500, PLACE, each)) for each in ("max_stack", "max_string")]
        assert ["payload.a:max_stack", "payload.a:max_string"] == told.truncated

    def test_no_room(self) -> None:
        """Once there is enough to choose from texts become short, for the line's sake."""
        told = writing(Limits(max_string=8_192, max_line=8_192))
        sizes = [len(told.text("x" * 8_192, PLACE)) for _ in range(20)]
        assert [8_192] * 16 + [SHORTEST] * 4 == sizes
        assert ["payload.a:max_line"] == told.truncated
        assert SHORTEST == told.longest()

    def test_shown(self) -> None:
        """What was made of what was looked at is cut, and not collected."""
        told = writing()
        assert "x" * 57 + "…[+43]" == told.shown("x" * 100, PLACE)
        assert ([], ["payload.a:max_string"]) == (told.texts, told.truncated)


class TestSize:
    """`size`, which is never less than what is written."""

    @given(texts=st.lists(st.text(max_size=80), max_size=20), keys=st.lists(st.text(max_size=80), max_size=20))
    def test_bound(self, texts: list[str], keys: list[str]) -> None:
        """Whatever the characters, JSON needs no more bytes."""
        told = writing()
        written = {told.name(key, (), None, is_known=False): 1 for key in keys}
        values = [told.text(text, PLACE) for text in texts]
        values += [told.masked("password", PLACE) for _ in range(3)]
        room = told.size + BYTES_PER_VALUE * (len(keys) + 4)
        assert room >= len(orjson.dumps([written, values, told.redacted, told.truncated]))

    def test_count(self) -> None:
        """Entries with known names are counted together, and take as much of what may be read."""
        told = writing()
        nodes, room = told.nodes, told.room
        told.count(3, 50)
        assert (3, 50) == (nodes - told.nodes, room - told.room)
        assert len(orjson.dumps({"x" * 64 + str(at): "\0" * 17 for at in range(3)})) <= told.size

    def test_lone_surrogates(self) -> None:
        """A text that has no bytes is written with a replacement."""
        assert "a\ufffd" == writing().text("a\ud800", PLACE)
        assert "a\ufffd" == writing().name("a\ud800", (), None, is_known=False)


class TestName:
    """`name`: under which name a value is written."""

    def test_half_a_surrogate_before_a_secret(self) -> None:
        """Neither the name nor the note holds what no line can."""
        told = writing(Limits())
        name = told.name("\ud800 glpat-" + "q7Zk3RxV9mBtW2nHc8Jp", (), (None, "payload"), is_known=False)
        assert "\ufffd [REDACTED:gitlab-token]" == name
        orjson.dumps([name, *told.redacted])
        assert 1 == len(told.redacted)

    def test_taken(self) -> None:
        """A name that is there gets the next number that isn't."""
        told = writing()
        assert ["b", "a#2", "a#4"] == [
            told.name(key, taken, None, is_known=True)
            for key, taken in (("b", {"a"}), ("a", {"a"}), ("a", {"a", "a#2", "a#3"}))
        ]

    def test_secrets(self) -> None:
        """A key that is a secret is written without it, and its path doesn't show it either."""
        told = writing()
        assert "password=[REDACTED:password]" == told.name(f"password={SECRET}", (), (None, "payload"), is_known=False)
        assert ['payload["password=[REDACTED:password]"]:password'] == told.redacted

    def test_known(self) -> None:
        """One that was looked into before isn't looked into again, and neither is any where nothing is."""
        key = f"password={SECRET}"
        assert [key] * 2 == [
            writing().name(key, (), None, is_known=True),
            writing(scans=False).name(key, (), None, is_known=False),
        ]

    def test_long(self) -> None:
        """It is cut; where keys differ only behind the cut they are still two."""
        told = writing()
        one = told.name("x" * 500 + "1", (), None, is_known=False)
        other = told.name("x" * 500 + "2", {one}, None, is_known=False)
        assert (64, f"{one}#2") == (len(one), other)
        long = told.name(f"{'x' * 50} password={SECRET}{'9' * 9_000}", (), None, is_known=False)
        assert SECRET[:3] not in long


class TestNotes:
    """`masked`, `cut_away` and `note`."""

    def test_what_stands(self) -> None:
        """A marker, or an ellipsis."""
        told = writing()
        assert ["[REDACTED:jwt]", "…"] == [told.masked("jwt", PLACE), told.cut_away("max_items", PLACE)]
        assert (["payload.a:jwt"], ["payload.a:max_items"]) == (told.redacted, told.truncated)
        assert "[REDACTED:jwt]" == told.rescanned("[REDACTED:jwt]", PLACE)

    def test_once(self) -> None:
        """One place and rule is noted once, another rule there as well."""
        told = writing()
        for rule in ("jwt", "token", "jwt"):
            told.masked(rule, PLACE)
        assert ["payload.a:jwt", "payload.a:token"] == told.redacted

    def test_has_an_end(self) -> None:
        """One more than may be written shows that there were more."""
        told = writing()
        for number in range(1_000):
            told.masked("jwt", (PLACE, number))
            told.cut_away("max_items", (PLACE, number))
        assert [MAX_NOTES + 1] * 2 == [len(told.redacted), len(told.truncated)]
        assert "payload.a[64]:jwt" == told.redacted[-1]
