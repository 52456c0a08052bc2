"""`python -m structlog_enrich.cli`, where no command is on the path."""

from __future__ import annotations

from structlog_enrich.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
