"""Start-up: what `import structlog_enrich` and the first `preset()` add."""

from __future__ import annotations

import json
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from benchmarks.harness import interleave
from benchmarks.interpreters import BASE, python, with_bytecode
from benchmarks.markdown import measured
from benchmarks.markdown import table as markdown_table
from benchmarks.statistics import differences, spread

if TYPE_CHECKING:
    from benchmarks.harness import Effort

__all__ = ["run", "table"]

_NANOSECONDS: Final = 1_000_000.0

_IMPORTED: Final = f"{BASE}\nimport structlog_enrich"
_CALLED: Final = f"{_IMPORTED}\nstructlog_enrich.preset()"
_PROBE: Final = f"""
{BASE}
import json, threading, time
start = time.perf_counter_ns()
import structlog_enrich
imported = time.perf_counter_ns()
modules = sorted({{name.partition(".")[0] for name in sys.modules}})
facts = {{"threads": threading.active_count() - 1, "modules": modules}}
before = time.perf_counter_ns()
structlog_enrich.preset()
called = time.perf_counter_ns()
print(json.dumps({{"import": imported - start, "preset": called - before, **facts}}))
"""

_HEAVY: Final = ("pydantic", "pydantic_core", "fastapi", "starlette", "django", "flask", "celery", "opentelemetry")


def run(effort: Effort) -> dict[str, Any]:
    """Start fresh interpreters in turn, with and without the import, and ask some what they saw inside."""
    seen: list[dict[str, Any]] = []
    with with_bytecode() as environment:
        blocks = {
            "base": partial(_started, BASE, environment),
            "import": partial(_started, _IMPORTED, environment),
            "preset": partial(_started, _CALLED, environment),
            "inside": partial(_probed, seen, environment),
        }
        taken = interleave(blocks, rounds=effort.starts)
    counted = seen[-effort.starts :]
    return {
        **{name: [each / _NANOSECONDS for each in taken[name]] for name in ("base", "import", "preset")},
        "import inside": [each["import"] / _NANOSECONDS for each in counted],
        "preset inside": [each["preset"] / _NANOSECONDS for each in counted],
        "threads": max(each["threads"] for each in counted),
        "heavy": [name for name in _HEAVY if name in counted[-1]["modules"]],
    }


def _started(code: str, environment: dict[str, str]) -> int:
    start = time.perf_counter_ns()
    python("-c", code, environment=environment)
    return time.perf_counter_ns() - start


def _probed(seen: list[dict[str, Any]], environment: dict[str, str]) -> int:
    start = time.perf_counter_ns()
    seen.append(json.loads(python("-c", _PROBE, environment=environment)))
    return time.perf_counter_ns() - start


def table(result: dict[str, Any]) -> str:
    """Return the result as Markdown."""
    rows = [
        ("an interpreter that imports structlog and orjson", spread(result["base"])),
        (
            "`import structlog_enrich` more, as a difference of whole runs",
            differences(result["import"], result["base"]),
        ),
        ("the first `preset()` more, likewise", differences(result["preset"], result["import"])),
        ("`import structlog_enrich`, timed inside the interpreter", spread(result["import inside"])),
        ("the first `preset()`, timed inside the interpreter", spread(result["preset inside"])),
    ]
    return markdown_table(["what", "ms", "range"], ((what, *measured(values)) for what, values in rows))
