"""The generated module of `TypedDict`s."""

from __future__ import annotations

from typing import Any

import pytest

from structlog_enrich.export.json_schema import line_schema
from structlog_enrich.export.typed_dict import typed_dict


def module_of(part: dict[str, Any]) -> str:
    """Return the module of a line with one optional field of the schema *part*."""
    return typed_dict({"description": "A line.", "properties": {"field": {"description": "A field."} | part}})


class TestTypedDict:
    """`typed_dict()`."""

    def test_it_says_where_it_comes_from(self) -> None:
        """Whoever wants to change it learns what to change instead."""
        assert "Generated from the models by `python -m structlog_enrich.export`" in typed_dict(line_schema())

    def test_it_runs(self) -> None:
        """The module is Python and exports one type for each object, sorted."""
        namespace: dict[str, Any] = {}
        exec(typed_dict(line_schema()), namespace)

        assert sorted(namespace["__all__"]) == namespace["__all__"]
        assert set(namespace["__all__"]) == {
            name for name in namespace if name.endswith("Dict") and name != "TypedDict"
        }

    @pytest.mark.parametrize(
        ("part", "expected"),
        [
            ({"type": "integer"}, "int"),
            ({"type": "number"}, "int | float"),
            ({"type": ["string", "boolean"]}, "str | bool"),
            ({"type": "string", "enum": ["a", "b"]}, 'Literal["a", "b"]'),
            ({"type": "array", "items": {"type": "string"}}, "list[str]"),
            ({"type": "object", "additionalProperties": {"type": "string"}}, "dict[str, str]"),
            ({"type": "object", "additionalProperties": True}, "dict[str, Any]"),
            (
                {
                    "type": "object",
                    "propertyNames": {"enum": ["a"]},
                    "additionalProperties": {"type": "integer"},
                },
                'dict[Literal["a"], int]',
            ),
        ],
    )
    def test_types(self, part: dict[str, Any], expected: str) -> None:
        """Each kind of schema has its type."""
        assert f"    field: NotRequired[{expected}]\n" in module_of(part)

    def test_long_meanings_are_wrapped(self) -> None:
        """No line is longer than the project allows."""
        text = module_of({"type": "string", "description": "word " * 60 + "end."})

        assert 120 >= max(len(line) for line in text.splitlines())
        assert '\n    """word word' in text
        assert 'word end."""\n' in text
