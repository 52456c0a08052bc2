"""A module of `TypedDict`s of a line, for readers in Python that check types and want no models."""

from __future__ import annotations

import json
import textwrap
from typing import Any, Final

from structlog_enrich.export.json_schema import definition, objects

__all__ = ["typed_dict"]

_PREAMBLE: Final = '''\
"""The types of one log line, for readers that decode it themselves.

Generated from the models by `python -m structlog_enrich.export`; change those, not this.

```python
line: LineDict = orjson.loads(text)
```

A line may hold names that are not here: a reader ignores what it doesn't know.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, Required, TypedDict
'''

# A decoder makes an int of a number that has no fraction.
_NAMES: Final = {"string": "str", "integer": "int", "number": "int | float", "boolean": "bool", "null": "None"}


def typed_dict(schema: dict[str, Any]) -> str:
    """Return the module's text, as ruff formats it.

    Args:
        schema: What `line_schema()` returns.
    """
    found = objects(schema)
    public = "".join(f'    "{name}Dict",\n' for name in sorted(found))
    classes = [_class(name, part) for name, part in found.items()]
    return "\n\n".join([f"{_PREAMBLE}\n__all__ = [\n{public}]\n", *classes])


def _class(name: str, schema: dict[str, Any]) -> str:
    lines = [f"class {name}Dict(TypedDict):", _docstring(schema["description"])]
    required = schema.get("required", ())
    for field, part in schema["properties"].items():
        presence = "Required" if field in required else "NotRequired"
        lines += ["", f"    {field}: {presence}[{_type(part)}]", _docstring(part["description"])]
    return "\n".join(lines) + "\n"


def _docstring(text: str) -> str:
    indent = " " * 4
    quoted = f'"""{text}"""'
    return textwrap.fill(quoted, 120, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def _type(schema: dict[str, Any]) -> str:
    match schema:
        case {"$ref": _}:
            return f"{definition(schema)}Dict"
        case {"enum": values}:
            return f"Literal{json.dumps(values)}"
        case {"type": "array", "items": items}:
            return f"list[{_type(items)}]"
        case {"type": "object", "additionalProperties": dict(values)}:
            return f"dict[{_type(schema.get('propertyNames', {'type': 'string'}))}, {_type(values)}]"
        case {"type": "object"}:
            return "dict[str, Any]"
    names = schema["type"]
    return " | ".join(_NAMES[name] for name in ([names] if isinstance(names, str) else names))
