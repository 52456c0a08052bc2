"""The one place where an event in flight becomes a line on the wire."""

from __future__ import annotations

import logging
import time
from threading import get_ident
from typing import TYPE_CHECKING, Any, Final

from structlog.exceptions import DropEvent

from structlog_enrich import process
from structlog_enrich.processors.context import unpacked
from structlog_enrich.processors.inflight import PRIVATE, Handed, Names
from structlog_enrich.processors.levels import LEVEL_NUMBERS, LEVEL_OF, resolve_level
from structlog_enrich.processors.message import interpolated
from structlog_enrich.processors.timestamp import DIGITS, NANOSECONDS, second_text
from structlog_enrich.resource import Resource
from structlog_enrich.said import SAID, report_fault, said_apart
from structlog_enrich.schema.fields import FIELDS, SCHEMA_VERSION
from structlog_enrich.trace.context import TraceContext
from structlog_enrich.trace.ids import OWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from structlog.typing import EventDict, WrappedLogger

    from structlog_enrich.resource import Scalar
    from structlog_enrich.said import Facts
    from structlog_enrich.trace.ids import IdSource

__all__ = ["HEADER", "Envelope"]

HEADER: Final = frozenset(FIELDS[: FIELDS.index("extensions")]) - {"message"} | {"faults"}
"""Names that only `Envelope` fills, from sources that hold no data of a call."""

_MAX_NAME: Final = 256
_ROOM: Final = dict.fromkeys(f"\0{number}" for number in range(8))


