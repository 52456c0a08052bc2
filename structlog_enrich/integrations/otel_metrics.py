"""A writer's account for OpenTelemetry.

```python
observe_writer(writer, metrics.get_meter("shop"))
```
"""

from __future__ import annotations

from os import getpid
from time import monotonic
from typing import TYPE_CHECKING, Final, TypeAlias

from structlog_enrich.exceptions import MissingExtraError
from structlog_enrich.integrations.accounts import named_writers

try:
    from opentelemetry.metrics import CallbackOptions, Meter, Observation, get_meter
except ModuleNotFoundError as missing:
    if (missing.name or "").partition(".")[0] != "opentelemetry":
        raise
    raise MissingExtraError("structlog_enrich.integrations.otel_metrics", "opentelemetry-api", "otel") from missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from structlog_enrich.delivery import Several, Stats, Writer

__all__ = ["observe_writer"]

_PREFIX: Final = "structlog_enrich.writer"
_LONGEST: Final = 1.0

_Values: TypeAlias = "Iterable[tuple[float, dict[str, str]]]"


def observe_writer(
    writer: Writer | Several, meter: Meter | None = None, *, name: str | Sequence[str] = "default"
) -> None:
    """Let *meter* observe a writer's account whenever metrics are read, all of one moment.

    OpenTelemetry has no histogram that is observed, so latency is what Prometheus makes of one: the counter
    `latency.bucket` of lines that took at most `le` seconds, of which the last is `+Inf`, and their sum.

    Args:
        writer: The writer, or several.
        meter: Whose instruments they are; default one of the global provider's.
        name: The attribute `writer` of each observation. Of several it is one name for each, in their order; or one for
            all, to which the place of each is added: `default-0`.

    Raises:
        ConfigurationError: *writer* is neither, or the names are too few, too many or the same.

    >>> from structlog_enrich.delivery import Writer
    >>> observe_writer(Writer("stdout"), name="stdout")
    """
    meter = get_meter("structlog_enrich") if meter is None else meter
    moment = _Moment(named_writers(writer, name))
    for what, unit, about, read in _COUNTERS:
        meter.create_observable_counter(f"{_PREFIX}.{what}", [_observed(moment, what, read)], unit, about)
    for what, unit, about, read in _GAUGES:
        meter.create_observable_gauge(f"{_PREFIX}.{what}", [_observed(moment, what, read)], unit, about)


class _Moment:
    """Hold the accounts of one moment for all instruments of one collection."""

    def __init__(self, writers: dict[str, Writer]) -> None:
        self._writers = writers
        self._asked: set[str] = set()
        self._taken = 0.0
        self._process = 0
        self._accounts: dict[str, Stats] = {}

    def accounts(self, what: str) -> dict[str, Stats]:
        """Return the accounts for the instrument *what*: others when it has had these, or when they are old.

        Nobody says where a collection begins; in each of them an instrument asks but once. A forked child's are others.
        """
        is_old = self._process != getpid() or monotonic() - self._taken > _LONGEST
        if what in self._asked or is_old:
            self._asked = set()
            self._accounts = {name: writer.stats() for name, writer in self._writers.items()}
            self._taken, self._process = monotonic(), getpid()
        self._asked.add(what)
        return self._accounts


def _observed(
    moment: _Moment, what: str, read: Callable[[Stats], _Values]
) -> Callable[[CallbackOptions], Iterable[Observation]]:
    def observe(_: CallbackOptions) -> Iterable[Observation]:
        return [
            Observation(value, {"writer": name, **attributes})
            for name, stats in moment.accounts(what).items()
            for value, attributes in read(stats)
        ]

    return observe


def _one(field: str) -> Callable[[Stats], _Values]:
    def read(stats: Stats) -> _Values:
        yield getattr(stats, field), {}

    return read


def _written(stats: Stats) -> _Values:
    for level, count in stats.written_by_level.items():
        yield count, {"level": level}


def _dropped(stats: Stats) -> _Values:
    for reason, levels in stats.dropped.items():
        for level, count in levels.items():
            yield count, {"reason": reason, "level": level}


def _retries(stats: Stats) -> _Values:
    for reason, count in stats.retries.items():
        yield count, {"reason": reason}


def _latency(stats: Stats) -> _Values:
    for bound, count in stats.latency:
        yield count, {"le": "+Inf" if bound == float("inf") else str(bound)}


def _alive(stats: Stats) -> _Values:
    yield int(stats.writer_alive), {}


_COUNTERS: Final = (
    ("emitted", "{line}", "Lines handed over.", _one("emitted")),
    ("written", "{line}", "Lines written, by level.", _written),
    ("dropped", "{line}", "Lines lost, by reason and level.", _dropped),
    ("retries", "{failure}", "Failures of the sink, by reason.", _retries),
    ("io", "By", "Bytes written.", _one("bytes")),
    ("gaps", "{line}", "Lines about losses written.", _one("gaps")),
    ("gaps.untold", "{gap}", "Losses no line could be made of.", _one("gaps_untold")),
    ("repaired", "{line}", "Torn last lines that were ended.", _one("repaired")),
    ("latency.bucket", "{line}", "Lines that took at most `le` seconds from the hand-off to the sink.", _latency),
    ("latency.sum", "s", "What all of them took together.", _one("latency_sum")),
)
_GAUGES: Final = (
    ("pending", "{line}", "Lines on their way.", _one("pending")),
    ("elsewhere", "{line}", "Lines on their way that a policy keeps on disk.", _one("elsewhere")),
    ("depth", "By", "The budget that is used.", _one("depth_bytes")),
    ("depth_lines", "{line}", "The budget of lines that is used.", _one("depth_records")),
    ("high_water", "By", "The most of the budget that was used.", _one("high_water_bytes")),
    ("high_water_lines", "{line}", "The most of the budget of lines that was used.", _one("high_water_records")),
    ("alive", "1", "Whether its threads run.", _alive),
    ("last_progress.age", "s", "Since anything was written, or nothing was to be.", _one("last_progress_age")),
)
