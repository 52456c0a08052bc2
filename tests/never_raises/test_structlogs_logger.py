"""Whatever reaches the chain through structlog's own logger, exactly one valid line comes out."""

from __future__ import annotations

from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from tests.never_raises.recorder import LEVELS, NAMED, Recorder
from tests.never_raises.strategies import EXAMPLES, Recipe, exceptions, keywords, made, values

FILTERING = structlog.make_filtering_bound_logger(0)

# What structlog's own logger refuses before any processor runs.
REFUSED = frozenset({"event", "self", "method_name", "level"})


class TestStructlogsLogger:
    """With structlog's own logger no call that reaches the chain raises."""

    @EXAMPLES
    @given(st.sampled_from(LEVELS[:-1]), values, keywords)
    def test_any_values(self, level: str, event: Any, kw: Recipe) -> None:
        """Any message and keywords make one valid line."""
        recorder = Recorder(FILTERING)
        accepted = {name: value for name, value in made(kw).items() if name not in REFUSED}
        recorder.call(getattr(recorder.log, level), made(event), **accepted)

    @pytest.mark.parametrize("name", NAMED)
    def test_named_calls(self, name: str) -> None:
        """Each call that is known to break loggers, and that structlog lets through, makes one valid line."""
        event, _, kw = NAMED[name]
        recorder = Recorder(FILTERING)
        recorder.call(recorder.log.error, event, **{key: make() for key, make in kw.items() if key not in REFUSED})

    @EXAMPLES
    @given(exceptions())
    def test_any_exception(self, error: Recipe) -> None:
        """Any exception makes one valid line."""
        recorder = Recorder(FILTERING)
        recorder.call(recorder.log.error, "failed", exc_info=made(error))

    @EXAMPLES
    @given(keywords)
    def test_bound_values(self, context: Recipe) -> None:
        """Anything may be bound to the context."""
        recorder = Recorder(FILTERING)
        with structlog.contextvars.bound_contextvars(**made(context)):
            recorder.call(recorder.log.info, "x")
