"""On what was measured: versions, cores and processor, and nothing that names a host or a path."""

from __future__ import annotations

import os
import platform
import re
import sysconfig
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from structlog_enrich import __version__

__all__ = ["build", "processor", "versions"]

_OURS: Final = ("structlog", "orjson")
_THEIRS: Final = (
    "python-json-logger",
    "loguru",
    "ecs-logging",
    "logfire",
    "opentelemetry-instrumentation-logging",
    "opentelemetry-instrumentation-asgi",
    "opentelemetry-sdk",
    "asgi-correlation-id",
    "httpx",
    "jsonschema",
    "google-re2",
    "sentry-sdk",
)
_MODEL: Final = re.compile(r"^model name\s*:\s*(.+)$", re.MULTILINE)


def versions() -> dict[str, str]:
    """Return the version of all that takes part, by name.

    Who is compared with is there when everything is measured, and needn't be for a part.
    """
    return {
        platform.python_implementation(): platform.python_version(),
        "structlog-enrich": __version__,
        **{name: version(name) for name in _OURS},
        **{name: number for name in _THEIRS if (number := _installed(name)) is not None},
    }


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def processor() -> str:
    """Return the number of cores and the processor's model."""
    try:
        described = _MODEL.search(Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    except OSError:
        described = None
    model = described[1] if described else platform.processor() or platform.machine()
    return f"{os.cpu_count()} cores, {' '.join(model.split())}"


def build() -> str:
    """Return whether the interpreter was optimised for speed when it was built, which moves ratios too."""
    optimised = "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
    return f"built {'with' if optimised else 'without'} `--enable-optimizations`"
