"""`structlog-enrich explain`, as a person starts it in the folder of a service."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import structlog_enrich
from structlog_enrich.processors.harmless import harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Run = Callable[..., subprocess.CompletedProcess[str]]

_PROGRAM = """
import sys
sys.path[0] = sys.argv.pop(1)
from structlog_enrich.cli.explain import command
command().main(prog_name="explain")
"""
_HERE = str(Path(structlog_enrich.__file__).parents[1])
_SHOP = """
import structlog
from structlog_enrich import preset

chain = preset(service="shop")
wrong = [*chain, structlog.processors.JSONRenderer()]
nothing = (3,)

class Handle:
    processors = wrong

def app(scope, receive, send):
    "An application, and no chain."

def make(*stages, renderer="json"):
    return [*preset(service="shop", renderer=renderer), *stages]

def create():
    structlog.configure(processors=wrong)
    return app

def ready():
    from structlog_enrich import configure
    print("starting")
    return configure(service="shop")

def refuse():
    preset(stream="No Name")

def give_up():
    import no_such_package

def fail():
    1 / 0

async def serve():
    "Nobody awaits it."
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Path]:
    """Return a folder with a service, whose modules are forgotten afterwards."""
    (tmp_path / "shop.py").write_text(_SHOP, "utf-8")
    (tmp_path / "shop_configured.py").write_text(
        "import structlog\nfrom shop import app, chain\nstructlog.configure(processors=chain)\n", "utf-8"
    )
    (tmp_path / "shop_broken.py").write_text("import shop\n\n1 / 0\n", "utf-8")
    (tmp_path / "shop_unread.py").write_text("import shop\n\n1 /\n", "utf-8")
    (tmp_path / "shop_ending.py").write_text("raise SystemExit('hunter2')\n", "utf-8")
    (tmp_path / "shop_needy.py").write_text("import no_such_package\n", "utf-8")
    yield tmp_path
    for name in [name for name in sys.modules if name.partition("_")[0] == "shop"]:
        del sys.modules[name]


@pytest.fixture
def run(shop: Path) -> Run:
    """Return a function that runs the command there."""

    def start(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", _PROGRAM, _HERE, *arguments],
            cwd=shop,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    return start


class TestExplain:
    """The command."""

    def test_chain(self, run: Run) -> None:
        """A chain that is right is shown, with exit code 0."""
        done = run("shop:chain")

        assert (0, "") == (done.returncode, done.stderr)
        assert done.stdout.startswith("1  MergeContext   adds what ")
        assert done.stdout.endswith("\nNo mistake was found.\n")

    @pytest.mark.parametrize("target", ["shop:wrong", "shop:Handle"])
    def test_mistakes(self, target: str, run: Run) -> None:
        """Mistakes are shown with exit code 1; what holds a chain stands for it."""
        done = run(target)

        assert (1, "") == (done.returncode, done.stderr)
        assert "\nstage 7, after-renderer\n" in done.stdout

    @pytest.mark.parametrize("target", ["shop_configured", "shop_configured:app"])
    def test_configured(self, target: str, run: Run) -> None:
        """A module, or an application in it, stands for the chain that is configured once it is imported."""
        done = run(target)

        assert (0, "") == (done.returncode, done.stderr)
        assert "MergeContext" in done.stdout

    @pytest.mark.parametrize("target", ["shop:make", "structlog_enrich:preset"])
    def test_function(self, target: str, run: Run) -> None:
        """A function without parameters is called for its chain."""
        done = run(target)

        assert (0, "") == (done.returncode, done.stderr)
        assert "7" not in done.stdout.partition("\n\n")[0]

    def test_factory(self, run: Run) -> None:
        """One that makes an application stands for the chain that it configures."""
        done = run("shop:create")

        assert (1, "") == (done.returncode, done.stderr)
        assert "\nstage 7, after-renderer\n" in done.stdout

    def test_handle(self, run: Run) -> None:
        """One that returns the handle of `configure()` for that; what a service says goes to standard error."""
        done = run("shop:ready")

        assert 0 == done.returncode
        assert done.stdout.startswith("1  MergeContext ")
        assert done.stderr.startswith("starting\n")

    def test_nothing(self, run: Run) -> None:
        """Without a target it is what `preset()` returns."""
        done = run()

        assert (0, "") == (done.returncode, done.stderr)
        assert done.stdout.startswith("1  MergeContext   adds what ")

    def test_measure(self, run: Run) -> None:
        """Costs are measured on demand."""
        assert " µs  " in run("shop:chain", "--measure").stdout

    def test_allow(self, run: Run) -> None:
        """What is allowed is no mistake, for each rule that is named; an unknown one is said."""
        done = run("shop:wrong", "--allow", "after-renderer", "--allow", "wrong-order")
        refused = run("shop:wrong", "--allow", "after")

        assert (0, 1) == (done.returncode, done.stdout.count("\nNote: after-renderer is allowed: "))
        assert (2, "structlog-enrich can't explain shop:wrong: allow must name rules, such as `after-renderer`, ") == (
            refused.returncode,
            refused.stderr.partition("not 'after'")[0],
        )

    def test_no_probe(self, run: Run) -> None:
        """Nothing is run on demand; both at once can't be."""
        assert 0 == run("shop:chain", "--no-probe").returncode
        assert 2 == run("shop:chain", "--no-probe", "--measure").returncode

    @pytest.mark.parametrize(
        ("target", "reason"),
        [
            ("nowhere", "No module named 'nowhere'"),
            ("shop_needy", "No module named 'no_such_package'"),
            ("shop:nothing", "processors[0] must be callable, not int"),
            ("shop", "it is no chain, holds none, and configures none when it is imported"),
            ("shop:app", "it is no chain, holds none, and configures none when it is imported"),
            ("shop:serve", "it is no chain, holds none, and configures none when it is imported"),
            ("shop:refuse", "stream must be a short name in lower case, such as `audit`, not 'No Name'"),
            ("shop:give_up", "No module named 'no_such_package'"),
            ("shop:fail", "calling it raises ZeroDivisionError in {folder}/shop.py, line 34"),
            ("shop:app.routes", "shop has no app.routes"),
            ("shop.py", "No module named 'shop.py'; 'shop' is not a package"),
            ("../shop", "it must be MODULE or MODULE:ATTRIBUTE, such as shop.app:app"),
            ("\x1b[2Jshop", "it must be MODULE or MODULE:ATTRIBUTE, such as shop.app:app"),
            ("shop:\x1b[2J", "shop has no \\u001b[2J"),
            (":chain", "it must be MODULE or MODULE:ATTRIBUTE, such as shop.app:app"),
            ("shop_broken", "importing it raises ZeroDivisionError in {folder}/shop_broken.py, line 3"),
            ("shop_unread", "importing it raises SyntaxError in {folder}/shop_unread.py, line 3"),
            ("shop_ending", "importing it raises SystemExit in {folder}/shop_ending.py, line 1"),
        ],
    )
    def test_not_importable(
        self, target: str, reason: str, shop: Path, invoke: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What can't be imported is said in one sentence, with exit code 2."""
        monkeypatch.setattr(sys, "path", list(sys.path))
        done = invoke("explain", target)

        assert (2, "") == (done.code, done.out)
        assert f"structlog-enrich can't explain {harmless(target)}: {reason.format(folder=shop)}\n" == done.err
