"""OpenTelemetry's batch processor of log records."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from benchmarks.writers import Started

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME: Final = "OpenTelemetry"
ABOUT: Final = (
    "its `BatchLogRecordProcessor` as it comes, with an exporter that writes the bodies; the record of a line is made "
    "before it is handed over."
)


def start(fd: int) -> Started:
    """Start what writes to *fd*."""
    # All of the group bench.
    from opentelemetry._logs import LogRecord, SeverityNumber  # noqa: PLC0415
    from opentelemetry.sdk._logs import ReadWriteLogRecord  # noqa: PLC0415
    from opentelemetry.sdk._logs.export import (  # noqa: PLC0415
        BatchLogRecordProcessor,
        LogRecordExporter,
        LogRecordExportResult,
    )

    class Exporter(LogRecordExporter):
        def export(self, batch: Sequence[Any]) -> LogRecordExportResult:
            # Without a copy of the bodies, which would count as memory of its.
            os.writev(fd, [part for each in batch for part in (each.log_record.body, b"\n")])
            return LogRecordExportResult.SUCCESS

        def force_flush(self, timeout_millis: int = 30_000) -> bool:
            return True

        def shutdown(self) -> None:
            return

    def ready(line: bytes) -> Any:
        return ReadWriteLogRecord(LogRecord(severity_number=SeverityNumber.INFO, body=line))

    processor = BatchLogRecordProcessor(Exporter())
    return Started(ready=ready, hand_over=processor.on_emit, finish=processor.shutdown)
