"""A writer's account for OpenTelemetry."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.metrics import CallbackOptions
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from structlog_enrich.delivery import Several, Writer
from structlog_enrich.integrations import otel_metrics
from structlog_enrich.integrations.otel_metrics import observe_writer

if TYPE_CHECKING:
    from pathlib import Path

    from structlog_enrich.delivery import Stats


def _observed(reader: InMemoryMetricReader) -> dict[tuple[str, Any], Any]:
    data: Any = reader.get_metrics_data()
    return {
        (metric.name, tuple(sorted(point.attributes.items()))): point.value
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for point in metric.data.data_points
    }


class Asking:
    """A meter whose instruments are asked by their names."""

    def __init__(self) -> None:
        self._callbacks: dict[str, Any] = {}

    def create_observable_counter(self, name: str, callbacks: list[Any], _unit: str, _about: str) -> None:
        """Keep what is to be asked."""
        self._callbacks[name.removeprefix("structlog_enrich.writer.")] = callbacks[0]

    create_observable_gauge = create_observable_counter

    def ask(self, name: str) -> float:
        """Return the one value of an instrument."""
        (observation,) = self._callbacks[name](CallbackOptions())
        return float(observation.value)


class TestObserveWriter:
    """The instruments read the account."""

    def test_a_reading(self, tmp_path: Path) -> None:
        """What a reader collects is what the account says, what was lost by reason and level."""
        reader = InMemoryMetricReader()
        provider = MeterProvider([reader])
        (tmp_path / "log").write_bytes(b"torn")
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
        assert stats.high_water_bytes == found[f"{prefix}.high_water", (file,)] > 0
        assert stats.high_water_records == found[f"{prefix}.high_water_lines", (file,)] > 0
        assert (0, 0) == (found[f"{prefix}.depth_lines", (file,)], found[f"{prefix}.elsewhere", (file,)])
        assert (1, 1) == (found[f"{prefix}.alive", (file,)], found[f"{prefix}.repaired", (file,)])
        assert (0, 0) == (found[f"{prefix}.gaps", (file,)], found[f"{prefix}.gaps.untold", (file,)])
        assert stats.written == found[f"{prefix}.latency.bucket", (("le", "+Inf"), file)]
        assert len(stats.latency) == sum(name == f"{prefix}.latency.bucket" for name, _ in found)
        assert stats.latency_sum == found[f"{prefix}.latency.sum", (file,)] > 0

    def test_one_moment(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """All instruments read one account at each collection, and a new one at the next, by whichever reader."""
        readers = [InMemoryMetricReader(), InMemoryMetricReader()]
        provider = MeterProvider(readers)
        looks: list[Stats] = []
        stats = Writer.stats

        def look(writer: Writer) -> Stats:
            # What is logged amid a collection is the next one's.
            writer().info(b"paid")
            looks.append(stats(writer))
            return looks[-1]

        monkeypatch.setattr(Writer, "stats", look)
        with Writer(tmp_path / "log") as writer:
            observe_writer(writer, provider.get_meter("tests"))
            found = [_observed(reader) for reader in (*readers, *readers)]
            emitted, sums = "structlog_enrich.writer.emitted", "structlog_enrich.writer.latency.sum"
            default = (("writer", "default"),)
            assert [1, 2, 3, 4] == [each[emitted, default] for each in found]
            assert [each.latency_sum for each in looks] == [each[sums, default] for each in found]
        provider.shutdown()

    def test_grows_old(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """An account isn't kept for an instrument that asks much later."""
        meter = Asking()
        now = [100.0]
        monkeypatch.setattr(otel_metrics, "monotonic", lambda: now[0])
        with Writer(tmp_path / "log") as writer:
            observe_writer(writer, meter)  # type: ignore[arg-type]
            assert 0 == meter.ask("emitted")
            writer().info(b"paid")
            assert writer.flush()
            assert 0 == meter.ask("io")
            now[0] += 1.5
            assert 5 == meter.ask("io")
            assert 1 == meter.ask("emitted")

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
    def test_forked(self, tmp_path: Path) -> None:
        """A child that is forked right after a collection began reads its own account."""
        meter = Asking()
        read, write = os.pipe()
        with Writer(tmp_path / "log") as writer:
            observe_writer(writer, meter)  # type: ignore[arg-type]
            writer().info(b"paid")
            assert writer.flush()
            assert 1 == meter.ask("emitted")
            if not (child := os.fork()):
                os.write(write, b"%d" % meter.ask("io"))
                os._exit(0)
            assert (child, 0) == os.waitpid(child, 0)
            assert 5 == meter.ask("io")
        assert b"0" == os.read(read, 100)
        os.close(read)
        os.close(write)

    def test_several(self, tmp_path: Path) -> None:
        """Each writer of several is observed, by its own name."""
        reader = InMemoryMetricReader()
        provider = MeterProvider([reader])
        with Several(Writer(tmp_path / "a"), Writer(tmp_path / "b")) as several:
            observe_writer(several, provider.get_meter("tests"), name=["a", "b"])
            several().info(b"paid")
            assert several.flush()
            found = _observed(reader)
        provider.shutdown()
        assert [1, 1] == [found["structlog_enrich.writer.emitted", (("writer", name),)] for name in "ab"]
