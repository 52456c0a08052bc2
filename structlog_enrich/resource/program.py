"""Which program asks who it is: how it was started, and where it looks for its modules."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Program", "this_program"]


class Program(NamedTuple):
    """Hold what is known of a running program before any of its files is read.

    Attributes:
        module: What `python -m` started, in full: `shop.__main__`; empty where a script or a command was.
        file: The file of its main module; empty where there is none.
        executable: The interpreter, beside which commands are installed.
        path: The folders in which modules and distributions are installed, as `sys.path`.
        folder: The working directory.
    """

    module: str = ""
    file: str = ""
    executable: str = ""
    path: Sequence[str] = ()
    folder: str = ""


def this_program() -> Program:
    """Return the running program."""
    main = sys.modules.get("__main__")
    module, file = getattr(getattr(main, "__spec__", None), "name", None), getattr(main, "__file__", None)
    return Program(
        module if isinstance(module, str) else "",
        file if isinstance(file, str) else "",
        sys.executable or "",
        tuple(each for each in sys.path if isinstance(each, str)),
        _current_folder(),
    )


def _current_folder() -> str:
    try:
        return os.getcwd()  # noqa: PTH109 (pathlib would make each service start later)
    except OSError:
        # It was deleted.
        return ""
