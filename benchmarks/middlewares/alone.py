"""The application by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from benchmarks.traffic import Application

__all__ = ["ABOUT", "NAME", "ON_RESPONSE", "configure", "wrap"]

NAME: Final = "the application alone"
ABOUT: Final = "A raw ASGI application that answers at once; it is subtracted from all others, round by round."
ON_RESPONSE: Final = ()


def configure(file: BinaryIO) -> None:
    """Set nothing."""


def wrap(app: Application) -> Application:
    """Return *app* as it is."""
    return app
