"""What nobody caught leaves one line, and what was said of it before is said still."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

BEGIN = """
import asyncio, atexit, gc, structlog, sys, threading
from structlog_enrich.setup import configure
configure(service="shop", renderer="json", framed=False)

def fail():
    raise ValueError("nobody caught me")
"""

PLACES = {
    "process": "fail()",
    "thread": "thread = threading.Thread(target=fail, name='worker'); thread.start(); thread.join()",
    "task": """
async def work():
    fail()

async def main():
    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    del task
    gc.collect()

asyncio.run(main())
""",
    "callback": """
async def main():
    asyncio.get_running_loop().call_soon(fail)
    await asyncio.sleep(0)

asyncio.run(main())
""",
    "finaliser": """
class Resource:
    def __del__(self):
        fail()

Resource()
""",
    "exit hook": "atexit.register(fail)",
}


class TestPlaces:
    """Wherever it happened."""

    @pytest.mark.parametrize("place", PLACES)
    def test_one_line(
        self, place: str, run_python: Callable[..., subprocess.CompletedProcess[str]], validator: Any
    ) -> None:
        """One valid line at `critical` describes it; what Python prints, it prints as ever."""
        ran = run_python(BEGIN + textwrap.dedent(PLACES[place]), check=False)
        (line,) = map(json.loads, ran.stdout.splitlines())

        validator.validate(line)
        assert "critical" == line["level"]
        assert ("ValueError", "nobody caught me") == (line["error"]["type"], line["error"]["message"])
        assert "in fail" in line["error"]["stack"]
        assert (place == "process") == (ran.returncode == 1)
        # What asyncio says, it says by the standard library alone.
        assert ("ValueError: nobody caught me" in ran.stderr) == (place not in {"task", "callback"})

    @pytest.mark.parametrize("ending", ["sys.exit(3)", "raise KeyboardInterrupt"])
    def test_no_failure(self, ending: str, run_python: Callable[..., subprocess.CompletedProcess[str]]) -> None:
        """To exit and to be interrupted is none."""
        assert "" == run_python(BEGIN + ending, check=False).stdout

    def test_no_ordinary_exception(self, run_python: Callable[..., subprocess.CompletedProcess[str]]) -> None:
        """What is no `Exception` and ends a process all the same is said."""
        ran = run_python(BEGIN + "raise asyncio.CancelledError('gone')", check=False)
        (line,) = map(json.loads, ran.stdout.splitlines())

        assert ("critical", "asyncio.exceptions.CancelledError") == (line["level"], line["error"]["type"])

    def test_closed_sink(self, run_python: Callable[..., subprocess.CompletedProcess[str]]) -> None:
        """Where nothing can be written any more, Python says it as ever."""
        program = BEGIN.replace("framed=False", "framed=False, sink=open('/dev/null', 'wb')")
        ran = run_python(program + "structlog.get_config()['logger_factory']('a')._file.close()\nfail()", check=False)

        assert "" == ran.stdout
        assert 1 == ran.stderr.count("ValueError: nobody caught me")


class TestHooks:
    """Hooks of others."""

    def test_the_one_before(self, run_python: Callable[..., subprocess.CompletedProcess[str]]) -> None:
        """It runs after the line was written."""
        program = "import sys\nsys.excepthook = lambda *given: print('theirs', flush=True)\n" + BEGIN + "fail()"
        first, second = run_python(program, check=False).stdout.splitlines()

        assert "uncaught exception" == json.loads(first)["message"]
        assert "theirs" == second
