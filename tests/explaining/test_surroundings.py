"""What runs a chain, and what comes of a failure."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from structlog.stdlib import ProcessorFormatter

from structlog_enrich import preset
from structlog_enrich.explaining import explain
from structlog_enrich.processors import Guarded, JSONRenderer
from tests.explaining.chains import ERRORS, chain_with, fails, forgets, found, only, without

if TYPE_CHECKING:
    from collections.abc import Callable


async def _promises(logger: Any, method_name: str, event_dict: Any) -> Any:
    return event_dict


def _refuses(*_arguments: Any, **_options: Any) -> str:
    raise TypeError


class TestWrongLogger:
    """What needs a `logging.Logger` has one."""

    @pytest.mark.parametrize(
        "factory",
        [structlog.PrintLoggerFactory(), structlog.WriteLoggerFactory(), structlog.BytesLoggerFactory()],
        ids=["print", "write", "bytes"],
    )
    def test_filter_by_level(self, factory: Any) -> None:
        """structlog's filter fails with any of structlog's loggers."""
        chain = preset(extra=[structlog.stdlib.filter_by_level])

        assert [("wrong-logger", (2,))] == found(chain, logger_factory=factory)

    def test_others(self) -> None:
        """So do what reads the logger's name and what hands over to logging."""
        factory = structlog.PrintLoggerFactory()
        chain = [*without(JSONRenderer), structlog.stdlib.render_to_log_kwargs]

        assert ("wrong-logger", (6,)) in found(chain, logger_factory=factory)
        assert ("wrong-logger", (2,)) in found(preset(extra=[structlog.stdlib.add_logger_name]), logger_factory=factory)

    @pytest.mark.parametrize("factory", [structlog.stdlib.LoggerFactory(), logging.getLogger, object, None])
    def test_right(self, factory: Any) -> None:
        """With the standard library's, or where nobody knows which it will be, nothing is wrong."""
        chain = preset(extra=[structlog.stdlib.filter_by_level])

        assert [] == found(chain, logger_factory=factory)

    def test_configured(self) -> None:
        """The configured factory is asked where none is given, for the configured chain and any other."""
        chain = preset(extra=[structlog.stdlib.filter_by_level])
        structlog.configure(processors=chain)

        assert [("wrong-logger", (2,))] == [each[:2] for each in explain().mistakes] == found(chain)


class TestUnguardedFailure:
    """What fails takes nothing down."""

    @pytest.mark.parametrize(("processor", "failure"), [(fails, "raises KeyError"), (forgets, "returns NoneType")])
    def test_unguarded(self, processor: Any, failure: str) -> None:
        """Without a guard it would."""
        mistake = only(chain_with(ERRORS, processor))

        assert ("unguarded-failure", (2,)) == mistake[:2]
        assert failure in mistake.problem

    def test_guarded(self) -> None:
        """With one it costs its own contribution, and another event may have what it needs."""
        assert [] == found(chain_with(ERRORS, Guarded(fails)))

    @pytest.mark.parametrize("wrap", [lambda stage: stage, Guarded], ids=["plain", "guarded"])
    def test_exit(self, wrap: Callable[[Any], Any]) -> None:
        """What ends the program doesn't end the explaining one, and no guard would stop it."""

        def leaves(logger: Any, method_name: str, event_dict: Any) -> Any:
            sys.exit("hunter2")

        mistake = only(chain_with(ERRORS, wrap(leaves)), measure=True)

        assert ("unguarded-failure", (2,)) == mistake[:2]
        assert "raises SystemExit on the probe, which no guard stops" in mistake.problem

    def test_exit_when_copied(self) -> None:
        """Nor does one that leaves when it is copied; anyone may stop it by the keyboard."""

        class Leaving:
            def __deepcopy__(self, memo: Any) -> Any:
                raise stop

            def __call__(self, logger: Any, method_name: str, event_dict: Any) -> Any:
                return event_dict

        stop: BaseException = SystemExit()
        assert "it can't be copied" == explain([Leaving()]).stages[0].skipped
        stop = KeyboardInterrupt()
        with pytest.raises(KeyboardInterrupt):
            explain([Leaving()])

    def test_structlogs_own(self) -> None:
        """One of structlog's that fails is no better."""
        renderer = structlog.processors.JSONRenderer(serializer=_refuses)

        assert [("unguarded-failure", (6,))] == found([*without(JSONRenderer), renderer])


class TestReturnsNoEvent:
    """What returns no event adds nothing, whatever the event."""

    @pytest.mark.parametrize(("processor", "kind"), [(forgets, "NoneType"), (_promises, "coroutine")])
    def test_guarded(self, processor: Any, kind: str) -> None:
        """Behind a guard nobody notices, but for a fault on each line."""
        mistake = only(preset(extra=[processor]))

        assert ("returns-no-event", (2,)) == mistake[:2]
        assert f"returns {kind}: " in mistake.problem


class TestUnderProcessorFormatter:
    """The standard library's formatter of structlog is no place for an envelope."""

    def test_formatter(self) -> None:
        """Ours within it is found, by the formatter and by the list, and with a logger of the right kind."""
        stages = [ProcessorFormatter.remove_processors_meta, structlog.stdlib.add_logger_name, *preset()[1:]]
        formatter = ProcessorFormatter(processors=stages)

        assert ("under-processor-formatter", (4,)) == explain(formatter).mistakes[-1][:2]
        assert explain(formatter).mistakes == explain(stages).mistakes
        assert "wrong-logger" not in dict(found(stages))
        assert ("_from_structlog", "_record") == tuple(sorted(explain(formatter).stages[0].removed))

    def test_renderer(self) -> None:
        """So is our renderer alone, which hands a logger more than text."""
        formatter = ProcessorFormatter(processors=[ProcessorFormatter.remove_processors_meta, JSONRenderer()])

        assert [("under-processor-formatter", (2,))] == [each[:2] for each in explain(formatter).mistakes]

    @pytest.mark.parametrize("probe", [{"event": "a probe"}, None], ids=["probed", "unprobed"])
    def test_handed_over(self, probe: dict[str, str] | None) -> None:
        """So is an envelope whose line a formatter is to finish."""
        chain = [*without(JSONRenderer), ProcessorFormatter.wrap_for_formatter]

        assert [("under-processor-formatter", (6,))] == found(chain, probe=probe)

    def test_behind_a_renderer(self) -> None:
        """Behind a renderer another rule is broken."""
        assert [("after-renderer", (7,))] == found([*preset(), ProcessorFormatter.wrap_for_formatter])
