"""The generated page about the rules of redaction."""

from __future__ import annotations

from structlog_enrich.export.redaction_rules import redaction_rules
from structlog_enrich.redaction.packs import PACKS, pack
from structlog_enrich.redaction.values import DEFAULT_RULES
from structlog_enrich.redaction.words import RULES


def rows_of(section: str) -> list[list[str]]:
    """Return the cells of each row of a section of the page."""
    (text,) = (each for each in redaction_rules().split("\n## ")[1:] if each.startswith(section))
    return [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]


class TestRedactionRules:
    """`redaction_rules()`."""

    def test_every_rule_for_keys(self) -> None:
        """Each has its row and its meaning, in order."""
        assert [[f"`{rule}`", meaning] for rule, meaning in sorted(RULES.items())] == rows_of("By key")

    def test_every_rule_for_texts(self) -> None:
        """Each id has one row, with a source for it; a bar in a literal ends no cell."""
        rows = rows_of("By the form")
        assert sorted({f"`{rule.id}`" for rule in DEFAULT_RULES}) == [row[0] for row in rows]
        assert all(3 == len(row) and row[2] for row in rows)

    def test_every_pack(self) -> None:
        """Each pack has a row for each of its rules."""
        expected = [f"`PII.{name}`" for name in PACKS[:-1] for _ in pack(name).values]
        assert expected == [row[1] for row in rows_of("Packs")]

    def test_it_ends_its_last_line_once(self) -> None:
        """As a file should."""
        assert redaction_rules().endswith("|\n")
