"""One short name for a whole configuration."""

from __future__ import annotations

from structlog_enrich.fingerprint import fingerprint


class TestFingerprint:
    """`fingerprint`, equal for equal parts."""

    def test_its_form(self) -> None:
        """Twelve lower hex."""
        assert 6 == len(bytes.fromhex(fingerprint()))
        assert fingerprint().islower() or fingerprint().isdigit()

    def test_parts_in_their_order(self) -> None:
        """Other parts, another order or another cut between them is another name."""
        different = [(), ("",), ("a", "b"), ("b", "a"), ("ab",), ("a", "b", ""), ("a", 1)]

        assert len(different) == len({fingerprint(*parts) for parts in different})

    def test_it_is_stable(self) -> None:
        """The same parts have the same name."""
        assert fingerprint("1.0", 5) == fingerprint("1.0", 5)

    def test_any_text(self) -> None:
        """A name with half a character has one too."""
        assert 12 == len(fingerprint("\ud800"))
