"""A process that is forked inside a span: the span ends once, in the process that began it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

FORK = """
import os, sys, structlog
from structlog_enrich import bound_logger, entry, preset, span
ids = sys.argv[1]
if ids == "otel":
    from opentelemetry import trace
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
    class Ended(SpanProcessor):
        def on_end(self, span): print(orjson.dumps({"ended": span.name, "pid": os.getpid()}).decode(), flush=True)
    import orjson
    provider = TracerProvider()
    provider.add_span_processor(Ended())
    trace.set_tracer_provider(provider)

class Sink:
    accepts_bytes = True
    def info(self, line): os.write(1, line + b"\\n")

structlog.configure(preset(service="tests", ids=ids), bound_logger(), logger_factory=Sink)
log = structlog.get_logger()

@span("rows")
def rows():
    yield 1
    yield 2

taken = rows()
next(taken)
with entry("job"):
    with span("outer"):
        pid = os.fork()
        log.info("child" if pid == 0 else "parent")
        if pid == 0:
            with span("inner"):
                pass
        else:
            assert os.waitpid(pid, 0)[1] == 0
list(taken)
log.info("after, in the child" if pid == 0 else "after, in the parent")
"""


class TestForks:
    """`os.fork()` inside a span, where parent and child leave it both."""

    @pytest.fixture(params=["own", "otel"])
    def lines(self, request: pytest.FixtureRequest, run_python: Callable[..., Any]) -> list[dict[str, Any]]:
        """Return the lines of both processes."""
        return [orjson.loads(line) for line in run_python(FORK, request.param).stdout.splitlines()]

    def test_each_ends_once(self, lines: list[dict[str, Any]]) -> None:
        """Each has one line, of the process in which it began, and is exported once."""
        ends = [line for line in lines if "span" in line]
        (child,) = [line for line in lines if line.get("message") == "child"]

        assert ["inner", "job", "outer", "rows"] == sorted(line["message"] for line in ends)
        assert {"inner": True, "outer": False, "job": False, "rows": False} == {
            line["message"]: line["process_id"] == child["process_id"] for line in ends
        }
        exported = {line["ended"]: line["pid"] for line in lines if "ended" in line}
        assert not exported or {line["message"]: line["process_id"] for line in ends} == exported
        assert len(exported) == sum("ended" in line for line in lines)

    def test_the_child_goes_on_with_the_trace(self, lines: list[dict[str, Any]]) -> None:
        """Its lines are of the span it was born in, and its own spans children of that; it leaves it all the same."""
        said = {line["message"]: line for line in lines if "message" in line}

        assert said["outer"]["span_id"] == said["child"]["span_id"] == said["inner"]["parent_span_id"]
        assert {said["job"]["trace_id"]} == {said[name]["trace_id"] for name in ("outer", "child", "parent", "inner")}
        assert "job" == said["child"]["operation"] == said["inner"]["operation"]
        after = said["after, in the child"]
        assert after["boot_id"] == after["span_id"] != said["after, in the parent"]["boot_id"]
