"""Whoever configures `logging`, before or after: each record is one line, and what isn't a console has it too."""

from __future__ import annotations

import copy
import io
import json
import logging
import sys
from contextlib import redirect_stderr
from typing import Any

import pytest

CONFIGURE = (
    "import structlog_enrich.setup\nstructlog_enrich.setup.configure(service='shop', renderer='json', framed=False)\n"
)

THEIRS = {
    "basicConfig": "import logging; logging.basicConfig(level='INFO')",
    "to standard output": "import logging, sys; logging.basicConfig(level='INFO', stream=sys.stdout)",
    "dictConfig, as uvicorn does": """
import logging.config, uvicorn.config
logging.config.dictConfig(uvicorn.config.LOGGING_CONFIG)
""",
    "handlers of its own, as gunicorn has": """
import logging, sys
for name in ("gunicorn.error", "gunicorn.access"):
    logging.getLogger(name).propagate = False
    logging.getLogger(name).setLevel("INFO")
    logging.getLogger(name).addHandler(logging.StreamHandler(sys.stdout))
""",
    "to a file only, and no further": """
import logging, os
for name in ("uvicorn.error", "uvicorn.access", "gunicorn.error", "celery.worker", "shop"):
    logging.getLogger(name).propagate = False
    logging.getLogger(name).addHandler(logging.FileHandler(os.devnull))
""",
    "a console for errors alone, as Django's may be": """
import logging, sys
logging.root.handlers = [logging.StreamHandler(sys.stderr)]
logging.root.handlers[0].setLevel("ERROR")
logging.root.handlers[0].addFilter(lambda record: False)
""",
    "the same terminal by another object": """
import logging
logging.root.addHandler(logging.StreamHandler(open(1, "w", closefd=False)))
""",
    "the root logger taken over, as Celery does": """
import logging, sys
logging.root.handlers = []
logging.root.addHandler(logging.StreamHandler(sys.__stderr__))
logging.root.setLevel("INFO")
""",
}

LOG = """
import logging
for name in ("uvicorn.error", "uvicorn.access", "gunicorn.error", "celery.worker", "shop"):
    logging.getLogger(name).warning("from " + name)
"""


class TestWhoeverAndWhenever:
    """Other people's configuration."""

    @pytest.mark.parametrize("theirs", THEIRS)
    @pytest.mark.parametrize("first", ["ours", "theirs"])
    def test_one_line_each(self, theirs: str, first: str, lines_of: Any) -> None:
        """None is lost, none is there twice, and nothing else is on standard output."""
        parts = [CONFIGURE, THEIRS[theirs]]
        lines = lines_of("\n".join([*(parts if first == "ours" else reversed(parts)), LOG]))

        assert [f"from {line['logger']}" for line in lines] == [line["message"] for line in lines]
        assert ["uvicorn.error", "uvicorn.access", "gunicorn.error", "celery.worker", "shop"] == [
            line["logger"] for line in lines
        ]

    def test_a_file(self, lines_of: Any, tmp_path: Any) -> None:
        """A handler that isn't the console's has its records as ever, at its own level."""
        kept = tmp_path / "kept.log"
        lines = lines_of(
            f"import logging, sys\nlogging.root.addHandler(logging.FileHandler({str(kept)!r}))\n"
            f"{CONFIGURE}logging.getLogger('a').info('both')\n"
            "logging.root.handlers[0].setLevel('ERROR')\nlogging.getLogger('a').info('one')\n"
        )

        assert ["both", "one"] == [line["message"] for line in lines]
        assert "both\n" == kept.read_text("utf-8")

    def test_their_levels(self, lines_of: Any) -> None:
        """What a logger is told to leave out is left out."""
        lines = lines_of(
            f"{CONFIGURE}import logging\nlogging.getLogger('noisy').setLevel('ERROR')\n"
            "logging.getLogger('noisy.child').warning('no')\nlogging.getLogger('other').warning('yes')\n"
        )

        assert ["yes"] == [line["message"] for line in lines]

    def test_sqlalchemy(self, lines_of: Any) -> None:
        """An engine that echoes gives its logger a handler of standard output; each statement is one line."""
        lines = lines_of(
            f"{CONFIGURE}import sqlalchemy\n"
            "engine = sqlalchemy.create_engine('sqlite://', echo=True)\n"
            "with engine.connect() as connection:\n"
            "    connection.execute(sqlalchemy.text('SELECT :password'), {'password': 1})\n"
        )

        assert {"sqlalchemy.engine.Engine"} == {line["logger"] for line in lines}
        assert 1 == sum(line["message"] == "SELECT ?" for line in lines)
        assert ["BEGIN (implicit)", "ROLLBACK"] == [lines[0]["message"], lines[-1]["message"]]

    def test_nothing_configured(self, run_python: Any) -> None:
        """What Python prints on standard error where there is no handler at all, it prints no more."""
        ran = run_python(f"{CONFIGURE}import logging\nlogging.getLogger('a').error('once')\n")

        assert 1 == ran.stdout.count("once")
        assert "" == ran.stderr


PATCH = """
import logging
called = logging.Logger.callHandlers
def callHandlers(self, record):
    called(self, record)
    if record.name == "shop":
        print("tracker:", record.getMessage(), flush=True)
logging.Logger.callHandlers = callHandlers
"""


