"""A server that loads the application, its writer included, and then forks."""

from __future__ import annotations

import http.client
import os
import signal
import socket
from contextlib import closing, suppress
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn

from tests.delivery.conftest import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.delivery.rows.programs import Program

SERVER = """
folder, port, kind, recycle = sys.argv[2:]
sys.path[:0] = [folder]
sys.argv = [
    "gunicorn", "--preload", "--workers", "4", "--worker-class", kind, "--bind", f"127.0.0.1:{port}",
    "--max-requests", recycle, "--log-level", "error", "--control-socket", f"{folder}/control", "shop:app",
]
os.environ["SHOP_LOG"] = PATH
from gunicorn.app.wsgiapp import run
run()
"""

APPS = {
    "sync": """
def app(environ, start_response):
    work(environ["PATH_INFO"])
    start_response("200 OK", [("content-length", "0")])
    return []
""",
    "uvicorn.workers.UvicornWorker": """
async def app(scope, receive, send):
    if scope["type"] == "http":
        work(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})
""",
}

WORK = """
import os
from structlog_enrich.delivery import Writer
log = Writer(os.environ["SHOP_LOG"])()

def work(path):
    start = int(path.strip("/"))
    for n in range(start, start + 50):
        log.info(b'{"pid":%d,"thread":0,"n":%d}' % (os.getpid(), n))

# In the master, so that the workers inherit a writer that runs.
log.info(b'{"pid":%d,"thread":1,"n":0}' % os.getpid())
"""

# As the page for FastAPI has it.
UVICORN = """
import structlog
from structlog_enrich import configure
from structlog_enrich.delivery import Writer, finish_on_signal

writer = Writer(os.environ["SHOP_LOG"])
configure(service="checkout", writer=writer)
finish_on_signal(writer)
log = structlog.get_logger("shop")

def work(path):
    log.info("order read", number=int(path.strip("/")))
"""

UVICORN_SERVER = """
folder, port, workers, path = sys.argv[2:]
sys.path[:0] = [folder]
sys.argv = ["uvicorn", "shop:app", "--port", port, "--workers", workers]
os.environ.update(SHOP_LOG=path, PYTHONPATH=folder)
import uvicorn
uvicorn.main()
"""


class TestUvicorn:
    """uvicorn, which imports the application and ends itself by the signal that it was sent."""

    def test_r29_uvicorn(self, tmp_path: Path, begin: Callable[..., Program]) -> None:
        """Its own lines and the application's are all there, up to `log.stop`, which is the last.

        Before 0.47 uvicorn imports the application after it has installed its handlers, as it does in workers.
        """
        port = free_port()
        (tmp_path / "shop.py").write_text("import os\n" + UVICORN + APPS["uvicorn.workers.UvicornWorker"])
        program = begin(UVICORN_SERVER, tmp_path, port, 1, tmp_path / "log")
        until(lambda: program.process.poll() is not None or answers(port), 60)
        for number in range(20):
            assert 0 == asked(port, number)
        program.send(signal.SIGTERM)
        result = program.wait()
        assert -signal.SIGTERM == result.code, result.stderr
        assert [*range(len(result.lines))] == [line["seq"] for line in result.lines]
        numbers = [line["payload"]["number"] for line in result.lines if line["logger"] == "shop"]
        assert [*range(20)] == numbers
        is_chained = tuple(map(int, uvicorn.__version__.split(".")[:2])) < (0, 47)
        last = ["Finished server process"] if is_chained else ["Finished server process", "log.stop"]
        assert last == [line["message"].partition(" [")[0] for line in result.lines[-len(last) :]]

    def test_r29_workers(self, tmp_path: Path, begin: Callable[..., Program]) -> None:
        """Of workers, which chain uvicorn's handler, each line is there up to the last."""
        port = free_port()
        (tmp_path / "shop.py").write_text("import os\n" + UVICORN + APPS["uvicorn.workers.UvicornWorker"])
        log = tmp_path / "log"
        program = begin(UVICORN_SERVER, tmp_path, port, 2, log)
        until(lambda: program.process.poll() is not None or answers(port), 60)
        # A signal that comes before the application asks for its own handler is uvicorn's alone.
        until(lambda: program.process.poll() is not None or log.read_bytes().count(b"startup complete") > 1, 60)
        again = sum(asked(port, number) for number in range(20))
        program.send(signal.SIGTERM)
        result = program.wait()
        assert 0 == result.code, result.stderr
        workers: dict[str, list[Any]] = {}
        for line in result.lines:
            workers.setdefault(line["boot_id"], []).append(line)
        assert 2 == len(workers)
        for lines in workers.values():
            assert [*range(len(lines))] == [line["seq"] for line in lines]
            assert lines[-1]["message"].startswith("Finished server process")
        numbers = [line["payload"]["number"] for line in result.lines if line["logger"] == "shop"]
        assert {*range(20)} == {*numbers}
        assert 20 <= len(numbers) <= 20 + again

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
    def test_r29_workers_stalled(self, tmp_path: Path, begin: Callable[..., Program]) -> None:
        """Where nobody takes their lines they serve on, and end as soon as they are asked to."""
        port = free_port()
        (tmp_path / "shop.py").write_text("import os\n" + UVICORN + APPS["uvicorn.workers.UvicornWorker"])
        os.mkfifo(tmp_path / "full")
        read = os.open(tmp_path / "full", os.O_RDONLY | os.O_NONBLOCK)
        write = os.open(tmp_path / "full", os.O_WRONLY | os.O_NONBLOCK)
        try:
            with suppress(BlockingIOError):
                while True:
                    os.write(write, bytes(4_096))
            program = begin(UVICORN_SERVER, tmp_path, port, 2, tmp_path / "full")
            until(lambda: program.process.poll() is not None or answers(port), 60)
            for number in range(20):
                asked(port, number)
            began = monotonic()
            program.send(signal.SIGTERM)
            assert 0 == program.wait().code
            assert monotonic() < began + 4
        finally:
            os.close(read)
            os.close(write)


class TestPreload:
    """gunicorn with `--preload`: what the master has made, its workers go on with."""

    @pytest.mark.parametrize("recycle", ["0", "7"], ids=["kept", "recycled"])
    @pytest.mark.parametrize("kind", APPS)
    def test_r23_gunicorn(self, kind: str, recycle: str, tmp_path: Path, begin: Callable[..., Program]) -> None:
        """Of four workers that inherit the master's writer, also when each is replaced by and by, no line is lost."""
        port = free_port()
        (tmp_path / "shop.py").write_text(WORK + APPS[kind])
        program = begin(SERVER, tmp_path, port, kind, recycle)
        until(lambda: program.process.poll() is not None or answers(port), 60)
        again = sum(asked(port, number * 50) for number in range(80))
        program.send(signal.SIGTERM)
        result = program.wait()
        assert 0 == result.code, result.stderr
        assert set(range(4_000)) == set(result.numbers()), result.stderr
        # Who asks twice may be served twice.
        assert 4_000 <= len(result.numbers()) <= 4_000 + 50 * again
        assert [0] == result.numbers(1)


def free_port() -> int:
    """Return a port that nobody has at this moment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def answers(port: int) -> bool:
    """Tell whether someone listens at *port*."""
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def asked(port: int, number: int) -> int:
    """Ask for work until it is done; return how often a worker that was just ending had taken the call."""
    for times in range(10):
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
            try:
                connection.request("GET", f"/{number}")
                assert 200 == connection.getresponse().status
            except (ConnectionError, http.client.HTTPException):
                continue
            return times
    return pytest.fail("nobody answers")
