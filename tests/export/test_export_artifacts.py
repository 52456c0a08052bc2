"""The artifacts in a checkout, this one included."""

from __future__ import annotations

from pathlib import Path

import pytest

from structlog_enrich.export.artifacts import COMMAND, artifacts, require_checkout, stale, write

ROOT = Path(__file__).parents[2]

PATHS = [
    "structlog_enrich/schema/line-1.0.schema.json",
    "structlog_enrich/schema/typed.py",
    "docs/data-dictionary.md",
    "docs/redaction-rules.md",
    "docs/line-1.0.schema.json",
]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout without any artifact."""
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "docs").mkdir()
    (tmp_path / "structlog_enrich" / "schema").mkdir(parents=True)
    return tmp_path


class TestArtifacts:
    """`artifacts()`."""

    def test_where_they_live(self) -> None:
        """Each has a path in the checkout, and ends its last line."""
        assert PATHS == list(artifacts())
        assert all(text.endswith("\n") for text in artifacts().values())

    def test_one_schema_in_two_places(self) -> None:
        """The package and the documentation publish the same schema."""
        assert artifacts()[PATHS[0]] == artifacts()[PATHS[-1]]


class TestRequireCheckout:
    """`require_checkout()`."""

    def test_a_checkout(self, checkout: Path) -> None:
        """A checkout passes without a word."""
        require_checkout(checkout)

    def test_something_else(self, tmp_path: Path) -> None:
        """Any other directory is refused, and the message says what it lacks."""
        (tmp_path / "docs").mkdir()

        with pytest.raises(
            ValueError, match=r"is not a checkout .*: it has no pyproject.toml, no structlog_enrich/schema"
        ):
            require_checkout(tmp_path)


class TestStale:
    """`stale()`."""

    def test_this_checkout_is_current(self) -> None:
        """Whoever changes a model runs the command before committing."""
        assert not stale(ROOT), f"renew with `{COMMAND}`"

    def test_absent_is_stale(self, checkout: Path) -> None:
        """An artifact that isn't there has to be written."""
        assert artifacts() == stale(checkout)

    def test_one_byte_is_enough(self, checkout: Path) -> None:
        """An artifact that was edited by hand, if only its line ends, is named alone."""
        write(checkout)
        edited = checkout / PATHS[2]
        edited.write_bytes(edited.read_bytes().replace(b"\n", b"\r\n", 1))

        assert [PATHS[2]] == list(stale(checkout))


class TestWrite:
    """`write()`."""

    def test_it_writes_what_is_stale(self, checkout: Path) -> None:
        """Everything is written once; the second time there is nothing to do."""
        assert PATHS == write(checkout)
        assert [] == write(checkout)
        assert {} == stale(checkout)
