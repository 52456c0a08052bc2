"""What the library itself says about the line that is being made."""

from __future__ import annotations

from typing import Any

import pytest

from structlog_enrich.said import SAID, Facts, Said, rejoin, report_fault, said_apart


class TestSaid:
    """`Said`, which copied contexts share."""

    def test_it_is_replaced(self) -> None:
        """What is added makes a new one; who holds the old one sees nothing of it."""
        said = Said(("a:A",), Facts("span.end", {"name": "hunter2"}, []))
        more = said.with_faults(("b:B",))

        assert ("a:A",) == said.faults
        assert ("a:A", "b:B") == more.faults
        assert more.facts is said.facts

    def test_its_repr(self) -> None:
        """It names the event and the faults, and no data."""
        said = Said(("a:A",), Facts("span.end", {"name": "hunter2"}, []))

        assert "<Said(faults=('a:A',), facts=<Facts('span.end')>)>" == repr(said)

    def test_apart(self) -> None:
        """While someone else's code runs nothing is said; afterwards it is said again, with what was added."""
        facts = Facts("span.end", {}, [])
        SAID.set(Said(("a:A",), facts))

        with said_apart():
            assert SAID.get() is None
            report_fault("b", "B")

        said = SAID.get()
        assert said is not None
        assert (("a:A", "b:B"), facts) == (said.faults, said.facts)

    def test_nothing_to_keep_apart(self) -> None:
        """Where nothing was said, what is reported inside stays."""
        with said_apart():
            report_fault("b", "B")

        said = SAID.get()
        assert said is not None
        assert ("b:B",) == said.faults

    def test_rejoin_without_news(self) -> None:
        """What was said comes back as it was."""
        before = Said(("a:A",))
        rejoin(before)

        assert before is SAID.get()


class TestReportFault:
    """`report_fault`, what failed on the line that is being made."""

    def test_its_form(self) -> None:
        """The stage, a colon, the type's plain name and never its message."""
        report_fault("app.stage", KeyError("hunter2"))
        report_fault("Envelope", "UnknownLevel")

        assert ("app.stage:KeyError", "Envelope:UnknownLevel") == SAID.get().faults

    def test_bounded(self) -> None:
        """No more than sixteen, none longer than two names of two hundred characters."""
        for _ in range(100):
            report_fault("s" * 1_000, "e" * 1_000)

        assert ("s" * 200 + ":" + "e" * 200,) * 16 == SAID.get().faults

    def test_a_metaclass_that_lies(self) -> None:
        """The type's true name is written, whatever its metaclass says."""

        class Meta(type):
            def __getattribute__(cls, name: str) -> Any:
                raise RuntimeError

        report_fault("stage", Meta("Odd", (Exception,), {})())

        assert ("stage:Odd",) == SAID.get().faults

    @pytest.mark.parametrize("name", ["caf\u00e9", "日本"])
    def test_other_alphabets(self, name: str) -> None:
        """Names in any script stay as they are."""
        report_fault(name, name)

        assert (f"{name}:{name}",) == SAID.get().faults
