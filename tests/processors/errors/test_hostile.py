"""Exceptions that fight back."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.exceptions import DropEvent

from structlog_enrich.processors.description import type_name
from structlog_enrich.said import SAID
from tests.processors.errors.raising import Shop, details, line_of, raised


class TestHostile:
    """Exceptions that fight back."""

    @pytest.mark.parametrize("failure", [ValueError, RecursionError, MemoryError, DropEvent])
    @pytest.mark.parametrize("method", ["__str__", "__repr__"])
    def test_failing_text(self, method: str, failure: type[BaseException], validator: Any) -> None:
        """Neither a `__str__` nor a `__repr__` that fails costs the error; no message of the failure shows."""

        def fail(_self: Any) -> str:
            raise failure("hunter2")

        odd = type("Odd", (Exception,), {method: fail})
        line = line_of(validator, exc_info=raised(odd("no")))

        assert f"{__name__}.Odd" == line["error"]["type"]
        assert ("no" if method == "__repr__" else f"<{__name__}.Odd>") == line["error"]["message"]
        assert "hunter2" not in str(line)
        assert (method == "__str__") == ("faults" in line)

    def test_text_that_is_no_text(self, validator: Any) -> None:
        """A `__str__` that returns something else is one that fails."""
        odd = type("Odd", (Exception,), {"__str__": lambda _self: 5})

        assert f"<{__name__}.Odd>" == line_of(validator, exc_info=odd())["error"]["message"]

    def test_a_subclass_of_text(self, validator: Any) -> None:
        """A `__str__` may return a subclass of str with a life of its own."""

        class Text(str):
            __slots__ = ()

            def __str__(self) -> str:
                raise ValueError

            def __len__(self) -> int:
                raise ValueError

        odd = type("Odd", (Exception,), {"__str__": lambda _self: Text("mine")})

        assert "mine" == line_of(validator, exc_info=odd())["error"]["message"]

    @pytest.mark.parametrize("attribute", ["__module__", "__qualname__", "__name__"])
    def test_a_metaclass_that_fails(self, attribute: str, validator: Any) -> None:
        """A metaclass may break the very name of a type."""

        class Meta(type):
            def __getattribute__(cls, name: str) -> Any:
                if name == attribute:
                    raise RuntimeError("hunter2")
                return super().__getattribute__(name)

        odd: Any = Meta("Odd", (Exception,), {})
        line = line_of(validator, exc_info=raised(odd("no")))

        assert "no" == line["error"]["message"]
        assert "hunter2" not in str(line)
        assert ("object" if attribute != "__name__" else f"{__name__}.Odd") == line["error"]["type"]

    @pytest.mark.parametrize("module", [5, None, b"shop"], ids=repr)
    def test_a_module_that_is_no_text(self, module: Any) -> None:
        """A class may say it comes from anywhere."""
        assert "object" == type_name(type("Odd", (Exception,), {"__module__": module}))

    def test_a_class_without_a_name(self, validator: Any) -> None:
        """The type is never empty."""
        odd = type("Odd", (Exception,), {"__module__": "builtins", "__qualname__": ""})

        assert "object" == line_of(validator, exc_info=odd())["error"]["type"]

    @pytest.mark.parametrize(
        "attribute", ["__cause__", "__context__", "__suppress_context__", "__traceback__", "__notes__"]
    )
    @pytest.mark.parametrize("junk", [5, "text", object()], ids=["int", "str", "object"])
    def test_attributes_redefined(self, attribute: str, junk: Any, validator: Any) -> None:
        """A class may redefine what exceptions are made of, with nonsense or with what fails."""

        def fail(_self: Any) -> Any:
            raise RuntimeError("hunter2")

        for value in (property(fail), property(lambda _self: junk)):
            odd = type("Odd", (Exception,), {attribute: value})
            line = line_of(validator, exc_info=odd("no"))

            assert f"{__name__}.Odd" == line["error"]["type"]
            assert "hunter2" not in str(line)

    def test_a_group_redefined(self, validator: Any) -> None:
        """So may a group its members."""

        class Odd(ExceptionGroup[Exception]):
            @property
            def exceptions(self) -> Any:
                raise RuntimeError("hunter2")

        line = line_of(validator, exc_info=raised(Odd("g", [Shop()])))
        assert line["error"]["type"].endswith("Odd")
        assert "hunter2" not in str(line)

    def test_what_could_not_be_described_has_a_fingerprint(self) -> None:
        """The least of an error is its type, said twice, and a fingerprint of it."""
        odd = type("Odd", (Exception,), {"__cause__": property(lambda _self: 5)})
        first, second = details(exc=odd("1")), details(exc=odd("2"))

        assert {
            "type": f"{__name__}.Odd",
            "message": f"<{__name__}.Odd>",
            "fingerprint": first["fingerprint"],
        } == second

    def test_a_deep_stack(self, validator: Any) -> None:
        """A runaway recursion has a short stack, as the standard library writes it."""

        def fall() -> None:
            fall()

        try:
            fall()
        except RecursionError:
            line = line_of(validator, exc_info=True)

        assert "RecursionError" == line["error"]["type"]
        assert "Previous line repeated" in line["error"]["stack"]

    def test_no_fault_without_cause(self) -> None:
        """An ordinary exception leaves none."""
        details(exc_info=raised(Shop("no")))

        assert SAID.get() is None
