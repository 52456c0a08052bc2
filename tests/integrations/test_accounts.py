"""Whose account is told, and by which name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich import ConfigurationError
from structlog_enrich.delivery import Several, Writer
from structlog_enrich.integrations.accounts import named_writers
from structlog_enrich.integrations.otel_metrics import observe_writer
from structlog_enrich.integrations.prometheus import WriterCollector

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def several(tmp_path: Path) -> Iterator[Several]:
    """Return two writers as one."""
    with Several(Writer(tmp_path / "a"), Writer(tmp_path / "b")) as several:
        yield several


class TestNamedWriters:
    """Each writer has one name, and no two the same."""

    def test_names(self, several: Several) -> None:
        """A name is for one writer, or for each with its place; names are for each."""
        first, second = several.writers
        assert {"file": first} == named_writers(first, "file") == named_writers(first, ["file"])
        assert {"file-0": first, "file-1": second} == named_writers(several, "file")
        assert {"a": first, "b": second} == named_writers(several, ("a", "b"))

    @pytest.mark.parametrize("name", [("a",), ("a", "a"), ("a", "b", "b"), (), ("a", 1)])
    @pytest.mark.parametrize("tell", [WriterCollector, observe_writer])
    def test_other_names(self, tell: Any, name: Any, several: Several) -> None:
        """Too few, too many and the same are refused when it is made, not when it is read."""
        with pytest.raises(ConfigurationError, match="name must be a string, or 2 different ones, one for each writer"):
            tell(several, name=name)

    @pytest.mark.parametrize("tell", [WriterCollector, observe_writer])
    def test_no_writer(self, tell: Any, several: Several) -> None:
        """What has no account is refused likewise, a logger as well."""
        for each in (None, several(), several.writers[0]()):
            with pytest.raises(
                ConfigurationError, match=r"writer must be a Writer or a Several, not .* not its sink or its logger"
            ):
                tell(each)
