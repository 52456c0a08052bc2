"""All scenarios, by the name under which the template asks for their table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.scenarios import (
    binding,
    clean,
    clean_re,
    contents,
    detection,
    exception,
    header,
    headers,
    imports,
    memory,
    nested,
    objects,
    otel,
    peers,
    peers_web,
    records,
    reference,
    requests,
    secret,
    spans,
    stalled,
    stalled_memory,
    suppressed,
    threads,
    throughput,
    validate,
    varied,
    varied_re,
    web,
    width,
)

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["MAIN", "SCENARIOS"]

_MODULES: Final = (
    reference,
    web,
    requests,
    otel,
    peers,
    records,
    varied,
    varied_re,
    clean,
    clean_re,
    peers_web,
    contents,
    secret,
    nested,
    objects,
    exception,
    suppressed,
    width,
    threads,
    stalled,
    stalled_memory,
    throughput,
    memory,
    imports,
    detection,
    header,
    spans,
    binding,
    headers,
    validate,
)

SCENARIOS: Final[dict[str, ModuleType]] = {each.__name__.rpartition(".")[2]: each for each in _MODULES}
"""In the order in which they run."""

MAIN: Final = (
    "reference",
    "web",
    "requests",
    "otel",
    "peers",
    "records",
    "varied",
    "varied_re",
)
"""Those that targets are read from, and that several interpreters measure."""
