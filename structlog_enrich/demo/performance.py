"""All of it: start the services, let the shoppers in, show what was written, and prove what it promises."""

from __future__ import annotations

import asyncio
import io
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from structlog_enrich.demo import report, terminal
from structlog_enrich.demo.sample import sample
from structlog_enrich.demo.services import ServiceError, running
from structlog_enrich.demo.serving import SECRET_HERE
from structlog_enrich.demo.shoppers import shop
from structlog_enrich.demo.testimony import prove
from structlog_enrich.demo.visits import visits

if TYPE_CHECKING:
    from structlog_enrich.demo.shoppers import Answer

__all__ = ["Run", "main", "perform"]

GATEWAY: Final = "structlog_enrich.demo.gateway"
INVENTORY: Final = "structlog_enrich.demo.inventory"

_INTERRUPTED: Final = 130
_START: Final = "Starting a gateway and an inventory, and letting the shoppers in …"
_SERVICES: Final = """\
gateway    process {:<7}  {}
inventory  process {:<7}  {}

Each is a process of its own and writes its own lines; the gateway asks the inventory over HTTP. \
Shoppers, a dozen at a time, sent the gateway {} requests within {:.1f} s:"""
_SAMPLE: Final = """\
Each is one JSON object, as it left its process; what stands above it is said by the demo. \
The library carries the trace from one service to the other; request_id is handed on by \
structlog_enrich/demo/gateway.py, which sends it as x-request-id."""
_TREE: Final = """\
The inventory failed twice, and the gateway had to give up. Each row is one line that ended a span:"""
_COUNTS: Final = """\
An operation is a method and a route, with `HTTP` for a method that isn't one. Masked are the names of \
the default policy and those that the shop added to it: {}."""
_PROOFS: Final = """\
Each proof has only these: the lines, what the shoppers sent, and what they got back."""
_END: Final = """\
All proofs hold. Read on in docs/index.md, which `make docs` turns into a site; docs/wire-format.md says \
what each field means."""


@dataclass(frozen=True, slots=True)
class Run:
    """Hold what came of it.

    Attributes:
        services: Process and URL of the gateway, then of the inventory.
        seconds: How long the shoppers took.
        answers: What they sent and got back.
        written: The lines of both services, as they left the processes.
    """

    services: tuple[int, str, int, str]
    seconds: float
    answers: list[Answer]
    written: list[bytes]


async def perform() -> Run:
    """Start the services, send what the shoppers want, end the services, and return what came of it.

    Raises:
        ServiceError: A service didn't start, or didn't end well.
    """
    async with running(INVENTORY) as inventory, running(GATEWAY, inventory.url) as gateway:
        began = time.perf_counter()
        answers = await shop(gateway.url, visits())
        took = time.perf_counter() - began
    return Run(
        (gateway.process_id, gateway.url, inventory.process_id, inventory.url),
        took,
        answers,
        inventory.lines + gateway.lines,
    )


def main() -> int:
    """Run the demo and return its exit code.

    Returns:
        0; 1 when a promise doesn't hold or a service doesn't run; 130 when it was interrupted. Whether anybody reads
        to the end makes no difference.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that isn't UTF-8 gets what it can't show escaped, and no traceback.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        all_hold = _show(asyncio.run(_announced()))
    except KeyboardInterrupt:
        print("\nThe demo was interrupted; its services have ended.", file=sys.stderr)
        return _INTERRUPTED
    except ServiceError as error:
        print(f"The demo FAILED: {error}", file=sys.stderr)
        return 1
    if all_hold:
        terminal.say(f"\n{terminal.wrapped(_END, terminal.width())}")
        return 0
    print("\nThe demo FAILED: a promise of the library doesn't hold.", file=sys.stderr)
    return 1


async def _announced() -> Run:
    # From here on an interruption is a cancellation, which ends the services first.
    terminal.say(terminal.wrapped(_START, terminal.width()))
    return await perform()


def _show(run: Run) -> bool:
    found = prove(run.written, run.answers)
    width = terminal.width()
    services = _SERVICES.format(*run.services, len(run.answers), run.seconds)
    masked = _COUNTS.format(", ".join(sorted(SECRET_HERE)))
    for title, caption, body in (
        ("Two services", services, report.requests(run.answers, width)),
        ("A dozen of the lines", _SAMPLE, sample(run.written, width)),
        ("One trace through both services", _TREE, report.failed_trace(run.written, width)),
        ("All lines", masked, report.counts(run.written, width)),
        ("What these lines prove", _PROOFS, report.verdicts(found, width)),
    ):
        rule = f"── {title} ".ljust(width, "─")
        said = "\n".join(terminal.wrapped(each, width) for each in caption.splitlines())
        terminal.say(f"\n{rule}\n\n{said}\n\n{body}")
    return all(each.holds for each in found)
