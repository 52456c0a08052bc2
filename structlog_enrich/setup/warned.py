"""Log what `warnings.warn` says."""

from __future__ import annotations

import logging
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from structlog.exceptions import DropEvent

from structlog_enrich.setup.records import told

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["WARNINGS", "log_warnings"]

WARNINGS: Final = "py.warnings"
"""The logger that the standard library gives warnings to."""


def log_warnings(log: Any) -> Callable[[], None]:
    """Log each warning that is shown, in place of its text on standard error.

    Where someone shows warnings in another way, such as by `logging.captureWarnings`, that is done afterwards. A
    warning that is shown to a file of its own isn't logged.

    Args:
        log: A structlog logger.

    Returns:
        What undoes it.

    Source: `warnings.showwarning`.
    """
    before, is_live = warnings.showwarning, True

    def showwarning(
        message: Any, category: type[Warning], filename: str, lineno: int, file: Any = None, line: str | None = None
    ) -> None:
        if not is_live or file is not None:
            return before(message, category, filename, lineno, file, line)
        if logging.getLogger(WARNINGS).isEnabledFor(logging.WARNING):
            # Who warns is not to fail for it.
            with suppress(Exception, DropEvent):
                log.warning(str(message), category=category.__qualname__, where=f"{filename}:{lineno}")
        # What is in its place from the beginning prints it.
        if getattr(before, "__module__", None) != warnings.__name__:
            with told(WARNINGS):
                before(message, category, filename, lineno, file, line)
        return None

    warnings.showwarning = showwarning

    def undo() -> None:
        nonlocal is_live
        is_live = False
        if warnings.showwarning is showwarning:
            warnings.showwarning = before

    return undo
