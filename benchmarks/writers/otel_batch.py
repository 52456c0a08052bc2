"""OpenTelemetry's batch processor of log records."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NAME: Final = "OpenTelemetry"
ABOUT: Final = (
    "its `BatchLogRecordProcessor` as it comes, with an exporter that writes the bodies; records are made before."
)


def start(fd: int) -> Callable[[bytes], object]:
    """Start what writes to *fd*, and return what hands it a line."""
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
            os.write(fd, b"".join(each.log_record.body + b"\n" for each in batch))
            return LogRecordExportResult.SUCCESS

        def force_flush(self, timeout_millis: int = 30_000) -> bool:
            return True

        def shutdown(self) -> None:
            return

    emit = BatchLogRecordProcessor(Exporter()).on_emit
    record = ReadWriteLogRecord(LogRecord(severity_number=SeverityNumber.INFO, body=b"x" * 400))

    def hand_over(line: bytes) -> None:
        emit(record)

    return hand_over