class TestOthers:
    """Who else takes hold of `logging`, as an error tracker does."""

    @pytest.mark.parametrize("first", ["ours", "theirs"])
    def test_both(self, first: str, run_python: Any) -> None:
        """Both get each record."""
        parts = [CONFIGURE, PATCH] if first == "ours" else [PATCH, CONFIGURE]
        ran = run_python("\n".join([*parts, "logging.getLogger('shop').info('x')"]) + "\n")
        line, theirs = ran.stdout.splitlines()

        assert "x" == json.loads(line)["message"]
        assert "tracker: x" == theirs

    def test_undone_below_theirs(self, run_python: Any) -> None:
        """Theirs, which calls ours, stays, and ours does nothing any more; the console's handlers write again."""
        program = CONFIGURE.replace("structlog_enrich.setup.configure", "done = structlog_enrich.setup.configure")
        ran = run_python(
            f"{program}{PATCH}done.undo()\n"
            "logging.basicConfig(level='INFO')\nlogging.getLogger('shop').info('x')\n"
            "print(logging.Handler.handle.__module__)\n"
        )

        assert ["tracker: x", "logging"] == ran.stdout.splitlines()
        assert "INFO:shop:x" == ran.stderr.strip()

    def test_undone_meanwhile(self, setup: Any) -> None:
        """A record that was written is not printed, though everything is undone before its handlers are called."""
        printed = io.StringIO()
        configured = setup()
        record = logging.makeLogRecord({"name": "a", "msg": "x", "levelno": 20})
        configured.handler.handle(record)
        handle = logging.Handler.handle
        setup.undo()
        with redirect_stderr(printed):
            handle(logging.StreamHandler(), record)

        assert "" == printed.getvalue()

    @pytest.mark.parametrize("by", ["refusing", "masking"])
    def test_a_filter_of_ours(self, by: str, setup: Any, capsys: pytest.CaptureFixture[str]) -> None:
        """It is asked once for a record, though a console's handler hands the same record over later."""
        asked: list[str] = []

        def refuse(record: logging.LogRecord) -> bool:
            asked.append(record.msg)
            return len(asked) % 2 == 0

        def mask(record: logging.LogRecord) -> Any:
            asked.append(record.msg)
            masked = copy.copy(record)
            masked.msg = "masked"
            return masked

        configured = setup()
        configured.handler.addFilter(refuse if by == "refusing" else mask)
        log = logging.getLogger("filtered")
        log.propagate = False
        log.addHandler(logging.StreamHandler())
        for number in range(4):
            log.info("%d", number)

        # Before Python 3.12 a filter can only let a record pass.
        replaced = ["masked"] * 4 if sys.version_info >= (3, 12) else ["0", "1", "2", "3"]
        assert ["%d"] * 4 == asked
        assert (["1", "3"] if by == "refusing" else replaced) == [line["message"] for line in setup.lines()]
        assert ("", "") == tuple(capsys.readouterr())


class TestQueues:
    """Records that go by way of a queue."""

    def test_to_the_console(self, lines_of: Any) -> None:
        """A listener whose handler is the console writes nothing a second time."""
        lines = lines_of(f"""{CONFIGURE}
import logging, logging.handlers, queue, sys
waiting = queue.Queue()
logging.root.addHandler(logging.handlers.QueueHandler(waiting))
listener = logging.handlers.QueueListener(waiting, logging.StreamHandler(sys.stdout))
listener.start()
logging.getLogger("a").warning("once %s", "only")
listener.stop()
""")

        assert ["once only"] == [line["message"] for line in lines]

    @pytest.mark.parametrize("child", ["configured", "plain"])
    def test_from_another_process(self, child: str, lines_of: Any) -> None:
        """A child's records are written once: by the child, or by who listens, with the time and process they had."""
        lines = lines_of(f"""
import logging, logging.handlers, multiprocessing, sys, threading

def work(waiting, configured):
    if configured:
        import structlog_enrich.setup
        structlog_enrich.setup.configure(service="child", renderer="json", framed=False)
    logging.root.addHandler(logging.handlers.QueueHandler(waiting))
    logging.getLogger("a").warning("from a child", extra={{"n": 1}})
    waiting.put(None)

if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    waiting = context.Queue()
    child = context.Process(target=work, args=(waiting, {child == "configured"}))
    child.start()
    child.join()
    import structlog_enrich.setup
    structlog_enrich.setup.configure(service="parent", renderer="json", framed=False)
    import structlog
    structlog.get_logger().info("before", child=child.pid)
    listener = logging.handlers.QueueListener(waiting, logging.StreamHandler(sys.stderr))
    while (record := waiting.get()) is not None:
        listener.handle(record)
""")
        *_, before = (line for line in lines if line["message"] == "before")
        (line,) = (line for line in lines if line["message"] == "from a child")

        # It is written after, or by the child; it was made before.
        assert line["timestamp"] < before["timestamp"]
        if child == "configured":
            assert ("child", before["payload"]["child"]) == (line["service"], line["process_id"])
            assert {"n": 1} == line["payload"]
        else:
            assert ("parent", before["process_id"]) == (line["service"], line["process_id"])
            assert {"n": 1, "process": before["payload"]["child"]} == line["payload"]
