"""What stages behind the renderer may not do."""

from __future__ import annotations

from typing import Any

import pytest
import structlog

from structlog_enrich import preset
from structlog_enrich.processors import ConsoleRenderer, Guarded, Redact
from tests.explaining.chains import REDACT, add_shard, ends_with_blank, forgets, found, only


class TestAfterRenderer:
    """Behind the renderer only who takes a finished line."""

    def test_second_renderer(self) -> None:
        """structlog's renderer after ours would write the line into a string."""
        mistake = only([*preset(renderer="json"), structlog.processors.JSONRenderer()])

        assert ("after-renderer", (7,)) == mistake[:2]
        assert "second renderer" in mistake.problem

    @pytest.mark.parametrize("second", [ConsoleRenderer(), structlog.dev.ConsoleRenderer(colors=False)])
    def test_others(self, second: Any) -> None:
        """So would any other."""
        assert [("after-renderer", (7,))] == found([*preset(renderer="json"), second])

    @pytest.mark.parametrize(
        "late", [add_shard, structlog.processors.add_log_level, Guarded(ends_with_blank), forgets, Redact()]
    )
    @pytest.mark.parametrize("factory", [structlog.PrintLoggerFactory(), structlog.BytesLoggerFactory()])
    def test_takes_an_event(self, late: Any, factory: Any) -> None:
        """Who takes an event, or returns nothing, isn't allowed there."""
        chain = [*preset(renderer="json"), late]

        assert [("after-renderer", (7,))] == found(chain, logger_factory=factory)

    def test_takes_a_line(self) -> None:
        """Who takes the finished line and returns it is."""
        assert [] == found([*preset(renderer="json"), ends_with_blank])

    def test_ours_before_redaction(self) -> None:
        """A renderer too early finishes the line before it is masked."""
        chain = preset(renderer="json")
        chain.insert(REDACT, chain.pop())

        assert [("after-renderer", (5,)), ("after-renderer", (6,))] == found(chain)

    def test_unprobed(self) -> None:
        """Without a run what is known is found all the same, and a stranger isn't judged."""
        chain = [*preset(renderer="json"), add_shard, structlog.processors.JSONRenderer()]

        assert [("after-renderer", (8,))] == found(chain, probe=None)
