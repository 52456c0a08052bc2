"""The benchmarks aren't part of the package, so nothing but the repository's root makes them importable."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

# At the end: where the package is installed from its wheel, the work tree must not come before it.
sys.path.append(str(Path(__file__).parents[2]))

from benchmarks.cleaning import EVENTS, SCRUBBERS
from benchmarks.contenders import documented, floor, handmade, preset_ours, preset_structlog
from benchmarks.scenarios import (
    binding,
    contents,
    detection,
    otel,
    peers,
    records,
    requests,
    stalled_memory,
    throughput,
    validate,
)
from benchmarks.traffic import SITUATIONS
from benchmarks.writers.growth import BUDGET

NAMES = [each.NAME for each in (floor, preset_ours, preset_structlog, documented, handmade)]
PEERS = [each.NAME for each in peers.PEERS]
RECORDS = [each.NAME for each in records.FORMATTERS]
REQUESTS = [each.NAME for each in requests.MIDDLEWARES]


@pytest.fixture
def results() -> dict[str, Any]:
    """Return results of all scenarios with made-up numbers that keep every target."""
    samples = {name: [cost, cost] for name, cost in zip(NAMES, (2.0, 3.0, 4.0, 5.0, 10.0), strict=True)}
    others = dict(zip(PEERS, ([cost, cost] for cost in (2.0, 3.0, 10.0, 12.0, 15.0, 30.0, 40.0, 60.0)), strict=True))
    # The application takes 1 µs: its middlewares add 4, 5, 6, 40, 20 and 8.
    costs = dict(zip(REQUESTS, (1.0, 5.0, 6.0, 7.0, 41.0, 21.0, 9.0), strict=True))
    added = {
        what: {name: [cost, cost] for name, cost in costs.items()} for what in (requests.COMPLETE, requests.IN_ALL)
    }
    lines = {name: samples[name] for name in NAMES[:3]}
    scrubbed = {each.NAME: [cost, cost] for each, cost in zip(SCRUBBERS, (2.0, 2.5, 5.0, 20.0), strict=True)}
    single = ("reference", "web", "secret", "nested", "objects", "exception")
    return {
        **dict.fromkeys(single, samples),
        "peers": others,
        "peers_web": others,
        "contents": {
            each.NAME: {"bytes": 800, "service": True, "trace": True, "masked": False} for each in contents.WRITERS
        },
        "records": {name: [cost, cost] for name, cost in zip(RECORDS, (6.0, 5.0, 8.0, 30.0), strict=True)},
        "validate": {validate.OURS: [10.0, 12.0], validate.SCHEMA: [100.0, 120.0]},
        "suppressed": {"empty method": [0.1, 0.1], preset_ours.NAME: [0.2, 0.2], preset_structlog.NAME: [0.1, 0.3]},
        "width": {"5": samples, "500": samples},
        "threads": {"1": samples, "8": samples},
        "stalled": {
            "`Writer`": {"p50": 200, "p99": 1_000, "p99.9": 4_000, "max": 900_000, "calls": 10, "blocked": False},
            "`QueueHandler`": {"p50": 10_000, "p99": 20_000, "p99.9": 1, "max": 1, "calls": 10, "blocked": True},
        },
        "throughput": {
            throughput.RAW: {"rate": [3.0, 6.0], "arrived": [1.0, 1.0]},
            **{throughput.named(count): {"rate": [1.0, 2.0], "arrived": [1.0, 1.0]} for count in throughput.THREADS},
        },
        "stalled_memory": {
            stalled_memory.WRITERS[0].NAME: {
                size: {"grown": BUDGET * part, "given": 1.0, "blocked": False}
                for size, part in zip(stalled_memory.SIZES, (0.5, 0.75, 1.0), strict=True)
            },
        },
        "memory": {name: {"peak": 2_048, "growth": 32, "calls": 100} for name in NAMES},
        "imports": {
            **{name: [40.0, 50.0] for name in ("base", "import", "preset")},
            "import inside": [9.0, 11.0],
            "preset inside": [0.2, 0.4],
            "threads": 0,
            "heavy": [],
        },
        "requests": dict.fromkeys(SITUATIONS, added),
        "otel": {otel.IN_SPAN: {otel.OWN: [5.0, 6.0], otel.OTEL: [5.5, 6.5]}},
        "detection": {
            where: {"import": [2.0, 2.0], "both": [3.0, 4.0], "sources": {}}
            for where in (detection.IN_POD, detection.IN_CHECKOUT, detection.PARSED)
        },
        "spans": {
            "spans": {"ours": [12.0, 14.0]},
            "requests": {"in-memory transport alone": [9.0, 9.0], "ours": [29.0, 49.0]},
        },
        "binding": {"1": {column: [1.0, 3.0] for column in binding.COLUMNS}},
        "headers": {"1 KB": {"commas": [3.0, 5.0], "dashes": [1.0, 1.0]}, "16 KB": {"commas": [2.0], "dashes": [30.0]}},
        **{scenario: {"reference": lines, "web": lines} for scenario in ("varied", "varied_re")},
        **{scenario: dict.fromkeys(EVENTS, scrubbed) for scenario in ("clean", "clean_re")},
        "header": {"header": 544, "line": 796, "parts": {"level": 15, "seq": 10}},
    }
