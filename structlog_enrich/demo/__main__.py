"""Process the shop's orders, show what was logged, and prove what it promises."""

from __future__ import annotations

import asyncio
import io
import sys
from contextvars import Context
from typing import Final

from structlog_enrich.demo import report, shop
from structlog_enrich.demo.orders import nameless, order_lines
from structlog_enrich.demo.proofs import prove

__all__ = ["main"]

_ORDERS: Final = """\
A shop works off {} orders at once, each in a task of its own. Its output is nothing but lines like
these, each one JSON object; what stands between them is said by the demo."""
_COUNTS: Final = """\
Masked are the names of the default policy and those that the shop added to it: {}.
Each fault is the deliberate bug of someone else's processor; the line came out all the same."""
_PROOFS: Final = """\
Each proof looks at nothing but what went in and the lines that came out. {} of the {} orders are
no JSON, so nobody can name them: their lines say only which line of the file they were."""
_END: Final = """
All proofs hold. Read on in docs/index.md, which `make docs` turns into a site; docs/wire-format.md
says what each field means."""


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
    _show("A dozen of the lines, as they were written", _ORDERS.format(len(orders)), report.sample(written))
    added = ", ".join(sorted(shop.SECRET_HERE))
    _show("All lines, by level and message", _COUNTS.format(added), report.summary(written))
    _show("What these lines prove", _PROOFS.format(nameless(orders), len(orders)), report.verdicts(found))
    if all(each.holds for each in found):
        print(_END)
        return 0
    print("\nThe demo FAILED: a promise of the library doesn't hold.", file=sys.stderr)
    return 1


def _show(title: str, caption: str, body: str) -> None:
    print(f"\n── {title} {'─' * (76 - len(title))}\n\n{caption}\n\n{body}")


if __name__ == "__main__":
    sys.exit(main())
