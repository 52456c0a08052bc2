"""`seq`, a number for each line of a process."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from structlog.exceptions import DropEvent

from structlog_enrich import preset
from structlog_enrich.processors import Envelope
from tests.processors.envelope.making import line_of

if TYPE_CHECKING:
    from collections.abc import Callable


class TestSeq:
    """`seq`, a number for each line of a process."""

    def test_it_starts_at_zero_without_holes(self, run_python: Callable[..., Any]) -> None:
        """The first line of a process has 0, and each next one more, whichever chain wrote it."""
        done = run_python(
            "import orjson\nfrom structlog_enrich import preset\n"
            "def line(chain, flat):\n"
            "    for stage in chain: flat = stage(None, 'info', flat)\n"
            "    return orjson.loads(flat)['seq']\n"
            "one, two = preset(), preset(service='x')\n"
            "print([line(chain, {'event': 'x'}) for chain in (one, two, one, one, two)])\n"
        )

        assert "[0, 1, 2, 3, 4]" == done.stdout.strip()

    def test_under_threads(self, collect: Callable[..., Any]) -> None:
        """Eight threads take each number once and leave none out."""
        sinks = [collect(preset()) for _ in range(8)]
        ready = threading.Barrier(8)

        def work(sink: Any) -> None:
            ready.wait()
            for _ in range(500):
                sink.log.info("x")

        threads = [threading.Thread(target=work, args=(sink,)) for sink in sinks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        numbers = sorted(line["seq"] for sink in sinks for line in sink.lines())

        assert list(range(numbers[0], numbers[0] + 4_000)) == numbers

    def test_a_stream_has_its_own(self) -> None:
        """Chains of one stream count together, apart from all others."""
        main, first, again, other = preset(), preset(stream="s-one"), preset(stream="s-one"), preset(stream="s-two")
        start = line_of(main)["seq"]

        assert [0, 1, 0, 2] == [line_of(chain)["seq"] for chain in (first, again, other, first)]
        assert start + 1 == line_of(main)["seq"]
        assert ("s-one", False) == (line_of(first)["stream"], "stream" in line_of(main))

    def test_a_logger_that_is_not_enabled_takes_none(self) -> None:
        """What the standard library would drop is dropped before it has a number, and its faults with it."""

        def breaks(*_: Any) -> Any:
            raise ValueError

        logger = logging.getLogger("tests.envelope.disabled")
        logger.setLevel(logging.WARNING)
        broken, chain = preset(extra=[breaks]), preset()
        before = line_of(chain)["seq"]
        for method in ("debug", "info", "msg", "log"):
            with pytest.raises(DropEvent):
                line_of(broken, method, logger, event="x")
        # The rest of a DropEvent is the wrapper's business; here the chain stops on its own.
        line = orjson.loads(chain[-1](None, "warning", _through(chain[:-1], "warning", logger)))

        assert (before + 1, False) == (line["seq"], "faults" in line)

    def test_the_logger_is_asked_each_time(self) -> None:
        """A level that is set at run time counts at once."""
        logger = logging.getLogger("tests.envelope.changing")
        stage = Envelope()
        logger.setLevel(logging.INFO)
        stage(logger, "info", {"event": "x"})
        logger.setLevel(logging.ERROR)
        with pytest.raises(DropEvent):
            stage(logger, "info", {"event": "x"})
        logger.setLevel(logging.DEBUG)

        assert "debug" == stage(logger, "debug", {"event": "x"})["level"]


def _through(chain: list[Any], method: str, logger: Any) -> Any:
    flat: Any = {"event": "x"}
    for stage in chain:
        flat = stage(logger, method, flat)
    return flat
