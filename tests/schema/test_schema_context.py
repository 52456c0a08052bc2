"""The context of a line."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from structlog_enrich.schema.context import Context
from structlog_enrich.schema.fields import CONTEXT_NAMES


class TestContext:
    """`Context`, with its well-known names and any others."""

    def test_other_names_are_kept(self) -> None:
        """A team binds what it likes."""
        read = Context.model_validate({"cart": {"items": [1, None]}})

        assert {"cart": {"items": [1, None]}} == read.model_extra

    @pytest.mark.parametrize("name", Context.model_fields)
    def test_well_known_names_are_scalars(self, name: str) -> None:
        """A reader finds a scalar or null under a name it knows, never an object or a list."""
        for bound in ("x", 1, 1.5, True, None):
            assert bound == getattr(Context.model_validate({name: bound}), name)
        for refused in ({}, [], 2**63):
            with pytest.raises(ValidationError, match=name):
                Context.model_validate({name: refused})

    def test_the_plain_module_knows_the_same_names(self) -> None:
        """The hot path, which never imports the models, keeps the same list."""
        assert CONTEXT_NAMES == tuple(Context.model_fields)

    def test_nothing_empty(self) -> None:
        """A context that binds nothing is left out."""
        with pytest.raises(ValidationError, match="must be left out when nothing is bound"):
            Context.model_validate({})
