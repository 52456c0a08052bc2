"""A writer's account for Prometheus.

```python
REGISTRY.register(WriterCollector(writer))
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from structlog_enrich.exceptions import MissingExtraError
from structlog_enrich.integrations.accounts import named_writers

try:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
    from prometheus_client.registry import Collector
except ModuleNotFoundError as missing:
    if (missing.name or "").partition(".")[0] != "prometheus_client":
        raise
    raise MissingExtraError("structlog_enrich.integrations.prometheus", "prometheus-client", "prometheus") from missing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from structlog_enrich.delivery import Several, Stats, Writer

__all__ = ["WriterCollector"]

_PREFIX: Final = "structlog_enrich_writer"


class WriterCollector(Collector):
    """Tell a writer's account at each scrape, all of one moment.

    Writers that aren't a `Several` have a collector each, with names of their own.

    Args:
        writer: The writer, or several.
        name: The label `writer` of each sample. Of several it is one name for each, in their order; or one for all, to
            which the place of each is added: `default-0`.

    Raises:
        ConfigurationError: *writer* is neither, or the names are too few, too many or the same. To register two of the
            same name is a `ValueError` of the registry.

    >>> from prometheus_client import CollectorRegistry
    >>> from structlog_enrich.delivery import Writer
    >>> registry = CollectorRegistry()
    >>> registry.register(WriterCollector(Writer("stdout"), name="stdout"))
    >>> registry.get_sample_value("structlog_enrich_writer_pending_lines", {"writer": "stdout"})
    0
    """

    def __init__(self, writer: Writer | Several, *, name: str | Sequence[str] = "default") -> None:
        self._writers = named_writers(writer, name)

    def describe(self) -> list[Metric]:
        """Return what tells the writers' names, by which a registry refuses another of the same name."""
        return [Metric(f"{_PREFIX}_{_plain(name)}", "Its name.", "unknown") for name in self._writers]

    def collect(self) -> Iterator[Metric]:
        """Return the metrics of this moment."""
        accounts = {name: writer.stats() for name, writer in self._writers.items()}
        yield from _counters(accounts)
        yield from _gauges(accounts)
        latency = HistogramMetricFamily(
            f"{_PREFIX}_latency_seconds", "From the hand-off of a line to the sink.", labels=["writer"]
        )
        for name, stats in accounts.items():
            buckets = [("+Inf" if bound == float("inf") else str(bound), count) for bound, count in stats.latency]
            latency.add_metric([name], buckets, stats.latency_sum)
        yield latency


def _plain(name: str) -> str:
    """Return *name* as any version takes it in the name of a metric."""
    return name if name.isidentifier() and name.isascii() else name.encode().hex()


def _counters(accounts: dict[str, Stats]) -> Iterator[Metric]:
    emitted = CounterMetricFamily(f"{_PREFIX}_emitted_lines", "Lines handed over.", labels=["writer"])
    written = CounterMetricFamily(f"{_PREFIX}_written_lines", "Lines written.", labels=["writer", "level"])
    dropped = CounterMetricFamily(
        f"{_PREFIX}_dropped_lines", "Lines lost, by what for.", labels=["writer", "reason", "level"]
    )
    retries = CounterMetricFamily(f"{_PREFIX}_retries", "Failures of the sink.", labels=["writer", "reason"])
    size = CounterMetricFamily(f"{_PREFIX}_written_bytes", "Bytes written.", labels=["writer"])
    gaps = CounterMetricFamily(f"{_PREFIX}_gaps", "Lines about losses written.", labels=["writer"])
    untold = CounterMetricFamily(f"{_PREFIX}_gaps_untold", "Losses no line could be made of.", labels=["writer"])
    repaired = CounterMetricFamily(f"{_PREFIX}_repaired_lines", "Torn last lines that were ended.", labels=["writer"])
    for name, stats in accounts.items():
        emitted.add_metric([name], stats.emitted)
        for level, count in stats.written_by_level.items():
            written.add_metric([name, level], count)
        for reason, levels in stats.dropped.items():
            for level, count in levels.items():
                dropped.add_metric([name, reason, level], count)
        for reason, count in stats.retries.items():
            retries.add_metric([name, reason], count)
        size.add_metric([name], stats.bytes)
        gaps.add_metric([name], stats.gaps)
        untold.add_metric([name], stats.gaps_untold)
        repaired.add_metric([name], stats.repaired)
    yield from (emitted, written, dropped, retries, size, gaps, untold, repaired)


def _gauges(accounts: dict[str, Stats]) -> Iterator[Metric]:
    for what, about, read in _GAUGES:
        gauge = GaugeMetricFamily(f"{_PREFIX}_{what}", about, labels=["writer"])
        for name, stats in accounts.items():
            gauge.add_metric([name], getattr(stats, read))
        yield gauge


_GAUGES: Final = (
    ("pending_lines", "Lines on their way.", "pending"),
    ("elsewhere_lines", "Lines on their way that a policy keeps on disk.", "elsewhere"),
    ("depth_lines", "The budget of lines that is used.", "depth_records"),
    ("depth_bytes", "The budget that is used.", "depth_bytes"),
    ("high_water_lines", "The most of the budget of lines that was used.", "high_water_records"),
    ("high_water_bytes", "The most of the budget that was used.", "high_water_bytes"),
    ("alive", "Whether its threads run.", "writer_alive"),
    ("last_progress_age_seconds", "Since anything was written, or nothing was to be.", "last_progress_age"),
)