class Envelope:
    """Put the header on the event, and the event's own data into `context` and `payload`.

    The header comes only from trusted sources: the clock, the level of the call, the resource, the trace, this
    process. Nothing a caller passes can collide with it or forge it: a keyword `trace_id=` ends in `payload`.

    Args:
        resource: Who is logging; default an unnamed service on this host.
        tags: A team's own stable labels, written on every line.
        feature_flags: Flags stable for the life of the process, written on every line.
        enrichment: 12 lower hex, the fingerprint of the configuration this stage is part of.
        stream: The name of a chain whose lines go to another destination; it counts its own `seq`.
        ids: Where a line's ids come from; default those that `span()` and `entry()` make.

    Raises:
        structlog.DropEvent: The wrapped `logging.Logger` isn't enabled for the level. It would drop the line later,
            when its `seq` is already taken, and readers would see a loss that is none.

    Source: `docs/wire-format.md`.

    >>> stage = Envelope(Resource(service="checkout"))
    >>> line = stage(None, "info", {"event": "paid", "order_id": "o-1", "service": "theirs"})
    >>> line["service"], line["message"], line["payload"]
    ('checkout', 'paid', {'order_id': 'o-1', 'service': 'theirs'})
    """

    __slots__ = (
        "_boot_trace",
        "_current",
        "_named",
        "_next_seq",
        "_plain",
        "_second",
        "_seen",
        "_shapes",
        "_state",
        "_static",
        "enrichment",
        "feature_flags",
        "ids",
        "resource",
        "stream",
        "tags",
    )

    def __init__(
        self,
        resource: Resource | None = None,
        *,
        tags: Mapping[str, Scalar] | None = None,
        feature_flags: Mapping[str, Scalar] | None = None,
        enrichment: str = "000000000000",
        stream: str | None = None,
        ids: IdSource = OWN,
    ) -> None:
        self.resource = Resource() if resource is None else resource
        self.tags = dict(tags or {})
        self.feature_flags = dict(feature_flags or {})
        self.enrichment = enrichment
        self.stream = stream
        self.ids = ids
        self._current = ids.current
        # Start in nanoseconds and text of the current second. Here and below, one tuple is replaced whole: another
        # thread sees the old or the new, never half of each.
        self._second: tuple[int, str] = (0, second_text(0))
        self._static: dict[str, Any] = {
            **self.resource.header(),
            "feature_flags": self.feature_flags or None,
            "tags": self.tags or None,
            "enrichment": enrichment,
            "stream": stream,
        }
        self._renew()

    def __repr__(self) -> str:
        return f"Envelope({self.resource!r}, stream={self.stream!r}, ids={self.ids!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self.resource, self.tags, self.feature_flags, self.enrichment, self.stream, self.ids)

    def __call__(self, logger: WrappedLogger, method_name: str, event_dict: EventDict) -> dict[str, Any]:
        if process.state is not self._state:
            self._renew()
        known, key, name, filtered = self._seen
        if known is not logger:
            key, name, filtered = self._look_at(logger)
        level = LEVEL_OF.get(method_name) or _unusual_level(method_name)
        if filtered and not logger.isEnabledFor(LEVEL_NUMBERS[level]):
            said = SAID.get()
            SAID.set(None if said is None else said.outer)
            raise DropEvent

        # The clock is read through its module on each event, so that freezegun is followed; `0 <=` because it may be
        # set back. All in this frame: a call more would cost as much as the work.
        # Half a microsecond more rounds what freezegun, which counts in floats, says a little too early.
        now = time.time_ns() + 500
        start, text = self._second
        since = now - start
        if not 0 <= since < NANOSECONDS:
            seconds, since = divmod(now, NANOSECONDS)
            text = second_text(seconds)
            self._second = (seconds * NANOSECONDS, text)
        micros = since // 1_000

        trace = self._current() or self._boot_trace
        said = SAID.get()
        if said is None or said.facts is None:
            line = (trace._headers.get(key) or self._template(trace, key, name)).copy()  # noqa: SLF001 (kept there for us)
        else:
            line = self._own_header(trace, name, said.facts)
        line["timestamp"] = f"{text}{DIGITS[micros // 1_000]}{DIGITS[micros % 1_000]}Z"
        line["level"] = level
        if "positional_args" in event_dict:
            with said_apart():
                interpolated(event_dict)
        if "_record" in event_dict:
            _drop_record(event_dict)
        line["message"] = event_dict.pop("event", "")
        line["seq"] = self._next_seq()
        line["thread_id"] = get_ident()
        if name is not None:
            line["logger"] = name

        names = event_dict.pop(PRIVATE, None)
        aside = None
        if type(names) is Handed:
            bound = names.bound
            if event_dict.keys().isdisjoint(bound):
                context = bound.copy()
            else:
                context = {each: event_dict.pop(each, value) for each, value in bound.items()}
        else:
            if type(names) is not Names:
                names, aside = unpacked(names)
            context = {}
            for each in names:
                if each in event_dict:
                    context[each] = event_dict.pop(each)
        if context:
            line["context"] = context
        if event_dict:
            line["payload"] = event_dict if type(event_dict) is dict else dict(event_dict)
        if aside:
            _add_aside(aside, line)
        said = SAID.get()
        if said is not None:
            SAID.set(said.outer)
            if said.facts is not None:
                _add_facts(said.facts, line)
            if said.faults:
                line["faults"] = list(said.faults)
        return line

    def _renew(self) -> None:
        state = process.current()
        self._boot_trace = TraceContext(state.boot_trace_id, state.boot_id)
        self._next_seq = state.counter(self.stream)
        # Two keys under which a trace keeps our templates: fresh objects, so that no older template is ever found.
        self._plain, self._named = object(), object()
        # Headers to fill, by which of the names that come and go they have.
        self._shapes: dict[tuple[bool, ...], dict[str, Any]] = {}
        self._seen: tuple[Any, object, str | None, bool] = (self, self._plain, None, False)
        self._state = state

    def _look_at(self, logger: WrappedLogger) -> tuple[object, str | None, bool]:
        try:
            name = getattr(logger, "name", None)
        except Exception:  # noqa: BLE001 (someone else's logger; without a name the line is still whole)
            name = None
        name = _clean_name(name) if type(name) is str and name else None
        key = self._plain if name is None else self._named
        filtered = isinstance(logger, logging.Logger)
        self._seen = (logger, key, name, filtered)
        return key, name, filtered

    def _template(self, trace: TraceContext, key: object, name: str | None) -> dict[str, Any]:
        shared = trace._operation  # noqa: SLF001
        # Asked first: a name that settles in between is in the next template.
        settled = shared is None or shared.settled
        template = self._header(trace, name)
        if settled:
            trace._headers[key] = template  # noqa: SLF001
        return template

    def _own_header(self, trace: TraceContext, name: str | None, facts: Facts) -> dict[str, Any]:
        line = self._header(trace, name, own=facts.event_name is not None, links=bool(facts.links))
        if facts.event_name is not None:
            line["event_name"] = facts.event_name
        if facts.links:
            line["links"] = list(facts.links)
        return line

    def _header(
        self, trace: TraceContext, name: str | None, *, own: bool = False, links: bool = False
    ) -> dict[str, Any]:
        operation = trace.operation
        parent_span_id, trace_flags = trace.parent_span_id, trace.trace_flags
        shape = (name is None, operation is None, parent_span_id is None, trace_flags is None, own, links)
        header = (self._shapes.get(shape) or self._shape(shape)).copy()
        header["trace_id"] = trace.trace_id
        header["span_id"] = trace.span_id
        if operation is not None:
            header["operation"] = operation
        if parent_span_id is not None:
            header["parent_span_id"] = parent_span_id
        if trace_flags is not None:
            header["trace_flags"] = trace_flags
        if name is not None:
            header["logger"] = name
        return header

    def _shape(self, shape: tuple[bool, ...]) -> dict[str, Any]:
        # Every name of such a header in its order, the ones that change from trace to trace and from line to line as
        # places to fill.
        nameless, no_operation, parentless, flagless, own, links = shape
        values = {
            "schema_version": SCHEMA_VERSION,
            "timestamp": "",
            "level": "",
            "message": "",
            "event_name": "" if own else None,
            "operation": None if no_operation else "",
            "trace_id": "",
            "span_id": "",
            "parent_span_id": None if parentless else "",
            "trace_flags": None if flagless else "",
            "links": [] if links else None,
            "boot_id": self._state.boot_id,
            "seq": 0,
            "logger": None if nameless else "",
            "process_id": self._state.process_id,
            "thread_id": 0,
            **self._static,
        }
        header = {field: value for field in FIELDS if (value := values.get(field)) is not None}
        # A copy keeps the size of the table, so one that had room for more needn't grow when the line does.
        header |= _ROOM
        for field in _ROOM:
            del header[field]
        self._shapes[shape] = header
        return header


