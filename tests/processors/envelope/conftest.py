"""A trace that is active."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from structlog_enrich import TraceContext
from structlog_enrich.trace.context import CURRENT
from tests.processors.envelope.making import TRACE

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def trace() -> Iterator[TraceContext]:
    """Let a trace be active."""
    token = CURRENT.set(TRACE)
    yield TRACE
    CURRENT.reset(token)
