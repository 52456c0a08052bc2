"""The fixtures, in a pytest of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

import structlog_enrich

if TYPE_CHECKING:
    from collections.abc import Callable

ASKED_FOR = 'pytest_plugins = ["structlog_enrich.testing.plugin"]\n'
USED = """
    import structlog
    from structlog_enrich.testing import Captured, assert_envelope

    def test_line(enriched_logs: Captured) -> None:
        structlog.get_logger().info("paid", password="hunter2")
        assert_envelope(enriched_logs.line("paid"))
        assert enriched_logs[0]["payload"] == {"password": "[REDACTED:password]"}
"""
FILES = {
    "conftest.py": ASKED_FOR,
    "test_clock_and_ids.py": """
        from structlog_enrich import span

        def told(logs, clock):
            with span("charge"):
                clock.advance(1.5)
            line = logs.line()
            return line["timestamp"], line["span"]["duration_ms"], line["span_id"], line["seq"]

        EXPECTED = "2026-11-22T04:48:01.500123Z", 1500.0, "3a5e4842fab428f7", 0

        def test_one(enriched_logs, enriched_clock, enriched_ids):
            assert told(enriched_logs, enriched_clock) == EXPECTED
            assert enriched_logs.line()["boot_id"] == enriched_ids.boot_id

        def test_other(enriched_ids, enriched_clock, enriched_logs):
            assert told(enriched_logs, enriched_clock) == EXPECTED
    """,
    "test_configured.py": """
        import pytest, structlog
        from structlog_enrich import bound_logger, preset

        structlog.configure(
            processors=preset(service="shop"), wrapper_class=bound_logger(), cache_logger_on_first_use=True
        )
        log = structlog.get_logger()

        @pytest.mark.parametrize("n", range(3))
        def test_each(enriched_logs, n):
            log.info("paid", n=n)
            assert enriched_logs.line()["service"] == "shop"
            assert enriched_logs.line()["payload"] == {"n": n}

        def test_without(capsys):
            log.info("paid")
            assert '"message":"paid"' in capsys.readouterr().out
    """,
    "test_failures.py": """
        import structlog
        from structlog_enrich.testing import (
            assert_envelope, assert_no_secret, assert_nowhere, assert_one_trace, assert_parent_of
        )

        def test_fails(enriched_logs):
            structlog.get_logger().info("paid", n=1)
            enriched_logs.add(b"{not a line}")
            enriched_logs.add(b'{"nor": "this"}')
            assert False

        def test_passes(enriched_logs):
            structlog.get_logger().info("unseen")

        def test_fails_without_lines(enriched_logs):
            assert enriched_logs

        def test_says_line(enriched_logs):
            enriched_logs.line("paid")

        def test_says_envelope():
            assert_envelope({})

        def test_says_text():
            assert_envelope("{")

        def test_says_trace():
            assert_one_trace([{}])

        def test_says_parent():
            assert_parent_of({}, {})

        def test_says_secret():
            assert_no_secret("iban")

        def test_says_nowhere():
            assert_nowhere([{"message": "hunter2"}], "hunter2")
    """,
    "test_line.py": USED,
    "test_others.py": """
        import asyncio, logging, structlog, pytest
        from structlog_enrich import configure

        @pytest.fixture
        def configured():
            with configure(service="shop", framed=False):
                yield

        def test_caplog(configured, enriched_logs, caplog):
            logging.getLogger("urllib3").warning("retrying %s", "/stock")
            assert enriched_logs.line("retrying /stock")["logger"] == "urllib3"
            assert caplog.messages == ["retrying /stock"]

        def test_caplog_asked_first(caplog, configured, enriched_logs):
            test_caplog(configured, enriched_logs, caplog)

        def test_capture_logs(enriched_logs):
            structlog.get_logger().info("before")
            with structlog.testing.capture_logs() as events:
                structlog.get_logger().info("within")
            structlog.get_logger().info("after")
            assert [event["event"] for event in events] == ["within"]
            assert [line["message"] for line in enriched_logs] == ["before", "after"]

        def test_async(enriched_logs):
            async def pay():
                await structlog.get_logger().ainfo("paid")
                await asyncio.to_thread(structlog.get_logger().info, "sent")

            asyncio.run(pay())
            assert [line["message"] for line in enriched_logs] == ["paid", "sent"]
    """,
    "test_reset.py": """
        import structlog
        from structlog_enrich import bind_contextvars, get_contextvars, preset

        def test_leaves():
            bind_contextvars(user_id="u-1")

        def test_is_clean(enriched_reset):
            assert get_contextvars() == {}
            structlog.configure(processors=preset())
            bind_contextvars(user_id="u-2")

        def test_is_clean_afterwards():
            assert get_contextvars() == {}
            assert not structlog.is_configured()

        def test_comes_first(enriched_logs, enriched_ids, enriched_reset):
            structlog.get_logger().info("paid")
            assert enriched_logs.line("paid")["boot_id"] == enriched_ids.boot_id
    """,
}


def run_pytest(folder: Path, files: dict[str, str]) -> str:
    """Return what a fresh pytest, to which warnings are errors, prints of *files*."""
    for name, text in files.items():
        (folder / name).write_text(dedent(text), "utf-8")
    arguments = ["-m", "pytest", "-v", "-W", "error", "-p", "no:cacheprovider", "-p", "no:randomly"]
    # The package that is tested here, wherever the other pytest starts; an empty file is no configuration of ours.
    (folder / "pytest.ini").write_text("[pytest]\n", "utf-8")
    environ = {**os.environ, "PYTHONPATH": str(Path(structlog_enrich.__path__[0]).parent)}
    ran = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environ, capture_output=True, encoding="utf-8", check=False
    )
    return ran.stdout


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return what one pytest prints of all files: one start is slow enough."""
    return run_pytest(tmp_path_factory.mktemp("asked"), FILES)


