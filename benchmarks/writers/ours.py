"""This project's `Writer`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from structlog_enrich.delivery import Writer

if TYPE_CHECKING:
    from collections.abc import Callable

NAME: Final = "`Writer`"
ABOUT: Final = "as it comes, with its default policy and budget."


def start(fd: int) -> Callable[[bytes], object]:
    """Start what writes to *fd*, and return what hands it a line."""
    return Writer(fd)().info
