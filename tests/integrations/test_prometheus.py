"""A writer's account for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from structlog_enrich.delivery import Several, Writer
from structlog_enrich.integrations.prometheus import WriterCollector

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from structlog_enrich.delivery import Gap


class Stalled:
    """A sink that takes nothing."""

    def write(self, lines: Sequence[bytes], /) -> int:
        """Fail."""
        raise OSError(28, "No space left on device")

    def close(self) -> None:
        """Hold nothing."""


class TestWriterCollector:
    """One scrape is one moment."""

    @pytest.mark.parametrize("name", ["default", "the file"])
    def test_same_name(self, name: str) -> None:
        """Two of the same name, whose samples nobody could tell apart, can't be registered; others can."""
        registry = CollectorRegistry()
        with Writer(Stalled(), exit_timeout=0) as writer:
            registry.register(WriterCollector(writer, name=name))
            with pytest.raises(ValueError, match="Duplicated timeseries"):
                registry.register(WriterCollector(writer, name=name))
            registry.register(WriterCollector(writer, name="another"))

    def test_a_scrape(self, tmp_path: Path) -> None:
        """What Prometheus reads is what the account says."""
        registry = CollectorRegistry()
        (tmp_path / "log").write_bytes(b"torn")
        with Writer(tmp_path / "log") as writer:
            registry.register(WriterCollector(writer, name="file"))
            log = writer()
            for method in (log.info, log.info, log.error):
                method(b"paid")
            assert writer.flush()
            stats, text = writer.stats(), generate_latest(registry).decode()
        samples = {
            (sample.name, *sorted(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }
        file = ("writer", "file")
        prefix = "structlog_enrich_writer"
        assert 3 == samples[f"{prefix}_emitted_lines_total", file]
        assert 2 == samples[f"{prefix}_written_lines_total", ("level", "info"), file]
        assert 1 == samples[f"{prefix}_written_lines_total", ("level", "error"), file]
        assert 15 == samples[f"{prefix}_written_bytes_total", file]
        assert 1 == samples[f"{prefix}_repaired_lines_total", file]
        assert 0 == samples[f"{prefix}_pending_lines", file]
        assert 1 == samples[f"{prefix}_alive", file]
        assert stats.high_water_bytes == samples[f"{prefix}_high_water_bytes", file] > 0
        assert stats.high_water_records == samples[f"{prefix}_high_water_lines", file] > 0
        for name in ("depth_bytes", "depth_lines", "elsewhere_lines"):
            assert 0 == samples[f"{prefix}_{name}", file]
        assert 3 == samples[f"{prefix}_latency_seconds_count", file]
        assert 3 == samples[f"{prefix}_latency_seconds_bucket", ("le", "+Inf"), file]

    def test_losses(self) -> None:
        """Each reason and level is a sample, and so is each way in which the sink fails."""
        writer = Writer(Stalled(), max_records=1, on_full="drop_newest", exit_timeout=0)
        registry = CollectorRegistry()
        registry.register(WriterCollector(writer))
        log = writer()
        for _ in range(5):
            log.warning(b"paid")

        def sample(name: str, **labels: Any) -> float:
            return registry.get_sample_value(f"structlog_enrich_writer_{name}", {"writer": "default", **labels}) or 0

        assert not writer.close(0.2)
        assert 0 < sample("retries_total", reason="enospc") == writer.stats().retries["enospc"]
        lost = writer.stats().dropped
        assert lost
        for reason, levels in lost.items():
            assert levels["warning"] == sample("dropped_lines_total", reason=reason, level="warning")

    def test_several(self, tmp_path: Path) -> None:
        """Each writer of several has its samples, in one family, by its own name."""
        registry, numbered = CollectorRegistry(), CollectorRegistry()
        with Several(Writer(tmp_path / "a"), Writer(tmp_path / "b")) as several:
            registry.register(WriterCollector(several, name=("a", "b")))
            numbered.register(WriterCollector(several))
            several().info(b"paid")
            assert several.flush()
            emitted = "structlog_enrich_writer_emitted_lines_total"
            assert [1, 1] == [registry.get_sample_value(emitted, {"writer": name}) for name in "ab"]
            assert [1, 1] == [numbered.get_sample_value(emitted, {"writer": f"default-{place}"}) for place in range(2)]
            families = [family.name for family in text_string_to_metric_families(generate_latest(registry).decode())]
        assert sorted(set(families)) == sorted(families)

    def test_gaps(self, tmp_path: Path) -> None:
        """What was told of losses is counted, and what couldn't be told."""
        told: list[str] = []

        def frame(gap: Gap) -> bytes:
            told.append(gap.reason)
            if len(told) > 1:
                raise ValueError
            return b"gap"

        registry = CollectorRegistry()
        writer = Writer(tmp_path / "log", max_records=5, on_full="drop_newest", frame_gap=frame)
        registry.register(WriterCollector(writer))
        for _ in range(2):
            for _ in range(2_000):
                writer().info(b"paid")
            assert writer.flush()
        assert writer.close()
        prefix, labels = "structlog_enrich_writer", {"writer": "default"}
        assert 1 == registry.get_sample_value(f"{prefix}_gaps_total", labels)
        assert len(told) - 1 == registry.get_sample_value(f"{prefix}_gaps_untold_total", labels) > 0

    def test_without_the_package(self, run_python: Callable[..., Any]) -> None:
        """The hint names the extra."""
        program = """
import sys
sys.modules["prometheus_client"] = None
try:
    import structlog_enrich.integrations.prometheus
except ImportError as error:
    print(error)
"""
        hint = "needs prometheus-client: pip install 'structlog-enrich[prometheus]'"
        assert f"structlog_enrich.integrations.prometheus {hint}\n" == run_python(program).stdout
