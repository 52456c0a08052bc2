"""The plain names beside the models: two places, one truth."""

from __future__ import annotations

from typing import get_args

from structlog_enrich.schema.fields import FIELDS, LEVELS, SCHEMA_VERSION, SCHEMA_VERSIONS
from structlog_enrich.schema.models import Line
from structlog_enrich.schema.values import Level


class TestFields:
    """`FIELDS`, the order of a line."""

    def test_the_model_has_the_same_names_in_the_same_order(self) -> None:
        """A field that one of the two forgets, or moves, is found here."""
        assert FIELDS == tuple(Line.model_fields)


class TestLevels:
    """`LEVELS`, the values of `level`."""

    def test_the_model_has_the_same_levels(self) -> None:
        """The model accepts what the library writes."""
        assert LEVELS == get_args(Level)


class TestSchemaVersions:
    """`SCHEMA_VERSION` and `SCHEMA_VERSIONS`."""

    def test_the_newest_is_written(self) -> None:
        """The version that is written is the last one a service may be pinned to."""
        assert SCHEMA_VERSION == SCHEMA_VERSIONS[-1]
