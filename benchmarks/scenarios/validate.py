"""Checking a file: our own check beside the published JSON Schema in pure Python."""

from __future__ import annotations

import io
import time
from functools import partial
from typing import TYPE_CHECKING, Final

import orjson
from jsonschema import Draft202012Validator

from benchmarks import events
from benchmarks.contenders import lines_of, preset_ours
from benchmarks.harness import interleave
from benchmarks.markdown import measured
from benchmarks.markdown import table as markdown_table
from benchmarks.statistics import compared, spread
from benchmarks.workload import Workload
from structlog_enrich.schema import json_schema
from structlog_enrich.schema.validation import read_lines, validate

if TYPE_CHECKING:
    from benchmarks.harness import Effort, Samples

__all__ = ["OURS", "SCHEMA", "checked", "run", "table"]

OURS: Final = "`validate`"
SCHEMA: Final = "`jsonschema`"

_ROUNDS: Final = 5
_NANOSECONDS: Final = 1_000.0


def run(effort: Effort) -> Samples:
    """Check a file of 5,000 lines by both; a line takes jsonschema so long that more rounds would tell little."""
    lines = _lines()
    file = b"".join(line + b"\n" for line in lines)
    validator = Draft202012Validator(json_schema())
    blocks = {OURS: partial(_ours, file), SCHEMA: partial(_schema, file, validator)}
    taken = interleave(blocks, rounds=min(effort.side_rounds, _ROUNDS), warmup=1)
    return {name: [each / len(lines) / _NANOSECONDS for each in rows] for name, rows in taken.items()}


def _lines() -> list[bytes]:
    # Five kinds of calls, a thousand lines of each, in turn.
    kinds = [
        Workload(calls=events.reference()),
        Workload(calls=events.web()),
        Workload(calls=events.nested()),
        Workload(calls=events.secret()),
        Workload(calls=events.failing(), message="payment failed", method="error"),
    ]
    return [line for each in zip(*(lines_of(preset_ours, kind) for kind in kinds), strict=True) for line in each]


def _ours(file: bytes) -> int:
    start = time.perf_counter_ns()
    found = sum(1 for _ in validate(read_lines(io.BytesIO(file))))
    taken = time.perf_counter_ns() - start
    return checked(taken, found)


def _schema(file: bytes, validator: Draft202012Validator) -> int:
    start = time.perf_counter_ns()
    # Asked for a verdict only, and given the faster decoder.
    found = sum(not validator.is_valid(orjson.loads(line)) for line in io.BytesIO(file))
    taken = time.perf_counter_ns() - start
    return checked(taken, found)


def checked(taken: int, found: int) -> int:
    """Return the nanoseconds *taken*.

    Raises:
        RuntimeError: Something was found in lines that are valid.
    """
    if found:
        msg = f"{found} findings in lines that are valid"
        raise RuntimeError(msg)
    return taken


def table(result: Samples) -> str:
    """Return the result as Markdown."""
    rows = [
        (name, *measured(spread(values)), f"{compared(result[SCHEMA], values).median:.1f}")
        for name, values in result.items()
    ]
    return markdown_table(["check", "µs per line", "range", "times as fast"], rows)
