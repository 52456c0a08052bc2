"""Where spans write to in these tests, what is asked of every line they write, and the same with OpenTelemetry."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import structlog
from opentelemetry import context as contexts
from opentelemetry import trace as api
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

from structlog_enrich import bound_logger, current_trace, get_contextvars, preset
from structlog_enrich import process as own_process
from structlog_enrich.schema.fields import FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jsonschema import Draft202012Validator
    from opentelemetry.sdk.trace import ReadableSpan

    Ids = tuple[str, str, str, str]

_TRACE_ID, _SPAN_ID = 0x4BF92F3577B34DA6A3CE929D0E0E4736, 0x00F067AA0BA902B7


class Written:
    """Configure structlog to write into memory, and read back what was written."""

    def __init__(self) -> None:
        self._sink = io.BytesIO()
        self.configure()

    def configure(self, *, cached: bool = False, wrapper_class: Any = None, **options: Any) -> None:
        """Configure anew, with these options of `preset`; what was written stays."""
        structlog.configure(
            processors=preset(**{"service": "tests", **options}),
            wrapper_class=bound_logger() if wrapper_class is None else wrapper_class,
            logger_factory=structlog.BytesLoggerFactory(self._sink),
            cache_logger_on_first_use=cached,
        )

    @property
    def log(self) -> Any:
        """A logger of the configured chain."""
        return structlog.get_logger()

    def say(self, message: str) -> None:
        """Log *message*."""
        self.log.info(message)

    def raw(self) -> list[bytes]:
        """Return the lines as they were written."""
        return self._sink.getvalue().splitlines()

    def lines(self) -> list[dict[str, Any]]:
        """Return the lines, decoded."""
        return [orjson.loads(line) for line in self.raw()]

    def line(self) -> dict[str, Any]:
        """Return the one line; several or none is an error."""
        (line,) = self.lines()
        return line

    def named(self, message: str) -> dict[str, Any]:
        """Return the one line with this message."""
        (line,) = [each for each in self.lines() if each["message"] == message]
        return line

    def messages(self) -> list[str]:
        """Return what the lines say."""
        return [line["message"] for line in self.lines()]


@pytest.fixture
def written(validator: Draft202012Validator) -> Iterator[Written]:
    """Collect the lines of a test; in the end each must be valid, its keys in order, and no span may be left active."""
    collected = Written()
    yield collected
    for line in collected.lines():
        validator.validate(line)
        assert [name for name in FIELDS if name in line] == list(line)
    assert None is current_trace()
    assert {} == get_contextvars()


class Service:
    """Export spans and write lines, both into memory."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **options: Any) -> None:
        self._sink = io.BytesIO()
        self._exporter = InMemorySpanExporter()
        self.provider = TracerProvider(shutdown_on_exit=False, **options)
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        # A process has one provider, set once; each test has its own.
        monkeypatch.setattr(api, "_TRACER_PROVIDER", self.provider)
        self.theirs = self.provider.get_tracer("theirs")
        structlog.configure(preset(ids="otel"), bound_logger(), logger_factory=structlog.BytesLoggerFactory(self._sink))
        self.log = structlog.get_logger()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines written so far."""
        return [orjson.loads(line) for line in self._sink.getvalue().splitlines()]

    @property
    def line(self) -> dict[str, Any]:
        """The line written last."""
        return self.lines[-1]

    @property
    def spans(self) -> list[ReadableSpan]:
        """The spans exported so far."""
        return [*self._exporter.get_finished_spans()]

    @property
    def exported(self) -> ReadableSpan:
        """The one span exported so far."""
        (only,) = self.spans
        return only

    def agree(self) -> None:
        """Assert that each span of ours has exactly one line that ends it, and says the same."""
        ours = [each for each in self.spans if each.instrumentation_scope.name == "structlog_enrich"]
        ended = [each for each in self.lines if each.get("event_name") == "span.end"]

        assert sorted(map(_of_span, ours)) == sorted(map(_of_line, ended))


def _of_span(each: ReadableSpan) -> tuple[str, ...]:
    failed = each.status.status_code is api.StatusCode.ERROR
    return (*_ids_of(each), each.name, each.kind.name.lower(), "error" if failed else "ok")


def _of_line(each: dict[str, Any]) -> tuple[str, ...]:
    facts = each["span"]
    return (*_ids_on(each), facts["name"], facts["kind"], facts["status"])


def _ids_on(line: dict[str, Any]) -> Ids:
    return line["trace_id"], line["span_id"], line.get("parent_span_id", ""), line.get("trace_flags", "")


def _ids_of(span: Any) -> Ids:
    found, parent = span.get_span_context(), getattr(span, "parent", None)
    return (
        api.format_trace_id(found.trace_id),
        api.format_span_id(found.span_id),
        "" if parent is None else api.format_span_id(parent.span_id),
        f"{found.trace_flags:02x}",
    )


@pytest.fixture
def ids_on() -> Callable[[dict[str, Any]], Ids]:
    """Return a function for the ids of a line: trace, span, parent and flags, the last two empty where absent."""
    return _ids_on


@pytest.fixture
def ids_of() -> Callable[[Any], Ids]:
    """Return a function for the ids of an OpenTelemetry span, in the same form."""
    return _ids_of


@pytest.fixture
def boot_ids() -> Callable[[], Ids]:
    """Return a function for the ids of a line outside any span, in the same form."""

    def found() -> Ids:
        state = own_process.current()
        return state.boot_trace_id, state.boot_id, "", ""

    return found


@pytest.fixture
def remote_span() -> Callable[..., api.Span]:
    """Return a function for a span of OpenTelemetry's that isn't recorded, of fixed ids."""

    def made(**options: Any) -> api.Span:
        given = {"trace_id": _TRACE_ID, "span_id": _SPAN_ID, "is_remote": True, **options}
        return api.NonRecordingSpan(api.SpanContext(**given))

    return made


@pytest.fixture
def _nothing_left() -> Iterator[None]:
    """Give each test an empty OpenTelemetry context, and check that it leaves one."""
    contexts.attach(contexts.Context())
    yield
    left = contexts.get_current()
    contexts.attach(contexts.Context())

    assert {} == left


@pytest.fixture
def start_service(_nothing_left: None, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Service]:
    """Return a function that starts a `Service`; keywords go to its tracer provider, of which it makes the only one."""
    return partial(Service, monkeypatch)


@pytest.fixture
def service(start_service: Callable[..., Service]) -> Service:
    """Return a service that samples every span."""
    return start_service()


@pytest.fixture
def unsampled(start_service: Callable[..., Service]) -> Service:
    """Return a service that samples none."""
    return start_service(sampler=ALWAYS_OFF)


@pytest.fixture
def without_sdk(start_service: Callable[..., Service], monkeypatch: pytest.MonkeyPatch) -> Service:
    """Return a service that has OpenTelemetry's API and no tracer behind it."""
    made = start_service()
    monkeypatch.setattr(api, "_TRACER_PROVIDER", None)
    return made
