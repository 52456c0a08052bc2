"""Start-up: what it costs to find out who is logging."""

from __future__ import annotations

import json
import os
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import structlog_enrich
from benchmarks.harness import interleave
from benchmarks.interpreters import BASE, ROOT, python, with_bytecode
from benchmarks.markdown import measured
from benchmarks.markdown import table as markdown_table
from benchmarks.statistics import spread

if TYPE_CHECKING:
    from benchmarks.harness import Effort

__all__ = ["IN_CHECKOUT", "IN_POD", "PARSED", "run", "table"]

_NANOSECONDS: Final = 1_000_000.0

# An empty package in place of ours, so that nothing but detection and what it needs is imported.
_PROBE: Final = f"""
{BASE}
import json, time, types
package = types.ModuleType("structlog_enrich")
package.__path__ = {structlog_enrich.__path__!r}
sys.modules["structlog_enrich"] = package
start = time.perf_counter_ns()
from structlog_enrich.resource import detect
imported = time.perf_counter_ns()
found = detect()
detected = time.perf_counter_ns()
sources = {{name: each.source for name, each in found.findings.items()}}
print(json.dumps({{"import": imported - start, "both": detected - start, "sources": sources}}))
"""

# As the manifest of a Deployment sets them, and Kubernetes itself.
_POD: Final = {
    "OTEL_SERVICE_NAME": "checkout",
    "OTEL_RESOURCE_ATTRIBUTES": "service.version=1.4.2,deployment.environment.name=production,cloud.region=eu-west-1",
    "KUBERNETES_SERVICE_HOST": "10.96.0.1",
    "POD_NAME": "checkout-7d4b9c6f5-x2x9p",
    "POD_NAMESPACE": "shop",
    "NODE_NAME": "node-17",
    "HOSTNAME": "checkout-7d4b9c6f5-x2x9p",
}
_PROJECT: Final = '''
[project]
description = """
Sells things."""
name = "shop"
version = "1.4.2"
'''
# What no interpreter starts without.
_NEEDED: Final = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE")

IN_POD: Final = "a pod whose variables name it"
IN_CHECKOUT: Final = "no variable names it, a plain `pyproject.toml` does"
PARSED: Final = "no variable names it, a `pyproject.toml` that needs `tomllib` does"


def run(effort: Effort) -> dict[str, Any]:
    """Start fresh interpreters in turn in each situation, and ask them what they saw inside."""
    with with_bytecode() as environment, tempfile.TemporaryDirectory() as folder:
        # Started as a package, which is looked for among all that is installed, and which isn't there.
        Path(folder, "shop").mkdir()
        Path(folder, "shop", "__main__.py").write_text(_PROBE, encoding="utf-8")
        Path(folder, "pyproject.toml").write_text(_PROJECT, encoding="utf-8")
        needed = {name: environment[name] for name in _NEEDED if name in environment}
        needed["PYTHONPATH"] = os.pathsep.join([folder, *filter(None, [environment.get("PYTHONPATH")])])
        blocks = {
            IN_POD: partial(_probed, {**needed, **_POD}, ROOT),
            IN_CHECKOUT: partial(_probed, needed, ROOT),
            PARSED: partial(_probed, needed, Path(folder)),
        }
        taken = interleave(blocks, rounds=effort.starts)
    return {
        name: {
            "import": [each["import"] / _NANOSECONDS for each in seen],
            "both": [each["both"] / _NANOSECONDS for each in seen],
            "sources": seen[-1]["sources"],
        }
        for name, seen in taken.items()
    }


def _probed(environment: dict[str, str], folder: Path) -> dict[str, Any]:
    seen: dict[str, Any] = json.loads(python("-m", "shop", environment=environment, folder=folder))
    return seen


def table(result: dict[str, Any]) -> str:
    """Return the result as Markdown."""
    rows = [(name, *measured(spread(each["import"])), *measured(spread(each["both"]))) for name, each in result.items()]
    return markdown_table(["where", "its imports, ms", "range", "with `detect()`, ms", "range"], rows)
