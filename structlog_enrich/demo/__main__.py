"""`python -m structlog_enrich.demo`, which is `make demo`."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Final

from structlog_enrich.exceptions import MissingExtraError

__all__ = ["main"]

_NEEDED: Final = ("httpx", "jsonschema", "starlette", "uvicorn")


def main() -> int:
    """Run the demo and return its exit code; 2 for a missing extra."""
    for each in _NEEDED:
        if find_spec(each) is None:
            print(MissingExtraError("the demo", each, "demo"), file=sys.stderr)
            return 2
    from structlog_enrich.demo import performance  # noqa: PLC0415 (after the hint)

    return performance.main()


if __name__ == "__main__":
    sys.exit(main())
