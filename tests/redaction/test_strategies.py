"""What stands in place of a secret, in each way."""

from __future__ import annotations

import copy
import datetime
import pickle
import uuid
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction.strategies import DROP, Call, Drop, Fixed, Mask, Partial, Truncate, plain_text


def initials(value: Any, path: str, rule: str) -> str:
    """Return the first letter."""
    return f"{value[0]} {path} {rule}"


EACH = [Mask(), Drop(), Fixed("***"), Partial(), Partial(2), Truncate(8), Call(initials)]


class TestRejected:
    """Settings that are refused."""

    @pytest.mark.parametrize(
        ("parameter", "make"),
        [
            ("most", lambda: Partial(0)),
            ("most", lambda: Partial(5)),
            ("most", lambda: Partial(True)),  # noqa: FBT003 (what is refused)
            ("length", lambda: Truncate(0)),
            ("length", lambda: Truncate(1_025)),
            ("text", lambda: Fixed("a\nb")),
            ("text", lambda: Fixed("x" * 257)),
            ("text", lambda: Fixed(5)),  # type: ignore[arg-type]
            ("function", lambda: Call("initials")),  # type: ignore[arg-type]
        ],
        ids=range(9),
    )
    def test_settings(self, parameter: str, make: Any) -> None:
        """Each names its parameter."""
        with pytest.raises(ConfigurationError, match=rf"^{parameter} must be "):
            make()


class TestPartial:
    """`Partial`, which shows the end."""

    @pytest.mark.parametrize(
        ("shown", "size"), [(0, 0), (0, 4), (1, 5), (1, 7), (2, 8), (2, 15), (3, 16), (3, 31), (4, 32), (4, 60)]
    )
    def test_scaled_to_length(self, shown: int, size: int) -> None:
        """The longer the text, the more of its end is shown, and never more than four characters."""
        found = Partial()("a" * size, "", "card")
        assert "*" * (size - shown) + "a" * shown == found

    @given(st.text(max_size=200), st.integers(1, 4))
    def test_twice_is_once(self, text: str, most: int) -> None:
        """What it made stays, has an end, and shows no more than it may."""
        found = Partial(most)(text, "", "card")
        assert found == Partial(most)(found, "", "card")
        assert 64 >= len(found)

    def test_containers(self) -> None:
        """What is no text is masked."""
        assert "[REDACTED:card]" == Partial()([4111], "", "card")


class TestTruncate:
    """`Truncate`, which keeps the beginning."""

    @given(st.text(max_size=50), st.integers(1, 40))
    def test_never_all_of_it(self, text: str, length: int) -> None:
        """Some of it is always gone, and twice is once unless it still looked whole."""
        found = Truncate(length)(text, "", "note")
        assert length + 1 >= len(found)
        assert found != text or text.endswith("…")

    def test_bytes(self) -> None:
        """Bytes count as text, a container doesn't."""
        assert ("hun…", "[REDACTED:x]") == (Truncate(3)(b"hunter2", "", "x"), Truncate(3)({}, "", "x"))


class TestEach:
    """What every strategy can do."""

    @pytest.mark.parametrize("strategy", EACH, ids=repr)
    @pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
    def test_copies(self, strategy: Any, copied: Any) -> None:
        """A copy is equal, looks alike and does the same."""
        other = copied(strategy)
        assert (strategy, hash(strategy), repr(strategy)) == (other, hash(other), repr(other))
        assert strategy("hunter2", "a.b", "x") == other("hunter2", "a.b", "x")

    def test_nothing_is_one(self) -> None:
        """`DROP` arrives as itself in another process."""
        assert DROP is pickle.loads(pickle.dumps(DROP))
        assert DROP is copy.deepcopy(DROP)

    def test_a_function_gets_what_it_needs(self) -> None:
        """Value, path and rule."""
        assert "h a.b name" == Call(initials)("hunter2", "a.b", "name")

    def test_the_repr_of_a_function(self) -> None:
        """What a function's object holds isn't shown."""

        class Keyed:
            def __call__(self, value: Any, path: str, rule: str) -> str:
                return ""

            def __repr__(self) -> str:
                return "hunter2"

        assert "hunter2" not in repr(Call(Keyed()))


class TestPlainText:
    """`plain_text`, which knows what is text without asking."""

    @pytest.mark.parametrize(
        ("expected", "value"),
        [
            ("a", "a"),
            ("a", type("Text", (str,), {"__str__": lambda _: "b"})("a")),
            ("\\xff", b"\xff"),
            ("1.5", 1.5),
            ("9.90", Decimal("9.90")),
            ("2026-11-22", datetime.date(2026, 11, 22)),
            (str(uuid.UUID(int=1)), uuid.UUID(int=1)),
            (None, True),
            (None, None),
            (None, 2**5_000),
            (None, {}),
        ],
        ids=range(11),
    )
    def test_values(self, expected: str | None, value: Any) -> None:
        """Texts, numbers and a few standard types are; nothing else is."""
        assert expected == plain_text(value)
