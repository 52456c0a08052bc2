"""The bytes of the header on the reference event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from benchmarks import events
from benchmarks.contenders import lines_of, preset_ours
from benchmarks.markdown import table as markdown_table
from benchmarks.workload import Workload

if TYPE_CHECKING:
    from benchmarks.harness import Effort

__all__ = ["run", "table"]

_NOT_HEADER: Final = ("context", "payload", "redacted")


def run(effort: Effort) -> dict[str, Any]:
    """Weigh one line; nothing is timed."""
    calls = events.reference()
    line = lines_of(preset_ours, Workload(calls=calls))[-1]
    header = {name: value for name, value in orjson.loads(line).items() if name not in _NOT_HEADER}
    # A field is weighed with the comma or brace before it; what then lacks is the closing brace.
    parts = {name: len(orjson.dumps({name: value})) - 1 for name, value in header.items()}
    return {"header": len(orjson.dumps(header)), "line": len(line), "parts": parts}


def table(result: dict[str, Any]) -> str:
    """Return the result as Markdown, the heaviest field first."""
    parts = sorted(result["parts"].items(), key=lambda part: -part[1])
    rows = [(f"`{name}`", str(weight)) for name, weight in parts]
    rows += [("closing brace", "1"), ("**header**", f"**{result['header']}**"), ("whole line", str(result["line"]))]
    return markdown_table(["field", "bytes"], rows)
