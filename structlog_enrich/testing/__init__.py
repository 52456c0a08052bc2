"""Test your logging: finished lines through the real chain, assertions on them, a clock and ids that don't change.

```python
from structlog_enrich.testing import assert_envelope, captured_lines

with captured_lines() as lines:
    checkout(order)
assert_envelope(lines.line("payment captured"))
```

It needs no test framework. For pytest, `pytest_plugins = ["structlog_enrich.testing.plugin"]` brings it as fixtures.
"""

from __future__ import annotations

from structlog_enrich.process import ProcessState
from structlog_enrich.testing.absence import assert_nowhere
from structlog_enrich.testing.assertions import assert_envelope, assert_one_trace, assert_parent_of
from structlog_enrich.testing.canaries import assert_no_secret
from structlog_enrich.testing.captured import Captured, decoded
from structlog_enrich.testing.capturing import captured_lines
from structlog_enrich.testing.clock import FakeClock, fake_clock
from structlog_enrich.testing.ids import fake_ids
from structlog_enrich.testing.state import reset
from structlog_enrich.testing.ways import NAMED, UNNAMED

__all__ = [
    "NAMED",
    "UNNAMED",
    "Captured",
    "FakeClock",
    "ProcessState",
    "assert_envelope",
    "assert_no_secret",
    "assert_nowhere",
    "assert_one_trace",
    "assert_parent_of",
    "captured_lines",
    "decoded",
    "fake_clock",
    "fake_ids",
    "reset",
]
