"""Which installed distribution the program is, without `importlib.metadata`, whose import takes too long.

Only the program's own counts: what runs somebody else's code (a server, a worker, a test runner) says nothing about it.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from structlog_enrich.resource.files import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["RUNNERS", "distribution"]

# fmt: off
RUNNERS: Final = frozenset({
    "aiohttp", "alembic", "arq", "asv", "behave", "bpython", "celery", "coverage", "daphne", "dask", "ddtrace",
    "debugpy", "django", "django_admin", "doit", "dramatiq", "execnet", "fabric", "fastapi", "fastapi_cli", "flask",
    "flower", "granian", "gunicorn", "hatch", "honcho", "huey", "hupper", "hypercorn", "hypothesis", "invoke",
    "ipykernel", "ipykernel_launcher", "ipython", "jupyter", "jupyter_core", "kernprof", "line_profiler", "litestar",
    "locust", "logfire", "manage", "meinheld", "memray", "mod_wsgi", "mypy", "newrelic", "nox", "opentelemetry",
    "paste", "pdm", "pex", "pip", "pipenv", "pipx", "poetry", "prefect", "procrastinate", "ptpython", "pudb", "py",
    "pyinstrument", "pyramid", "pytest", "quart", "ray", "robyn", "rq", "sanic", "saq", "scalene", "scrapy", "shiv",
    "starlette", "streamlit", "streaq", "structlog_enrich", "supervisor", "sybil", "taskiq", "tornado", "tox", "twistd",
    "twisted", "uv", "uvicorn", "uwsgi", "viztracer", "waitress", "watchfiles", "watchgod", "watchmedo", "werkzeug",
    "xdist",
})
# fmt: on
"""Packages and commands that run other people's programs."""

_METADATA: Final = {".dist-info": "METADATA", ".egg-info": "PKG-INFO"}
_MAX_FOLDERS: Final = 32


def distribution(main: object, folders: Sequence[str]) -> tuple[str, str] | None:
    """Return the name and the version of the distribution that *main* belongs to, or None.

    Args:
        main: The module `__main__`: started by `python -m package`, or by a command that its installation made.
        folders: Where distributions are installed, as `sys.path`.
    """
    wanted = list(_packages(main))
    if not wanted or any(each in RUNNERS or each in sys.stdlib_module_names for each in wanted):
        return None
    for name in wanted:
        for folder in folders[:_MAX_FOLDERS]:
            for metadata in _installed(folder, name):
                if found := _described(metadata):
                    return found
    return None


def _packages(main: object) -> Iterator[str]:
    spec_name = getattr(getattr(main, "__spec__", None), "name", None)
    if isinstance(spec_name, str):
        package = spec_name.partition(".")[0]
        if package != "__main__":
            yield _normal(package)
        return
    path = getattr(main, "__file__", None)
    if not isinstance(path, str):
        return
    folder, name = os.path.split(os.path.abspath(path))  # noqa: PTH100 (pathlib would make each service start later)
    # Only what an installation writes beside the interpreter; any other script belongs to nobody, and what it imports
    # may be anybody's.
    beside = os.path.dirname(os.path.abspath(sys.executable or ""))  # noqa: PTH100, PTH120
    if folder == beside and "." not in name.removesuffix("-script.py"):
        for line in read("", path, 4_096).splitlines():
            if line.startswith("from ") and " import " in line:
                yield _normal(line.split()[1].partition(".")[0])
        yield _normal(name.removesuffix("-script.py"))


def _installed(folder: str, name: str) -> Iterator[str]:
    try:
        entries: Iterable[str] = os.listdir(folder or ".")  # noqa: PTH208 (pathlib would make each service start later)
    except (OSError, ValueError):
        return
    for entry in entries:
        for suffix, metadata in _METADATA.items():
            if entry.endswith(suffix) and _normal(entry.removesuffix(suffix).partition("-")[0]) == name:
                yield f"{folder or '.'}/{entry}/{metadata}"


def _described(metadata: str) -> tuple[str, str] | None:
    said: dict[str, str] = {}
    path = os.path.abspath(metadata)  # noqa: PTH100 (as above)
    for line in read("", path, 8_192).splitlines():
        key, colon, value = line.partition(":")
        if not colon:
            break
        said.setdefault(key.lower(), value.strip())
    return (said["name"], said.get("version", "")) if said.get("name") else None


def _normal(name: str) -> str:
    return name.replace("-", "_").replace(".", "_").lower()