def outcomes(report: str, file: str) -> list[str]:
    """Return how the tests of *file* went."""
    return [line.split()[1] for line in report.splitlines() if line.startswith(f"{file}.py::") and line.endswith("%]")]


class TestActivation:
    """It is there when asked for, and only then; `test_page.py` asks by `-p`."""

    def test_by_conftest(self, report: str) -> None:
        """`pytest_plugins` brings the fixtures."""
        assert ["PASSED"] == outcomes(report, "test_line")

    def test_not_by_being_installed(self, tmp_path: Path) -> None:
        """Without either there is no fixture, and pytest loads nothing of us."""
        checked = """
            import sys

            def test_nothing(pytestconfig):
                assert not [name for name in sys.modules if name.startswith("structlog_enrich.testing.plugin")]
        """
        ran = run_pytest(tmp_path, {"test_line.py": USED, "test_nothing.py": checked})

        assert ["ERROR"] == outcomes(ran, "test_line")
        assert "fixture 'enriched_logs' not found" in ran
        assert ["PASSED"] == outcomes(ran, "test_nothing")


class TestFixtures:
    """Each does what its function does, for one test."""

    def test_logs_of_the_configured_chain(self, report: str) -> None:
        """The chain is the service's own, cached loggers are captured, and each test has its lines alone."""
        assert ["PASSED"] * 4 == outcomes(report, "test_configured")

    def test_clock_and_ids(self, report: str) -> None:
        """A line that is the same on every run; in whichever order the fixtures are asked for."""
        assert ["PASSED"] * 2 == outcomes(report, "test_clock_and_ids")

    def test_beside_others(self, report: str) -> None:
        """`caplog` hears the records that are captured, and structlog's `capture_logs` and asyncio do as ever."""
        assert ["PASSED"] * 4 == outcomes(report, "test_others")

    def test_reset(self, report: str) -> None:
        """Before the test and after it all is as at the start; in whichever order the fixtures are asked for."""
        assert ["PASSED"] * 4 == outcomes(report, "test_reset")


class TestReport:
    """A test that fails shows what was logged."""

    def test_shows_lines_of_a_failure(self, report: str) -> None:
        """As a console would, and of nothing else; a test without lines has no empty section."""
        passed = [each == "PASSED" for each in outcomes(report, "test_failures")]
        lines = report.splitlines()
        (place,) = [index for index, line in enumerate(lines) if "log lines" in line]

        assert [False, True, *[False] * 8] == passed
        assert lines[place + 1].endswith("Z info     paid n=1")
        assert ["{not a line}", '{"nor": "this"}'] == lines[place + 2 : place + 4]
        assert "unseen" not in report

    def test_shows_the_callers_line(self, report: str) -> None:
        """The traceback ends in the test, not in our code."""
        for said in ("test_says_line", "test_says_nowhere"):
            assert f" {said} " in report
        assert "structlog_enrich/testing" not in report


class TestWithoutPytest:
    """The kit is no part of pytest."""

    def test_unittest(self, run_python: Callable[..., subprocess.CompletedProcess[str]]) -> None:
        """It serves `unittest`, and pytest needn't be installed."""
        program = """
import sys, unittest
sys.modules["pytest"] = sys.modules["_pytest"] = None

import structlog
from structlog_enrich import entry, span
from structlog_enrich.testing import (
    assert_envelope, assert_no_secret, assert_one_trace, assert_parent_of, captured_lines, fake_clock, fake_ids, reset
)

class CheckoutTest(unittest.TestCase):
    def setUp(self):
        self.addCleanup(reset)
        self.enterContext(fake_ids())
        self.clock = self.enterContext(fake_clock())
        self.lines = self.enterContext(captured_lines())

    def test_request(self):
        with entry("POST /orders"), span("charge"):
            structlog.get_logger().info("paid")
        for line in self.lines:
            assert_envelope(line)
        assert_one_trace(self.lines)
        assert_parent_of(self.lines.line("POST /orders"), self.lines.line("charge"))

    def test_secrets(self):
        assert_no_secret()

    def test_failure(self):
        with self.assertRaisesRegex(AssertionError, "expected one line"):
            self.lines.line()

unittest.main(argv=["checkout"])
"""
        ran = run_python(program)

        assert "\nRan 3 tests in" in ran.stderr
        assert ran.stderr.endswith("\nOK\n")

    def test_only_the_plugin_imports_pytest(self, run_python: Callable[..., subprocess.CompletedProcess[str]]) -> None:
        """Whoever uses the kit without it pays nothing for it."""
        program = "import sys, structlog_enrich.testing; print('pytest' in sys.modules or '_pytest' in sys.modules)"

        assert "False\n" == run_python(program).stdout

    def test_nothing_else_loads_it(self, run_python: Callable[..., subprocess.CompletedProcess[str]]) -> None:
        """A service doesn't load the kit."""
        program = "import sys, structlog_enrich; print('structlog_enrich.testing' in sys.modules)"

        assert "False\n" == run_python(program).stdout
