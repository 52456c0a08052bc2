"""The generated `TypedDict`s beside the models."""

from __future__ import annotations

from typing import NotRequired, Required, get_origin, get_type_hints

import pytest
from pydantic import BaseModel

from structlog_enrich.schema import models, typed

MODELS = [model for name in models.__all__ if issubclass(model := getattr(models, name), BaseModel)]


class TestTyped:
    """`structlog_enrich.schema.typed`."""

    def test_there_is_one_for_each_model(self) -> None:
        """Every model has its `TypedDict`, and there are no others."""
        assert [f"{model.__name__}Dict" for model in MODELS] == typed.__all__

    @pytest.mark.parametrize("model", MODELS)
    def test_it_has_the_names_of_the_model(self, model: type[BaseModel]) -> None:
        """The names, their order, and which of them are always there are those of the model."""
        hints = get_type_hints(getattr(typed, f"{model.__name__}Dict"), include_extras=True)

        assert [
            (name, Required if fact.is_required() else NotRequired) for name, fact in model.model_fields.items()
        ] == [(name, get_origin(hint)) for name, hint in hints.items()]
