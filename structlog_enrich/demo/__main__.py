"""Process the shop's orders, show what was logged, and prove what it promises."""

from __future__ import annotations

import asyncio
import io
import sys
from contextvars import Context

from structlog_enrich.demo import report, shop
from structlog_enrich.demo.orders import order_lines
from structlog_enrich.demo.proofs import prove

__all__ = ["main"]


def main() -> int:
    """Run the demo and return its exit code: 0, or 1 when a promise doesn't hold."""
    orders = order_lines()
    sink = io.BytesIO()
    shop.configure(sink)
    # A context of its own, so that what the shop binds ends with it.
    Context().run(asyncio.run, shop.process(orders))
    written = sink.getvalue().splitlines()
    found = prove(written, orders)

    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that isn't UTF-8 gets its marks and notes escaped, and no traceback.
        sys.stdout.reconfigure(errors="backslashreplace")
    _show("A dozen of the lines, as they were written", report.sample(written))
    _show(f"{len(orders)} orders, by level and message", report.summary(written))
    _show("What these lines prove", report.verdicts(found))
    if all(each.holds for each in found):
        return 0
    print("\nThe demo FAILED: a promise of the library doesn't hold.", file=sys.stderr)
    return 1


def _show(title: str, body: str) -> None:
    print(f"\n── {title} {'─' * (76 - len(title))}\n\n{body}")


if __name__ == "__main__":
    sys.exit(main())
