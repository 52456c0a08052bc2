"""OpenTelemetry in part: without its API, without its SDK, with a tracer that is replaced or fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry import context as contexts
from opentelemetry import propagate
from opentelemetry import trace as api
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider

from structlog_enrich import entry, span

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CARRIER = {"traceparent": f"00-{TRACE_ID}-{SPAN_ID}-01", "tracestate": "rojo=00f067aa0ba902b7"}

BLOCKED = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "opentelemetry":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Blocker())
"""


class TestMissing:
    """Without opentelemetry-api."""

    def test_says_what_to_install(self, run_python: Callable[..., Any]) -> None:
        """Asking for it raises at once, with the command that helps."""
        program = (
            BLOCKED
            + """
from structlog_enrich import MissingExtraError, preset
try:
    preset(ids="otel")
except MissingExtraError as error:
    print(error, error.package, error.extra, type(error.__cause__).__name__, sep="|")
"""
        )

        assert (
            "preset(ids=\"otel\") needs opentelemetry-api: pip install 'structlog-enrich[otel]'"
            "|opentelemetry-api|otel|ModuleNotFoundError\n"
        ) == run_python(program).stdout

    def test_nobody_else_needs_it(self, run_python: Callable[..., Any]) -> None:
        """Lines and spans with ids of our own work where it can't be imported, and load nothing of it where it can."""
        program = """
import sys
import structlog
from structlog_enrich import entry, preset, span
structlog.configure(preset(service="shop"), logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer))
with entry("job"), span("work"):
    structlog.get_logger().info("done")
print([each for each in sys.modules if each.startswith("opentelemetry")])
"""

        assert ["[]\n", "[]\n"] == [run_python(each + program).stdout for each in ("", BLOCKED)]


class TestWithoutSdk:
    """With OpenTelemetry's API alone, ids are our own."""

    def test_ids(self, without_sdk: Any, ids_on: Any) -> None:
        """Traces, children and flags are made as with `ids="own"`."""
        with entry("job") as job, span("work") as work:
            without_sdk.log.info("here")
        here, end_of_work, end_of_job = without_sdk.lines

        assert (job.trace.trace_id, work.trace.span_id, job.trace.span_id, "03") == ids_on(here) == ids_on(end_of_work)
        assert (job.trace.trace_id, job.trace.span_id, "", "03") == ids_on(end_of_job)
        assert {"job"} == {each["operation"] for each in without_sdk.lines}

    def test_outside_any(self, without_sdk: Any, boot_ids: Any) -> None:
        """A span outside any is a child of the boot span, like the lines there."""
        with span("work"):
            pass

        assert boot_ids()[:2] == (without_sdk.line["trace_id"], without_sdk.line["parent_span_id"])

    def test_carrier(self, without_sdk: Any, ids_on: Any) -> None:
        """The caller's trace goes on, through OpenTelemetry's own propagators too."""
        out: dict[str, str] = {}
        with entry("job", carrier=CARRIER) as job:
            propagate.inject(out)

        assert (TRACE_ID, SPAN_ID, "01") == ids_on(without_sdk.line)[::2] + ids_on(without_sdk.line)[3:]
        assert {**CARRIER, "traceparent": f"00-{TRACE_ID}-{job.trace.span_id}-01"} == out

    def test_child_of_what_was_attached(self, without_sdk: Any) -> None:
        """A remote span that a propagator attached is the parent."""
        contexts.attach(propagate.extract(CARRIER))
        with span("work"):
            without_sdk.log.info("here")
        contexts.attach(contexts.Context())

        assert (TRACE_ID, SPAN_ID) == (without_sdk.line["trace_id"], without_sdk.line["parent_span_id"])
        assert SPAN_ID != without_sdk.line["span_id"]

    def test_their_spans_inside(self, without_sdk: Any) -> None:
        """Their tracer makes no span, so our span stays the active one."""
        theirs = api.get_tracer("theirs")
        with entry("job") as job, theirs.start_as_current_span("theirs"):
            without_sdk.log.info("here")

        assert job.trace.span_id == without_sdk.line["span_id"]

    def test_a_provider_set_later(
        self, without_sdk: Any, monkeypatch: pytest.MonkeyPatch, ids_on: Any, ids_of: Any
    ) -> None:
        """From when a provider is there, spans are exported; the chain may be older."""
        with entry("early"):
            pass
        monkeypatch.setattr(api, "_TRACER_PROVIDER", without_sdk.provider)
        with entry("late"):
            pass

        assert ["late"] == [each.name for each in without_sdk.spans]
        assert ids_of(without_sdk.exported) == ids_on(without_sdk.line)

    def test_another_provider(self, service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """A provider that is replaced, as tests do, is followed by a chain that is older."""
        with entry("first"):
            pass
        monkeypatch.setattr(api, "_TRACER_PROVIDER", TracerProvider(shutdown_on_exit=False))
        with entry("second"):
            pass

        assert "first" == service.exported.name

    def test_switched_off(self, monkeypatch: pytest.MonkeyPatch, start_service: Any, ids_on: Any) -> None:
        """`OTEL_SDK_DISABLED` leaves lines their ids."""
        monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
        disabled = start_service()
        with entry("job") as job:
            disabled.log.info("here")

        assert (job.trace.trace_id, job.trace.span_id, "", "03") == ids_on(disabled.line)

    def test_a_tracer_that_fails(self, service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """A tracer that raises costs its spans, not the work and not the ids, and is named on the next line."""

        class Failing(SpanProcessor):
            def on_start(self, span: Any, parent_context: Any = None) -> None:
                raise RuntimeError

        service.provider.add_span_processor(Failing())
        with entry("job") as job, span("work"):
            service.log.info("here")

        assert job.trace.span_id == service.line["span_id"] == service.lines[0]["parent_span_id"]
        assert ["OtelIds:RuntimeError"] * 2 == service.lines[0]["faults"]
