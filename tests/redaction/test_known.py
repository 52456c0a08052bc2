"""Names that are judged once."""

from __future__ import annotations

import pytest

from structlog_enrich.redaction.known import KnownNames


class TestKnownNames:
    """`KnownNames`, which remembers names that no rule speaks of."""

    @pytest.mark.parametrize("name", ["", "a b", "żółw", "x" * 65, "a\n", 5, None, b"a"])
    def test_odd_names(self, name: object) -> None:
        """What doesn't stand on the line as it is has to be looked at each time."""
        known = KnownNames(set().__contains__)
        assert (False, set()) == (known.learn([name]), known.names)

    def test_asked_once(self) -> None:
        """A name that is known isn't asked for again by whoever looks at the set first."""
        asked: list[str] = []
        known = KnownNames(lambda name: bool(asked.append(name)))
        known.learn(["a", "b"])
        assert (["a", "b"], {"a", "b"}) == (asked, known.names)

    def test_a_question_that_fails(self) -> None:
        """A policy that raises leaves the name unknown; whoever looks closer says so."""

        def fails(name: str) -> bool:
            raise LookupError(name)

        known = KnownNames(fails)
        assert (False, set()) == (known.learn(["a"]), known.names)

    def test_an_end(self) -> None:
        """A process that makes names without end starts over, in the same set."""
        known = KnownNames(set().__contains__)
        names = known.names
        known.learn(f"n{number}" for number in range(5_000))
        assert names is known.names
        assert len(names) == 5_000 - 4_096

    def test_values(self) -> None:
        """It is remembered that a name stood there which another entry may explain."""
        known = KnownNames(set().__contains__)
        before = known.has_values
        known.learn(["Value"])
        assert (False, True) == (before, known.has_values)
