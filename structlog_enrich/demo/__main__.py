"""`python -m structlog_enrich.demo`, which is `make demo`."""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from structlog_enrich.exceptions import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

_NEEDED: Final = ("httpx", "jsonschema", "starlette", "uvicorn")
_WHAT: Final = """\
Start two services, send them a few hundred requests, show what they logged, and prove what it promises. It takes a
few seconds and leaves nothing behind."""
_CODES: Final = """\
The exit code is 0 when all proofs hold, 1 when one doesn't or a service doesn't run, 2 when something that it needs
is missing or it was given an argument, 130 when it was interrupted."""


def main(arguments: Sequence[str]) -> int:
    """Run the demo and return its exit code; 2 for a missing extra.

    Args:
        arguments: What stands behind the command.

    Raises:
        SystemExit: Help was asked for, or anything else; the demo doesn't run.
    """
    argparse.ArgumentParser(
        prog="python -m structlog_enrich.demo", description=_WHAT, epilog=_CODES, allow_abbrev=False
    ).parse_args(arguments)
    for each in _NEEDED:
        if find_spec(each) is None:
            print(MissingExtraError("the demo", each, "demo"), file=sys.stderr)
            return 2
    from structlog_enrich.demo import performance  # noqa: PLC0415 (after the hint)

    return performance.main()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
