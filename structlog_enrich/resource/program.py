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
    """Return the running program; in a process that multiprocessing started, the one whose process this is."""
    path = tuple(each for each in sys.path if isinstance(each, str))
    # While a child imports the program's main module, that stands under the second name alone.
    mains = (_main("__main__"), _main("__mp_main__"))
    module, file = next(filter(any, mains), None) or _first_argument(path)
    return Program(module, file, sys.executable or "", path, _current_folder())


def _main(name: str) -> tuple[str, str]:
    main = sys.modules.get(name)
    module, file = getattr(getattr(main, "__spec__", None), "name", None), getattr(main, "__file__", None)
    return module if isinstance(module, str) else "", file if isinstance(file, str) else ""


def _first_argument(path: Sequence[str]) -> tuple[str, str]:
    """Return the main module and its file where only the arguments know them.

    A child imports no `shop.__main__`, which would do what `python -m shop` does, but has its parent's arguments and
    path. The first argument of `python -c`, of the prompt or of another program's interpreter is no full path.
    """
    # Embedded interpreters may have no arguments at all.
    first = next(iter(getattr(sys, "argv", None) or ()), None)
    if not (isinstance(first, str) and _is_full(first)):
        return "", ""
    parts = os.path.splitext(first)[0].replace(os.sep, "/").split("/")  # noqa: PTH122 (as below)
    if parts[-1] == "__main__":
        folders = {each.replace(os.sep, "/").rstrip("/") for each in path if _is_full(each)}
        # From the innermost: in `src/shop`, with both folders on the path, the package is `shop`.
        for at in range(len(parts) - 2, 0, -1):
            if not parts[at].isidentifier():
                break
            if "/".join(parts[:at]) in folders:
                return ".".join(parts[at:]), first
    return "", first


def _is_full(path: str) -> bool:
    return os.path.isabs(path)  # noqa: PTH117 (pathlib would make each service start later)


def _current_folder() -> str:
    try:
        return os.getcwd()  # noqa: PTH109 (pathlib would make each service start later)
    except OSError:
        # It was deleted.
        return ""
