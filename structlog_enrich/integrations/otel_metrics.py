"""A writer's account for OpenTelemetry.

```python
observe_writer(writer, metrics.get_meter("shop"))
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from structlog_enrich.exceptions import MissingExtraError

try:
    from opentelemetry.metrics import CallbackOptions, Meter, Observation, get_meter
except ModuleNotFoundError as missing:
    if (missing.name or "").partition(".")[0] != "opentelemetry":
        raise
    raise MissingExtraError("structlog_enrich.integrations.otel_metrics", "opentelemetry-api", "otel") from missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from structlog_enrich.delivery import Stats, Writer

__all__ = ["observe_writer"]

_PREFIX: Final = "structlog_enrich.writer"


def observe_writer(writer: Writer, meter: Meter | None = None, *, name: str = "default") -> None:
    """Let *meter* observe a writer's account whenever metrics are read.

    Args:
        writer: The writer.
        meter: Whose instruments they are; default one of the global provider's.
        name: The attribute `writer` of each observation.

    >>> from structlog_enrich.delivery import Writer
    >>> observe_writer(Writer("stdout"), name="stdout")
    """
    meter = get_meter("structlog_enrich") if meter is None else meter
    for what, unit, about, read in (
        ("emitted", "{line}", "Lines handed over.", _emitted),
        ("written", "{line}", "Lines written, by level.", _written),
        ("dropped", "{line}", "Lines lost, by reason and level.", _dropped),
        ("retries", "{failure}", "Failures of the sink, by reason.", _retries),
        ("io", "By", "Bytes written.", _bytes),
    ):
        meter.create_observable_counter(f"{_PREFIX}.{what}", [_observed(writer, name, read)], unit, about)
    for what, unit, about, read in (
        ("pending", "{line}", "Lines on their way.", _pending),
        ("depth", "By", "The budget that is used.", _depth),
        ("last_progress.age", "s", "Since anything was written, or nothing was to be.", _age),
    ):
        meter.create_observable_gauge(f"{_PREFIX}.{what}", [_observed(writer, name, read)], unit, about)


def _observed(
    writer: Writer, name: str, read: Callable[[Stats], Iterable[tuple[float, dict[str, str]]]]
) -> Callable[[CallbackOptions], Iterable[Observation]]:
    def observe(_: CallbackOptions) -> Iterable[Observation]:
        return [Observation(value, {"writer": name, **attributes}) for value, attributes in read(writer.stats())]

    return observe


def _emitted(stats: Stats) -> Iterable[tuple[float, dict[str, str]]]:
    yield stats.emitted, {}


def _written(stats: Stats) -> Iterable[tuple[float, dict[str, str]]]:
    for level, count in stats.written_by_level.items():
        yield count, {"level": level}


def _dropped(stats: Stats) -> Iterable[tuple[float, dict[str, str]]]:
    for reason, levels in stats.dropped.items():
        for level, count in levels.items():
            yield count, {"reason": reason, "level": level}


def _retries(stats: Stats) -> Iterable[tuple[float, dict[str, str]]]:
    for reason, count in stats.retries.items():
        yield count, {"reason": reason}


def _bytes(stats: Stats) -> Iterable[tuple[float, dict[str, str]]]:
    yield stats.bytes, {}


def _pending(stats: Stats) -> Iterable[tuple[float, dict[str, str]]]:
    yield stats.pending, {}


def _depth(stats: Stats) -> Iterable[tuple[float, dict[str, str]]]:
    yield stats.depth_bytes, {}


def _age(stats: Stats) -> Iterable[tuple[float, dict[str, str]]]:
    yield stats.last_progress_age, {}
