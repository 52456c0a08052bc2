"""How the golden lines are made again, byte for byte, and written anew before they are released."""

from __future__ import annotations

import hashlib
import io
import itertools
import os
import pathlib
import re
import sys
import time
from contextlib import contextmanager
from contextvars import Context
from typing import TYPE_CHECKING

import pytest
import structlog
import time_machine

from structlog_enrich import bound_logger, preset, process
from structlog_enrich.trace.context import CURRENT
from tests.golden.scenarios import SCENARIOS
from tests.golden.shop import NOW, RESOURCE

if TYPE_CHECKING:
    from collections.abc import Iterator


FOLDER = pathlib.Path(__file__).parent / "1.0"
MANIFEST = FOLDER / "SHA256SUMS"
CONTEXT = re.compile(rb'"context":\{([^{}]*)\}')
BOOT_ID, BOOT_TRACE_ID = "9f1c2ab4d07e6613", "0af7651916cd43dd8448eb211c80319c"


class _Loud(structlog.BytesLogger):
    """A wrapped logger with a method that is no level."""

    loud = structlog.BytesLogger.msg


@contextmanager
def fixed() -> Iterator[None]:
    """Fix all that differs between two runs: clock, ids, process, thread and configuration."""
    envelope, chain = sys.modules["structlog_enrich.processors.envelope"], sys.modules["structlog_enrich.preset"]
    # The process draws first, then each span and each trace.
    spans = itertools.chain([bytes.fromhex(BOOT_ID)], (bytes([0xB9, *range(6), each]) for each in itertools.count(1)))
    traces = iter([bytes.fromhex(BOOT_TRACE_ID), bytes.fromhex("5bd66ef5095369c7b0d1f8f4bd33716a")])
    with pytest.MonkeyPatch.context() as patch, time_machine.travel(NOW, tick=False):
        patch.setattr(os, "urandom", lambda length: next({8: spans, 16: traces}[length]))
        patch.setattr(time, "perf_counter_ns", itertools.count(0, 18_421_337).__next__)
        patch.setattr(os, "getpid", lambda: 4121)
        patch.setattr(envelope, "get_ident", lambda: 140213)
        patch.setattr(chain, "fingerprint", lambda *_parts: "a41f09c27be3")
        state = process.ProcessState()
        object.__setattr__(state, "next_seq", itertools.count(18).__next__)
        patch.setattr(process, "state", state)
        yield


def build(name: str) -> bytes:
    """Return the lines of a scenario."""
    scenario, options = SCENARIOS[name]
    options = {"resource": RESOURCE, **options}
    trace, logger = options.pop("trace", None), options.pop("logger", _Loud)
    sink = io.BytesIO()

    def run() -> None:
        CURRENT.set(trace)
        scenario(structlog.wrap_logger(logger(sink), preset(**options), bound_logger(), context_class=dict).bind())

    with fixed():
        Context().run(run)
    return CONTEXT.sub(_in_order, sink.getvalue())


def _in_order(match: re.Match[bytes]) -> bytes:
    # The contract leaves the order inside `context` open, and it differs between runs.
    return b'"context":{%b}' % b",".join(sorted(match[1].split(b",")))


def manifest() -> str:
    """Return the manifest of the frozen files, as `sha256sum` writes it."""
    files = sorted(FOLDER.glob("*.json"))
    return "".join(f"{hashlib.sha256(each.read_bytes()).hexdigest()}  {each.name}\n" for each in files)


def regenerate() -> str:
    """Write every golden line and the manifest anew and return the new `SEAL`; only before they are released."""
    FOLDER.mkdir(exist_ok=True)
    for each in FOLDER.glob("*.json"):
        each.unlink()
    for name in SCENARIOS:
        (FOLDER / f"{name}.json").write_bytes(build(name))
    MANIFEST.write_text(manifest())
    return hashlib.sha256(MANIFEST.read_bytes()).hexdigest()
