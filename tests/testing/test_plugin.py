"""The fixtures, in a pytest of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import structlog_enrich

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

pytest_plugins = ["pytester"]

ASKED_FOR = 'pytest_plugins = ["structlog_enrich.testing.plugin"]\n'
USED = """
    import structlog
    from structlog_enrich import bind_contextvars, preset
    from structlog_enrich.testing import assert_envelope

    def test_line(enriched_logs):
        structlog.get_logger().info("paid", password="hunter2")
        assert_envelope(enriched_logs.line("paid"))
        assert enriched_logs[0]["payload"] == {"password": "[REDACTED:password]"}
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable[..., pytest.RunResult]:
    """Return a function that runs a test file's text in a fresh pytest, with a `conftest.py`, warnings being errors."""
    # The package that is tested here, wherever the other pytest starts.
    monkeypatch.setenv("PYTHONPATH", str(Path(structlog_enrich.__path__[0]).parent))

    def start(tests: str, *args: str, conftest: str = ASKED_FOR) -> pytest.RunResult:
        pytester.makeconftest(conftest)
        pytester.makepyfile(tests)
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error", *args)

    return start


class TestActivation:
    """It is there when asked for, and only then."""

    def test_by_conftest(self, run: Callable[..., pytest.RunResult]) -> None:
        """`pytest_plugins` brings the fixtures."""
        run(USED).assert_outcomes(passed=1)

    def test_by_option(self, run: Callable[..., pytest.RunResult]) -> None:
        """So does `-p`."""
        run(USED, "-p", "structlog_enrich.testing.plugin", conftest="").assert_outcomes(passed=1)

    def test_not_by_being_installed(self, run: Callable[..., pytest.RunResult]) -> None:
        """Without either there is no fixture, and pytest loads nothing of us."""
        run(USED, conftest="").assert_outcomes(errors=1)
        checked = """
            import sys

            def test_nothing(pytestconfig):
                assert not [name for name in sys.modules if name.startswith("structlog")]
        """
        run(checked, conftest="").assert_outcomes(passed=1)

    def test_fixtures_are_listed(self, run: Callable[..., pytest.RunResult]) -> None:
        """`pytest --fixtures` says what each is for."""
        told = run("", "--fixtures").stdout.str()

        for name in ("enriched_clock", "enriched_ids", "enriched_logs", "enriched_reset"):
            assert f"\n{name} -- " in told


class TestFixtures:
    """Each does what its function does, for one test."""

    def test_logs_of_the_configured_chain(self, run: Callable[..., pytest.RunResult]) -> None:
        """The chain is the service's own, cached loggers are captured, and each test has its lines alone."""
        tests = """
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
        """
        run(tests).assert_outcomes(passed=4)

    def test_clock_and_ids(self, run: Callable[..., pytest.RunResult]) -> None:
        """A line that is the same on every run; in whichever order the fixtures are asked for."""
        tests = """
            import structlog
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
        """
        run(tests).assert_outcomes(passed=2)

    def test_reset(self, run: Callable[..., pytest.RunResult]) -> None:
        """Before the test and after it all is as at the start."""
        tests = """
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
        """
        run(tests, "-p", "no:randomly").assert_outcomes(passed=3)


class TestReport:
    """A test that fails shows what was logged."""

    TESTS = """
        import structlog

        def test_fails(enriched_logs):
            structlog.get_logger().info("paid")
            assert enriched_logs.line()["level"] == "error"

        def test_passes(enriched_logs):
            structlog.get_logger().info("unseen")

        def test_fails_without_lines(enriched_logs):
            assert enriched_logs
    """

    def test_shows_lines_of_a_failure(self, run: Callable[..., pytest.RunResult]) -> None:
        """And of nothing else; a test without lines has no empty section."""
        ran = run(self.TESTS)
        ran.assert_outcomes(passed=1, failed=2)

        ran.stdout.re_match_lines(
            [r"-+ Captured log lines call -+|-+ log lines -+", r'\{"schema_version":"1.0".*"paid".*']
        )
        assert 1 == ran.stdout.str().count("log lines")
        assert "unseen" not in ran.stdout.str()

    def test_shows_the_callers_line(self, run: Callable[..., pytest.RunResult]) -> None:
        """The traceback ends in the test, not in our code."""
        tests = """
            from structlog_enrich.testing import (
                assert_envelope, assert_no_secret, assert_nowhere, assert_one_trace, assert_parent_of
            )

            def test_line(enriched_logs):
                enriched_logs.line("paid")

            def test_envelope():
                assert_envelope({})

            def test_text():
                assert_envelope("{")

            def test_trace():
                assert_one_trace([{}])

            def test_parent():
                assert_parent_of({}, {})

            def test_secret():
                assert_no_secret("iban")

            def test_nowhere():
                assert_nowhere([{"message": "hunter2"}], "hunter2")
        """
        ran = run(tests)
        ran.assert_outcomes(failed=7)

        assert "structlog_enrich/testing" not in ran.stdout.str()


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
