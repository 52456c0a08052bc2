"""`captured_lines`: the real chain, and nothing but its sink exchanged."""

from __future__ import annotations

import asyncio
import io
import logging
import pickle
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from structlog_enrich import ConfigurationError, bound_logger, entry, preset, span
from structlog_enrich.setup import configure
from structlog_enrich.testing import captured_lines, fake_ids

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def sink() -> io.BytesIO:
    """Return where the lines of `chain` go outside any block."""
    return io.BytesIO()


@pytest.fixture
def chain(sink: io.BytesIO) -> list[Any]:
    """Return a chain that structlog is configured with, with caching, as a service does."""
    made = preset(service="shop", renderer="json")
    structlog.configure(
        processors=made,
        wrapper_class=bound_logger("info"),
        logger_factory=structlog.BytesLoggerFactory(sink),
        cache_logger_on_first_use=True,
    )
    return made


class TestTheRealChain:
    """What is captured is what would have been written."""

    def test_is_what_the_sink_would_hold(self, chain: list[Any], sink: io.BytesIO) -> None:
        """The bytes differ from those of a sink in the number and the time of the line only."""
        log = structlog.get_logger()
        log.info("paid", password="hunter2", note="é\x7f")
        with captured_lines() as lines:
            log.info("paid", password="hunter2", note="é\x7f")

        (written,) = sink.getvalue().splitlines()
        (captured,) = lines.raw.splitlines()
        place = captured.index(b'"host"')
        assert written[written.index(b'"host"') :] == captured[place:]
        assert lines.raw == captured + b"\n"
        assert b"\\u007f" in captured

    def test_nothing_reaches_the_sink(self, chain: list[Any], sink: io.BytesIO) -> None:
        """Within the block the sink gets nothing, and after it every line again."""
        log = structlog.get_logger()
        with captured_lines() as lines:
            log.info("within")
        log.info("after")

        assert ["within"] == [line["message"] for line in lines]
        assert 1 == sink.getvalue().count(b"\n")
        assert b'"after"' in sink.getvalue()

    def test_the_wrapper_stays(self, chain: list[Any]) -> None:
        """The configured logger class, and so its level, counts."""
        with captured_lines() as lines:
            structlog.get_logger().debug("unheard")
            structlog.get_logger().info("heard")

        assert "heard" == lines.line()["message"]

    def test_teams_processors_run(self) -> None:
        """A processor that drops an event, or fails, does what it always does."""

        def picky(logger: Any, method_name: str, event_dict: Any) -> Any:
            if event_dict["event"] == "noise":
                raise structlog.DropEvent
            raise KeyError("region")

        structlog.configure(processors=preset(extra=[picky]), wrapper_class=bound_logger())
        with captured_lines() as lines:
            structlog.get_logger().info("noise")
            structlog.get_logger().info("paid")

        assert "paid" == lines.line()["message"]
        assert 1 == len(lines.line()["faults"])

    @pytest.mark.parametrize("renderer", ["auto", "json", "console"])
    def test_is_json(self, renderer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """Also where a person would read it, on a terminal or by configuration."""
        terminal = io.StringIO()
        monkeypatch.setattr(terminal, "isatty", lambda: True)
        monkeypatch.setattr(sys, "stdout", terminal)
        structlog.configure(processors=preset(service="shop", renderer=renderer))
        with captured_lines() as lines:
            structlog.get_logger().info("paid")

        assert "shop" == lines.line("paid")["service"]
        assert "" == terminal.getvalue()

    def test_limits_stay(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What writes JSON in place of a terminal keeps the limits and the policy of what it stands for."""
        made = preset(renderer="auto")
        structlog.configure(processors=made, wrapper_class=bound_logger())
        with captured_lines():
            finish = made[-1]._finish  # noqa: SLF001

        assert finish is not made[-1]
        assert finish.terminal is None
        assert (made[-1].output, made[-1].max_line, made[-1]._total) == (  # noqa: SLF001
            finish.output,
            finish.max_line,
            finish._total,  # noqa: SLF001
        )

    def test_structlogs_own_loggers(self) -> None:
        """Its default logger and its filtering one are captured like ours."""
        for wrapper in (structlog.BoundLogger, structlog.make_filtering_bound_logger(20)):
            structlog.configure(processors=preset(), wrapper_class=wrapper, cache_logger_on_first_use=False)
            with captured_lines() as lines:
                assert structlog.get_logger().info("paid", n=1) is None

            assert {"n": 1} == lines.line("paid")["payload"]

    def test_standard_librarys_loggers(self, caplog: pytest.LogCaptureFixture) -> None:
        """Under `structlog.stdlib.LoggerFactory` lines have their logger's name, and no handler gets them."""
        structlog.configure(processors=preset(), logger_factory=structlog.stdlib.LoggerFactory())
        with captured_lines() as lines:
            structlog.get_logger("shop.cart").error("paid")

        assert "shop.cart" == lines.line("paid")["logger"]
        assert [] == caplog.records


class TestWhoIsCaptured:
    """Every logger that shares the chain, wherever it logs."""

    def test_cached_before(self, chain: list[Any]) -> None:
        """A logger that was cached, and one bound to it, before the block."""
        log = structlog.get_logger()
        log.info("first use")
        bound = log.bind(order_id="o-1")
        with captured_lines() as lines:
            log.info("cached")
            bound.info("bound")

        assert ["cached", "bound"] == [line["message"] for line in lines]

    def test_cached_within(self, chain: list[Any], sink: io.BytesIO) -> None:
        """A logger that is first used within the block writes to its sink after it."""
        log = structlog.get_logger()
        with captured_lines():
            log.info("within")
        log.info("after")

        assert [b"after"] == [b"after" for line in sink.getvalue().splitlines() if b'"after"' in line]
        assert b"within" not in sink.getvalue()

    def test_threads_and_tasks(self, chain: list[Any]) -> None:
        """Lines of other threads, of tasks and of the loop's executor."""
        log = structlog.get_logger()

        async def work() -> None:
            await asyncio.gather(*(asyncio.create_task(log.ainfo("task", n=n)) for n in range(5)))
            await asyncio.to_thread(log.info, "executor")

        with captured_lines() as lines:
            threads = [threading.Thread(target=log.info, args=("thread",)) for _ in range(5)]
            for each in threads:
                each.start()
            for each in threads:
                each.join()
            asyncio.run(work())

        said = [line["message"] for line in lines]
        assert {"thread": 5, "task": 5, "executor": 1} == {each: said.count(each) for each in set(said)}
        assert len(said) == len({line["seq"] for line in lines})

    def test_spans(self, chain: list[Any]) -> None:
        """The lines that the library writes by itself."""
        with captured_lines() as lines, entry("nightly report"), span("load"):
            pass

        assert ["load", "nightly report"] == [line["message"] for line in lines]

    def test_bridged_records(self) -> None:
        """Records of the standard library that `configure()` brings into the chain, and what nobody caught."""
        out = io.BytesIO()
        with configure(service="shop", sink=out, framed=False):
            with captured_lines() as lines:
                logging.getLogger("urllib3").warning("retrying %s", "/stock", extra={"attempt": 2})
            logging.getLogger("urllib3").warning("after")

        line = lines.line("retrying /stock")
        assert ("urllib3", {"attempt": 2}) == (line["logger"], line["payload"])
        assert 1 == out.getvalue().count(b"\n")

    def test_another_chain_is_not(self, chain: list[Any], sink: io.BytesIO) -> None:
        """A logger that was cached with an earlier chain keeps its sink, as the page says."""
        log = structlog.get_logger()
        log.info("first use")
        structlog.configure(processors=preset())
        with captured_lines() as lines:
            log.info("elsewhere")

        assert 0 == len(lines)
        assert b'"elsewhere"' in sink.getvalue()

    def test_a_block_within_another(self, chain: list[Any], sink: io.BytesIO) -> None:
        """It has its lines for itself, and the outer one goes on after it."""
        log = structlog.get_logger()
        with captured_lines() as outer:
            log.info("before")
            with captured_lines() as inner:
                log.info("within")
            log.info("after")

        assert ["within"] == [line["message"] for line in inner]
        assert ["before", "after"] == [line["message"] for line in outer]
        assert b"" == sink.getvalue()

    def test_blocks_that_end_crosswise(self, chain: list[Any]) -> None:
        """The one that began first may end first; at last the chain is as it was."""
        before = list(chain)
        one, other = captured_lines(), captured_lines()
        one.__enter__()
        other.__enter__()
        one.__exit__(None, None, None)
        assert before != chain
        other.__exit__(None, None, None)

        assert before == chain


class TestWhichChain:
    """The configured one, a given one, or none yet."""

    def test_nothing_configured(self) -> None:
        """Where nothing is configured, a service named `tests` is, for the block."""
        with captured_lines() as lines:
            structlog.get_logger().info("paid", event="e-1")

        assert ("tests", {"event": "e-1"}) == (lines.line("paid")["service"], lines.line("paid")["payload"])
        assert not structlog.is_configured()

    def test_given(self, chain: list[Any]) -> None:
        """A chain of one's own is configured for the block, with the configured logger; then all is as before."""
        before = structlog.get_config()
        given = preset(service="audit", stream="audit")
        stages = list(given)
        with fake_ids(), captured_lines(given) as lines:
            log = structlog.get_logger()
            log.debug("unheard")
            log.info("paid")
            assert not structlog.get_config()["cache_logger_on_first_use"]

        assert ("audit", 0) == (lines.line()["stream"], lines.line()["seq"])
        assert before == structlog.get_config()
        assert before["processors"] is structlog.get_config()["processors"]
        assert stages == given

    def test_given_and_nothing_configured(self) -> None:
        """Then our own logger goes with it, and nothing is configured afterwards."""
        with captured_lines(preset(service="audit")) as lines:
            structlog.get_logger().info("paid", self=1)

        assert {"self": 1} == lines.line("paid")["payload"]
        assert not structlog.is_configured()

    def test_given_and_configured_already(self, chain: list[Any]) -> None:
        """The configured list itself changes nothing of the configuration."""
        log = structlog.get_logger()
        log.info("first use")
        with captured_lines(chain) as lines:
            assert structlog.get_config()["cache_logger_on_first_use"]
            log.info("paid")

        assert "paid" == lines.line()["message"]

    def test_configured_as_a_tuple(self) -> None:
        """A tuple can't be edited: loggers made within the block are captured, and the tuple is put back."""
        made = tuple(preset(service="shop"))
        structlog.configure(processors=made, wrapper_class=bound_logger())
        with captured_lines() as lines:
            structlog.get_logger().info("paid")

        assert "shop" == lines.line("paid")["service"]
        assert made is structlog.get_config()["processors"]

    def test_configured_within(self) -> None:
        """Of a chain that is configured within the block nothing is captured, and whoever looks is told."""
        with captured_lines() as lines:
            structlog.configure(processors=preset(), logger_factory=structlog.ReturnLoggerFactory())
            structlog.get_logger().info("paid")

            with pytest.raises(AssertionError, match=r"logged: nothing; structlog was configured anew within the bl"):
                lines.line("paid")

    @pytest.mark.parametrize(
        ("given", "received"), [([], "an empty one"), ((), "tuple"), ("json", "str"), ({}, "dict")]
    )
    def test_refused(self, given: Any, received: str) -> None:
        """What is no list of processors."""
        with pytest.raises(ConfigurationError, match=f"chain must be a list of processors, not {received}"):
            captured_lines(given).__enter__()

        assert not structlog.is_configured()


class TestAfterwards:
    """The chain is as it was, whatever happened."""

    def test_an_error_in_the_block(self, chain: list[Any]) -> None:
        """It comes out of the block, and the chain is whole."""
        before = list(chain)
        with pytest.raises(KeyError), captured_lines():
            raise KeyError("stock")

        assert before == chain

    def test_an_edited_list(self, chain: list[Any]) -> None:
        """Stages that were added meanwhile stay, and only the last stage is put back."""
        renderer = chain[-1]
        with captured_lines():
            chain.insert(0, structlog.processors.add_log_level)

        assert [structlog.processors.add_log_level, renderer] == [chain[0], chain[-1]]
        assert 7 == len(chain)

    def test_replaced_stages(self, chain: list[Any]) -> None:
        """Where the last stage was taken away meanwhile, nothing is put in its place."""
        with captured_lines():
            chain.clear()

        assert [] == chain

    def test_capture_logs_within(self, chain: list[Any]) -> None:
        """structlog's own way of capturing works within, and before it ends the block gets nothing."""
        with captured_lines() as lines, structlog.testing.capture_logs() as events:
            structlog.get_logger().info("paid")

        assert [{"event": "paid", "log_level": "info"}] == events
        assert 0 == len(lines)

    def test_capture_logs_that_ends_later(self, chain: list[Any], sink: io.BytesIO) -> None:
        """It puts back the list as it found it, within the block; nothing is captured any more, and nothing lost."""
        block, others = captured_lines(), structlog.testing.capture_logs()
        lines = block.__enter__()
        others.__enter__()
        block.__exit__(None, None, None)
        others.__exit__(None, None, None)
        structlog.get_logger().info("after")

        assert 0 == len(lines)
        assert b'"after"' in sink.getvalue()

    def test_to_another_process_goes_the_stage_itself(self, chain: list[Any]) -> None:
        """A chain that is pickled within the block writes to its sink."""
        with captured_lines():
            shown = repr(chain[-1])
            copied = pickle.loads(pickle.dumps(chain))

        assert repr(chain[-1]) == shown == repr(copied[-1])
        assert type(chain[-1]) is type(copied[-1])

    def test_to_another_process_from_a_block_within_another(self, chain: list[Any]) -> None:
        """However many blocks stand around it."""
        with captured_lines(), captured_lines():
            copied = pickle.loads(pickle.dumps(chain))

        assert type(chain[-1]) is type(copied[-1])


class TestUnfinished:
    """A chain that hands over something else than a line."""

    def test_no_json(self) -> None:
        """Lines that are no JSON are said to be none, by the stage that writes them and without what they say."""
        structlog.configure(processors=[structlog.processors.KeyValueRenderer(key_order=["event"])])
        with captured_lines() as lines:
            structlog.get_logger().info("paid", password="hunter2")

        with pytest.raises(ValueError, match=r"^line 1 isn't JSON .*; structlog\..*KeyValueRenderer wrote it$") as said:
            lines.line("paid")
        assert "hunter2" not in str(said.value)
        assert b"event='paid' password='hunter2'\n" == lines.raw

    @pytest.mark.parametrize(
        "look", [len, list, lambda lines: lines.raw, lambda lines: lines.line()], ids=["len", "list", "raw", "line"]
    )
    def test_is_said(self, look: Callable[[Any], Any]) -> None:
        """It is said when somebody looks, by the name of the stage, with what to do."""
        processors = [*preset()[:-1], structlog.stdlib.ProcessorFormatter.wrap_for_formatter]
        structlog.configure(processors=processors, logger_factory=structlog.stdlib.LoggerFactory())
        with captured_lines() as lines:
            structlog.get_logger().error("paid")

        with pytest.raises(ConfigurationError, match=r"not .*wrap_for_formatter\. .* decoded\(\)"):
            look(lines)
