"""A writer's account for OpenTelemetry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from structlog_enrich.delivery import Writer
from structlog_enrich.integrations.otel_metrics import observe_writer

if TYPE_CHECKING:
    from pathlib import Path


def _observed(reader: InMemoryMetricReader) -> dict[tuple[str, Any], Any]:
    data: Any = reader.get_metrics_data()
    return {
        (metric.name, tuple(sorted(point.attributes.items()))): point.value
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for point in metric.data.data_points
    }


class TestObserveWriter:
    """The instruments read the account."""

    def test_a_reading(self, tmp_path: Path) -> None:
        """What a reader collects is what the account says, what was lost by reason and level."""
        reader = InMemoryMetricReader()
        provider = MeterProvider([reader])
        with Writer(tmp_path / "log", max_records=5, on_full="drop_newest") as writer:
            observe_writer(writer, provider.get_meter("tests"), name="file")
            log = writer()
            for _ in range(2_000):
                log.error(b"paid")
            assert writer.flush()
            stats, found = writer.stats(), _observed(reader)
        provider.shutdown()
        file = ("writer", "file")
        prefix = "structlog_enrich.writer"
        assert 2_000 == found[f"{prefix}.emitted", (file,)]
        assert stats.written == found[f"{prefix}.written", (("level", "error"), file)]
        assert stats.dropped_total == found[f"{prefix}.dropped", (("level", "error"), ("reason", "full"), file)] > 0
        assert 5 * stats.written == found[f"{prefix}.io", (file,)]
        assert 0 == found[f"{prefix}.pending", (file,)] == found[f"{prefix}.depth", (file,)]
        assert 0 <= found[f"{prefix}.last_progress.age", (file,)]
