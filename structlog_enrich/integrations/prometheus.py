"""A writer's account for Prometheus.

```python
REGISTRY.register(WriterCollector(writer))
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from structlog_enrich.exceptions import MissingExtraError

try:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
    from prometheus_client.registry import Collector
except ModuleNotFoundError as missing:
    if (missing.name or "").partition(".")[0] != "prometheus_client":
        raise
    raise MissingExtraError("structlog_enrich.integrations.prometheus", "prometheus-client", "prometheus") from missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.metrics_core import Metric

    from structlog_enrich.delivery import Stats, Writer

__all__ = ["WriterCollector"]

_PREFIX: Final = "structlog_enrich_writer"


class WriterCollector(Collector):
    """Tell a writer's account at each scrape, all of one moment.

    Of several writers each has a collector with a name of its own, in registries of their own or one after the other.

    Args:
        writer: The writer.
        name: The label `writer` of each sample.

    >>> from prometheus_client import CollectorRegistry
    >>> from structlog_enrich.delivery import Writer
    >>> registry = CollectorRegistry()
    >>> registry.register(WriterCollector(Writer("stdout"), name="stdout"))
    >>> registry.get_sample_value("structlog_enrich_writer_pending_lines", {"writer": "stdout"})
    0
    """

    def __init__(self, writer: Writer, *, name: str = "default") -> None:
        self._writer = writer
        self._name = name

    def describe(self) -> list[Metric]:
        """Return nothing: what there is depends on what was lost."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Return the metrics of this moment."""
        stats = self._writer.stats()
        yield from self._counters(stats)
        yield from self._gauges(stats)
        latency = HistogramMetricFamily(
            f"{_PREFIX}_latency_seconds", "From the hand-off of a line to the sink.", labels=["writer"]
        )
        buckets = [("+Inf" if bound == float("inf") else str(bound), count) for bound, count in stats.latency]
        latency.add_metric([self._name], buckets, stats.latency_sum)
        yield latency

    def _counters(self, stats: Stats) -> Iterator[Metric]:
        emitted = CounterMetricFamily(f"{_PREFIX}_emitted_lines", "Lines handed over.", labels=["writer"])
        emitted.add_metric([self._name], stats.emitted)
        written = CounterMetricFamily(f"{_PREFIX}_written_lines", "Lines written.", labels=["writer", "level"])
        for level, count in stats.written_by_level.items():
            written.add_metric([self._name, level], count)
        dropped = CounterMetricFamily(
            f"{_PREFIX}_dropped_lines", "Lines lost, by what for.", labels=["writer", "reason", "level"]
        )
        for reason, levels in stats.dropped.items():
            for level, count in levels.items():
                dropped.add_metric([self._name, reason, level], count)
        retries = CounterMetricFamily(f"{_PREFIX}_retries", "Failures of the sink.", labels=["writer", "reason"])
        for reason, count in stats.retries.items():
            retries.add_metric([self._name, reason], count)
        size = CounterMetricFamily(f"{_PREFIX}_written_bytes", "Bytes written.", labels=["writer"])
        size.add_metric([self._name], stats.bytes)
        yield from (emitted, written, dropped, retries, size)

    def _gauges(self, stats: Stats) -> Iterator[Metric]:
        for name, about, value in (
            ("pending_lines", "Lines on their way.", stats.pending),
            ("depth_bytes", "The budget that is used.", stats.depth_bytes),
            ("high_water_bytes", "The most of the budget that was used.", stats.high_water_bytes),
            ("alive", "Whether its threads run.", stats.writer_alive),
            ("last_progress_age_seconds", "Since anything was written, or nothing was to be.", stats.last_progress_age),
        ):
            gauge = GaugeMetricFamily(f"{_PREFIX}_{name}", about, labels=["writer"])
            gauge.add_metric([self._name], value)
            yield gauge
