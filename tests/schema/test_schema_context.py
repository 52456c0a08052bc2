"""The context of a line."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from structlog_enrich.schema.context import Context


class TestContext:
    """`Context`, with its well-known names and any others."""

    def test_other_names_are_kept(self) -> None:
        """A team binds what it likes."""
        read = Context.model_validate({"cart": {"items": [1, None]}})

        assert {"cart": {"items": [1, None]}} == read.model_extra

    @pytest.mark.parametrize("name", Context.model_fields)
    def test_well_known_names_are_strings(self, name: str) -> None:
        """A reader relies on the type of the names it knows."""
        assert "x" == getattr(Context.model_validate({name: "x"}), name)
        for refused in (1, None):
            with pytest.raises(ValidationError, match=name):
                Context.model_validate({name: refused})

    def test_nothing_empty(self) -> None:
        """A context that binds nothing is left out."""
        with pytest.raises(ValidationError, match="must be left out when nothing is bound"):
            Context.model_validate({})
