"""Draw what a real terminal shows: python docs/screenshots.py.

A shop is run on a pseudo-terminal, then `structlog-enrich view` on the lines it wrote, and what either showed is drawn
into `docs/assets/` with rich. Clock, ids and durations are the same on every run, and so are the drawings; `--check`
writes nothing and fails where one isn't what it was.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import termios
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ASSETS: Final = Path(__file__).parent / "assets"
_COLUMNS: Final = 104
_LIKES: Final = {"NO_COLOR", "FORCE_COLOR", "COLUMNS"}
_OPEN: Final = {"TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"}
# Dark, and each colour in a shade that stands out from it; white stands out from red.
_THEME: Final = TerminalTheme(
    (22, 24, 29),
    (230, 230, 230),
    [
        (22, 24, 29),
        (222, 72, 84),
        (158, 206, 106),
        (229, 192, 123),
        (122, 162, 247),
        (199, 146, 234),
        (125, 207, 255),
        (255, 255, 255),
    ],
)
# Nobody's browser should fetch a font for it.
_FORMAT: Final = re.sub(
    r"@font-face \{\{.*?\}\}\s*", "", (Console.export_svg.__kwdefaults__ or {})["code_format"], flags=re.DOTALL
)
_SHOP: Final = """\
import structlog
from structlog_enrich import bind_contextvars, bound_logger, entry, preset, span

structlog.configure(preset(service=SERVICE), bound_logger("debug"), logger_factory=FACTORY)
log = structlog.get_logger()


class Rates(dict):
    def __missing__(self, currency):
        with span("GET /rates", kind="client", attributes={"http.response.status_code": 404}):
            raise LookupError(f"no rate for {currency}")


rates = Rates(EUR=1.0)
log.info("service started", workers=4)
with entry("GET /products/{sku}", kind="server", attributes={"http.response.status_code": 200}):
    log.debug("cache hit", sku="s-31", age_s=12.5)
with entry("POST /orders", kind="server", attributes={"http.response.status_code": 201}):
    bind_contextvars(user_id="u-4211")
    log.info("order placed", order_id="o-118822", items=2, card={"cvv": "123"})
    log.warning("stock is low", sku="s-7", note="\\x1b[31mred")
    try:
        amount = 129.95 * rates["GBP"]
    except LookupError:
        log.exception("payment declined", order_id="o-118822")
log.critical("disk is full", free=0)
"""
_RUN: Final = """\
import itertools, random, sys
from unittest import mock
import structlog, time_machine

clock = itertools.count(0, 1_500_000).__next__
factory = structlog.BytesLoggerFactory(open(sys.argv[2], "wb")) if sys.argv[2:] else structlog.PrintLoggerFactory()
with (
    time_machine.travel("2026-11-22T04:48:00.000123+00:00", tick=False),
    mock.patch("os.urandom", random.Random(0).randbytes),
    mock.patch("time.perf_counter_ns", clock),
):
    source = open("shop.py").read()
    exec(compile(source, "shop.py", "exec"), {"SERVICE": "checkout", "FACTORY": factory, "__name__": "__main__"})
"""
_VIEW: Final = """\
import time_machine
from structlog_enrich.cli import main

with time_machine.travel("2026-11-22T05:00:00+00:00"):
    main()
"""


def main() -> None:
    """Draw, or compare."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--check", action="store_true", help="write nothing, and fail where a drawing would change")
    check = parser.parse_args().check
    stale = []
    for name, drawing in drawings().items():
        path = ASSETS / name
        if not check:
            path.write_text(drawing, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != drawing:
            stale.append(name)
    if stale:
        sys.exit(f"not what the terminal shows: {', '.join(stale)}")


def drawings() -> dict[str, str]:
    """Return the drawings by the names of their files."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "shop.py").write_text(_SHOP, encoding="utf-8")
        run = [sys.executable, "-c", _RUN, "shop.py"]
        console = on_a_terminal(run, folder)
        subprocess.run([*run, "shop.jsonl"], cwd=folder, check=True)  # noqa: S603 (our own program)
        viewed = on_a_terminal([sys.executable, "-c", _VIEW, "view", "--level", "warning", "shop.jsonl"], folder)
    return {
        "console.svg": _drawn("$ python shop.py\n" + console, "python shop.py"),
        "view.svg": _drawn("$ structlog-enrich view --level warning shop.jsonl\n" + viewed, "structlog-enrich view"),
    }


def on_a_terminal(command: list[str], folder: str) -> str:
    """Run *command* on a pseudo-terminal and return what it shows."""
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, _COLUMNS))
    environ = {name: value for name, value in os.environ.items() if name not in _LIKES}
    with subprocess.Popen(  # noqa: S603 (our own program)
        command, cwd=folder, env={**environ, **_OPEN}, stdin=theirs, stdout=theirs, stderr=theirs
    ) as child:
        os.close(theirs)
        shown = b"".join(iter(lambda: _read(ours), b""))
        os.close(ours)
    if child.returncode:
        sys.exit(shown.decode())
    return shown.decode().replace("\r\n", "\n")


def _read(file: int) -> bytes:
    try:
        return os.read(file, 65_536)
    except OSError:
        # How Linux ends a terminal whose other side was closed.
        return b""


def _drawn(shown: str, title: str) -> str:
    console = Console(record=True, width=_COLUMNS, file=Path(os.devnull).open("w"), force_terminal=True)  # noqa: SIM115 (nobody reads it)
    console.print(Text.from_ansi(shown.rstrip()))
    return console.export_svg(title=title, theme=_THEME, code_format=_FORMAT, unique_id="terminal")


if __name__ == "__main__":
    main()
