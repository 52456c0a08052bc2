"""The functions that render values, by themselves."""

from __future__ import annotations

import collections
from typing import Any

import pydantic

from structlog_enrich.processors.values import SECRET, bytes_text, safe_repr, simpler, unreadable
from tests.processors.values.specimens import MODULE, Trap, failing


class TestFunctions:
    """The functions by themselves."""

    def test_the_cache_is_bounded(self) -> None:
        """Types made without end are rendered right and not kept without end."""
        for number in range(3_000):
            assert [number] == simpler(type("Made", (list,), {})([number]), 5)

    def test_secret_is_told(self) -> None:
        """A secret by its type is told by a mark of its own."""
        assert SECRET is simpler(pydantic.SecretStr("x"), 5)

    def test_one_more_than_asked(self) -> None:
        """One item more than asked for shows that there are more."""
        assert [[0, 1, 2]] * 3 == [simpler(each, 2) for each in (range(9), collections.deque(range(9)), set(range(9)))]
        assert {0: None, 1: None, 2: None} == simpler(dict.fromkeys(range(9)), 2)

    def test_safe_repr(self) -> None:
        """The `repr`, or the name of the type."""
        assert ["[1]", f"<{MODULE}.Failing>"] == [safe_repr([1]), safe_repr(failing(object, "__repr__")())]

    def test_unreadable(self) -> None:
        """The name of the type, and nothing that the value holds."""
        assert ["<int>", f"<{MODULE}.Trap>"] == [unreadable(5), unreadable(Trap())]

    def test_bytes_text(self) -> None:
        """Text where it is text."""
        assert ["ż", "base64:gA=="] == [bytes_text("ż".encode()), bytes_text(b"\x80")]

    def test_a_dict_that_changes_while_it_is_read(self) -> None:
        """It is read again from a copy; here a key changes it whenever it is hashed."""
        parcel: dict[Any, Any] = type("Parcel", (dict,), {})()

        class Key:
            def __hash__(self) -> int:
                parcel[f"more {len(parcel)}"] = len(parcel)
                return 1

        parcel[Key()] = "x"
        parcel["last"] = "y"
        assert {"x", "y"} < set(simpler(parcel, 100).values())
