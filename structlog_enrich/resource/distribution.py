"""Which installed distribution the program is, without `importlib.metadata`, whose import takes too long.

Only the program's own counts: what runs somebody else's code (a server, a worker, a test runner) says nothing about it.
"""

from __future__ import annotations

import os
import sys
from itertools import chain
from typing import TYPE_CHECKING, Final

from structlog_enrich.resource.files import read, size
from structlog_enrich.resource.rules import is_label_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from structlog_enrich.resource.program import Program

__all__ = ["RUNNERS", "distribution"]

# fmt: off
RUNNERS: Final = frozenset({
    "aiohttp", "alembic", "arq", "asv", "behave", "bpython", "celery", "coverage", "daphne", "dask", "ddtrace",
    "debugpy", "django", "django_admin", "doit", "dramatiq", "execnet", "fabric", "fastapi", "fastapi_cli", "flask",
    "flower", "granian", "gunicorn", "hatch", "honcho", "huey", "hupper", "hypercorn", "hypothesis", "invoke",
    "ipykernel", "ipykernel_launcher", "ipython", "jupyter", "jupyter_core", "kernprof", "line_profiler", "litestar",
    "locust", "logfire", "manage", "meinheld", "memray", "mod_wsgi", "mypy", "newrelic", "nox", "opentelemetry",
    "paste", "pdm", "pex", "pip", "pipenv", "pipx", "pkg_resources", "poetry", "prefect", "procrastinate", "ptpython",
    "pudb", "py", "pyinstrument", "pyramid", "pytest", "quart", "ray", "robyn", "rq", "sanic", "saq", "scalene",
    "scrapy", "shiv", "starlette", "streamlit", "streaq", "structlog_enrich", "supervisor", "sybil", "taskiq",
    "tornado", "tox", "twistd", "twisted", "uv", "uvicorn", "uwsgi", "viztracer", "waitress", "watchfiles", "watchgod",
    "watchmedo", "werkzeug", "xdist",
})
# fmt: on
"""Packages and commands that run other people's programs."""

_METADATA: Final = {"dist-info": "METADATA", "egg-info": "PKG-INFO"}
_SCRIPTS: Final = frozenset({"[console_scripts]", "[gui_scripts]"})
_LAUNCHERS: Final = (".exe", "-script.py", "-script.pyw")
_MAX_FOLDERS: Final = 32
_MAX_ASKED: Final = 64
_MAX_READ: Final = 524_288


def distribution(program: Program) -> tuple[str, str] | None:
    """Return the name and the version of the distribution that *program* belongs to, or None.

    It is found by the name of the package that `python -m` started, or of what the command imports. Where the
    distribution has another name, as PyYAML has for `yaml`, it is the one whose own list of files holds the module, or
    that declares the command: looked for among 64 at most, and beyond that only among those of a like name, and in as
    many lists as make 512 KiB together.
    """
    package = program.module.partition(".")[0]
    if package and package != "__main__":
        return _of_module(package, program)
    if not (program.file and program.executable):
        return None
    path = _full(program.file, program)
    # On Windows a command is a program with an archive behind it, whose main module is run.
    folder, name = os.path.split(path.removesuffix(f"{os.sep}__main__.py") if ".exe" in path else path)
    # Only what an installation writes beside the interpreter; any other script belongs to nobody, and what it imports
    # may be anybody's.
    beside = os.path.dirname(_full(program.executable, program))  # noqa: PTH120
    for ending in _LAUNCHERS:
        name = name.removesuffix(ending)
    told = os.path.isabs(folder) and os.path.isabs(beside)  # noqa: PTH117
    if not told or "." in name or folder not in {beside, os.path.join(beside, "Scripts")}:  # noqa: PTH118
        return None
    return _of_command(name, path, program)


def _full(path: str, program: Program) -> str:
    # Unlike `abspath` it can't fail: without a working directory, since deleted, it stays as it is.
    return os.path.normpath(os.path.join(program.folder, path))  # noqa: PTH118 (pathlib would make services start later)


def _of_module(package: str, program: Program) -> tuple[str, str] | None:
    if _runs_others(package) or package in sys.stdlib_module_names:
        return None
    folders: list[_Folder] = []
    for folder in _listed(program, folders):
        for each in folder.named(package):
            if found := _described(each):
                return found
    # Elsewhere than where the module lies, nobody's list of files says anything about it.
    path, file = program.file.replace(os.sep, "/"), f"{program.module.replace('.', '/')}.py"
    around = [each for each in folders if f"{each.where}/{file}" == path]
    return _only(around, [package], _list_of_files, lambda each, text: _holds(each, text, file, package))


