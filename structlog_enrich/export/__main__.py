"""Write the generated artifacts into a checkout, or check that they are current."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from structlog_enrich.export.artifacts import COMMAND, require_checkout, stale, write

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0, or 1 when `--check` found a stale artifact.

    Args:
        arguments: What follows the command's name; None takes it from the process.

    Raises:
        SystemExit: Code 2, for arguments that can't be understood or a root that isn't a checkout.
    """
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when an artifact is stale")
    parser.add_argument("--root", type=Path, default=Path(), help="the checkout (default: the current directory)")
    options = parser.parse_args(arguments)
    try:
        require_checkout(options.root)
    except ValueError as error:
        parser.error(str(error))
    if not options.check:
        for path in write(options.root):
            print(f"wrote {path}")  # noqa: T201 (a command speaks)
        return 0
    outdated = stale(options.root)
    for path in outdated:
        print(f"{path} is stale: renew it with `{COMMAND}`", file=sys.stderr)  # noqa: T201 (a command speaks)
    return 1 if outdated else 0


if __name__ == "__main__":
    sys.exit(main())