def _rebuild(
    resource: Resource,
    tags: dict[str, Scalar],
    feature_flags: dict[str, Scalar],
    enrichment: str,
    stream: str | None,
    ids: IdSource,
) -> Envelope:
    return Envelope(resource, tags=tags, feature_flags=feature_flags, enrichment=enrichment, stream=stream, ids=ids)


def _drop_record(event_dict: EventDict) -> None:
    # What `structlog.stdlib.ProcessorFormatter` adds for its own use; a caller's value of that name is payload.
    # By its type: `isinstance` asks a value for its class, which may fail or lie.
    if issubclass(type(event_dict["_record"]), logging.LogRecord):
        del event_dict["_record"]
        event_dict.pop("_from_structlog", None)


def _clean_name(name: str) -> str:
    return name.encode(errors="replace").decode()[:_MAX_NAME]


def _unusual_level(method_name: object) -> str:
    level = resolve_level(method_name)
    if level is None:
        report_fault("Envelope", "UnknownLevel")
        return "info"
    return level


def _add_facts(facts: Facts, line: dict[str, Any]) -> None:
    if facts.made is not None:
        line["timestamp"], line["thread_id"] = facts.made
    if facts.span is not None:
        line["span"] = facts.span
    if facts.gap is not None:
        line["gap"] = facts.gap


def _add_aside(aside: dict[str, Any], line: dict[str, Any]) -> None:
    # Taken out and put back, so that `context`, `payload` and `error` keep their order on the line.
    context, payload = line.pop("context", {}), line.pop("payload", {})
    if context := {**aside.get("context", {}), **context}:
        line["context"] = context
    if payload := {**aside.get("payload", {}), **payload}:
        line["payload"] = payload
    if "error" in aside:
        line["error"] = aside["error"]
    if "truncated" in aside:
        line["truncated"] = list(aside["truncated"])
