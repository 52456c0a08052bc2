"""Classifications, and what the models say of each field."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from structlog_enrich.schema import models
from structlog_enrich.schema.classification import INTERNAL, MEANINGS, PUBLIC, Classification, field

MODELS = [model for name in models.__all__ if issubclass(model := getattr(models, name), BaseModel)]
FIELDS = [
    pytest.param(fact, id=f"{model.__name__}.{name}") for model in MODELS for name, fact in model.model_fields.items()
]


class TestClassification:
    """The four classifications."""

    def test_the_four(self) -> None:
        """They are ordered from the mildest."""
        assert ["public", "internal", "personal", "secret"] == list(Classification)

    def test_each_has_a_meaning(self) -> None:
        """Whoever stores lines is told what each asks of them."""
        assert list(Classification) == list(MEANINGS)


class TestField:
    """`field()`, the facts of one field."""

    def test_what_is_not_given_is_left_out(self) -> None:
        """A field that is always there and that OpenTelemetry doesn't name has neither fact."""
        assert {"x-classification": "public"} == field("Meaning.", PUBLIC).json_schema_extra

    def test_all_facts(self) -> None:
        """Each fact has a name of its own in the JSON Schema."""
        described = field("Meaning.", INTERNAL, when="at times", otel_name="a.b")

        assert "Meaning." == described.description
        assert {
            "x-classification": "internal",
            "x-when": "at times",
            "x-otel-name": "a.b",
        } == described.json_schema_extra

    @pytest.mark.parametrize("fact", FIELDS)
    def test_every_field_says_what_it_means(self, fact: Any) -> None:
        """Each field has a sentence, a classification, and a condition exactly when it may be absent."""
        assert fact.description.endswith((".", "…"))
        assert fact.json_schema_extra["x-classification"] in set(Classification)
        assert fact.is_required() == ("x-when" not in fact.json_schema_extra)
