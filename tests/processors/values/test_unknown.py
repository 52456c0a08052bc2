"""Objects of which nothing is known: shown by their `repr`, neither consumed nor woken."""

from __future__ import annotations

import collections
import itertools
import weakref
from typing import Any
from unittest import mock

import pytest
from structlog.exceptions import DropEvent

from structlog_enrich.processors.texts import cut
from tests.processors.values.specimens import MODULE, Meta, Proxy, Trap, Whole, failing, written


class TestUnknown:
    """Objects of which nothing is known but how they show themselves."""

    @pytest.mark.parametrize("error", [ValueError, RecursionError, MemoryError, DropEvent, StopIteration])
    def test_a_failing_repr(self, error: type[BaseException]) -> None:
        """What fails to show itself is named by its type."""
        assert f"<{MODULE}.Failing>" == written(failing(object, "__repr__", error=error)())

    @pytest.mark.parametrize("result", [5, None, b"x"])
    def test_a_repr_that_is_no_text(self, result: Any) -> None:
        """A `repr` that returns something else has failed."""
        value = type("Odd", (), {"__repr__": lambda _self: result})()
        assert f"<{__name__}.Odd>" == written(value)

    def test_a_repr_that_is_an_odd_text(self) -> None:
        """A text that overrides everything is read past it."""
        text = failing(str, "__str__", "__len__", "encode", "isascii")("odd")
        value = type("Odd", (), {"__repr__": lambda _self: text})()
        assert (str, "odd") == (type(written(value)), written(value))

    def test_a_long_repr(self) -> None:
        """A `repr` is cut like any text."""
        value = type("Long", (), {"__repr__": lambda _self: "x" * 1_000_000})()
        assert cut("x" * 1_000_000, 8_192) == written(value)

    def test_a_class_that_fails(self) -> None:
        """An object whose very class can't be asked is still written."""
        odd = Meta("Odd", (), {"__repr__": None})
        assert "<object>" == written(odd())

    @pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
    def test_what_must_pass(self, error: type[BaseException]) -> None:
        """What ends the program isn't swallowed."""
        with pytest.raises(error):
            written(failing(object, "__repr__", error=error)())

    def test_an_exception_that_cannot_say(self) -> None:
        """An exception with a failing `str` is named by its type."""
        assert f"<{MODULE}.Failing>" == written(failing(ValueError, "__str__")())

    def test_numbers_that_fail(self) -> None:
        """A registered number that can't be converted is named by its type."""
        value = failing(Whole, "__int__")(5)
        assert f"<{MODULE}.Failing>" == written(value)

    def test_memory_that_is_gone(self) -> None:
        """A released `memoryview` is named by its type."""
        memory = memoryview(b"abc")
        memory.release()
        assert "<memoryview>" == written(memory)

    def test_no_attribute_is_asked_for(self) -> None:
        """An unknown object is shown by its `repr` and asked for nothing else."""
        assert "Trap()" == written(Trap())
        assert [] == Trap.asked

    def test_mock(self) -> None:
        """A mock has every attribute and claims any class; it is named."""
        value = mock.MagicMock(spec=dict)
        assert "<unittest.mock.MagicMock>" == written(value)
        assert [] == value.mock_calls


class TestNothingIsConsumed:
    """Iterators stay where they are, and lazy objects stay asleep."""

    @pytest.mark.parametrize(
        "make",
        [
            lambda: iter([1, 2]),
            lambda: (each for each in [1, 2]),
            lambda: map(int, "12"),
            lambda: zip([1, 2], strict=True),
            lambda: reversed([1, 2]),
            lambda: itertools.count(1),
            lambda: iter({1, 2}),
            lambda: filter(None, [1, 2]),
            lambda: enumerate([1, 2]),
        ],
        ids=itertools.count(),
    )
    def test_iterators(self, make: Any) -> None:
        """An iterator is written by its `repr` and is not advanced."""
        iterator, other = make(), make()
        assert repr(iterator) == written(iterator)
        assert next(other) == next(iterator)

    def test_coroutines(self) -> None:
        """A coroutine is neither run nor closed."""

        async def answer() -> int:
            return 42

        coroutine = answer()
        assert repr(coroutine) == written(coroutine)
        with pytest.raises(StopIteration, match="42"):
            coroutine.send(None)

    def test_proxies(self) -> None:
        """A proxy that lies about its class is named, and what it stands for isn't fetched."""
        assert f"<{MODULE}.Proxy>" == written(Proxy())

    def test_weak_proxies(self) -> None:
        """A weak proxy is shown as what it is, dead or alive."""
        target = Trap()
        assert written(weakref.proxy(target)).startswith("<weakproxy at")

    @pytest.mark.parametrize(
        ("module", "name"), [("django.db.models.query", "QuerySet"), ("django.utils.functional", "Promise")]
    )
    def test_django(self, module: str, name: str) -> None:
        """A query isn't run and a translation isn't looked up, in subclasses neither."""
        base = type(name, (), {"__module__": module, "__repr__": None, "__iter__": None, "__len__": None})
        child = type("Child", (base,), {"__module__": "shop"})
        assert [f"<{module}.{name}>", "<shop.Child>"] == written([base(), child()])

    def test_a_sequence_of_its_own(self) -> None:
        """A registered sequence is read by its places, and only as many as are written."""
        read: list[int] = []

        class Rows(collections.abc.Sequence[int]):
            def __len__(self) -> int:
                return 10**6

            def __getitem__(self, index: Any) -> Any:
                read.append(index)
                return index

        assert 256 == len(written(Rows()))
        assert list(range(257)) == read

    def test_a_mapping_of_its_own(self) -> None:
        """A mapping without an end is read as far as is written."""

        class Endless(collections.abc.Mapping[str, int]):
            def __len__(self) -> int:
                raise ValueError

            def __iter__(self) -> Any:
                return (f"k{each}" for each in itertools.count())

            def __getitem__(self, key: str) -> int:
                return len(key)

        assert 256 == len(written(Endless()))

    def test_a_set_of_its_own(self) -> None:
        """A registered set is a list."""

        class Pair(collections.abc.Set[int]):
            def __len__(self) -> int:
                return 2

            def __iter__(self) -> Any:
                return iter([2, 1])

            def __contains__(self, item: object) -> bool:
                raise ValueError

        assert [1, 2] == written(Pair())
