"""Whatever a span is told and whatever ends it, the work goes on and one valid line comes out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich import current_trace, entry, span
from tests.never_raises.recorder import Recorder
from tests.never_raises.strategies import EXAMPLES, Recipe, exceptions, keywords, made, values


class TestSpans:
    """A span is told anything, and anything ends it."""

    @EXAMPLES
    @given(attributes=keywords, name=st.text(st.characters(codec=None), min_size=1), odd=values, error=exceptions())
    @pytest.mark.parametrize("begin", [span, entry])
    def test_anything(self, begin: Any, attributes: Recipe, name: str, odd: Any, error: Recipe) -> None:
        """What ends it comes out as it went in, and one valid line tells of it."""
        recorder, raised = Recorder(), error.make()

        def work() -> None:
            try:
                with begin(name, attributes=made(attributes), logger=recorder.log) as one:
                    one.set_attribute("odd", made(odd))
                    one.outcome = one.peer = one.queue_ms = made(odd)
                    raise raised
            except BaseException as caught:
                assert raised is caught  # noqa: PT017 (pytest's own way asks it for its class, which may fail)

        line = recorder.call(work)

        assert ("end", line["message"]) == (line["span"]["phase"], line["span"]["name"])
        assert (line["span"]["status"] == "error") == ("error" in line)
        assert None is current_trace()