def _of_command(command: str, path: str, program: Program) -> tuple[str, str] | None:
    names = [*_imported(path), command]
    if any(map(_runs_others, names)):
        return None
    folders: list[_Folder] = []
    for folder in _listed(program, folders):
        for each in chain.from_iterable(map(folder.named, names)):
            if _declares(read("", _list_of_commands(each)), command) and (found := _described(each)):
                return found
    return _only(folders, names, _list_of_commands, lambda _, text: _declares(text, command))


def _imported(path: str) -> Iterator[str]:
    for line in read("", path, 4_096).splitlines():
        if line.startswith("from ") and " import " in line:
            yield line.split()[1].partition(".")[0]
        elif line.startswith("__requires__ = "):
            # What older installers write, with or without the version.
            yield line.partition("=")[2].partition("=")[0].strip(" '\"")


def _runs_others(name: str) -> bool:
    return _normal(name) in RUNNERS


class _Folder:
    """Hold what is installed in one folder."""

    def __init__(self, where: str, entries: list[str]) -> None:
        self.where = where
        self.installed = [each for each in entries if each.endswith((".dist-info", ".egg-info"))]
        # As one text: to spell a thousand names alike one by one takes a millisecond.
        self._spelled = "/" + _normal("/".join(self.installed))

    def named(self, name: str) -> list[str]:
        """Return those of that name, however it is spelled."""
        spelled = _normal(name)
        if f"/{spelled}_" not in self._spelled:
            return []
        alike = zip(self.installed, self._spelled[1:].split("/"), strict=True)
        likely = [each for each, other in alike if other.startswith(f"{spelled}_")]
        return [f"{self.where}/{each}" for each in likely if _normal(_name_of(each)) == spelled]

    def like(self, name: str) -> list[str]:
        """Return those in whose name there is that one."""
        spelled, part = self._spelled.replace("_", ""), _normal(name).replace("_", "")
        if part not in spelled:
            return []
        return [each for each, other in zip(self.installed, spelled[1:].split("/"), strict=True) if part in other]


def _name_of(entry: str) -> str:
    # acme_checkout-1.4.2.dist-info
    return entry.rpartition(".")[0].partition("-")[0]


def _listed(program: Program, folders: list[_Folder]) -> Iterator[_Folder]:
    """Yield the folders of *program*, and add each to *folders*, so that none is listed twice."""
    for each in program.path[:_MAX_FOLDERS]:
        where = os.path.join(program.folder, each) or "."  # noqa: PTH118 (pathlib would make each service start later)
        named = where.replace(os.sep, "/").rstrip("/")
        if any(named == other.where for other in folders):
            continue
        try:
            entries = os.listdir(where)  # noqa: PTH208 (as above)
        except (OSError, ValueError):
            continue
        folders.append(_Folder(named, entries))
        yield folders[-1]


def _only(
    folders: list[_Folder], names: list[str], list_of: Callable[[str], str], says_so: Callable[[str, str], bool]
) -> tuple[str, str] | None:
    """Return the one distribution in *folders* whose list says so; of several nobody knows which is meant."""
    asked = [f"{folder.where}/{each}" for folder in folders for each in folder.installed]
    if len(asked) > _MAX_ASKED:
        alike = {f"{folder.where}/{each}" for folder in folders for name in names for each in folder.like(name)}
        asked = list(alike) if len(alike) <= _MAX_ASKED else []
    found, left = [], _MAX_READ
    # The shortest first: a service's own list is seldom the longest, and as many as possible are read.
    for length, each in sorted((size("", list_of(each)), each) for each in asked):
        left -= length
        if left < 0:
            break
        if length and says_so(each, read("", list_of(each), length)):
            found.append(each)
    described = _described(found[0]) if len(found) == 1 else None
    return None if described is None or _runs_others(described[0]) else described


def _list_of_files(installed: str) -> str:
    # An old distribution has no such list, only one of its packages.
    return f"{installed}/{'RECORD' if installed.endswith('.dist-info') else 'top_level.txt'}"


def _holds(installed: str, text: str, file: str, package: str) -> bool:
    return f"\n{file}," in f"\n{text}" if installed.endswith(".dist-info") else package in text.split()


def _list_of_commands(installed: str) -> str:
    return f"{installed}/entry_points.txt"


def _declares(text: str, command: str) -> bool:
    within = False
    for line in text.splitlines():
        if line.startswith("["):
            within = line.strip() in _SCRIPTS
        elif within and line.partition("=")[0].strip() == command:
            return True
    return False


def _described(installed: str) -> tuple[str, str] | None:
    said: dict[str, str] = {}
    for line in read("", f"{installed}/{_METADATA[installed.rpartition('.')[2]]}", 8_192).splitlines():
        key, colon, value = line.partition(":")
        if not colon:
            break
        said.setdefault(key.lower(), value.strip())
    name = said.get("name", "")
    # Such is the name of every distribution, and it becomes part of a source that is shown.
    return (name, said.get("version", "")) if is_label_name(name) else None


def _normal(name: str) -> str:
    return name.replace("-", "_").replace(".", "_").lower()
